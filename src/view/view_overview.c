/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "event_words_internal.h"
#include "figures_internal.h"
#include "honesty_internal.h"
#include "overview_internal.h"
#include "twintop/base/units.h"
#include "twintop/draw/mark.h"
#include "twintop/feed/feed.h"
#include "twintop/model/names.h"

#define LABEL 8 /* "threads " */

static void *create(void)
{
	struct overview *o = mem_alloc(sizeof *o);

	memset(o, 0, sizeof *o);
	return o;
}

static void destroy(void *view)
{
	struct overview *o = view;

	moment_put(o->moment);
	textbuf_free(&o->explain);
	free(o);
}

/* What there is to tell first of a side's runtimes. */
static void see_limits(struct overview *o, const struct snapshot *s)
{
	struct runtime_limit limit[RUNTIMES];

	for (unsigned side = 0; side < 2; side++) {
		o->limited[side] = side < s->sides && side_limits(s, side, limit) > 0;
		if (o->limited[side])
			o->limit[side] = limit[0];
	}
}

static unsigned wants(const void *view)
{
	const struct overview *o = view;

	return (o->limited[0] ? o->limit[0].need : 0) | (o->limited[1] ? o->limit[1].need : 0);
}

static void update(void *view, const struct view_env *env)
{
	struct overview *o = view;

	if (!env->moment)
		return;
	o->full_bytes = env->moment->snapshot->host.page_size;
	see_limits(o, env->moment->snapshot);
	for (unsigned side = 0; side < 2; side++) {
		overview_sum(env, side, o->moment, &o->sums[side]);
		for (unsigned k = 0; k < SEGMENTS; k++)
			if (o->sums[side].segment[k].size_bytes > o->full_bytes)
				o->full_bytes = o->sums[side].segment[k].size_bytes;
	}
	moment_get(env->moment);
	moment_put(o->moment);
	o->moment = env->moment;
}

/* Events that were known at the shown moment: those that people look for. */
static size_t known(const struct view_env *env)
{
	return env->events && env->moment ? event_log_main_known(env->events, env->moment) : 0;
}

/* Lines of events, with their heading. */
static size_t events_n(const struct view_env *env)
{
	size_t n = known(env);

	return n ? 1 + (n < OVERVIEW_EVENTS ? n : OVERVIEW_EVENTS) : 0;
}

/* Where the counters over time begin: behind all others. */
static size_t trend_begin(const struct overview *o, const struct view_env *env)
{
	return overview_rows_n(o, env) + events_n(env);
}

static size_t rows_n(const struct overview *o, const struct view_env *env)
{
	return trend_begin(o, env) + overview_trend_rows(env);
}

/* The event of a row, the newest first; false for a row of something else. */
static bool event_of_row(
	const struct overview *o, const struct view_env *env, size_t row, struct logged_event *ret)
{
	return row > overview_rows_n(o, env) && row < trend_begin(o, env) &&
	       event_log_main_at(env->events, known(env) - (row - overview_rows_n(o, env)), ret);
}

/* Notes which line is selected. */
static void keep_line(struct overview *o, const struct view_env *env)
{
	size_t n = overview_rows_n(o, env);

	o->line = o->at < n ? overview_row_at(o, env, o->at) : NULL;
	o->behind = o->at < n ? 0 : o->at - n;
	n = trend_begin(o, env);
	o->trend_row = o->at > n ? o->at - n : 0;
	o->whole &= o->trend_row > 0;
	o->kept = true;
}

/* The selected line stays that as lines come and go, or the one before it does. */
static void follow_line(struct overview *o, const struct view_env *env)
{
	size_t n = overview_rows_n(o, env);

	if (o->lecture != env->lecture)
		o->top = 0;
	o->lecture = env->lecture;
	if (!o->kept)
		return;
	o->at = o->line ? 0 : o->trend_row ? trend_begin(o, env) + o->trend_row : n + o->behind;
	for (size_t i = 0; o->line && i < n; i++)
		if (overview_row_at(o, env, i) <= o->line)
			o->at = i;
}

