/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_LIFE_H
#define TWINTOP_DRAW_LIFE_H

#include "twintop/compare/lifeline.h"
#include "twintop/draw/sign_lesson.h"
#include "twintop/draw/time_axis.h"

enum life_sign {
#define LIFE(NAME, ...) LIFE_SIGN_##NAME,
#include "twintop/draw/life_rows.h"
	LIFE_SIGNS
};

/* The sign of a kind of event, in a list of them and on a lifeline. */
struct life_event_sign {
	const char *utf8; /* one column */
	char ascii;
	bool on_line; /* it stands on the lifeline of who it happened to */
};
struct life_event_sign life_event_sign(enum event_kind kind);

/* What the signs mean: those of lifelines, then those of events that have one of their own. */
size_t life_lesson_count(void);
struct sign_lesson life_lesson_at(size_t i);

/*
 * Draws a life in the columns of the axis, which are those of the line, and in the style that says
 * whose it is. What happened to it stands where it happened; of many in a column their number does.
 */
void life_draw(const struct lifeline *l, const struct time_axis *axis, struct canvas *c,
	struct rect line, enum style style);

#endif
