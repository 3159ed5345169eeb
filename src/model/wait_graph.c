/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/wait_graph.h"

#include <string.h>

#include "field_internal.h"
#include "twintop/model/symbol.h"
#include "twintop/model/thread.h"
#include "twintop/model/wait_file.h"

/* ---- who waits for whom ------------------------------------------------------ */

/* The sides whose threads may wait for one another: more than side's own only at one moment. */
static bool is_beside(const struct snapshot *s, unsigned side, unsigned other)
{
	return other < s->sides && (side == other || (!s->side[0].was_ns && !s->side[1].was_ns &&
							     !s->side[0].host && !s->side[1].host));
}

/* Whether it may wait for what somebody has: costs next to nothing, for each of many threads. */
static bool may_link(const struct snapshot *s, const struct thread_call *c)
{
	return c->wait_owner || (s->locks && s->locks->n && !c->running && c->syscall_name &&
					(!strcmp(c->syscall_name, "flock") ||
						!strncmp(c->syscall_name, "fcntl", 5)));
}

static bool is_file_lock(const struct wait *w)
{
	return w->kind == WAIT_FILE_LOCK || w->kind == WAIT_RECORD_LOCK;
}

bool wait_link_of(const struct snapshot *s, unsigned side, size_t index, struct wait_link *ret_link)
{
	const struct thread t = thread_at(s->side[side].threads, index);

	if (!t.self || !may_link(s, t.call) || s->side[side].ending.ended)
		return false;
	*ret_link = (struct wait_link){side, index, t.self->tid, wait_of(&t)};
	if (is_file_lock(&ret_link->wait))
		ret_link->wait.owner = wait_lock_owner(s, side, &ret_link->wait);
	return ret_link->wait.owner && wait_row(ret_link->wait.kind)->has & WAIT_HAS_HOLDER;
}

bool wait_link_owner(const struct snapshot *s, const struct wait_link *link, unsigned *ret_side,
	size_t *ret_index)
{
	for (unsigned i = 0; i < 2; i++) {
		unsigned side = i ? !link->side : link->side;
		ptrdiff_t at = is_beside(s, link->side, side)
				       ? thread_find(s->side[side].threads, link->wait.owner)
				       : -1;

		if (at < 0)
			continue;
		*ret_side = side;
		*ret_index = (size_t)at;
		return true;
	}
	return false;
}

/* The thread that it waits for, if it waits for another one in turn. */
static bool find_next(
	const struct snapshot *s, const struct wait_link *link, struct wait_link *ret_next)
{
	unsigned side;
	size_t index;

	return wait_link_owner(s, link, &side, &index) && wait_link_of(s, side, index, ret_next);
}

static bool was_met(const struct wait_cycle *c, pid_t tid)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->link[i].tid == tid)
			return true;
	return false;
}

/* ---- whether it is so ---------------------------------------------------------- */

/* When the read began that found the side's threads as they are told. */
static uint64_t looked_ns(const struct side *side)
{
	uint64_t begin_ns = side->threads->part.begin_ns, read_ns = side->read_ns[PART_THREADS];

	return read_ns > begin_ns ? read_ns : begin_ns;
}

bool wait_seen_for(
	const struct snapshot *s, unsigned side, const struct thread *t, uint64_t *ret_ns)
{
	uint64_t until_ns = side_moment_ns(s, side), looked = looked_ns(&s->side[side]);

	if (!t->run->read_ns)
		return false;
	if (looked < until_ns)
		until_ns = looked;
	*ret_ns = until_ns > t->run->read_ns ? until_ns - t->run->read_ns : 0;
	return true;
}

/*
 * The kernel tells of all locks on files and of who waits for them at one instant, as far as one
 * read of /proc/locks brings them: a page (fs/locks.c: locks_start, seq_file).
 */
#define LOCKS_AT_ONCE 40u

/* Whether all wait for locks on files, each held by a process of one thread, at one instant. */
static bool is_told_at_once(const struct snapshot *s, const struct wait_cycle *c)
{
	for (unsigned i = 0; i < c->n; i++)
		if (!is_file_lock(&c->link[i].wait))
			return false;
	return s->locks && s->locks->n <= LOCKS_AT_ONCE;
}

/* When it was found that the thread waits so for the next one; 0: it was not. */
static uint64_t found_at(
	const struct snapshot *s, const struct wait_link *link, const struct thread *t)
{
	if (!is_file_lock(&link->wait))
		return t->call->wait_known_ns;
	/* It stood already when the table of locks was read. */
	return t->run->read_ns && t->run->read_ns <= s->locks->part.begin_ns ? s->locks->part.end_ns
									     : 0;
}

/* Whether all that was found in a first look stood until another one began. */
static bool is_proved(const struct snapshot *s, const struct wait_cycle *c)
{
	uint64_t found_ns = 0;

	if (is_told_at_once(s, c))
		return true;
	for (unsigned i = 0; i < c->n; i++) {
		const struct thread t =
			thread_at(s->side[c->link[i].side].threads, c->link[i].index);
		uint64_t at = found_at(s, &c->link[i], &t);

		if (!at || t.run->state == 'R')
			return false;
		if (at > found_ns)
			found_ns = at;
	}
	for (unsigned i = 0; i < c->n; i++)
		if (looked_ns(&s->side[c->link[i].side]) < found_ns)
			return false;
	return true;
}

