/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_TIME_AXIS_H
#define TWINTOP_DRAW_TIME_AXIS_H

#include "twintop/draw/canvas.h"

/* A stretch of time in columns of equal length. Times are of CLOCK_MONOTONIC. */
struct time_axis {
	uint64_t from_ns, to_ns; /* to_ns is later and the end of the last column */
	int w;			 /* columns, at least 1 */
};

/* How its times are told: so long before its end, or by the clock on the wall. */
struct time_words {
	bool by_clock;
	int64_t clock_ns; /* CLOCK_REALTIME less CLOCK_MONOTONIC */
	const char *end;  /* what the end is called, "now"; NULL: the time on the clock */
};

#define TIME_TICK_TEXT 16
struct time_tick {
	int x; /* column that holds it, 0 … w */
	uint64_t ns;
	char text[TIME_TICK_TEXT];
};
#define TIME_TICKS_MOST 32

/* The column that holds a time: -1 before the first one, w behind the last one. */
int time_axis_column(const struct time_axis *a, uint64_t ns);
/* When a column begins: the first time that it holds; of column w: the end. */
uint64_t time_axis_begin(const struct time_axis *a, int column);
/* Times to be written above it, from the left, each with room for its text and a blank: how many.
 */
size_t time_axis_ticks(const struct time_axis *a, const struct time_words *words,
	struct time_tick tick[TIME_TICKS_MOST]);
/* Draws them in a line of a->w columns. */
void time_axis_draw(const struct time_axis *a, const struct time_words *words, struct canvas *c,
	struct rect line);

/* Lengths that an axis may have, from 10 ms to 1,000 days: the least that holds so much. */
uint64_t time_span_holding(uint64_t ns);
/* So many steps longer, or shorter; the first or last one where there is none beyond. */
uint64_t time_span_beside(uint64_t ns, int steps);
/* "12s", "250ms", "1h30m", "3d": what is less than a thousandth of it is left out. */
const char *time_span_text(char out[TIME_TICK_TEXT], uint64_t ns);
/* "12:03:45", with a fraction as far as unit_ns tells times apart; days by date. Local time. */
const char *time_clock_text(char out[TIME_TICK_TEXT], int64_t realtime_ns, uint64_t unit_ns);

#endif