static bool move(struct overview *o, const struct view_env *env, enum action action)
{
	size_t last = rows_n(o, env) - 1, page = o->body_h > 1 ? (size_t)o->body_h - 1 : 1;

	switch (action) {
	case ACTION_UP:
		o->at -= o->at > 0;
		return true;
	case ACTION_DOWN:
		o->at += o->at < last;
		return true;
	case ACTION_PAGE_UP:
		o->at -= o->at > page ? page : o->at;
		return true;
	case ACTION_PAGE_DOWN:
		o->at = o->at + page < last ? o->at + page : last;
		return true;
	case ACTION_HOME:
		o->at = 0;
		return true;
	case ACTION_END:
		o->at = last;
		return true;
	default:
		return false;
	}
}

/* A counter's plot in place of all lines, and the lines again; false: neither. */
static bool open_whole(struct overview *o, enum action action)
{
	if (action == ACTION_DETAIL && o->trend_row)
		o->whole = !o->whole;
	else if (action == ACTION_BACK && o->whole)
		o->whole = false;
	else
		return false;
	return true;
}

/* While one is whole, others that are: no line is left to go to. */
static void stay_among_counters(struct overview *o, const struct view_env *env)
{
	size_t begin = trend_begin(o, env) + 1;

	if (o->whole && o->at < begin)
		o->at = begin;
}

static bool act(void *view, const struct view_env *env, enum action action)
{
	struct overview *o = view;
	bool moved;

	follow_line(o, env);
	moved = open_whole(o, action) || move(o, env, action);
	stay_among_counters(o, env);
	keep_line(o, env);
	return moved;
}

static void click(void *view, const struct view_env *env, int x, int y)
{
	struct overview *o = view;
	size_t at = o->top + (size_t)(y - o->area.y);

	(void)x;
	if (o->whole)
		return;
	if (o->pinned && y - o->area.y >= o->body_h)
		at = overview_rows_n(o, env) + 1;
	if (y >= o->area.y && at < rows_n(o, env)) {
		o->at = at;
		keep_line(o, env);
	}
}

static void row_text(const struct overview *o, const struct view_env *env,
	const struct overview_row *row, unsigned side, struct textbuf *out)
{
	if (row->text)
		row->text(o, env, side, out);
	else if (row->template)
		overview_fill(env, side, row->template, out);
}

/* One row of a side: label, then text or bar. */
static void draw_side(const struct overview *o, const struct view_env *env,
	const struct overview_row *row, struct canvas *c, struct rect cell, unsigned side,
	const char *text)
{
	bool ended = env->moment->snapshot->side[side].ending.ended;
	int label = cell.w > 20 ? LABEL : 0;

	if (label)
		canvas_text(c, cell.x, cell.y, label, STYLE_DIM, row->label);
	cell.x += label;
	cell.w -= label;
	if (row->bar)
		row->bar(o, env, c, cell, side, row->what);
	else
		canvas_text(c, cell.x, cell.y, cell.w,
			ended || *text == '?' ? STYLE_DIM : STYLE_NORMAL, text);
}

static void draw_sides(const struct overview *o, const struct view_env *env,
	const struct overview_row *row, struct canvas *c, const struct panes *p, int y)
{
	struct textbuf text[2] = {{0}, {0}};

	for (unsigned side = 0; side < 2; side++) {
		struct rect cell = {p->side[side].x, y, p->side[side].w, 1};

		if (cell.w < 1 || side >= panes_sides(env->moment))
			continue;
		row_text(o, env, row, side, &text[side]);
		draw_side(o, env, row, c, cell, side, text[side].bytes ? text[side].bytes : "");
	}
	if (row->compared && p->side[1].w && text[0].bytes && text[1].bytes &&
		strcmp(text[0].bytes, "?") != 0)
		panes_glyph(c, p->gutter.x + (p->gutter.w > 1), y,
			panes_state_glyph(strcmp(text[0].bytes, text[1].bytes) == 0
						  ? ROW_SAME
						  : ROW_DIVERGED));
	textbuf_free(&text[0]);
	textbuf_free(&text[1]);
}

