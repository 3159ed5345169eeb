/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands behind a descriptor that a thread waits for: a set of others, or a lock's holder. */
#include "twintop/model/wait_file.h"

/* ---- sets ------------------------------------------------------------------------- */

static void take_watches(const struct fd_entry *e, struct wait_set *ret)
{
	ret->known = value_state_has_value((enum value_state)e->source[FD_INFO]);
	ret->all = e->watches_n;
	for (size_t i = 0; i < e->watches_n && ret->n < WAIT_SET_TOLD; i++)
		ret->fd[ret->n++] = (int)e->watches[i];
}

bool wait_set_of(
	const struct snapshot *s, unsigned side, const struct thread *t, struct wait_set *ret)
{
	const struct wait w = wait_of(t);
	const struct fd_entry *e;

	*ret = (struct wait_set){0};
	if (w.kind == WAIT_EPOLL) {
		e = fd_list_find(s->side[side].fds, w.fd);
		if (e)
			take_watches(e, ret);
		return true;
	}
	if (w.kind != WAIT_POLL && w.kind != WAIT_SELECT)
		return false;
	ret->known = t->call->wait_set_read;
	ret->all = t->call->wait_fds_all;
	for (; ret->n < t->call->wait_fds_n; ret->n++)
		ret->fd[ret->n] = (int)t->call->wait_fd[ret->n];
	return true;
}

void wait_set_tell(const struct wait_set *set, struct textbuf *out)
{
	if (!set->known) {
		textbuf_adds(out, "?");
		return;
	}
	if (!set->all)
		textbuf_adds(out, "none");
	for (size_t i = 0; i < set->n; i++)
		textbuf_addf(out, "%s%d", i ? ", " : "", set->fd[i]);
	if (set->all > set->n)
		textbuf_addf(out, " and %zu more", set->all - set->n);
}

/* ---- locks on files ------------------------------------------------------------------ */

static void take_holder(const struct snapshot *s, unsigned side, const struct file_lock *lock,
	struct wait_holder *ret)
{
	*ret = (struct wait_holder){
		.kind = lock->kind, .write = lock->write, .pid = lock->pid > 0 ? lock->pid : 0};
	if (lock->kind == LOCK_POSIX)
		return;
	if (wait_ends_beside(s))
		wait_ends_of_lock(s, !side, lock, &ret->held);
	wait_ends_of_lock(s, side, lock, &ret->held);
}

bool wait_holder_of(
	const struct snapshot *s, unsigned side, const struct wait *w, struct wait_holder *ret)
{
	const struct lock_table *table = s->locks;
	const struct fd_entry *own = w->fd < 0 ? NULL : fd_list_find(s->side[side].fds, w->fd);
	const struct file_lock *lock;
	uint64_t number;

	if (!table || !value_state_has_value(table->part.state) || !own ||
		(w->kind != WAIT_FILE_LOCK && w->kind != WAIT_RECORD_LOCK))
		return false;
	number = lock_table_behind(
		table, w->kind == WAIT_FILE_LOCK, s->side[side].id.pid, own->inode, own->device);
	lock = number ? lock_table_holder(table, number) : NULL;
	if (lock)
		take_holder(s, side, lock, ret);
	return lock != NULL;
}

/* Which side has it; false: none has, or both have. */
static bool holding_side(
	const struct snapshot *s, unsigned side, const struct wait_holder *h, unsigned *ret_side)
{
	unsigned last = wait_ends_beside(s) ? 2 : 1;
	size_t found = 0;

	if (h->kind != LOCK_POSIX) {
		for (size_t i = 0; i < h->held.n; i++)
			found += !i || h->held.end[i].side != h->held.end[i - 1].side;
		*ret_side = found ? h->held.end[0].side : 0;
		return found == 1 && h->held.all == h->held.n;
	}
	for (unsigned i = 0; i < last; i++) {
		*ret_side = i ? !side : side;
		if (h->pid && s->side[*ret_side].id.pid == h->pid)
			return true;
	}
	return false;
}

pid_t wait_lock_owner(const struct snapshot *s, unsigned side, const struct wait *w)
{
	struct wait_holder holder;
	unsigned of;
	struct thread t;

	if (!wait_holder_of(s, side, w, &holder) || !holding_side(s, side, &holder, &of))
		return 0;
	t = thread_at(s->side[of].threads, 0);
	if (!t.self || t.list->n != 1 || thread_has_ended(&t) || s->side[of].ending.ended)
		return 0;
	return t.self->tid;
}

void wait_holder_tell(const struct wait_holder *h, unsigned side, struct textbuf *out)
{
	if (h->pid)
		textbuf_addf(
			out, "%d %s it", (int)h->pid, h->kind == LOCK_POSIX ? "holds" : "took");
	if (!h->held.n) {
		textbuf_adds(out, h->pid ? "" : "nobody is told as its holder");
		return;
	}
	textbuf_adds(out, h->pid ? "; it is held " : "it is held ");
	wait_ends_tell(&h->held, side, out);
}

/* ---- either, and other ends ---------------------------------------------------------- */

bool wait_behind_tell(
	const struct snapshot *s, unsigned side, const struct thread *t, struct textbuf *out)
{
	const struct wait w = wait_of(t);
	struct wait_ends ends;
	struct wait_set set;
	struct wait_holder holder;

	if (wait_ends_of(s, side, &w, &ends)) {
		wait_ends_sentence(&ends, side, out);
		return true;
	}
	if (wait_set_of(s, side, t, &set)) {
		textbuf_adds(out, !set.known ? "" : set.all == 1 ? "descriptor " : "descriptors ");
		if (set.known)
			wait_set_tell(&set, out);
		return set.known;
	}
	if (!wait_holder_of(s, side, &w, &holder))
		return false;
	wait_holder_tell(&holder, side, out);
	return true;
}
