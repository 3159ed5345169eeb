/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "figures_internal.h"

#include <string.h>

static struct value unknown(enum value_state state, const char *reason)
{
	return value_unknown(VALUE_UINT, state, reason);
}

/* A number that is known as far as the part is that it was counted in. */
static struct value counted(const struct part *part, uint64_t n)
{
	return part ? value_if(part->state, value_uint(n), value_state_reason(part->state))
		    : unknown(VALUE_UNREAD, value_state_reason(VALUE_UNREAD));
}

/* ---- threads ------------------------------------------------------------- */

static struct value threads_in(const struct view_env *env, unsigned side, bool running)
{
	const struct thread_list *list = env->moment->snapshot->side[side].threads;
	uint64_t n = 0;

	for (size_t i = 0; list && i < list->n; i++) {
		char state = thread_run_at(list, i)->state;

		n += state != 'Z' && state != 'X' && (state == 'R') == running;
	}
	return counted(list ? &list->part : NULL, n);
}

struct value figure_running(const void *view, const struct view_env *env, unsigned side)
{
	(void)view;
	return threads_in(env, side, true);
}

struct value figure_asleep(const void *view, const struct view_env *env, unsigned side)
{
	(void)view;
	return threads_in(env, side, false);
}

/* The greatest of a field of all threads; where none is known, why that of the first is not. */
static struct value greatest(const struct view_env *env, unsigned side, const char *id)
{
	const struct field *f = field_find(id);
	struct value most = unknown(VALUE_UNREAD, value_state_reason(VALUE_UNREAD));

	for (size_t i = 0; f && i < record_count(env->moment, RECORD_THREAD, side); i++) {
		const struct record r = {env->moment, RECORD_THREAD, side, i};
		struct value v = f->get(&r);

		if (!i || (value_state_has_value(v.state) &&
				  (!value_state_has_value(most.state) || v.u > most.u)))
			most = v;
	}
	return most;
}

struct value figure_stack_used(const void *view, const struct view_env *env, unsigned side)
{
	(void)view;
	return greatest(env, side, "thread.stack.used_bytes");
}

struct value figure_stack_deepest(const void *view, const struct view_env *env, unsigned side)
{
	(void)view;
	return greatest(env, side, "thread.stack.deepest_bytes");
}

/* ---- pages --------------------------------------------------------------- */

struct value figure_of_pages(const struct view_env *env, uint64_t pages)
{
	const struct pair *p = env->moment->pair;
	const char *why = p ? pair_pages_reason(p) : NULL;

	if (!p)
		return unknown(VALUE_UNREAD, "not compared yet");
	if (p->one_space)
		return unknown(VALUE_NONE, "one address space: copy-on-write does not apply");
	if (why)
		return unknown(value_state_has_value(p->verdicts->pages_state)
				       ? VALUE_UNREAD
				       : p->verdicts->pages_state,
			why);
	return value_uint(pages);
}

static const struct pair_pages *pages_of(const struct view_env *env)
{
	static const struct pair_pages none;

	return env->moment->pair ? &env->moment->pair->verdicts->pages : &none;
}

static uint64_t page_bytes(const struct view_env *env)
{
	return env->moment->pair ? env->moment->pair->verdicts->page_size : 0;
}

struct value figure_cow_pages(const void *view, const struct view_env *env, unsigned side)
{
	(void)view;
	(void)side;
	return figure_of_pages(env, pages_of(env)->cow_shared);
}

struct value figure_copied_pages(const void *view, const struct view_env *env, unsigned side)
{
	(void)view;
	(void)side;
	return figure_of_pages(env, pages_of(env)->copied);
}

struct value figure_cow_bytes(const void *view, const struct view_env *env, unsigned side)
{
	(void)view;
	(void)side;
	return figure_of_pages(env, pages_of(env)->cow_shared * page_bytes(env));
}

