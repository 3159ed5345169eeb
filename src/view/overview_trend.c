/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters as time goes by: a small plot of each in the overview, and one whole. */
#include <stdio.h>

#include "overview_internal.h"
#include "twintop/base/table.h"
#include "twintop/draw/time_axis.h"

#define SECOND_NS   1000000000ull
#define AXIS_NS	    (10 * SECOND_NS) /* it is no shorter */
#define LABEL_W	    9		     /* "resident " */
#define NUMBER_W    8		     /* "12.3K/s" */
#define SPARK_LEAST 6		     /* columns */
#define SPARK_MOST  60
#define WHOLE_LEAST 4 /* rows of a plot that has its own axis */

static const char *print_percent(char out[UNITS_MAX], double value)
{
	return units_percent(out, value);
}

static const char *print_bytes(char out[UNITS_MAX], double value)
{
	return units_bytes(out, (uint64_t)value);
}

static const char *print_count(char out[UNITS_MAX], double value)
{
	return units_count(out, (uint64_t)value);
}

static const char *print_rate(char out[UNITS_MAX], double value)
{
	char count[UNITS_MAX];

	if (value > 0 && value < 9.95)
		snprintf(out, UNITS_MAX, "%.1f/s", value);
	else
		snprintf(out, UNITS_MAX, "%.20s/s", units_count(count, (uint64_t)(value + 0.5)));
	return out;
}

static const struct trend_row {
	const char *label, *title;
	const char *(*print)(char out[UNITS_MAX], double value);
	bool of_pair;
	const char *field; /* that explain speaks of; NULL: explain */
	const char *explain;
} trend_row[] = {
	[COUNTER_CPU] = {"cpu", "CPU", print_percent, false, "process.cpu_percent", NULL},
	[COUNTER_RESIDENT] = {"resident", "RESIDENT MEMORY", print_bytes, false,
		"process.rss_bytes", NULL},
	[COUNTER_COPIED] = {"copied", "COPIED SINCE THE FORK", print_bytes, true, NULL,
		"Of the pages that a fork shared between A and B: how much is there twice now, as "
		"time "
		"goes by. Each write to a page that is still shared adds one."},
	[COUNTER_FAULTS] = {"faults", "PAGE FAULTS", print_rate, false, "process.minor_faults",
		NULL},
	[COUNTER_SWITCHES] = {"switches", "CONTEXT SWITCHES", print_rate, false, NULL,
		"How often a second a thread of the process left a processor, of its own accord or "
		"not: "
		"the sum over its threads whose rate is known. Many small sleeps make many."},
	[COUNTER_THREADS] = {"threads", "THREADS", print_count, false, "process.thread_count",
		NULL},
	[COUNTER_FDS] = {"fds", "OPEN DESCRIPTORS", print_count, false, NULL,
		"How many descriptors the process has open, as time goes by: a leak is a staircase "
		"that "
		"never comes down."},
};
TABLE_ROWS(trend_row, COUNTERS);

static const char heading[] = "Counters of A and B as time goes by, as far back as the history "
			      "goes; each pair of plots goes "
			      "from 0 to the most of both. Enter on one shows it whole. What was "
			      "not read is no 0: there is "
			      "a gap, or a ? where nobody looked.";

/* ---- lines ------------------------------------------------------------------------------ */

/* What a side's line has until the shown moment. */
static void fill_line(
	struct trend_plot *p, const struct view_env *env, enum counter counter, unsigned side)
{
	const struct snapshot *s = env->moment->snapshot;
	const struct task_id id[2] = {
		s->side[0].id, s->sides > 1 ? s->side[1].id : (struct task_id){0}};
	struct plot_line *line = &p->plot.line[side];
	/* Its own past ends then; another recording has another clock. */
	uint64_t until_ns =
		side && pair_is_past(env->moment->pair) ? side_moment_ns(s, side) : s->monotonic_ns;
	const struct trend_span *span;
	bool gap = false;