/* "● now      " or "  3.4s ago ": marked while it is fresh. */
static void add_age(struct textbuf *out, uint64_t ns, bool fresh)
{
	uint64_t tenths = ns / 100000000u;
	char units[UNITS_MAX], age[UNITS_MAX + 8] = "now";

	if (tenths)
		snprintf(age, sizeof age, "%s ago", units_time(units, tenths * 100000000u));
	textbuf_addf(out, "%s %-10s", fresh ? "●" : " ", age);
}

static void draw_event(const struct overview *o, const struct view_env *env, size_t row,
	struct canvas *c, struct rect line)
{
	struct textbuf b = {0};
	struct logged_event e;
	uint64_t ns;
	bool fresh;

	if (!event_of_row(o, env, row, &e))
		return;
	ns = env->now_ns > e.event->monotonic_ns ? env->now_ns - e.event->monotonic_ns : 0;
	fresh = ns < mark_ns(env->lecture);
	add_age(&b, ns, fresh);
	event_sentence(e.batch, e.event, &b);
	canvas_text(c, line.x, line.y, line.w, fresh ? STYLE_CHANGED : STYLE_NORMAL, b.bytes);
	textbuf_free(&b);
}

/* The newest event, and where the others are. */
static void draw_pinned(
	const struct overview *o, const struct view_env *env, struct canvas *c, struct rect line)
{
	struct textbuf b = {0};
	int w;

	textbuf_count(&b, known(env), "event");
	textbuf_adds(&b, ": PgDn");
	w = (int)text_width(b.bytes, b.len);
	canvas_right(c, line.x, line.y, line.w, STYLE_TITLE, b.bytes);
	textbuf_free(&b);
	line.w -= w + 1;
	draw_event(o, env, overview_rows_n(o, env) + 1, c, line);
}

static void draw_row(struct overview *o, const struct view_env *env, size_t i, struct canvas *c,
	const struct panes *p, struct rect line)
{
	const struct overview_row *row;

	if (i >= trend_begin(o, env)) {
		overview_trend_draw(o, env, i - trend_begin(o, env), c, p, line);
		return;
	}
	if (i >= overview_rows_n(o, env)) {
		if (i == overview_rows_n(o, env))
			canvas_text(c, line.x, line.y, line.w, STYLE_TITLE, "EVENTS");
		else
			draw_event(o, env, i, c, line);
		return;
	}
	row = overview_row_at(o, env, i);
	if (!row->wide) {
		draw_sides(o, env, row, c, p, line.y);
		return;
	}
	if (row->label && *row->label && line.w > 20) {
		canvas_text(c, line.x, line.y, LABEL, STYLE_DIM, row->label);
		line.x += LABEL;
		line.w -= LABEL;
	}
	row->wide(o, env, c, line, row->what);
}

/* The selected row's label is marked, and the hardware cursor stands on it. */
static void draw_cursor(const struct overview *o, const struct view_env *env, struct canvas *c,
	const struct panes *p, int y)
{
	bool wide = !o->trend_row &&
		    (o->at >= overview_rows_n(o, env) || overview_row_at(o, env, o->at)->wide);
	unsigned side = env->side == 1 && p->side[1].w > 0 && !wide;

	for (unsigned s = 0; s < (env->sheet ? 0u : wide ? 1u : 2u); s++)
		canvas_restyle(c,
			(struct rect){p->side[s].x, y,
				p->side[s].w < LABEL - 1 ? p->side[s].w : LABEL - 1, 1},
			STYLE_SELECTED);
	canvas_cursor(c, p->side[side].x, y);
}

