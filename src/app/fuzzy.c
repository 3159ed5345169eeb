/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/app/fuzzy.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define POINTS_EACH  1
#define POINTS_NEXT  6 /* it follows the one before */
#define POINTS_BEGIN 5 /* it begins a word */
#define POINTS_FIRST 3 /* the text begins with it */

static bool ends_word(char c)
{
	return c == ' ' || c == '-' || c == ':' || c == '/' || c == ',';
}

static bool alike(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b) ||
	       ((b == ' ' || b == '-') && ends_word(a));
}

static int points(const char *text, size_t at, bool next)
{
	int sum = POINTS_EACH;

	if (next)
		sum += POINTS_NEXT;
	if (!at)
		sum += POINTS_FIRST;
	if (!at || ends_word(text[at - 1]))
		sum += POINTS_BEGIN;
	return sum;
}

/* Takes each character where it comes first, the first one at or behind from. */
static int score_from(const char *text, size_t from, const char *typed)
{
	size_t at = from;
	bool next = false;
	int sum = 0;

	for (; *typed; typed++, at++) {
		size_t before = at;

		while (text[at] && !alike(text[at], *typed))
			at++;
		if (!text[at])
			return -1;
		sum += points(text, at, next && at == before);
		next = true;
	}
	return sum;
}

int fuzzy_score(const char *text, const char *typed)
{
	int best = -1;

	if (!*typed)
		return 0;
	for (size_t at = 0; text[at]; at++) {
		int score = alike(text[at], *typed) ? score_from(text, at, typed) : -1;

		best = score > best ? score : best;
	}
	return best;
}
