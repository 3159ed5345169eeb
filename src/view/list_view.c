/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list_view_internal.h"

static struct list_env list_env_of(const struct view_env *env)
{
	return (struct list_env){
		env->moment, env->now_ns, env->past, env->lecture, env->side, env->sort_side, env};
}

const struct view_env *list_view_env(const struct list_env *env)
{
	return env->owner;
}

void list_view_destroy(void *view)
{
	list_free(view);
}

void list_view_update(void *view, const struct view_env *env)
{
	struct list_env e = list_env_of(env);

	list_update(view, &e);
}

bool list_view_act(void *view, const struct view_env *env, enum action action)
{
	struct list_env e = list_env_of(env);

	return list_act(view, &e, action);
}

void list_view_click(void *view, const struct view_env *env, int x, int y)
{
	struct list_env e = list_env_of(env);

	list_click(view, &e, x, y);
}

void list_view_draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct list_env e = list_env_of(env);

	list_draw(view, &e, c, area);
}

bool list_view_selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	struct list_env e = list_env_of(env);
	struct list_selection s;

	if (!list_selection(view, &e, &s))
		return false;
	*ret = (struct view_selection){
		{s.has[0], s.has[1]}, {s.record[0], s.record[1]}, s.field, NULL};
	return true;
}

void list_view_filter(void *view, const struct view_env *env, const char *text)
{
	struct list_env e = list_env_of(env);

	list_filter(view, &e, text);
}

bool list_view_search(void *view, const struct view_env *env, const char *text, bool again)
{
	struct list_env e = list_env_of(env);

	return list_search(view, &e, text, again);
}
