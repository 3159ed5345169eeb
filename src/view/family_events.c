/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened to the family, newest first: when, who, what, and why it matters. */
#include <stdio.h>
#include <string.h>

#include "event_list_internal.h"
#include "event_words_internal.h"
#include "family_internal.h"
#include "twintop/draw/life.h"
#include "twintop/draw/mark.h"
#include "twintop/draw/panes.h"
#include "twintop/model/family.h"

#define WHY_BESIDE_W 150     /* columns from which on why it matters stands beside what happened */
#define WHY_LINES    2	     /* else it stands below, of the selected one */
#define WHY_FROM_H   6	     /* lines, below which the events have them all */
#define TIME_W	     9	     /* "-12m30s" */
#define NOW_NS	     100000u /* so long ago is now */
#define SECOND_NS    1000000000ull
#define CLOCK_W	     12 /* "12:03:45.123" */

struct events_pane {
	struct event_list list;
	const struct event *at; /* the selected one, to be found again; NULL: the newest */
	size_t row, top;	/* where it is among those that are shown, and the first in sight */
	int rows;		/* in sight when it was last drawn … */
	int rows_y;		/* … from that line on */
	bool of_member;		/* only what concerns the member that was looked at last */
	struct textbuf explain;
};

static void *create(void)
{
	struct events_pane *p = mem_alloc(sizeof *p);

	*p = (struct events_pane){.list.kind = EVENT_KINDS};
	return p;
}

static void destroy(void *view)
{
	struct events_pane *p = view;

	if (!p)
		return;
	event_list_free(&p->list);
	textbuf_free(&p->explain);
	free(p);
}

/* ---- the selection -------------------------------------------------------------- */

static bool selected(
	const struct events_pane *p, const struct view_env *env, struct logged_event *ret)
{
	return event_list_at(&p->list, env, p->row, ret);
}

/* The newest one is followed; another one stays selected as newer ones come. */
static void go(struct events_pane *p, const struct view_env *env, size_t row)
{
	size_t n = event_list_n(&p->list, env);
	struct logged_event e;

	p->row = row < n ? row : n ? n - 1 : 0;
	p->at = p->row && selected(p, env, &e) ? e.event : NULL;
}

static void update(void *view, const struct view_env *env)
{
	struct events_pane *p = view;

	if (p->of_member && env->focus && !task_id_equal(p->list.who, env->focus->member))
		event_list_who(&p->list, env->focus->member);
	event_list_update(&p->list, env);
	go(p, env, p->at ? event_list_find(&p->list, env, p->at) : 0);
}

/* Another thing is asked for: the selected event stays that where it is among these. */
static void look_anew(struct events_pane *p, const struct view_env *env)
{
	size_t n;

	event_list_update(&p->list, env);
	n = event_list_n(&p->list, env);
	p->row = p->at ? event_list_find(&p->list, env, p->at) : 0;
	go(p, env, p->row < n ? p->row : 0);
}

static size_t page(const struct events_pane *p)
{
	return p->rows > 1 ? (size_t)p->rows - 1 : 1;
}

static bool move(struct events_pane *p, const struct view_env *env, enum action action)
{
	size_t row = p->row;

	switch (action) {
	case ACTION_UP:
		row -= row > 0;
		break;
	case ACTION_DOWN:
		row++;
		break;
	case ACTION_PAGE_UP:
		row -= row > page(p) ? page(p) : row;
		break;
	case ACTION_PAGE_DOWN:
		row += page(p);
		break;
	case ACTION_HOME:
		row = 0;
		break;
	case ACTION_END:
		row = SIZE_MAX;
		break;
	default:
		return false;
	}
	go(p, env, row);
	return true;
}

/* ---- what keys do ----------------------------------------------------------------- */

static bool is_side(const struct moment *m, pid_t pid, unsigned side)
{
	return side < m->snapshot->sides && m->snapshot->side[side].id.pid == pid;
}

/* Whether somebody of that number lives, as far as the moment knows. */
static bool lives(const struct moment *m, pid_t pid)
{
	const struct family *f = m->snapshot->family;
	bool known = false;

	for (size_t i = 0; f && i < f->n; i++) {
		if (f->member[i].id.pid == pid && !f->member[i].ended)
			return true;
		known |= f->member[i].id.pid == pid;
	}
	return !known && (is_side(m, pid, 0) || is_side(m, pid, 1));
}

/* The two that an event concerns become A and B, where they are others and live. */
static bool watch_both(const struct view_env *env, const struct event *e)
{
	const struct moment *m = env->moment;

	if (!e->other || e->other == e->pid || !lives(m, e->pid) || !lives(m, e->other) ||
		(is_side(m, e->pid, 0) && is_side(m, e->other, 1)))
		return false;
	env->focus->watch[0] = e->pid;
	env->focus->watch[1] = e->other;
	return true;
}

/* both: first the two that it concerns, where they can be watched; else the moment that told of it.
 */
