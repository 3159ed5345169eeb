/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_SCREEN_ANSWER_H
#define TWINTOP_SRC_SCREEN_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The terminal's answer to SYNC_ASK (DECRPM, "Esc [ ? 2026 ; n $ y") among what is typed, in
 * whatever pieces and however late it comes: none of its bytes is a key, but an Esc that stood
 * alone for long, which is one. A zeroed one has seen nothing.
 */
struct sync_answer {
	size_t at;	   /* bytes of an answer that were seen */
	size_t given;	   /* of these, that went on as keys */
	unsigned mode;	   /* as it said, 0 to 4 */
	uint64_t since_ns; /* when the last of them came */
};
#define ANSWER_KEYS_MOST 3	     /* that one code lets go: two that were held and itself */
#define ANSWER_PAUSE_NS	 1000000000u /* between its bytes, as far as they may be keys */

/*
 * Takes a code that came; how many are to be taken as keys now, in out. Of the code that ends an
 * answer none is: *ret_answered says so then, and its mode is there.
 */
size_t answer_take(struct sync_answer *a, uint32_t code, uint64_t now_ns,
	uint32_t out[ANSWER_KEYS_MOST], bool *ret_answered);
/*
 * Lets go what was held for as long as an answer may pause, or, an Esc alone, for esc_ns; as
 * answer_take().
 */
size_t answer_wait(
	struct sync_answer *a, uint64_t now_ns, uint64_t esc_ns, uint32_t out[ANSWER_KEYS_MOST]);
/* Lets go all that may be keys: something else came. */
size_t answer_break(struct sync_answer *a, uint32_t out[ANSWER_KEYS_MOST]);
/* Whether something is held that may turn out to be keys. */
bool answer_holds(const struct sync_answer *a);

#endif