/* Whether the newest event takes the last line: its list begins below, and nobody went there. */
static bool pins_event(const struct overview *o, const struct view_env *env, int h)
{
	return known(env) && overview_rows_n(o, env) + 2 > (size_t)h &&
	       o->at < overview_rows_n(o, env) && h > 2;
}

/* The selected row is on the screen, and no line is left empty while there are rows for it. */
static void scroll(struct overview *o, const struct view_env *env, struct rect area)
{
	size_t n = rows_n(o, env), h;

	follow_line(o, env);
	if (o->at >= n)
		o->at = n - 1;
	keep_line(o, env);
	o->area = area;
	o->pinned = pins_event(o, env, area.h);
	o->body_h = area.h - o->pinned;
	h = (size_t)o->body_h;
	if (o->pinned)
		n = overview_rows_n(o, env);
	if (o->top > o->at)
		o->top = o->at;
	if (o->at >= o->top + h)
		o->top = o->at + 1 - h;
	if (o->top + h > n)
		o->top = n > h ? n - h : 0;
}

static void draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct overview *o = view;
	struct panes p;

	area = rect_clip(area, c);
	if (area.w < 1 || area.h < 1)
		return;
	if (!panes_sides(env->moment)) {
		panes_say(c, area, STYLE_DIM, "waiting for the first sample …");
		return;
	}
	if (!moment_same(env->moment, o->moment))
		update(o, env);
	erosion_plot_fill(&o->erosion, env);
	o->plot_h = o->erosion.plot.lines_n ? overview_plot_rows(env, area.h) : 0;
	scroll(o, env, area);
	if (o->whole) {
		overview_trend_whole(o, env, c, area);
		return;
	}
	p = panes_split(area, panes_sides(env->moment), 0, 0);
	for (int i = 0; i < o->body_h && o->top + (size_t)i < rows_n(o, env); i++)
		draw_row(o, env, o->top + (size_t)i, c, &p,
			(struct rect){area.x, area.y + i, area.w, 1});
	if (o->pinned)
		draw_pinned(o, env, c, (struct rect){area.x, area.y + o->body_h, area.w, 1});
	draw_cursor(o, env, c, &p, area.y + (int)(o->at - o->top));
}

/* Who tells of births and ends, and what that one cannot see. */
static const char *explain_events(struct overview *o, const struct snapshot *s)
{
	const struct feed_ops *feed = s->lifecycle ? feed_find(s->lifecycle) : NULL;

	textbuf_clear(&o->explain);
	textbuf_adds(&o->explain,
		"What happened to the processes and their threads, newest first; mappings, "
		"descriptors and actions of signals, which come and go all the time, are left "
		"out.");
	if (feed)
		textbuf_addf(&o->explain, " Told by: %s. %s", feed->id, feed->blind);
	if (feed && s->lifecycle_lacks)
		textbuf_addf(&o->explain, " Now %s.", s->lifecycle_lacks);
	if (feed && s->ends_lack)
		textbuf_addf(&o->explain, " And %s.", s->ends_lack);
	return o->explain.bytes;
}

static const char *explain_event(struct overview *o, const struct event *e)
{
	textbuf_clear(&o->explain);
	event_explain(e, &o->explain);
	return o->explain.bytes;
}

