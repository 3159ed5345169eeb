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
#include <stdlib.h>
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
VEC_STRUCT(held_list, struct held);

struct file {
	uint64_t inode, device;
};
VEC_STRUCT(file_list, struct file);

/* Who of a side is blocked in F_OFD_SETLKW. */
struct blocked {
	bool any, untold;      /* untold: on which file is not known of some, or whether they are */
	struct file_list file; /* those that are known */
};

/* Lists are sorted: a table may be long, and what is looked for in it is each of its locks. */
struct lock_search {
	struct channel_search *s;
	const struct lock_table *table;
	const struct side *side[2];
	struct held_list held[2];
	struct blocked blocked[2];
	bool *holds[2]; /* of each lock of the table */
	struct file_list
		others[2]; /* files whose OFD locks are also waited for behind another one */
};

static int order(uint64_t x, uint64_t y)
{
	return x < y ? -1 : x > y;
}

static int order_files(const void *x, const void *y)
{
	const struct file *a = x, *b = y;
	int by = order(a->inode, b->inode);

	return by ? by : order(a->device, b->device);
}

static int order_locks(const struct file_lock *a, const struct file_lock *b)
{
	int by = order(a->inode, b->inode);

	by = by ? by : order(a->device, b->device);
	by = by ? by : order(a->kind, b->kind);
	by = by ? by : order(a->start, b->start);
	by = by ? by : order(a->end, b->end);
	return by ? by : order(a->write, b->write);
}

/* Of one lock in the order of descriptors. */
static int order_held(const void *x, const void *y)
{
	const struct held *a = x, *b = y;
	int by = order_locks(a->lock, b->lock);

	return by ? by : order((uintptr_t)a->through, (uintptr_t)b->through);
}

static void add_file(struct file_list *list, uint64_t inode, uint64_t device)
{
	VEC_PUSH(list, ((struct file){inode, device}));
}

static void sort_files(struct file_list *list)
{
	if (list->n)
		qsort(list->item, list->n, sizeof *list->item, order_files);
}

static bool has_file(const struct file_list *list, uint64_t inode, uint64_t device)
{
	const struct file file = {inode, device};

	return list->n && bsearch(&file, list->item, list->n, sizeof file, order_files);
}

static void collect_held(struct lock_search *l, unsigned side)
{
	const struct fd_list *fds = l->side[side]->fds;

	for (size_t i = 0; fds && i < fds->n; i++)
		for (size_t k = 0; k < fds->fd[i].locks_n; k++)
			VEC_PUSH(
				&l->held[side], ((struct held){&fds->fd[i].locks[k], &fds->fd[i]}));
	if (l->held[side].n)
		qsort(l->held[side].item, l->held[side].n, sizeof *l->held[side].item, order_held);
}

