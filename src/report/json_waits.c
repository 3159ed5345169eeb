/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that wait for one another in rings, and who has the other end of what is waited for. */
#include "json_internal.h"
#include "twintop/model/convoy.h"
#include "twintop/model/symbol.h"
#include "twintop/model/wait_file.h"
#include "twintop/model/wait_graph.h"

/* Which of the rings are put, and where. */
struct put {
	struct json_writer *w;
	const struct snapshot *s;
	const char *path;
	bool timed;
};

static void put_symbol(const struct put *p, const struct wait_link *link, const char *list)
{
	const struct symbol *symbol =
		symbol_list_find(p->s->side[link->side].symbols, link->wait.object);

	if (symbol && !symbol->gap) {
		json_put_text(p->w, "symbol", symbol->label);
		return;
	}
	json_gap(p->w, symbol_gap_reason(symbol ? symbol->gap : SYMBOL_UNREAD), "%s.%s.symbol",
		p->path, list);
	json_put_null(p->w, "symbol");
}

/* The address of a futex and its name, or the descriptor of a file. */
static void put_lock(const struct put *p, const struct wait_link *link, const char *list)
{
	if (link->wait.fd < 0) {
		json_put_address(p->w, "address", link->wait.address);
		put_symbol(p, link, list);
		json_gap(p->w, "it waits for no descriptor", "%s.%s.fd", p->path, list);
		json_put_null(p->w, "fd");
		return;
	}
	json_gap(p->w, "a lock on a file has no address", "%s.%s.address", p->path, list);
	json_put_null(p->w, "address");
	json_gap(p->w, "a lock on a file has no address", "%s.%s.symbol", p->path, list);
	json_put_null(p->w, "symbol");
	json_put_i64(p->w, "fd", link->wait.fd);
}

static bool put_cycle(void *context, const struct wait_cycle *c)
{
	struct put *p = context;

	if (p->timed ? !c->timed : !wait_cycle_is_dead(c))
		return true;
	json_open(p->w, NULL, '[');
	for (unsigned i = 0; i < c->n; i++) {
		const struct wait_link *link = &c->link[i];

		json_open(p->w, NULL, '{');
		json_put_i64(p->w, "pid", p->s->side[link->side].id.pid);
		json_put_i64(p->w, "tid", link->tid);
		json_put_word(p->w, "kind", wait_kind_name(link->wait.kind));
		put_lock(p, link, p->timed ? "until_timeout[][]" : "cycles[][]");
		json_put_i64(p->w, "owner_tid", link->wait.owner);
		json_close(p->w, '}');
	}
	json_close(p->w, ']');
	return !p->w->error;
}

static void put_cycles(struct put *p, const char *name, bool timed, bool hidden)
{
	if (hidden) {
		json_put_null(p->w, name);
		return;
	}
	p->timed = timed;
	json_open(p->w, name, '[');
	wait_cycles_each(p->s, put_cycle, p);
	json_close(p->w, ']');
}

static void put_waiter(
	const struct put *p, unsigned side, const struct thread *t, const struct wait *w)
{
	json_put_i64(p->w, "pid", p->s->side[side].id.pid);
	json_put_i64(p->w, "tid", t->self->tid);
	json_put_word(p->w, "kind", wait_kind_name(w->kind));
	json_put_i64(p->w, "fd", w->fd);
}

static void put_descriptors(const struct put *p, const char *name, const struct wait_ends *ends)
{
	json_open(p->w, name, '[');
	for (size_t i = 0; i < ends->n; i++) {
		json_open(p->w, NULL, '{');
		json_put_i64(p->w, "pid", p->s->side[ends->end[i].side].id.pid);
		json_put_i64(p->w, "fd", ends->end[i].fd);
		json_close(p->w, '}');
	}
	json_close(p->w, ']');
}

/* The address that a socket leads to, or listens at. */
static void put_peer(const struct put *p, const struct wait_ends *ends)
{
	const struct text peer = wait_ends_address(ends);

	if (peer.len) {
		json_put_text(p->w, "address", peer);
		return;
	}
	json_gap(p->w, ends->pipe ? "a pipe has no address" : "this socket has no address there",
		"%s.ends[].address", p->path);
	json_put_null(p->w, "address");
}

static void put_end(
	const struct put *p, unsigned side, const struct thread *t, const struct wait *w)
{
	struct wait_ends ends;

	if (!wait_ends_of(p->s, side, w, &ends))
		return;
	json_open(p->w, NULL, '{');
	put_waiter(p, side, t, w);
	put_peer(p, &ends);
	json_put_bool(p->w, "open_in_itself", ends.itself);
	put_descriptors(p, "other_ends", &ends);
	if (ends.connect && ends.connect->listener_inode) {
		json_put_u64(p->w, "pending", ends.connect->pending);
		json_put_u64(p->w, "backlog", ends.connect->backlog);
	}
	json_close(p->w, '}');
}