static bool selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	struct overview *o = view;
	const struct overview_row *row;
	struct logged_event e;

	if (!panes_sides(env->moment))
		return false;
	follow_line(o, env);
	row = o->at < overview_rows_n(o, env) ? overview_row_at(o, env, o->at) : NULL;
	memset(ret, 0, sizeof *ret);
	for (unsigned side = 0; side < panes_sides(env->moment); side++) {
		ret->has[side] = true;
		ret->record[side] = (struct record){env->moment, RECORD_PROCESS, side, 0};
	}
	if (row && row->field)
		ret->field = field_find(row->field);
	if (o->at >= trend_begin(o, env)) {
		overview_trend_select(o->at - trend_begin(o, env), ret);
		return true;
	}
	ret->explain = row				 ? row->explain
		       : event_of_row(o, env, o->at, &e) ? explain_event(o, e.event)
							 : explain_events(o, env->moment->snapshot);
	if (!row && event_of_row(o, env, o->at, &e))
		ret->lesson = (struct lesson_ref){true, LESSON_EVENTS, e.event->kind};
	else if (row && row->since && pair_is_past(env->moment->pair))
		ret->explain = row->since;
	else if (row)
		ret->lesson = row->lesson;
	else
		ret->why = "A state is how things are; events are what happened between two looks.";
	return true;
}

static void filter(void *view, const struct view_env *env, const char *text)
{
	(void)view;
	(void)env;
	(void)text;
}

/* Goes to the next row whose label or text holds the searched one. */
static bool search(void *view, const struct view_env *env, const char *text, bool again)
{
	struct overview *o = view;
	bool found = false;

	for (size_t i = 0;
		i < overview_rows_n(o, env) && text && *text && panes_sides(env->moment) && !found;
		i++) {
		size_t at = (o->at + i + (again ? 1 : 0)) % overview_rows_n(o, env);
		struct textbuf b = {0};

		const struct overview_row *row = overview_row_at(o, env, at);

		textbuf_addf(&b, "%s ", row->label ? row->label : "");
		for (unsigned side = 0; side < panes_sides(env->moment); side++)
			row_text(o, env, row, side, &b);
		found = strcasestr(b.bytes, text);
		if (found) {
			o->at = at;
			keep_line(o, env);
		}
		textbuf_free(&b);
	}
	return found;
}

static void honesty(void *view, const struct view_env *env, struct textbuf *out)
{
	const struct snapshot *s = env->moment ? env->moment->snapshot : NULL;

	(void)view;
	if (honesty_records(env, RECORD_PROCESS, out)) {
		textbuf_clear(out);
		honesty_pages(env, out);
	}
	/* A mark that says of pages what is wrong with them has no room for more. */
	if (s && s->lifecycle && !s->lifecycle_exact &&
		text_equal(text_of(out->bytes), text_of("exact")))
		textbuf_adds(out, ": but short-lived tasks may be missed");
}

static const struct view_figure figures[] = {
	{.label = "threads", .unit = UNIT_COUNT, .field = "process.thread_count"},
	{.label = "pages shared",
		.of_pair = true,
		.style = STYLE_COW,
		.unit = UNIT_COUNT,
		.get = figure_cow_pages},
	{.label = "copied",
		.of_pair = true,
		.style = STYLE_COPIED,
		.unit = UNIT_COUNT,
		.get = figure_copied_pages},
	{.label = "resident", .unit = UNIT_BYTES, .field = "process.rss_bytes"},
};

static const char *const signs[] = {SIGN_PAGES, SIGN_BARS, SIGN_BETWEEN, SIGN_PLOT, NULL};

const struct view_ops view_overview = {
	.id = "overview",
	.title = "Overview",
	.brief = "Ovr",
	.key = '1',
	.help = "Overview: both processes and what they share at a glance.",
	.figures = figures,
	.figures_n = sizeof figures / sizeof *figures,
	.signs = signs,
	.need = NEED_PROCESS | NEED_COMMAND | NEED_THREADS | NEED_MAPS | NEED_PAGES | NEED_FAULTS |
		NEED_FDS | NEED_SHARES | NEED_THREAD_SYSCALL | NEED_STACKS,
	.create = create,
	.destroy = destroy,
	.update = update,
	.act = act,
	.click = click,
	.draw = draw,
	.selection = selection,
	.filter = filter,
	.search = search,
	.honesty = honesty,
	.wants = wants,
};
