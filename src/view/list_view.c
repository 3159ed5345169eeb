/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list_view_internal.h"
#include "twintop/draw/sign_lesson.h"
static struct list_env list_env_of(const struct view_env *env)
{
	return (struct list_env){env->moment, env->now_ns, env->past, env->lecture, env->side,
		env->sort_side, env, env->taste, env->sheet};
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

/* Of what the row is about: of a descriptor in both, what joins the two; else its state. */
static struct lesson_ref lesson_of(const struct list_selection *s)
{
	const struct record *r = &s->record[!s->has[0]];
	const struct pair_fd *fd = s->has[0] && s->has[1] && r->kind == RECORD_FD
					   ? pair_find_fd(r->moment->pair, r->side, r->index)
					   : NULL;

	if (fd)
		return (struct lesson_ref){true, LESSON_FD_RELATIONS, fd->relation};
	return (struct lesson_ref){s->state < ROW_STATES, LESSON_ROW_STATES, s->state};
}

static const char *place_of_sign(const struct pair *p, enum record_kind kind)
{
	static const char *const place[2][2] = {
		{SIGN_BETWEEN, SIGN_FILES}, {SIGN_PAST, SIGN_SINCE}};

	return place[pair_is_past(p)][kind == RECORD_FD];
}

bool list_view_selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	struct list_env e = list_env_of(env);
	struct list_selection s;

	if (!list_selection(view, &e, &s))
		return false;
	*ret = (struct view_selection){.has = {s.has[0], s.has[1]},
		.record = {s.record[0], s.record[1]},
		.field = s.field,
		.lesson = lesson_of(&s),
		.sign_place = place_of_sign(env->moment->pair, s.record[!s.has[0]].kind),
		.sign = s.glyph.utf8[0] == ' ' ? NULL : s.glyph.utf8,
		.sign_style = s.glyph.style,
		.style = s.style};
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
