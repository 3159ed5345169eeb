/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_SIGN_LESSON_H
#define TWINTOP_DRAW_SIGN_LESSON_H

#include "twintop/draw/canvas.h"

/* What a style stands for, whatever the theme makes of it. */
struct style_info {
	const char *id;	     /* "diverged" */
	const char *meaning; /* "A and B differ here." */
};
extern const struct style_info style_info[STYLES];

/* A sign that views draw; the same one may mean several things, each in its place. */
struct sign_lesson {
	const char *utf8; /* one column */
	char ascii;
	enum style style;
	const char *place;   /* "between A and B" */
	const char *meaning; /* a sentence */
	const char *title;   /* under a list, in a word or two: "only A"; NULL: not there */
	const char *words;   /* in lecture mode's legend: "only A has it"; NULL: not there */
};
/* All signs: those of lists, bars and frames, of lives and events, of the time bar, of the verdicts on pages, and of
 * kinds of pages. */
size_t sign_lesson_count(void);
struct sign_lesson sign_lesson_at(size_t i);
#define SIGN_BARS    "bars"
#define SIGN_PLOT    "plots over time"
#define SIGN_STACKS  "bars in Stacks"
#define SIGN_BETWEEN "between A and B"
#define SIGN_PAST    "between now and then"
#define SIGN_SINCE   "Files, between now and then"
#define SIGN_FILES   "Files, between A and B"
#define SIGN_WRITERS "Writers"
#define SIGN_FAMILY  "Family"
#define SIGN_WAITS   "waits (W)"
#define SIGN_LANES   "lanes (l)"
#define SIGN_LIVES   "lifelines and events"
#define SIGN_TIME    "the time bar"
#define SIGN_PAGES   "Pages of a pair"
#define SIGN_PAGES_A "Pages, side A"
#define SIGN_PAGES_B "Pages, side B"
#define SIGN_KINDS   "Pages of one process"
#define SIGN_HOUSE   "House"
#define SIGN_TEXTBOOK "process versus thread (T)"
/* The sign of that place, else of any; false: there is none such. */
bool sign_lesson_find(const char *utf8, const char *place, struct sign_lesson *ret);

#endif