struct value figure_copied_bytes(const void *view, const struct view_env *env, unsigned side)
{
	(void)view;
	(void)side;
	return figure_of_pages(env, pages_of(env)->copied * page_bytes(env));
}

/* ---- what they share ----------------------------------------------------- */

static struct value items(const struct view_env *env, bool shared_only)
{
	const struct pair *p = env->moment->pair;
	uint64_t known = 0, shared = 0;

	if (!p)
		return unknown(VALUE_UNREAD, "not compared yet");
	for (int i = 0; i < CARD_ITEMS; i++) {
		bool has = value_state_has_value(p->card.line[i].state);

		known += has;
		shared += has && p->card.line[i].shared;
	}
	return known ? value_uint(shared_only ? shared : known)
		     : unknown(p->card.line[0].state, p->card.line[0].reason);
}

struct value figure_shared_items(const void *view, const struct view_env *env, unsigned side)
{
	(void)view;
	(void)side;
	return items(env, true);
}

struct value figure_known_items(const void *view, const struct view_env *env, unsigned side)
{
	(void)view;
	(void)side;
	return items(env, false);
}

struct value figure_channels(const void *view, const struct view_env *env, unsigned side)
{
	const struct pair *p = env->moment->pair;

	(void)view;
	(void)side;
	return p ? value_uint(p->channels_n) : unknown(VALUE_UNREAD, "not compared yet");
}

struct value figure_fds(const void *view, const struct view_env *env, unsigned side)
{
	const struct fd_list *l = env->moment->snapshot->side[side].fds;

	(void)view;
	return counted(l ? &l->part : NULL, l ? l->n : 0);
}

/* Why it is not known which descriptors are one description; KNOWN where it is. */
static enum value_state descriptions_state(const struct view_env *env)
{
	for (unsigned side = 0; side < env->moment->snapshot->sides; side++) {
		const struct fd_list *l = env->moment->snapshot->side[side].fds;

		if (!l)
			return VALUE_UNREAD;
		if (!value_state_has_value(l->part.state))
			return l->part.state;
		if (!value_state_has_value(l->descriptions))
			return l->descriptions;
	}
	return VALUE_KNOWN;
}

struct value figure_same_descriptions(const void *view, const struct view_env *env, unsigned side)
{
	const struct pair *p = env->moment->pair;
	enum value_state state = descriptions_state(env);
	uint64_t n = 0;

	(void)view;
	(void)side;
	for (size_t i = 0; p && i < p->fds_n; i++)
		n += p->fd[i].a >= 0 && p->fd[i].b >= 0 && p->fd[i].relation == FD_SAME_DESCRIPTION;
	return value_if(state, value_uint(n),
		state == VALUE_NONE ? "there is nothing to compare" : value_state_reason(state));
}

/* ---- signals ------------------------------------------------------------- */

static struct value mask(const struct view_env *env, unsigned side, const char *id)
{
	const struct record r = {env->moment, RECORD_PROCESS, side, 0};
	const struct field *f = field_find(id);
	struct value v = f ? f->get(&r) : unknown(VALUE_NONE, "no such field");

	if (value_state_has_value(v.state))
		v.u = (uint64_t)__builtin_popcountll(v.u);
	return v;
}

struct value figure_caught(const void *view, const struct view_env *env, unsigned side)
{
	(void)view;
	return mask(env, side, "process.signals.caught");
}

struct value figure_pending(const void *view, const struct view_env *env, unsigned side)
{
	(void)view;
	return mask(env, side, "process.signals.pending");
}

struct value figure_blocked(const void *view, const struct view_env *env, unsigned side)
{
	const struct thread_list *l = env->moment->snapshot->side[side].threads;
	uint64_t n = 0;

	(void)view;
	if (!l || !l->signals) {
		enum value_state state = l ? l->signals_state : VALUE_UNREAD;

		return unknown(value_state_has_value(state) ? VALUE_UNREAD : state,
			value_state_reason(state));
	}
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		n += l->signals->blocked_by[i] > 0;
	return value_uint(n);
}
