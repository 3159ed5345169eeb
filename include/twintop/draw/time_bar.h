/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_TIME_BAR_H
#define TWINTOP_DRAW_TIME_BAR_H

#include "twintop/draw/sign_lesson.h"
#include "twintop/draw/time_axis.h"
#include "twintop/model/source.h"
#include "twintop/record/event_log.h"

/* The moments kept as one line: how long a time that is, where in it one is, and what happened. */
struct time_bar {
	struct position position;
	bool live;	  /* it goes on by itself */
	int64_t clock_ns; /* CLOCK_REALTIME less CLOCK_MONOTONIC, of the shown moment */
	uint64_t marked_ns; /* CLOCK_MONOTONIC of the moment in B's place; 0: none is marked */
	uint64_t most_ns; /* how far back and in how many bytes they may be kept; 0: not told */
	size_t bytes, most_bytes;
	const struct event_log *events; /* NULL: none may be seen */
};

/*
 * The columns of the line that stand for times, between what stands at its ends: an axis from the
 * oldest moment kept to the newest.
 */
struct rect time_bar_track(const struct time_bar *b, const struct canvas *c, struct rect line);
/*
 * In each column what the moments of that time told that tells most, by its sign in lists of
 * events; else a line, which is thicker up to the shown moment. The sign of that one's column is
 * drawn as what is selected. Where the marked moment is its sign stands before those of events.
 */
void time_bar_draw(const struct time_bar *b, struct canvas *c, struct rect line);
/*
 * What a column of the track stands for: the moment that its mark is of, else the last one of its
 * time; of columns beyond an end, that end. Times of moments or a little after.
 */
uint64_t time_bar_time(const struct time_bar *b, struct rect track, int x);

/* What its signs mean, but for those of events. */
size_t time_bar_lesson_count(void);
struct sign_lesson time_bar_lesson_at(size_t i);

#endif
