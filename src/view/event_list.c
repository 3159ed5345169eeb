/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "event_list_internal.h"

#include <string.h>

#include "twintop/compare/lifeline.h"

static void look_anew(struct event_list *l)
{
	l->scanned = l->shown.n = 0;
	memset(l->of_kind, 0, sizeof l->of_kind);
}

bool event_holds(const struct logged_event *e, const char *text)
{
	const struct event_row *row = &event_table[e->event->kind];
	struct textbuf b = {0};
	bool holds;

	textbuf_addf(&b, "%s\n%s\n", row->id, row->title);
	event_sentence(e->batch, e->event, &b);
	holds = strcasestr(b.bytes, text);
	textbuf_free(&b);
	return holds;
}

static bool concerns(const struct event_list *l, const struct event *e)
{
	if (e->pid != l->who.pid && e->other != l->who.pid)
		return false;
	return e->monotonic_ns >= l->who_from_ns && e->monotonic_ns < l->who_until_ns;
}

static bool passes(const struct event_list *l, const struct logged_event *e)
{
	return (l->kind == EVENT_KINDS || e->event->kind == l->kind) &&
	       (!l->who.pid || concerns(l, e->event)) && (!l->text || event_holds(e, l->text));
}

/* A number may have been another one's before, and be again. */
static void follow_who(struct event_list *l, const struct view_env *env)
{
	const struct family *f = env->moment ? env->moment->snapshot->family : NULL;
	const struct member *m = f && l->who.pid ? family_find(f, l->who) : NULL;
	struct lifeline life;

	if (!m)
		return;
	life = lifeline_of(env->moment, (size_t)(m - f->member), env->events);
	if (life.marks_until_ns != l->who_until_ns || life.born_ns != l->who_from_ns)
		look_anew(l);
	l->who_from_ns = life.born_ns;
	l->who_until_ns = life.marks_until_ns;
}

void event_list_update(struct event_list *l, const struct view_env *env)
{
	struct logged_event e;

	if (!env->events)
		return;
	if (l->renumbered != env->events->renumbered)
		look_anew(l);
	l->renumbered = env->events->renumbered;
	follow_who(l, env);
	for (; event_log_at(env->events, l->scanned, &e); l->scanned++) {
		l->of_kind[e.event->kind]++;
		if (passes(l, &e))
			VEC_PUSH(&l->shown, l->scanned);
	}
}

/* ---- what is shown -------------------------------------------------------------- */

size_t event_list_n(const struct event_list *l, const struct view_env *env)
{
	size_t low = 0, high = l->shown.n, known;

	if (!env->events || !env->moment)
		return 0;
	known = event_log_known(env->events, env->moment);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->shown.item[middle] < known)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool event_list_at(
	const struct event_list *l, const struct view_env *env, size_t i, struct logged_event *ret)
{
	size_t n = event_list_n(l, env);

	return i < n && event_log_at(env->events, l->shown.item[n - 1 - i], ret);
}

size_t event_list_find(
	const struct event_list *l, const struct view_env *env, const struct event *event)
{
	size_t n = event_list_n(l, env);
	struct logged_event e;

	for (size_t i = 0; i < n; i++)
		if (event_log_at(env->events, l->shown.item[n - 1 - i], &e) && e.event == event)
			return i;
	return n;
}

/* ---- what is asked for ------------------------------------------------------------ */

void event_list_next_kind(struct event_list *l)
{
	l->kind = l->kind == EVENT_KINDS ? 0 : l->kind + 1;
	while (l->kind < EVENT_KINDS && !l->of_kind[l->kind])
		l->kind++;
	look_anew(l);
}

void event_list_text(struct event_list *l, const char *text)
{
	free(l->text);
	l->text = *text ? mem_copy(text) : NULL;
	look_anew(l);
}

void event_list_who(struct event_list *l, struct task_id who)
{
	l->who = who;
	l->who_from_ns = 0;
	l->who_until_ns = UINT64_MAX;
	look_anew(l);
}

void event_list_free(struct event_list *l)
{
	VEC_FREE(&l->shown);
	free(l->text);
	l->text = NULL;
}
