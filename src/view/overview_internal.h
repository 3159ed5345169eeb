/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_OVERVIEW_INTERNAL_H
#define TWINTOP_OVERVIEW_INTERNAL_H

#include "erosion_internal.h"
#include "twintop/base/vec.h"
#include "twintop/draw/panes.h"
#include "twintop/model/runtime.h"
#include "twintop/model/segment.h"
#include "twintop/view/view.h"

/* What one side's lists add up to. */
struct overview_sums {
	enum value_state memory, pages, threads, fds; /* whether these were read */
	struct segment_sum segment[SEGMENTS];
	size_t threads_n, fds_n;
	size_t by_state[128]; /* threads by the letter of their state */
	size_t by_kind[FD_KINDS];
};

/* A counter of both sides over time, ready to be drawn. */
struct trend_plot {
	struct plot plot;
	struct plot_point point[2][TREND_SPANS];
	bool known[2]; /* at the shown moment */
};

#define OVERVIEW_EVENTS	   12
#define OVERVIEW_PLOT_ROWS 8 /* at most */
struct overview {
	const struct moment *moment; /* of the last update; ours */
	struct overview_sums sums[2];
	uint64_t full_bytes;	/* the longest segment of both: one scale */
	struct runtime_limit limit[2]; /* what each side's runtime limits … */
	bool limited[2];	       /* … where it has one that we know of */
	struct textbuf explain; /* of the selected event */
	size_t at, top;		/* selected row, first one in sight */
	int body_h;
	/* Which line that is, NULL: it lies so far behind the lines, among the events. */
	const struct overview_row *line;
	size_t behind;
	size_t trend_row; /* or among the counters, behind those: so many-th; 0: it is not */
	bool whole;	  /* that one's plot takes the place of all lines */
	bool kept;    /* line and behind say so */
	bool lecture; /* as it was drawn last */
	bool pinned; /* the newest event stands below them, on the last line */
	struct rect area;
	int plot_h; /* rows of the plot; 0: it has no room */
	struct erosion_plot erosion;
	struct trend_plot trend_plot; /* of the counter drawn last */
};

/* was: the moment that *sums are of; NULL: of none. What is the same in both is not added again. */
void overview_sum(const struct view_env *env, unsigned side, const struct moment *was,
	struct overview_sums *sums);

/* A line of the overview. */
enum overview_where { OVERVIEW_ALWAYS, OVERVIEW_PLAIN, OVERVIEW_LECTURE };
struct overview_row {
	enum overview_where where; /* it stands in lecture mode alone, or only out of it */
	const char *label; /* NULL: a heading drawn by wide */
	/* "RSS {rss_bytes}": fields of the process in braces, one text a side. */
	const char *template;
	void (*text)(const struct overview *o, const struct view_env *env, unsigned side,
		struct textbuf *out); /* in place of template */
	/* Draws behind the text of a side (x of the cell moves on); or across both sides. */
	void (*bar)(const struct overview *o, const struct view_env *env, struct canvas *c,
		struct rect cell, unsigned side, int what);
	void (*wide)(const struct overview *o, const struct view_env *env, struct canvas *c,
		struct rect line, int what);
	int what;
	const char *field; /* that explain speaks of; NULL: explain */
	const char *explain;
	struct lesson_ref lesson; /* what else it is about */
	const char *since; /* in place of explain where B is A's own past; NULL: explain */
	bool compared; /* the gutter says whether both sides' texts are the same */
	bool limits;   /* it stands only where a runtime limits something */
	bool erosion;  /* it stands only where that is known */
	bool plot;     /* and where the plot has so many rows */
};
/* How many lines there are now, and one of them. */
size_t overview_rows_n(const struct overview *o, const struct view_env *env);
const struct overview_row *overview_row_at(
	const struct overview *o, const struct view_env *env, size_t i);
/* How many rows the plot has in a view of h lines. */
int overview_plot_rows(const struct view_env *env, int h);

/* What became of the pages that a fork shared, or of all since then: a line each. */
void overview_cow_title(const struct overview *o, const struct view_env *env, struct canvas *c,
	struct rect line, int what);
void overview_cow_bar(const struct overview *o, const struct view_env *env, struct canvas *c,
	struct rect line, int what);
void overview_cow_legend(const struct overview *o, const struct view_env *env, struct canvas *c,
	struct rect line, int what);

/* The still shared share: a line, and a row of its plot. */
void overview_erosion_line(const struct overview *o, const struct view_env *env, struct canvas *c,
	struct rect line, int what);
void overview_erosion_plot(const struct overview *o, const struct view_env *env, struct canvas *c,
	struct rect line, int what);

/* The counters over time: how many lines, a heading first; one of them; what it is about. */
size_t overview_trend_rows(const struct view_env *env);
void overview_trend_draw(struct overview *o, const struct view_env *env, size_t row,
	struct canvas *c, const struct panes *p, struct rect line);
void overview_trend_select(size_t row, struct view_selection *ret);
/* The selected one's plot in all of the area. */
void overview_trend_whole(
	struct overview *o, const struct view_env *env, struct canvas *c, struct rect area);

/* Appends template with its fields filled in, "?" for the unknown. */
void overview_fill(
	const struct view_env *env, unsigned side, const char *template, struct textbuf *out);

#endif