static const struct fd_entry *held_through(
	const struct lock_search *l, unsigned side, const struct file_lock *lock)
{
	const struct held_list *list = &l->held[side];
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (order_locks(list->item[mid].lock, lock) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < list->n && same_lock(list->item[low].lock, lock) ? list->item[low].through
								      : NULL;
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

static void collect_holders(struct lock_search *l)
{
	for (unsigned side = 0; side < 2; side++) {
		collect_held(l, side);
		l->holds[side] = mem_alloc(l->table->n + 1);
		for (size_t i = 0; i < l->table->n; i++)
			l->holds[side][i] = holds(l, side, &l->table->lock[i]);
	}
}

/* ---- who waits for an OFD lock --------------------------------------------- */

/* Whether the thread is blocked in F_OFD_SETLKW, and on which file as stat(2) tells it. */
static void note_blocked(struct blocked *b, const struct thread *t, const struct fd_list *fds)
{
	const struct thread_call *call = t->call;
	const struct fd_entry *e;

	if (!value_state_has_value(thread_source_state(t, THREAD_SYSCALL))) {
		b->untold = true;
		return;
	}
	if (call->running || !call->syscall_name || strncmp(call->syscall_name, "fcntl", 5) != 0 ||
		call->syscall_arg[1] != F_OFD_SETLKW)
		return;
	b->any = true;
	e = fd_list_find(fds, (int32_t)call->syscall_arg[0]);
	if (!e)
		b->untold = true;
	else if (value_state_has_value(e->source[FD_STAT]))
		add_file(&b->file, e->inode, e->device);
}

static void collect_blocked(struct lock_search *l, unsigned side)
{
	const struct thread_list *list = l->side[side]->threads;
	struct blocked *b = &l->blocked[side];

	b->untold = !list || !list->n;
	for (size_t i = 0; list && i < list->n; i++) {
		const struct thread t = thread_at(list, i);

		note_blocked(b, &t, l->side[side]->fds);
	}
	sort_files(&b->file);
}

/* Whether a thread of the side is blocked in F_OFD_SETLKW on the file of held. */
static enum answer any_waits_on(const struct blocked *b, const struct fd_entry *held)
{
	if (held && value_state_has_value(held->source[FD_STAT]) &&
		has_file(&b->file, held->inode, held->device))
		return ANSWER_YES;
	return b->untold || (!held && b->any) ? ANSWER_UNKNOWN : ANSWER_NO;
}

/* Files of which somebody waits for an OFD lock behind one that the side does not hold. */
static void collect_others(struct lock_search *l, unsigned side)
{
	bool behind = false;

	for (size_t i = 0; i < l->table->n; i++) {
		const struct file_lock *lock = &l->table->lock[i];

		if (!lock->waiting)
			behind = l->holds[side][i];
		else if (lock->pid < 0 && !behind)
			add_file(&l->others[side], lock->inode, lock->device);
	}
	sort_files(&l->others[side]);
}

/* Whether it is the other side that waits for an OFD lock behind one that holder has. */
static enum answer waits_for_ofd(
	const struct lock_search *l, unsigned holder, const struct file_lock *lock)
{
	enum answer answer = any_waits_on(&l->blocked[!holder], held_through(l, holder, lock));

	return answer == ANSWER_YES && has_file(&l->others[holder], lock->inode, lock->device)
		       ? ANSWER_UNKNOWN
		       : answer;
}

/* ---- channels ---------------------------------------------------------------- */

/* Whether the other side waits behind the i-th lock, which holder has; who does follows it. */
static enum answer waits_behind(const struct lock_search *l, unsigned holder, size_t i)
{
	const struct file_lock *lock = &l->table->lock[i];
	enum answer answer = ANSWER_NO, ofd = waits_for_ofd(l, holder, lock);

	for (size_t k = i + 1; k < l->table->n && l->table->lock[k].waiting; k++) {
		pid_t pid = l->table->lock[k].pid;
		enum answer of_this = pid == l->side[!holder]->id.pid ? ANSWER_YES
				      : pid < 0			      ? ofd
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
		enum answer answer = l->holds[holder][i] ? waits_behind(l, holder, i) : ANSWER_NO;

		if (answer == ANSWER_YES)
			add_lock(l->s, lock, direction[holder], who[holder]);
		l->s->ofd_untold |= answer == ANSWER_UNKNOWN;
	}
}

/* Locks of one kind on one file, as they stand in the table. */
struct common {
	const struct lock_search *l;
	size_t first[2], last[2]; /* of those that one side holds alone; SIZE_MAX: there is none */
	size_t both;		  /* the first that both hold, and that is there twice */
};

static const struct file_lock *lock_at(const struct lock_search *l, size_t i)
{
	return &l->table->lock[i];
}

static void note_common(struct common *c, const size_t *index, size_t n, size_t at)
{
	const struct lock_search *l = c->l;
	size_t i = index[at];

	for (unsigned side = 0; side < 2; side++) {
		if (!l->holds[side][i] || l->holds[!side][i])
			continue;
		c->first[side] = i < c->first[side] ? i : c->first[side];
		c->last[side] = c->last[side] == SIZE_MAX || i > c->last[side] ? i : c->last[side];
	}
	/* Equal locks stand side by side, the earlier one first. */
	if (l->holds[0][i] && l->holds[1][i] && at + 1 < n &&
		same_lock(lock_at(l, i), lock_at(l, index[at + 1])) && i < c->both)
		c->both = i;
}

/*
 * The first of two locks on one file, of which A has one and B the other: apart in it, or both for
 * reading. SIZE_MAX: there are no such two.
 */
static size_t first_common(const struct lock_search *l, const size_t *index, size_t n)
{
	struct common c = {.l = l,
		.first = {SIZE_MAX, SIZE_MAX},
		.last = {SIZE_MAX, SIZE_MAX},
		.both = SIZE_MAX};
	size_t first;

	for (size_t at = 0; at < n; at++)
		note_common(&c, index, n, at);
	first = c.both;
	for (unsigned side = 0; side < 2; side++)
		if (c.first[side] != SIZE_MAX && c.last[!side] != SIZE_MAX &&
			c.last[!side] > c.first[side] && c.first[side] < first)
			first = c.first[side];
	return first;
}

static bool one_sort(const struct file_lock *x, const struct file_lock *y)
{
	return x->kind == y->kind && same_file(x, y);
}

static int order_numbers(const void *x, const void *y)
{
	return order(*(const size_t *)x, *(const size_t *)y);
}

/* Of the locks whose indexes are given, by order_locks: a file is told once. */
static void add_common(struct lock_search *l, const size_t *index, size_t n)
{
	VEC(size_t) told = {0};

	for (size_t i = 0, group; i < n; i += group) {
		size_t first;

		group = 1;
		while (i + group < n &&
			one_sort(lock_at(l, index[i]), lock_at(l, index[i + group])))
			group++;
		first = first_common(l, index + i, group);
		if (first != SIZE_MAX)
			VEC_PUSH(&told, first);
	}
	if (told.n)
		qsort(told.item, told.n, sizeof *told.item, order_numbers);
	for (size_t i = 0; i < told.n; i++)
		add_lock(l->s, lock_at(l, told.item[i]), CHANNEL_BOTH, "A holds, B holds");
	VEC_FREE(&told);
}

struct ordered {
	const struct file_lock *lock;
	size_t i;
};

static int order_ordered(const void *x, const void *y)
{
	const struct ordered *a = x, *b = y;
	int by = order_locks(a->lock, b->lock);

	return by ? by : order(a->i, b->i);
}

/* Indexes of the locks that either holds, by lock; free it. */
static size_t *held_by_lock(const struct lock_search *l, const size_t *held, size_t n)
{
	struct ordered *o = mem_alloc((n + 1) * sizeof *o);
	size_t *index = mem_alloc((n + 1) * sizeof *index);

	for (size_t i = 0; i < n; i++)
		o[i] = (struct ordered){lock_at(l, held[i]), held[i]};
	qsort(o, n, sizeof *o, order_ordered);
	for (size_t i = 0; i < n; i++)
		index[i] = o[i].i;
	free(o);
	return index;
}

static void search_free(struct lock_search *l)
{
	for (unsigned side = 0; side < 2; side++) {
		VEC_FREE(&l->held[side]);
		VEC_FREE(&l->blocked[side].file);
		VEC_FREE(&l->others[side]);
		free(l->holds[side]);
	}
}

void channels_find_locks(struct channel_search *s)
{
	struct lock_search l = {.s = s, .table = s->snapshot->locks, .side = {s->a, s->b}};
	VEC(size_t) held = {0};
	size_t *index;

	if (!l.table || s->a->id.pid == s->b->id.pid)
		return;
	collect_holders(&l);
	for (unsigned side = 0; side < 2; side++) {
		collect_blocked(&l, side);
		collect_others(&l, side);
	}
	for (size_t i = 0; i < l.table->n; i++) {
		if (l.table->lock[i].waiting || !(l.holds[0][i] || l.holds[1][i]))
			continue;
		add_wanted(&l, i);
		VEC_PUSH(&held, i);
	}
	index = held_by_lock(&l, held.item, held.n);
	add_common(&l, index, held.n);
	free(index);
	search_free(&l);
	VEC_FREE(&held);
}