	*line = (struct plot_line){
		.style = side ? STYLE_SIDE_B : STYLE_SIDE_A, .point = p->point[side]};
	for (size_t i = 0; (span = trend_at(env->trend, i)) && span->to_ns <= until_ns; i++) {
		struct plot_point *point = &p->point[side][line->n];

		if (!trend_value(env->trend, i, counter, id, side, &point->value)) {
			gap = true;
			continue;
		}
		point->from_ns = span->from_ns;
		point->to_ns = span->to_ns;
		point->gap = gap && line->n;
		gap = false;
		line->n++;
	}
	p->known[side] = line->n && !gap;
}

/* Lets the axes go as far as one more line does. */
static void hold_line(struct plot *p, const struct plot_line *line)
{
	uint64_t from, to;
	double least, most;

	if (!line->n)
		return;
	from = line->point[0].from_ns;
	to = line->point[line->n - 1].to_ns;
	p->from_ns = from < p->from_ns ? from : p->from_ns;
	p->to_ns = to > p->to_ns ? to : p->to_ns;
	plot_range(line, 0, UINT64_MAX, &least, &most);
	p->high = most > p->high ? most : p->high;
}

/* Of both sides, or of the pair once, on one scale from 0. */
static void fill_plot(struct trend_plot *p, const struct view_env *env, enum counter counter)
{
	unsigned lines = trend_row[counter].of_pair ? 1 : panes_sides(env->moment);

	p->plot = (struct plot){.print = trend_row[counter].print,
		.until = env->past ? "then" : "now",
		.lines_n = lines,
		.from_ns = UINT64_MAX};
	for (unsigned i = 0; i < lines; i++) {
		fill_line(p, env, counter, i);
		hold_line(&p->plot, &p->plot.line[i]);
	}
	if (trend_row[counter].of_pair)
		p->plot.line[0].style = STYLE_COPIED;
	if (p->plot.high <= 0)
		p->plot.high = 1;
	if (p->plot.to_ns < p->plot.from_ns)
		p->plot.from_ns = p->plot.to_ns;
	if (p->plot.to_ns - p->plot.from_ns < AXIS_NS)
		p->plot.from_ns = p->plot.to_ns > AXIS_NS ? p->plot.to_ns - AXIS_NS : 0;
}

/* Whether nothing moved in all the time: that needs no plot, and is not drawn anew as time goes by.
 */
static bool is_steady(const struct plot_line *line)
{
	for (size_t i = 1; i < line->n; i++)
		if (line->point[i].gap || line->point[i].value != line->point[0].value)
			return false;
	return true;
}

/* ---- small plots ---------------------------------------------------------------------------- */

/*
 * Columns of a whole length of time, that begin at whole lengths: so a column stays what it is
 * until it leaves at the left.
 */
static struct plot one_line(const struct plot *p, unsigned side, int w)
{
	uint64_t length = time_span_holding((p->to_ns - p->from_ns) / (uint64_t)w + 1);
	struct plot one = *p;

	one.lines_n = 1;
	one.line[0] = p->line[side];
	one.to_ns = (p->to_ns + length - 1) / length * length;
	one.from_ns = one.to_ns > length * (uint64_t)w ? one.to_ns - length * (uint64_t)w : 0;
	return one;
}

/* What it is at the shown moment, or why it is nothing; "?": it was not read. */
static const char *number_of(
	const struct trend_plot *p, const struct view_env *env, unsigned side, char out[UNITS_MAX])
{
	const struct plot_line *line = &p->plot.line[side];
	const struct pair *pair = env->moment->pair;

	if (p->known[side])
		return p->plot.print(out, line->point[line->n - 1].value);
	if (env->moment->snapshot->side[side].ending.ended)
		return "ended";
	if (line->style == STYLE_COPIED && (!pair || pair->one_space))
		return "—";
	return "?";
}

static void draw_small(const struct trend_plot *p, const struct view_env *env, unsigned side,
	struct canvas *c, struct rect cell)
{
	const struct plot_line *line = &p->plot.line[side];
	char number[UNITS_MAX];
	struct plot one;

