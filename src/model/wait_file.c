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

/* Whether a wait of that kind by pid may be for that entry of the table. */
static bool may_wait_for(
	const struct file_lock *l, const struct fd_entry *own, enum wait_kind kind, pid_t pid)
{
	if (!l->waiting || l->inode != own->inode ||
		(l->kind == LOCK_FLOCK) != (kind == WAIT_FILE_LOCK))
		return false;
	return l->kind == LOCK_OFD ? l->device == own->device : l->pid == pid;
}

/* The number of the lock that it waits behind; 0: none, or one of several. */
static uint64_t number_of(
	const struct lock_table *table, const struct fd_entry *own, enum wait_kind kind, pid_t pid)
{
	uint64_t number = 0;

	for (size_t i = 0; i < table->n; i++) {
		if (!may_wait_for(&table->lock[i], own, kind, pid))
			continue;
		if (number && number != table->lock[i].number)
			return 0;
		number = table->lock[i].number;
	}
	return number;
}

static bool is_held_through(const struct fd_entry *e, const struct file_lock *lock)
{
	for (size_t i = 0; i < e->locks_n; i++)
		if (e->locks[i].kind == lock->kind && e->locks[i].inode == lock->inode &&
			e->locks[i].device == lock->device && e->locks[i].start == lock->start &&
			e->locks[i].end == lock->end)
			return true;
	return false;
}

static void find_descriptors(const struct snapshot *s, unsigned side, const struct file_lock *lock,
	struct wait_ends *ret)
{
	const struct fd_list *fds = s->side[side].fds;

	for (size_t i = 0; fds && i < fds->n; i++) {
		if (!is_held_through(&fds->fd[i], lock))
			continue;
		if (ret->n < WAIT_ENDS_MOST)
			ret->end[ret->n++] = (struct wait_end){side, fds->fd[i].fd};
		ret->all++;
	}
}

static void take_holder(const struct snapshot *s, unsigned side, const struct file_lock *lock,
	struct wait_holder *ret)
{
	*ret = (struct wait_holder){
		.kind = lock->kind, .write = lock->write, .pid = lock->pid > 0 ? lock->pid : 0};
	if (lock->kind == LOCK_POSIX)
		return;
	if (wait_ends_beside(s))
		find_descriptors(s, !side, lock, &ret->held);
	find_descriptors(s, side, lock, &ret->held);
}

bool wait_holder_of(
	const struct snapshot *s, unsigned side, const struct wait *w, struct wait_holder *ret)
{
	const struct lock_table *table = s->locks;
	const struct fd_entry *own = w->fd < 0 ? NULL : fd_list_find(s->side[side].fds, w->fd);
	uint64_t number;

	if (!table || !value_state_has_value(table->part.state) || !own ||
		(w->kind != WAIT_FILE_LOCK && w->kind != WAIT_RECORD_LOCK))
		return false;
	number = number_of(table, own, w->kind, s->side[side].id.pid);
	for (size_t i = 0; number && i < table->n; i++) {
		if (table->lock[i].number != number || table->lock[i].waiting)
			continue;
		take_holder(s, side, &table->lock[i], ret);
		return true;
	}
	return false;
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
