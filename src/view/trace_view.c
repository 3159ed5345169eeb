/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of threads, below which stands how they came to where they are. */
#include "trace_internal.h"

void *trace_view_new(const struct list_ops *ops)
{
	struct trace_view *v = mem_alloc(sizeof *v);

	*v = (struct trace_view){.list = list_new(ops)};
	return v;
}

static struct list *list_of(void *view)
{
	return ((struct trace_view *)view)->list;
}

void trace_view_destroy(void *view)
{
	list_view_destroy(list_of(view));
	free(view);
}

void trace_view_update(void *view, const struct view_env *env)
{
	list_view_update(list_of(view), env);
}

/* ---- what is scrolled and who is held ---------------------------------------------- */

static void scroll(struct trace_view *v, bool down)
{
	size_t by = v->rows > 4 ? (size_t)v->rows / 2 : 1;

	v->top = down ? v->top + by : v->top > by ? v->top - by : 0;
}

/* What the app is to do, if there is one. */
static void wish(const struct view_env *env, const struct trace_hold *hold)
{
	if (!env->focus)
		return;
	env->focus->holds = true;
	env->focus->hold_process = hold->process;
	env->focus->hold_tid = hold->tid;
}

static void let_go(struct trace_view *v, const struct view_env *env)
{
	if (v->held)
		wish(env, &(struct trace_hold){0});
	v->held = false;
}

static void ask_to_hold(
	struct trace_view *v, const struct view_env *env, const struct list_row *row)
{
	const char *why = NULL;

	if (!row || !trace_hold_of(env, row, &v->asked, &why)) {
		if (env->focus)
			env->focus->say = why ? why : "no thread is selected";
		return;
	}
	v->pane = TRACE_SELECTED;
	/* Where there is no room for the pane it is asked, too. */
	if (env->focus)
		env->focus->say =
			"it may notice (epoll_wait returns EINTR): Y holds it, Esc leaves it alone";
}

/* Only what was asked about, and only by that key. */
static bool answer(struct trace_view *v, const struct view_env *env, enum action action)
{
	const struct trace_hold asked = v->asked;

	if (!asked.tid)
		return action == ACTION_HOLD_IT;
	v->asked = (struct trace_hold){0};
	if (action == ACTION_HOLD_IT && !env->past) {
		wish(env, &asked);
		v->held = true;
	}
	return action == ACTION_HOLD_IT || action == ACTION_BACK;
}

static bool close_pane(struct trace_view *v, const struct view_env *env, bool next)
{
	v->pane = next ? (v->pane + 1) % TRACE_PANES : TRACE_NONE;
	v->top = 0;
	let_go(v, env);
	return true;
}

bool trace_view_pane_act(struct trace_view *v, const struct view_env *env,
	const struct list_row *row, enum action action)
{
	if (answer(v, env, action))
		return true;
	switch (action) {
	case ACTION_TRACE:
		return close_pane(v, env, true);
	case ACTION_HOLD:
		ask_to_hold(v, env, row);
		return true;
	case ACTION_TRACE_DOWN:
	case ACTION_TRACE_UP:
		scroll(v, action == ACTION_TRACE_DOWN);
		return true;
	case ACTION_BACK:
		return v->pane && close_pane(v, env, false);
	default:
		return false;
	}
}

bool trace_view_act(void *view, const struct view_env *env, enum action action)
{
	struct trace_view *v = view;
	struct list_row row;
	bool some = list_selected(v->list, &row);

	return trace_view_pane_act(v, env, some ? &row : NULL, action) ||
	       list_view_act(v->list, env, action);
}

void trace_view_click(void *view, const struct view_env *env, int x, int y)
{
	list_view_click(list_of(view), env, x, y);
}

/* Another thread's way begins at its begin. */
static void follow(struct trace_view *v, const struct list_row *row)
{
	pid_t of = 0;

	for (unsigned side = 0; v->pane == TRACE_SELECTED && row && side < 2 && !of; side++)
		if (row->index[side] >= 0)
			of = (pid_t)row->id[side];
	if (of != v->of)
		v->top = 0;
	v->of = of;
}

void trace_view_pane_draw(struct trace_view *v, const struct view_env *env,
	const struct list_row *row, struct canvas *c, struct rect area)
{
	size_t most;

	v->rows = area.h;
	follow(v, row);
	if (v->asked.tid) {
		trace_pane_ask(&v->asked, env, c, area);
		return;
	}
	most = trace_pane_draw(v->pane, env, row, v->top, c, area);
	v->top = v->top < most ? v->top : most;
}

void trace_view_draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct trace_view *v = view;
	int rows = trace_pane_rows(v->pane, env, area.h);
	struct list_row row;
	bool some = list_selected(v->list, &row);
	int stacks = stacks_pane_rows(env, some ? &row : NULL, area.h - rows), h = area.h - rows;

	list_view_draw(v->list, env, c, (struct rect){area.x, area.y, area.w, h - stacks});
	some = list_selected(v->list, &row);
	if (stacks && some)
		stacks_pane_draw(
			env, &row, c, (struct rect){area.x, area.y + h - stacks, area.w, stacks});
	if (rows)
		trace_view_pane_draw(v, env, some ? &row : NULL, c,
			(struct rect){area.x, area.y + area.h - rows, area.w, rows});
}

bool trace_view_selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	return list_view_selection(list_of(view), env, ret);
}

void trace_view_filter(void *view, const struct view_env *env, const char *text)
{
	list_view_filter(list_of(view), env, text);
}

bool trace_view_search(void *view, const struct view_env *env, const char *text, bool again)
{
	return list_view_search(list_of(view), env, text, again);
}

unsigned trace_view_wants(const void *view)
{
	return ((const struct trace_view *)view)->pane ? NEED_BACKTRACES : 0;
}