static bool open_event(struct events_pane *p, const struct view_env *env, bool both)
{
	struct logged_event e;

	if (!env->focus)
		return false;
	if (!selected(p, env, &e)) {
		env->focus->say = "there is no event to go to";
		return false;
	}
	if (!both || env->recorded || !watch_both(env, e.event))
		env->focus->moment_ns = e.moment_ns;
	if (!p->at)
		p->at = e.event;
	return true;
}

static void toggle_member(struct events_pane *p, const struct view_env *env)
{
	p->of_member = !p->of_member && env->focus && env->focus->member.pid;
	event_list_who(&p->list, p->of_member ? env->focus->member : (struct task_id){.pid = 0});
	look_anew(p, env);
}

static bool act(void *view, const struct view_env *env, enum action action)
{
	struct events_pane *p = view;

	switch (action) {
	case FAMILY_NEXT_KIND:
		event_list_next_kind(&p->list);
		look_anew(p, env);
		return true;
	case FAMILY_OF_MEMBER:
		toggle_member(p, env);
		return true;
	case FAMILY_TO_MOMENT:
		return open_event(p, env, false);
	case ACTION_FOLLOW_EVENT:
		return open_event(p, env, true);
	case ACTION_BACK:
		if (p->list.kind == EVENT_KINDS && !p->of_member)
			return false;
		p->list.kind = EVENT_KINDS;
		p->of_member = true;
		toggle_member(p, env);
		return true;
	default:
		return move(p, env, action);
	}
}

static enum action_scope events_are(const void *view)
{
	(void)view;
	return SCOPE_EVENT;
}

/* The newest stand first, always. */
static unsigned lacks(const void *view)
{
	(void)view;
	return VIEW_SORTS;
}

static void click(void *view, const struct view_env *env, int x, int y)
{
	struct events_pane *p = view;

	(void)x;
	if (y >= p->rows_y && y < p->rows_y + p->rows)
		go(p, env, p->top + (size_t)(y - p->rows_y));
}

/* ---- drawing ------------------------------------------------------------------------ */

static bool is_narrowed(const struct event_list *l)
{
	return l->kind != EVENT_KINDS || l->who.pid || l->text;
}

/* "EVENTS 4 of 17 · fork · of 4243 · with “text”": what is shown of how many. */
static void draw_heading(
	const struct events_pane *p, const struct view_env *env, struct canvas *c, struct rect line)
{
	const struct event_list *l = &p->list;
	size_t all = env->events ? event_log_known(env->events, env->moment) : 0;
	size_t n = event_list_n(l, env);
	const struct snapshot *s = env->moment->snapshot;
	struct textbuf b = {0};

	textbuf_addf(&b, "EVENTS %zu", n);
	if (is_narrowed(l))
		textbuf_addf(&b, " of %zu", all);
	if (l->kind != EVENT_KINDS)
		textbuf_addf(&b, " · %s", event_table[l->kind].title);
	if (l->who.pid)
		textbuf_addf(&b, " · of %d", (int)l->who.pid);
	if (l->text) {
		textbuf_adds(&b, " · with “");
		text_printable(&b, text_of(l->text));
		textbuf_adds(&b, "”");
	}
	if (s->lifecycle && !s->lifecycle_exact)
		textbuf_addf(&b, " · told by %s: short-lived ones may be missed", s->lifecycle);
	canvas_text(
		c, line.x, line.y, line.w, env->aside ? STYLE_TITLE : STYLE_TAB_ACTIVE, b.bytes);
	textbuf_free(&b);
}

static void time_text(const struct view_env *env, const struct event *e, char out[TIME_TICK_TEXT])
{
	uint64_t ago = env->now_ns > e->monotonic_ns ? env->now_ns - e->monotonic_ns : 0;
	char span[TIME_TICK_TEXT];

	if (env->focus && env->focus->by_clock)
		time_clock_text(out, (int64_t)e->realtime_ns, 1000000u);
	else if (ago < NOW_NS)
		snprintf(out, TIME_TICK_TEXT, "now");
	else if (ago >= SECOND_NS && ago < 60 * SECOND_NS)
		snprintf(out, TIME_TICK_TEXT, "-%.1fs", (double)ago / (double)SECOND_NS);
	else
		snprintf(out, TIME_TICK_TEXT, "-%.14s", time_span_text(span, ago));
}

/* A letter for whom it happened to: A, B or another one. */
static void draw_who(
	const struct view_env *env, const struct event *e, struct canvas *c, int x, int y)
{
	for (unsigned side = 0; side < 2; side++)
		if (is_side(env->moment, e->pid, side)) {
			canvas_text(
				c, x, y, 1, side ? STYLE_SIDE_B : STYLE_SIDE_A, side ? "B" : "A");
			return;
		}
}

static void draw_event(const struct view_env *env, const struct logged_event *e, struct canvas *c,
	struct rect line)
{
	struct life_event_sign sign = life_event_sign(e->event->kind);
	uint64_t ago = env->now_ns - e->event->monotonic_ns;
	enum style style = ago < mark_ns(env->lecture) ? STYLE_CHANGED : STYLE_NORMAL;
	int time_w = env->focus && env->focus->by_clock ? CLOCK_W : TIME_W;
	int x = line.x + time_w + 1, end = line.x + line.w, what_w;
	char ascii[2] = {sign.ascii, '\0'}, text[TIME_TICK_TEXT];
	struct textbuf b = {0};

