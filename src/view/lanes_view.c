/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of threads, below which stands when each was on a CPU. */
#include "lanes_internal.h"

#define SPAN_NS	   5000000000ull /* at first */
#define SPAN_LEAST 10000000ull
#define SPAN_MOST  LANES_KEPT_NS

struct lanes_view {
	void *list; /* and its graph of waits */
	enum lanes_pane pane;
	uint64_t span_ns;
	struct textbuf explain; /* of the selected thread's lane */
};

void *lanes_view_new(const struct list_ops *ops)
{
	struct lanes_view *v = mem_alloc(sizeof *v);

	*v = (struct lanes_view){.list = waits_view_new(ops), .span_ns = SPAN_NS};
	return v;
}

static void *list_of(void *view)
{
	return ((struct lanes_view *)view)->list;
}

void lanes_view_destroy(void *view)
{
	struct lanes_view *v = view;

	waits_view_destroy(v->list);
	textbuf_free(&v->explain);
	free(v);
}

void lanes_view_update(void *view, const struct view_env *env)
{
	waits_view_update(list_of(view), env);
}

static bool zoom(struct lanes_view *v, int steps)
{
	uint64_t ns = time_span_beside(v->span_ns, steps);

	if (v->pane && ns >= SPAN_LEAST && ns <= SPAN_MOST)
		v->span_ns = ns;
	return true;
}

bool lanes_view_act(void *view, const struct view_env *env, enum action action)
{
	struct lanes_view *v = view;

	switch (action) {
	case ACTION_LANES:
		v->pane = (v->pane + 1) % LANES_PANES;
		return true;
	case ACTION_LANES_LONGER:
	case ACTION_LANES_SHORTER:
		return zoom(v, action == ACTION_LANES_LONGER ? 1 : -1);
	default:
		break;
	}
	if (waits_view_act(v->list, env, action))
		return true;
	if (action != ACTION_BACK || !v->pane)
		return false;
	v->pane = LANES_NONE;
	return true;
}

void lanes_view_click(void *view, const struct view_env *env, int x, int y)
{
	waits_view_click(list_of(view), env, x, y);
}

void lanes_view_draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct lanes_view *v = view;
	int rows = trace_pane_rows(v->pane ? TRACE_SELECTED : TRACE_NONE, env, area.h);
	ptrdiff_t selected[2] = {-1, -1};
	struct view_selection s;

	waits_view_draw(v->list, env, c, (struct rect){area.x, area.y, area.w, area.h - rows});
	if (!rows)
		return;
	if (waits_view_selection(v->list, env, &s))
		for (unsigned side = 0; side < 2; side++)
			if (s.has[side] && s.record[side].kind == RECORD_THREAD)
				selected[side] = (ptrdiff_t)s.record[side].index;
	lanes_pane_draw(v->pane, env, selected, v->span_ns, c,
		(struct rect){area.x, area.y + area.h - rows, area.w, rows});
}

bool lanes_view_selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	struct lanes_view *v = view;
	unsigned side;

	if (!waits_view_selection(v->list, env, ret))
		return false;
	side = env->side < 2 && ret->has[env->side] ? env->side : !ret->has[0];
	if (!v->pane || ret->explain || !ret->has[side] || ret->record[side].kind != RECORD_THREAD)
		return true;
	textbuf_clear(&v->explain);
	lanes_pane_tell(v->pane, env, side, ret->record[side].index, v->span_ns, &v->explain);
	ret->explain = v->explain.bytes;
	return true;
}

void lanes_view_copy(void *view, const struct view_env *env, struct textbuf *out)
{
	waits_view_copy(list_of(view), env, out);
}

void lanes_view_filter(void *view, const struct view_env *env, const char *text)
{
	waits_view_filter(list_of(view), env, text);
}

bool lanes_view_search(void *view, const struct view_env *env, const char *text, bool again)
{
	return waits_view_search(list_of(view), env, text, again);
}

unsigned lanes_view_wants(const void *view)
{
	const struct lanes_view *v = view;

	return waits_view_wants(v->list) | (v->pane ? NEED_SWITCHES | NEED_FDS : 0);
}
