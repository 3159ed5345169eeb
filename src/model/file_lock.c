/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/file_lock.h"

#include "twintop/base/table.h"

const char *lock_kind_name(enum lock_kind kind)
{
	static const char *const name[] = {
		[LOCK_POSIX] = "posix",
		[LOCK_FLOCK] = "flock",
		[LOCK_OFD] = "ofd",
		[LOCK_LEASE] = "lease",
	};
	TABLE_ROWS(name, LOCK_KINDS);

	return kind < LOCK_KINDS ? name[kind] : "unknown";
}

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* ---- who waits -------------------------------------------------------------------- */

static void collect_if(const struct lock_table *t, bool waiting, struct lookup_rows *rows)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->lock[i].waiting == waiting)
			VEC_PUSH(rows, (struct lookup_row){&t->lock[i], &t->lock[i]});
}

static void collect_waiting(const void *table, struct lookup_rows *rows)
{
	collect_if(table, true, rows);
}

/* By the file, and by whom the kernel tells of, or the device where it tells of nobody. */
static int order_waits(const void *a, const void *b)
{
	const struct file_lock *x = a, *y = b;
	int order = COMPARE(x->kind, y->kind);

	if (!order)
		order = COMPARE(x->inode, y->inode);
	if (order)
		return order;
	return x->kind == LOCK_OFD ? COMPARE(x->device, y->device) : COMPARE(x->pid, y->pid);
}

static int order_waiting(const void *a, const void *b)
{
	const struct file_lock *x = a, *y = b;
	int order = order_waits(a, b);

	return order ? order : COMPARE(x->number, y->number);
}

/* The one number of all that wait so; 0: none does. False: they have several. */
static bool number_of(const struct lock_table *t, const struct file_lock *as, uint64_t *ret_number)
{
	static const struct lookup_kind kind = {collect_waiting, order_waiting};
	const struct lookup_run run = lookup_find(&t->waiting, &kind, t, order_waits, as);

	*ret_number = 0;
	if (!run.n)
		return true;
	*ret_number = ((const struct file_lock *)run.row[0].of)->number;
	return *ret_number == ((const struct file_lock *)run.row[run.n - 1].of)->number;
}

uint64_t lock_table_behind(
	const struct lock_table *t, bool by_flock, pid_t pid, uint64_t inode, uint64_t device)
{
	struct file_lock as = {.pid = pid, .inode = inode, .device = device};
	uint64_t found = 0, number;

	for (as.kind = 0; as.kind < LOCK_KINDS; as.kind++) {
		if ((as.kind == LOCK_FLOCK) != by_flock)
			continue;
		if (!number_of(t, &as, &number) || (number && found && number != found))
			return 0;
		found = number ? number : found;
	}
	return found;
}

/* ---- who holds --------------------------------------------------------------------- */

static void collect_held(const void *table, struct lookup_rows *rows)
{
	collect_if(table, false, rows);
}

static int order_held(const void *a, const void *b)
{
	const struct file_lock *x = a, *y = b;

	return COMPARE(x->number, y->number);
}

const struct file_lock *lock_table_holder(const struct lock_table *t, uint64_t number)
{
	static const struct lookup_kind kind = {collect_held, order_held};
	const struct file_lock key = {.number = number};
	const struct lookup_run run = lookup_find(&t->held, &kind, t, order_held, &key);

	return run.n ? run.row[0].of : NULL;
}

void lock_table_release(void *part)
{
	struct lock_table *t = part;

	lookup_release(&t->waiting);
	lookup_release(&t->held);
}
