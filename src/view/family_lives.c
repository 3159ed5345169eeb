/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lives of the family's members on one axis of time: a column of their tree. */
#include "family_lives_internal.h"

#include <string.h>

#include "family_internal.h"
#include "list_view_internal.h"
#include "twintop/draw/life.h"

#define LEAST_NS 10000000000ull /* so much is shown where nobody said how much */

void family_lives_prepare(const struct list_env *env, void *context)
{
	struct family_lives *lives = context;

	lives->begin_ns = lifelines_begin(env->moment, list_view_env(env)->events);
}

/* As long as there was something to see. */
static uint64_t whole_ns(const struct view_env *env, uint64_t begin_ns)
{
	uint64_t now = env->moment->snapshot->monotonic_ns;
	uint64_t ns = now > begin_ns ? now - begin_ns : 0;

	return time_span_holding(ns > LEAST_NS ? ns : LEAST_NS);
}

static struct time_axis axis_of(const struct list_env *env, const struct family_lives *lives, int w)
{
	const struct view_env *view = list_view_env(env);
	uint64_t now = env->moment->snapshot->monotonic_ns;
	uint64_t span = view->focus && view->focus->span_ns ? view->focus->span_ns
							    : whole_ns(view, lives->begin_ns);

	return (struct time_axis){now > span ? now - span : 0, now, w > 0 ? w : 1};
}

void family_lives_head(
	const struct list_env *env, const void *context, struct canvas *c, struct rect cell)
{
	const struct snapshot *s = env->moment ? env->moment->snapshot : NULL;
	const struct view_focus *focus = list_view_env(env)->focus;
	struct time_words words = {
		.by_clock = focus && focus->by_clock, .end = env->past ? NULL : "now"};
	struct time_axis axis;

	if (!s)
		return;
	words.clock_ns = (int64_t)(s->realtime_ns - s->monotonic_ns);
	axis = axis_of(env, context, cell.w);
	time_axis_draw(&axis, &words, c, cell);
}

void family_lives_draw(const struct list_env *env, const void *context, const struct record *r,
	struct canvas *c, struct rect cell)
{
	const struct snapshot *s = env->moment->snapshot;
	struct time_axis axis = axis_of(env, context, cell.w);
	struct lifeline life = lifeline_of(env->moment, r->index, list_view_env(env)->events);
	enum style style = life.ended_ns ? STYLE_DIM : STYLE_NORMAL;

	for (unsigned side = 0; side < s->sides; side++)
		if (task_id_equal(s->side[side].id, s->family->member[r->index].id))
			style = side ? STYLE_SIDE_B : STYLE_SIDE_A;
	life_draw(&life, &axis, c, cell, style);
}

bool family_lives_hides(const struct list_env *env, const struct list_column *column)
{
	static const char *const kept[] = {
		"member.side", "member.pid", "member.label", "member.state", "member.exit.code"};
	const struct view_focus *focus = list_view_env(env)->focus;
	bool lives = focus && focus->lives;

	if (column->draw == family_lives_draw)
		return env->lecture && !lives;
	for (size_t i = 0; lives && i < sizeof kept / sizeof *kept; i++)
		if (!strcmp(column->field, kept[i]))
			return false;
	return lives;
}

/* Longer or shorter by a step; as long as there is something is what nobody asked for. */
static void zoom(const struct view_env *env, int steps)
{
	uint64_t whole = whole_ns(env, lifelines_begin(env->moment, env->events));
	uint64_t span = env->focus->span_ns ? env->focus->span_ns : whole;

	span = time_span_beside(span, steps);
	env->focus->span_ns = span == whole ? 0 : span;
}

bool family_lives_act(const struct view_env *env, enum action action)
{
	if (!env->focus)
		return false;
	switch (action) {
	case FAMILY_LIVES:
		env->focus->lives = !env->focus->lives;
		return true;
	case FAMILY_CLOCK:
		env->focus->by_clock = !env->focus->by_clock;
		return true;
	case FAMILY_LONGER:
	case FAMILY_SHORTER:
		zoom(env, action == FAMILY_LONGER ? 1 : -1);
		return true;
	default:
		return false;
	}
}
