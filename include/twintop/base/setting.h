/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_SETTING_H
#define TWINTOP_BASE_SETTING_H

#include "twintop/base/num.h"
#include "twintop/base/text.h"

/*
 * Files of lines "key = value". Blanks around both do not count; lines that are empty or begin with
 * '#' say nothing. The bytes are foreign: what is damaged is told, and the next line is another
 * one.
 */
struct settings {
	struct scan rest;
	unsigned line; /* of the last one that was told; from 1 */
};
struct setting {
	struct text key, value; /* parts of the bytes; the key of letters, digits, '.', '_', '-' */
	const char *damage; /* what is wrong with the line, static; NULL: nothing, and both hold */
};

/* The bytes stay the caller's and must outlive the walk. */
struct settings settings_of(struct text bytes);
/* The next line that says something, or should; false behind the last one. */
bool settings_next(struct settings *s, struct setting *ret);
/* "yes" or "no": -EINVAL else. */
int setting_truth(struct text value, bool *ret);
/* The next word of a value, blanks or commas between; false: there is none. */
bool setting_word(struct scan *value, struct text *ret);

#endif
