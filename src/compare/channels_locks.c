/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File locks that one of A and B holds and the other waits for, or that both have on one file.
 *
 * Who holds a lock of an open file description (flock(2), F_OFD_SETLK) is told by the fdinfo of all
 * who have that description, be it by a fork; who waits, by /proc/locks, where all who wait behind
 * a lock bear its number. For OFD locks it names nobody: there a thread that is blocked in fcntl(2)
 * on the file tells who waits.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "channels_internal.h"

#ifndef F_OFD_SETLKW
#define F_OFD_SETLKW 38
#endif

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };

static bool same_file(const struct file_lock *x, const struct file_lock *y)
{
	return x->inode == y->inode && x->device == y->device;
}

static bool same_lock(const struct file_lock *x, const struct file_lock *y)
{
	return x->kind == y->kind && x->write == y->write && x->start == y->start &&
	       x->end == y->end && same_file(x, y);
}

/* A lock that a side's descriptors show, and the first of them that does. */
struct held {
	const struct file_lock *lock;
	const struct fd_entry *through;
};

struct lock_search {
	struct channel_search *s;
	const struct lock_table *table;
	const struct side *side[2];
	VEC(struct held) held[2];
};

static void collect_held(struct lock_search *l, unsigned side)
{
	const struct fd_list *fds = l->side[side]->fds;

	for (size_t i = 0; fds && i < fds->n; i++)
		for (size_t k = 0; k < fds->fd[i].locks_n; k++)
			VEC_PUSH(
				&l->held[side], ((struct held){&fds->fd[i].locks[k], &fds->fd[i]}));
}

static const struct fd_entry *held_through(
	const struct lock_search *l, unsigned side, const struct file_lock *lock)
{
	for (size_t i = 0; i < l->held[side].n; i++)
		if (same_lock(l->held[side].item[i].lock, lock))
			return l->held[side].item[i].through;
	return NULL;
}

/*
 * A record lock is its process's. Of the others the table names who took it, which may have closed
 * its descriptor since, and left the lock to those who have the description, too.
 */
static bool holds(const struct lock_search *l, unsigned side, const struct file_lock *lock)
{
	const struct fd_list *fds = l->side[side]->fds;

	if (lock->kind == LOCK_POSIX || !fds || fds->part.error)
		return lock->pid == l->side[side]->id.pid || held_through(l, side, lock);
	return held_through(l, side, lock);
}

/* ---- who waits for an OFD lock --------------------------------------------- */

static const struct fd_entry *find_fd(const struct fd_list *fds, uint64_t number)
{
	for (size_t i = 0; fds && i < fds->n; i++)
		if ((uint64_t)fds->fd[i].fd == number)
			return &fds->fd[i];
	return NULL;
}

/* Whether two descriptors lead to one file, as stat(2) tells them. */
static bool one_file(const struct fd_entry *x, const struct fd_entry *y)
{
	return value_state_has_value(x->source[FD_STAT]) &&
	       value_state_has_value(y->source[FD_STAT]) && x->inode == y->inode &&
	       x->device == y->device;
}

/* Whether the thread is blocked in F_OFD_SETLKW on the file of held. */
static enum answer waits_on(
	const struct thread *t, const struct fd_list *fds, const struct fd_entry *held)
{
	const struct thread_call *call = t->call;
	const struct fd_entry *e;

	if (!value_state_has_value(thread_source_state(t, THREAD_SYSCALL)))
		return ANSWER_UNKNOWN;
	if (call->running || !call->syscall_name || strncmp(call->syscall_name, "fcntl", 5) != 0 ||
		call->syscall_arg[1] != F_OFD_SETLKW)
		return ANSWER_NO;
	e = find_fd(fds, call->syscall_arg[0]);
	if (!e || !held)
		return ANSWER_UNKNOWN;
	return one_file(e, held) ? ANSWER_YES : ANSWER_NO;
}

static enum answer any_waits_on(const struct side *side, const struct fd_entry *held)
{
	const struct thread_list *list = side->threads;
	enum answer answer = list && list->n ? ANSWER_NO : ANSWER_UNKNOWN;

	for (size_t i = 0; list && i < list->n && answer != ANSWER_YES; i++) {
		const struct thread t = thread_at(list, i);
		enum answer of_thread = waits_on(&t, side->fds, held);

		if (of_thread != ANSWER_NO)
			answer = of_thread;
	}
	return answer;
}

/* Whether all who wait for an OFD lock on the file wait behind one that the side holds. */
static bool all_wait_behind(
	const struct lock_search *l, unsigned side, const struct file_lock *lock)
{
	bool behind = false;

	for (size_t i = 0; i < l->table->n; i++) {
		const struct file_lock *other = &l->table->lock[i];

		if (!other->waiting)
			behind = holds(l, side, other);
		else if (other->pid < 0 && same_file(other, lock) && !behind)
			return false;
	}
	return true;
}