/* The lock on a file that it waits for, where its holder is known. */
static void put_holder(
	const struct put *p, unsigned side, const struct thread *t, const struct wait *w)
{
	struct wait_holder holder;

	if (!wait_holder_of(p->s, side, w, &holder))
		return;
	json_open(p->w, NULL, '{');
	put_waiter(p, side, t, w);
	json_put_word(p->w, "lock", lock_kind_name(holder.kind));
	if (holder.pid) {
		json_put_i64(p->w, "holder_pid", holder.pid);
	} else {
		json_gap(p->w, "/proc/locks names nobody for a lock of an open file description",
			"%s.file_locks[].holder_pid", p->path);
		json_put_null(p->w, "holder_pid");
	}
	put_descriptors(p, "held", &holder.held);
	json_close(p->w, '}');
}

#define LOCKS_NEED_PAIR                                                                            \
	"/proc/locks is read where two processes stand beside each other: name another one"

/* Whether a side's threads or descriptors, or the locks on files, are not known; says why. */
static bool hides_ends(const struct put *p, const char *name, bool of_locks)
{
	const struct lock_table *locks = p->s->locks;
	bool hidden = false;

	for (unsigned i = 0; i < p->s->sides; i++) {
		const char *reason = wait_cycles_hidden(p->s, i);

		if (!reason)
			reason = side_hides(p->s, PART_FDS, i);
		if (!reason && of_locks)
			reason = p->s->sides < 2 ? LOCKS_NEED_PAIR
						 : value_state_reason(locks ? locks->part.state
									    : VALUE_UNREAD);
		if (reason)
			json_gap(p->w, reason, "%s.%s", p->path, name);
		hidden |= reason != NULL;
	}
	return hidden;
}

/* What each() puts of each thread; those of the watched alone are known. */
static void put_each(const struct put *p, const char *name,
	void (*each)(
		const struct put *p, unsigned side, const struct thread *t, const struct wait *w))
{
	if (hides_ends(p, name, each == put_holder)) {
		json_put_null(p->w, name);
		return;
	}
	json_open(p->w, name, '[');
	for (unsigned side = 0; side < p->s->sides; side++) {
		const struct thread_list *list = p->s->side[side].threads;

		if (side && p->s->side[0].id.pid == p->s->side[1].id.pid)
			break;
		for (size_t i = 0; list && i < list->n; i++) {
			const struct thread t = thread_at(list, i);
			const struct wait w = wait_of(&t);

			if (w.fd >= 0)
				each(p, side, &t, &w);
		}
	}
	json_close(p->w, ']');
}

static void put_lengths(const struct put *p, const struct convoy *c)
{
	json_open(p->w, "lengths", '[');
	for (size_t i = 0; i < c->n; i++) {
		json_open(p->w, NULL, '{');
		json_put_u64(p->w, "monotonic_ns", c->point[i].ns);
		json_put_u64(p->w, "length", c->point[i].length);
		json_close(p->w, '}');
	}
	json_close(p->w, ']');
}

static void put_convoy(struct put *p, const struct convoy *c)
{
	const struct wait_link link = {.side = p->s->sides == 2 && p->s->side[1].id.pid == c->pid,
		.wait = {.kind = c->kind, .address = c->address, .object = c->address}};

	json_open(p->w, NULL, '{');
	json_put_i64(p->w, "pid", c->pid);
	json_put_word(p->w, "kind", wait_kind_name(c->kind));
	json_put_address(p->w, "address", c->address);
	put_symbol(p, &link, "convoys[]");
	if (c->owner) {
		json_put_i64(p->w, "owner_tid", c->owner);
	} else {
		json_gap(p->w, "nobody was seen to have it", "%s.convoys[].owner_tid", p->path);
		json_put_null(p->w, "owner_tid");
	}
	json_put_u64(p->w, "length", c->length);
	json_put_u64(p->w, "longest", c->longest);
	put_lengths(p, c);
	json_close(p->w, '}');
}

static void put_convoys(struct put *p, bool hidden)
{
	const struct convoys *list = p->s->convoys;

	if (!list && !hidden)
		json_gap(p->w, value_state_reason(VALUE_UNREAD), "%s.convoys", p->path);
	if (!list || hidden) {
		json_put_null(p->w, "convoys");
		return;
	}
	json_open(p->w, "convoys", '[');
	for (size_t i = 0; i < list->n; i++)
		put_convoy(p, &list->convoy[i]);
	json_close(p->w, ']');
}

void json_put_waits(struct json_writer *w, const struct moment *m, const char *path)
{
	struct put p = {.w = w, .s = m->snapshot, .path = path};
	bool hidden = false;

	for (unsigned i = 0; i < m->snapshot->sides; i++) {
		const char *reason = wait_cycles_hidden(m->snapshot, i);

		if (reason) {
			json_gap(w, reason, "%s.cycles", path);
			json_gap(w, reason, "%s.until_timeout", path);
			json_gap(w, reason, "%s.convoys", path);
		}
		hidden |= reason != NULL;
	}
	json_open(w, "waits", '{');
	put_cycles(&p, "cycles", false, hidden);
	put_cycles(&p, "until_timeout", true, hidden);
	put_convoys(&p, hidden);
	put_each(&p, "ends", put_end);
	put_each(&p, "file_locks", put_holder);
	json_close(w, '}');
}