	canvas_right(c, cell.x, cell.y, cell.w < NUMBER_W ? cell.w : NUMBER_W,
		p->known[side] ? STYLE_NORMAL : STYLE_DIM, number_of(p, env, side, number));
	cell.x += NUMBER_W + 2;
	cell.w -= NUMBER_W + 3;
	cell.w = cell.w < SPARK_MOST ? cell.w : SPARK_MOST;
	if (cell.w < SPARK_LEAST || line->n < 2)
		return;
	if (p->known[side] && is_steady(line)) {
		canvas_text(c, cell.x, cell.y, cell.w, STYLE_DIM, "steady");
		return;
	}
	one = one_line(&p->plot, side, cell.w);
	plot_spark(&one, c, cell);
}

size_t overview_trend_rows(const struct view_env *env)
{
	return env->trend && trend_at(env->trend, 0) && panes_sides(env->moment) ? 1 + COUNTERS : 0;
}

static void draw_title(const struct view_env *env, struct canvas *c, struct rect line)
{
	int x = line.x + canvas_text(c, line.x, line.y, line.w, STYLE_TITLE,
				 env->past ? "OVER TIME, until then" : "OVER TIME");

	if (!env->sheet)
		canvas_text(
			c, x, line.y, line.x + line.w - x, STYLE_TITLE, ": Enter shows one whole");
}

void overview_trend_draw(struct overview *o, const struct view_env *env, size_t row,
	struct canvas *c, const struct panes *p, struct rect line)
{
	if (!row) {
		draw_title(env, c, line);
		return;
	}
	fill_plot(&o->trend_plot, env, (enum counter)(row - 1));
	for (unsigned side = 0; side < o->trend_plot.plot.lines_n; side++) {
		struct rect cell = {p->side[side].x, line.y, p->side[side].w, 1};

		if (cell.w < 1)
			continue;
		canvas_text(c, cell.x, cell.y, cell.w, STYLE_DIM, trend_row[row - 1].label);
		cell.x += LABEL_W;
		cell.w -= LABEL_W;
		draw_small(&o->trend_plot, env, side, c, cell);
	}
}

void overview_trend_select(size_t row, struct view_selection *ret)
{
	const struct trend_row *r = row ? &trend_row[row - 1] : NULL;

	ret->field = r && r->field ? field_find(r->field) : NULL;
	ret->explain = r ? r->explain : heading;
	ret->why = "A number says how things are; its course says where they go.";
}

/* ---- one whole --------------------------------------------------------------------------------
 */

/* "CPU  A 12%  B 3%": what it is now, or was then. */
static void draw_whole_title(const struct trend_plot *p, const struct view_env *env,
	const struct trend_row *row, struct canvas *c, struct rect line)
{
	int x = line.x + canvas_text(c, line.x, line.y, line.w, STYLE_TITLE, row->title);
	char number[UNITS_MAX];

	for (size_t i = 0; i < p->plot.lines_n; i++) {
		x += canvas_print(c, x, line.y, line.x + line.w - x, p->plot.line[i].style,
			"  %s%s",
			row->of_pair ? ""
			: i	     ? "B "
				     : "A ",
			number_of(p, env, (unsigned)i, number));
	}
	canvas_right(c, x, line.y, line.x + line.w - x, STYLE_DIM, "↑↓ others, Esc closes");
}

void overview_trend_whole(
	struct overview *o, const struct view_env *env, struct canvas *c, struct rect area)
{
	const struct trend_row *row = &trend_row[o->trend_row - 1];
	struct trend_plot *p = &o->trend_plot;
	bool some = false;

	fill_plot(p, env, (enum counter)(o->trend_row - 1));
	for (size_t i = 0; i < p->plot.lines_n; i++) {
		p->plot.line[i].label = i ? "B" : "A";
		some |= p->plot.line[i].n > 0;
	}
	if (p->plot.lines_n == 1)
		p->plot.line[0].label = NULL;
	draw_whole_title(p, env, row, c, (struct rect){area.x, area.y, area.w, 1});
	canvas_cursor(c, area.x, area.y);
	if (!some)
		canvas_text(c, area.x, area.y + 2, area.w, STYLE_DIM,
			"? it was not read in all the time that is kept");
	else if (area.h > WHOLE_LEAST)
		plot_draw(&p->plot, c, (struct rect){area.x, area.y + 2, area.w, area.h - 2});
}