bool wait_cycle_of(
	const struct snapshot *s, unsigned side, size_t index, struct wait_cycle *ret_cycle)
{
	struct wait_link link;
	bool waits = side < s->sides && wait_link_of(s, side, index, &link);

	ret_cycle->n = 0;
	ret_cycle->timed = false;
	while (waits && ret_cycle->n < WAIT_CYCLE_MOST && !was_met(ret_cycle, link.tid)) {
		ret_cycle->timed |= link.wait.timed;
		ret_cycle->link[ret_cycle->n++] = link;
		if (link.wait.owner == ret_cycle->link[0].tid) {
			ret_cycle->proved = is_proved(s, ret_cycle);
			return true;
		}
		waits = find_next(s, &ret_cycle->link[ret_cycle->n - 1], &link);
	}
	return false;
}

bool wait_cycle_is_dead(const struct wait_cycle *c)
{
	return c->proved && !c->timed;
}

bool wait_is_dead(const struct snapshot *s, unsigned side, size_t index)
{
	struct wait_cycle cycle;

	return wait_cycle_of(s, side, index, &cycle) && wait_cycle_is_dead(&cycle);
}

/* ---- all of a moment ------------------------------------------------------------- */

/* Whether no other thread of the ring stands before the one that it was found from. */
static bool begins_here(const struct wait_cycle *c)
{
	const struct wait_link *first = c->link;

	for (unsigned i = 1; i < c->n; i++)
		if (c->link[i].side < first->side ||
			(c->link[i].side == first->side && c->link[i].index < first->index))
			return false;
	return true;
}

void wait_cycles_each(const struct snapshot *s,
	bool (*each)(void *context, const struct wait_cycle *c), void *context)
{
	struct wait_cycle cycle;

	for (unsigned side = 0; side < s->sides; side++) {
		const struct thread_list *list = s->side[side].threads;

		/* Two threads of one process, or one process of two moments. */
		if (side && s->side[0].id.pid == s->side[1].id.pid)
			break;
		for (size_t i = 0; list && i < list->n; i++)
			if (may_link(s, thread_group_at(list, THREAD_GROUP_CALL, i)) &&
				wait_cycle_of(s, side, i, &cycle) && begins_here(&cycle) &&
				!each(context, &cycle))
				return;
	}
}

static bool find_open(void *context, const struct wait_cycle *c)
{
	bool *open = context;

	*open |= !c->proved && !c->timed;
	return !*open;
}

bool wait_cycles_open(const struct snapshot *s)
{
	bool open = false;

	wait_cycles_each(s, find_open, &open);
	return open;
}

const char *wait_cycles_hidden(const struct snapshot *s, unsigned side)
{
	const struct thread_list *list = s->side[side].threads;
	const struct thread first = thread_at(list, 0);
	enum value_state state;

	if (!first.self)
		return field_reason(list ? list->part.state : VALUE_UNREAD, FIELD_NEEDS_ATTACH);
	state = thread_source_state(&first, THREAD_SYSCALL);
	if (value_state_has_value(state))
		state = (enum value_state)list->source[THREAD_LOCKS];
	return value_state_has_value(state) ? NULL : field_reason(state, FIELD_NEEDS_ATTACH);
}

/* ---- in words ---------------------------------------------------------------------- */

static void tell_name(const struct snapshot *s, const struct wait_link *link, struct textbuf *out)
{
	const struct thread t = thread_at(s->side[link->side].threads, link->index);

	textbuf_addf(out, "%d", (int)link->tid);
	if (!t.self->name_len)
		return;
	textbuf_adds(out, " “");
	text_printable(out, thread_name(&t));
	textbuf_adds(out, "”");
}

/* " (fd 5 /run/x.lock)" */
static void tell_file(const struct snapshot *s, const struct wait_link *link, struct textbuf *out)
{
	const struct fd_entry *e = fd_list_find(s->side[link->side].fds, link->wait.fd);

	textbuf_addf(out, " (fd %d", link->wait.fd);
	if (e && e->target.len) {
		textbuf_adds(out, " ");
		text_printable(out, e->target);
	}
	textbuf_adds(out, ")");
}

void wait_link_tell(const struct snapshot *s, const struct wait_link *link, struct textbuf *out)
{
	const struct symbol *symbol =
		symbol_list_find(s->side[link->side].symbols, link->wait.object);

	tell_name(s, link, out);
	if (link->wait.kind == WAIT_JOIN) {
		textbuf_addf(out, " waits for the end of %d", (int)link->wait.owner);
		return;
	}
	textbuf_addf(out, " waits for %s", wait_row(link->wait.kind)->words);
	if (link->wait.fd >= 0) {
		tell_file(s, link, out);
	} else if (symbol && !symbol->gap) {
		textbuf_adds(out, " (");
		text_printable(out, symbol->label);
		textbuf_adds(out, ")");
	}
	textbuf_addf(out, " of %d", (int)link->wait.owner);
}
