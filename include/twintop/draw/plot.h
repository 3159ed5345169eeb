/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_PLOT_H
#define TWINTOP_DRAW_PLOT_H

#include "twintop/base/units.h"
#include "twintop/draw/canvas.h"

/*
 * Amounts over time as columns of blocks: a band for each of its lines, one above the other, over
 * one axis of time. What is not known is no 0: its columns are empty and marked on the axis.
 */
#define PLOT_LINES_MOST 4u

/* The value from from_ns to to_ns; to the next one it goes in a straight line. */
struct plot_point {
	uint64_t from_ns, to_ns;
	double value;
	bool gap; /* not known since the point before */
};

struct plot_line {
	const char *label; /* UTF-8, a word or two; NULL where there is one line only */
	enum style style;
	size_t n;
	const struct plot_point *point; /* by time */
};

struct plot {
	uint64_t from_ns, to_ns; /* of the axis */
	/* What the bands go from and to; where they are equal each line's least and most. */
	double low, high;
	/* A value in a unit, as it stands beside the axis. */
	const char *(*print)(char out[UNITS_MAX], double value);
	const char *until; /* "now": what the end of the axis is called */
	size_t lines_n;	   /* at most PLOT_LINES_MOST */
	struct plot_line line[PLOT_LINES_MOST];
};

/* The value of a line at a time; false: it is not known. */
bool plot_value(const struct plot_line *line, uint64_t ns, double *ret_value);
/* Least and most of a line's points between two times; false: it has none there. */
bool plot_range(const struct plot_line *line, uint64_t from_ns, uint64_t to_ns, double *ret_least,
	double *ret_most);
/* Rows that a plot takes at least: one of each band, and the axis. */
int plot_rows(const struct plot *p);
/* Draws it into an area; in fewer rows than it takes, the first bands without the axis. */
void plot_draw(const struct plot *p, struct canvas *c, struct rect area);
/* One row of the same, the first is 0, where the others may be out of sight. */
void plot_draw_row(
	const struct plot *p, struct canvas *c, struct rect area, int row, struct rect line);
/* Columns alone, without any axis: what is not known is '?'. */
void plot_spark(const struct plot *p, struct canvas *c, struct rect line);

#endif
