/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/list.h"

void list_view_destroy(void *view)
{
	list_free(view);
}

void list_view_update(void *view, const struct view_env *env)
{
	list_update(view, env);
}

bool list_view_act(void *view, const struct view_env *env, enum action action)
{
	return list_act(view, env, action);
}

void list_view_click(void *view, const struct view_env *env, int x, int y)
{
	list_click(view, env, x, y);
}

void list_view_draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	list_draw(view, env, c, area);
}

bool list_view_selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	return list_selection(view, env, ret);
}

void list_view_filter(void *view, const struct view_env *env, const char *text)
{
	list_filter(view, env, text);
}

bool list_view_search(void *view, const struct view_env *env, const char *text, bool again)
{
	return list_search(view, env, text, again);
}
