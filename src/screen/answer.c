/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answer.h"

#include <string.h>

#define MODE	  '0' /* in its place comes one of 0 to 4 */
#define MODE_LAST '4'
#define SURE	  3 /* bytes with which no key begins that anybody types */

static const char pattern[] = "\033[?2026;0$y";
#define PATTERN_MODE 8
#define PATTERN_N    (sizeof pattern - 1)

static bool goes_on(const struct sync_answer *a, uint32_t code)
{
	if (a->at == PATTERN_MODE)
		return code >= MODE && code <= MODE_LAST;
	return code == (unsigned char)pattern[a->at];
}

size_t answer_break(struct sync_answer *a, uint32_t out[ANSWER_KEYS_MOST])
{
	size_t n = 0;

	for (size_t i = a->given; a->at < SURE && i < a->at; i++)
		out[n++] = (unsigned char)pattern[i];
	a->at = a->given = 0;
	return n;
}

size_t answer_take(struct sync_answer *a, uint32_t code, uint64_t now_ns,
	uint32_t out[ANSWER_KEYS_MOST], bool *ret_answered)
{
	size_t n = 0;

	*ret_answered = false;
	if (!goes_on(a, code))
		n = answer_break(a, out);
	if (!goes_on(a, code)) {
		out[n++] = code;
		return n;
	}
	if (a->at == PATTERN_MODE)
		a->mode = code - MODE;
	a->since_ns = now_ns;
	if (++a->at == PATTERN_N) {
		a->at = a->given = 0;
		*ret_answered = true;
	}
	return n;
}

/* Behind an Esc that was a key an answer may go on all the same. */
size_t answer_wait(
	struct sync_answer *a, uint64_t now_ns, uint64_t esc_ns, uint32_t out[ANSWER_KEYS_MOST])
{
	uint64_t pause = a->at == 1 ? esc_ns : ANSWER_PAUSE_NS;

	if (!answer_holds(a) || now_ns < a->since_ns + pause)
		return 0;
	if (a->at != 1)
		return answer_break(a, out);
	a->given = 1;
	out[0] = (unsigned char)pattern[0];
	return 1;
}

bool answer_holds(const struct sync_answer *a)
{
	return a->at < SURE && a->given < a->at;
}
