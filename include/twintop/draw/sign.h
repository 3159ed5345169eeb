/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_SIGN_H
#define TWINTOP_DRAW_SIGN_H

#include "twintop/draw/canvas.h"
#include "twintop/draw/sign_lesson.h"

/* Whether the sign, as it looks, stands in an area of the canvas; marked: or as it looks when it
 * has just changed. */
bool sign_seen(
	const struct sign_lesson *s, const struct canvas *c, struct rect area, bool marked);
/*
 * The legend: the signs of those places that are seen in an area, each with what it means in a few
 * words, and what has just changed; in as many rows as the legend has. Ends with a NULL place.
 */
void sign_legend(const char *const places[], struct canvas *c, struct rect seen_in,
	struct rect legend);
/* The signs of those places that have titles, as far as they fit into a line, at its right end;
 * returns the columns that are left of it. */
int sign_titles(const char *const places[], struct canvas *c, struct rect line);
/*
 * Beside its own past what stands between A and B stands between now and then: the same places but
 * for that. Of so many at most; the last one of ret is NULL.
 */
#define SIGN_PLACES_MOST 8
void sign_places_of_past(const char *const places[], const char *ret[SIGN_PLACES_MOST]);

#endif