	time_text(env, e->event, text);
	canvas_right(c, line.x, line.y, time_w, STYLE_DIM, text);
	canvas_text(c, x, line.y, 1, STYLE_STRONG, c->ascii ? ascii : sign.utf8);
	draw_who(env, e->event, c, x + 2, line.y);
	event_sentence(e->batch, e->event, &b);
	what_w = line.w >= WHY_BESIDE_W ? line.w * 2 / 5 : end - x - 4;
	canvas_text(c, x + 4, line.y, what_w, style, b.bytes);
	x += 4 + what_w + 2;
	if (line.w >= WHY_BESIDE_W)
		canvas_text(c, x, line.y, end - x, STYLE_DIM, event_table[e->event->kind].why);
	textbuf_free(&b);
}

/* Why the selected one matters, in the last lines; returns those. */
static int draw_why(
	const struct events_pane *p, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct logged_event e;
	const char *why;
	int lines;

	if (area.w >= WHY_BESIDE_W || area.h < WHY_FROM_H || !selected(p, env, &e))
		return 0;
	why = event_table[e.event->kind].why;
	lines = area.h > WHY_FROM_H && canvas_wrap(c, why, area.w) < strlen(why) ? WHY_LINES : 1;
	for (int i = 0; i < lines; i++) {
		size_t n = i + 1 < lines ? canvas_wrap(c, why, area.w) : strlen(why);

		canvas_print(c, area.x, area.y + area.h - lines + i, area.w, STYLE_NORMAL, "%.*s",
			(int)n, why);
		why += n;
	}
	return lines;
}

static void scroll(struct events_pane *p, size_t n)
{
	size_t h = p->rows > 0 ? (size_t)p->rows : 1;

	if (p->top > p->row)
		p->top = p->row;
	if (p->row >= p->top + h)
		p->top = p->row - h + 1;
	if (p->top + h > n)
		p->top = n > h ? n - h : 0;
}

/* Why no event is shown. */
static const char *nothing(const struct events_pane *p, const struct view_env *env)
{
	if (!env->events)
		return "covered";
	return is_narrowed(&p->list) ? "no event is of that kind, process and text: Esc shows all"
				     : "nothing has happened yet";
}

static void draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct events_pane *p = view;
	size_t n;

	if (!env->moment || area.h < 1)
		return;
	update(p, env);
	n = event_list_n(&p->list, env);
	draw_heading(p, env, c, (struct rect){area.x, area.y, area.w, 1});
	p->rows_y = area.y + 1;
	p->rows = area.h - 1 - draw_why(p, env, c, area);
	scroll(p, n);
	if (!n)
		canvas_text(c, area.x + 2, p->rows_y, area.w - 2, STYLE_DIM, nothing(p, env));
	for (int i = 0; i < p->rows; i++) {
		struct rect line = {area.x, p->rows_y + i, area.w, 1};
		struct logged_event e;

		if (!event_list_at(&p->list, env, p->top + (size_t)i, &e))
			break;
		draw_event(env, &e, c, line);
		if (env->aside || p->top + (size_t)i != p->row)
			continue;
		canvas_restyle(c, line, STYLE_SELECTED);
		canvas_cursor(c, line.x, line.y);
	}
}

/* ---- what it is ----------------------------------------------------------------------- */

static bool selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	struct events_pane *p = view;
	struct logged_event e;

	if (!selected(p, env, &e))
		return false;
	textbuf_clear(&p->explain);
	event_explain(e.event, &p->explain);
	*ret = (struct view_selection){
		.explain = p->explain.bytes, .lesson = {true, LESSON_EVENTS, e.event->kind}};
	return true;
}

static void copy(void *view, const struct view_env *env, struct textbuf *out)
{
	struct logged_event e;

	if (selected(view, env, &e))
		event_sentence(e.batch, e.event, out);
}

static void filter(void *view, const struct view_env *env, const char *text)
{
	struct events_pane *p = view;

	event_list_text(&p->list, text);
	look_anew(p, env);
}

static bool search(void *view, const struct view_env *env, const char *text, bool again)
{
	struct events_pane *p = view;
	size_t n = event_list_n(&p->list, env);
	struct logged_event e;

	for (size_t i = 0; i < n && *text; i++) {
		size_t row = (p->row + i + again) % n;

		if (event_list_at(&p->list, env, row, &e) && event_holds(&e, text)) {
			go(p, env, row);
			return true;
		}
	}
	return false;
}

const struct view_ops family_events = {
	.id = "events",
	.create = create,
	.destroy = destroy,
	.update = update,
	.rows = events_are,
	.lacks = lacks,
	.act = act,
	.click = click,
	.draw = draw,
	.selection = selection,
	.copy = copy,
	.filter = filter,
	.search = search,
};
