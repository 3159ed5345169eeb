/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of threads with a pane below it, in whose place the graph of waits can stand. */
#include "twintop/draw/panes.h"
#include "waits_internal.h"

struct waits_view {
	void *list; /* with the pane: see trace_view_new() */
	struct waits_panel panel;
	bool open;
};

void *waits_view_new(const struct list_ops *ops)
{
	struct waits_view *v = mem_alloc(sizeof *v);

	*v = (struct waits_view){.list = trace_view_new(ops)};
	return v;
}

void waits_view_destroy(void *view)
{
	struct waits_view *v = view;

	trace_view_destroy(v->list);
	waits_panel_free(&v->panel);
	free(v);
}

void waits_view_update(void *view, const struct view_env *env)
{
	struct waits_view *v = view;

	trace_view_update(v->list, env);
	if (v->open && env->moment)
		waits_panel_update(&v->panel, env);
}

static enum trace_pane pane_of(const struct waits_view *v)
{
	return ((const struct trace_view *)v->list)->pane;
}

static bool turn(struct waits_view *v, const struct view_env *env)
{
	v->open = !v->open;
	if (v->open && env->moment)
		waits_panel_update(&v->panel, env);
	return true;
}

/* The selected thread as a row of the list. False: none is. */
static bool find_row(const struct waits_view *v, const struct view_env *env, struct list_row *ret)
{
	unsigned side;
	size_t index;

	*ret = (struct list_row){.index = {-1, -1}};
	if (!env->moment || !waits_panel_thread(&v->panel, env->moment->snapshot, &side, &index))
		return false;
	ret->index[side] = (ptrdiff_t)index;
	ret->id[side] =
		(uint64_t)thread_self_at(env->moment->snapshot->side[side].threads, index)->tid;
	return true;
}

bool waits_view_act(void *view, const struct view_env *env, enum action action)
{
	struct waits_view *v = view;
	struct list_row row;
	bool some;

	if (action == ACTION_WAITS)
		return turn(v, env);
	if (!v->open)
		return trace_view_act(v->list, env, action);
	some = find_row(v, env, &row);
	if (trace_view_pane_act(v->list, env, some ? &row : NULL, action))
		return true;
	if (action == ACTION_BACK)
		return turn(v, env);
	return sheet_act(&v->panel.sheet, action);
}

void waits_view_click(void *view, const struct view_env *env, int x, int y)
{
	struct waits_view *v = view;

	if (v->open)
		sheet_click(&v->panel.sheet, y);
	else
		trace_view_click(v->list, env, x, y);
}

static void draw_pane(
	const struct waits_view *v, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct list_row row;
	bool some = find_row(v, env, &row);

	trace_view_pane_draw(v->list, env, some ? &row : NULL, c, area);
}

void waits_view_draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct waits_view *v = view;
	int rows = trace_pane_rows(pane_of(v), env, area.h);

	if (!v->open) {
		trace_view_draw(v->list, env, c, area);
		return;
	}
	if (!env->moment) {
		panes_say(c, area, STYLE_WARN, "waiting for the first sample …");
		return;
	}
	waits_panel_draw(&v->panel, env, c, (struct rect){area.x, area.y, area.w, area.h - rows});
	if (rows)
		draw_pane(v, env, c, (struct rect){area.x, area.y + area.h - rows, area.w, rows});
}

bool waits_view_selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	struct waits_view *v = view;
	const struct sheet_line *line;
	unsigned side;
	size_t index;

	if (!v->open)
		return trace_view_selection(v->list, env, ret);
	line = sheet_selected(&v->panel.sheet);
	if (!line || !line->explain)
		return false;
	*ret = (struct view_selection){.explain = line->explain,
		.told_by = waits_panel_field(&v->panel, env->moment->snapshot),
		.style = line->style[0]};
	if (!waits_panel_thread(&v->panel, env->moment->snapshot, &side, &index))
		return true;
	ret->has[side] = true;
	ret->record[side] = (struct record){env->moment, RECORD_THREAD, side, index};
	return true;
}

void waits_view_copy(void *view, const struct view_env *env, struct textbuf *out)
{
	const struct waits_view *v = view;

	(void)env;
	if (v->open)
		sheet_copy(&v->panel.sheet, out);
}

void waits_view_filter(void *view, const struct view_env *env, const char *text)
{
	struct waits_view *v = view;

	trace_view_filter(v->list, env, text);
	sheet_filter(&v->panel.sheet, text);
}

bool waits_view_search(void *view, const struct view_env *env, const char *text, bool again)
{
	struct waits_view *v = view;

	return v->open ? sheet_search(&v->panel.sheet, text, again)
		       : trace_view_search(v->list, env, text, again);
}

unsigned waits_view_wants(const void *view)
{
	const struct waits_view *v = view;

	return trace_view_wants(v->list) |
	       (v->open ? NEED_BACKTRACES | NEED_SYMBOLS | NEED_FDS | NEED_SOCKETS | NEED_LOCKS
			: 0);
}