/* Whether it is the other side that waits for an OFD lock behind one that holder has. */
static enum answer waits_for_ofd(
	const struct lock_search *l, unsigned holder, const struct file_lock *lock)
{
	enum answer answer = any_waits_on(l->side[!holder], held_through(l, holder, lock));

	return answer == ANSWER_YES && !all_wait_behind(l, holder, lock) ? ANSWER_UNKNOWN : answer;
}

/* ---- channels ---------------------------------------------------------------- */

/* Whether the other side waits behind the i-th lock, which holder has; who does follows it. */
static enum answer waits_behind(const struct lock_search *l, unsigned holder, size_t i)
{
	const struct file_lock *lock = &l->table->lock[i];
	enum answer answer = ANSWER_NO;

	for (size_t k = i + 1; k < l->table->n && l->table->lock[k].waiting; k++) {
		pid_t pid = l->table->lock[k].pid;
		enum answer of_this = pid == l->side[!holder]->id.pid ? ANSWER_YES
				      : pid < 0 ? waits_for_ofd(l, holder, lock)
						: ANSWER_NO;

		if (of_this == ANSWER_YES)
			return ANSWER_YES;
		if (of_this == ANSWER_UNKNOWN)
			answer = ANSWER_UNKNOWN;
	}
	return answer;
}

static void add_lock(struct channel_search *s, const struct file_lock *lock,
	enum channel_direction direction, const char *who)
{
	struct channel c = channel_make("lock", direction);

	c.detail = arena_printf(s->arena, "%s lock on inode %" PRIu64 ": %s",
		lock_kind_name(lock->kind), lock->inode, who);
	VEC_PUSH(s->list, c);
}

/* A lock that one side holds and the other waits for. */
static void add_wanted(struct lock_search *l, size_t i)
{
	static const char *const who[] = {"A holds, B waits", "A waits, B holds"};
	static const enum channel_direction direction[] = {CHANNEL_A_TO_B, CHANNEL_B_TO_A};
	const struct file_lock *lock = &l->table->lock[i];

	for (unsigned holder = 0; holder < 2; holder++) {
		enum answer answer =
			holds(l, holder, lock) ? waits_behind(l, holder, i) : ANSWER_NO;

		if (answer == ANSWER_YES)
			add_lock(l->s, lock, direction[holder], who[holder]);
		l->s->ofd_untold |= answer == ANSWER_UNKNOWN;
	}
}

/* Held by that side, and through no description that the other has, too. */
static bool holds_alone(const struct lock_search *l, unsigned side, const struct file_lock *lock)
{
	return holds(l, side, lock) && !holds(l, !side, lock);
}

/* Two locks on one file, of which A has one and B the other: apart in it, or both for reading. */
static bool of_both(
	const struct lock_search *l, const struct file_lock *x, const struct file_lock *y)
{
	if (x->kind != y->kind || !same_file(x, y))
		return false;
	if (same_lock(x, y))
		return holds(l, 0, x) && holds(l, 1, x);
	return (holds_alone(l, 0, x) && holds_alone(l, 1, y)) ||
	       (holds_alone(l, 1, x) && holds_alone(l, 0, y));
}

/* Of the locks whose indexes are given; a file is told once, however many locks both have on it. */
static void add_common(struct lock_search *l, const size_t *index, size_t n)
{
	const struct file_lock *lock = l->table->lock, *told = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct file_lock *x = &lock[index[i]];

		for (size_t k = i + 1; k < n; k++) {
			if (!of_both(l, x, &lock[index[k]]) ||
				(told && told->kind == x->kind && same_file(told, x)))
				continue;
			add_lock(l->s, x, CHANNEL_BOTH, "A holds, B holds");
			told = x;
		}
	}
}

void channels_find_locks(struct channel_search *s)
{
	struct lock_search l = {.s = s, .table = s->snapshot->locks, .side = {s->a, s->b}};
	VEC(size_t) held = {0};

	if (!l.table || s->a->id.pid == s->b->id.pid)
		return;
	for (unsigned side = 0; side < 2; side++)
		collect_held(&l, side);
	for (size_t i = 0; i < l.table->n; i++) {
		const struct file_lock *lock = &l.table->lock[i];

		if (lock->waiting || !(holds(&l, 0, lock) || holds(&l, 1, lock)))
			continue;
		add_wanted(&l, i);
		VEC_PUSH(&held, i);
	}
	add_common(&l, held.item, held.n);
	for (unsigned side = 0; side < 2; side++)
		VEC_FREE(&l.held[side]);
	VEC_FREE(&held);
}
