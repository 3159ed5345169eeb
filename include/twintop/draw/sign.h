/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_SIGN_H
#define TWINTOP_DRAW_SIGN_H

#include "twintop/draw/canvas.h"

/* A sign on the screen, in a style: what it means there. */
struct sign {
	const char *utf8, *ascii; /* a column each; NULL: the style says it, whatever stands there */
	enum style style;
	const char *title; /* under a list, in a word or two: "only A"; NULL: not there */
	const char *words; /* in lecture mode's legend: "only A has it" */
};
struct sign_set {
	const struct sign *sign;
	size_t n;
	bool marked; /* one that has just changed looks so, and still means what it is */
};
#define SIGN_SET(array)                                                                            \
	{                                                                                          \
		array, sizeof array / sizeof *array, false                                         \
	}

/* How a row's two sides compare. */
extern const struct sign_set sign_states;
/* What each page is to a pair; to one process alone. */
extern const struct sign_set sign_verdicts;
extern const struct sign_set sign_kinds;
/* What looks the same in every view: what has just changed. */
extern const struct sign_set sign_everywhere;

/* Whether the sign stands in an area of the canvas; marked: or one that has just changed. */
bool sign_seen(const struct sign *s, const struct canvas *c, struct rect area, bool marked);
/*
 * The legend: those of the sets' signs that are seen in an area, each with what it means, in as many
 * rows as the legend has. Ends with a NULL set.
 */
void sign_legend(const struct sign_set *const sets[], struct canvas *c, struct rect seen_in,
	struct rect legend);

#endif
