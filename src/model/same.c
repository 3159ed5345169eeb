/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records are compared as bytes once the pointers in them are set aside; what these lead to is
 * compared by itself. Bytes between members may differ: then equal ones count as different.
 */
#include "twintop/model/same.h"

#include <string.h>

const void *same_kept(const void *had, const void *now, bool same)
{
	if (!had || !same)
		return now;
	part_put(now);
	return part_get(had);
}

/* A member to leave out, in the order of the structure. */
struct hole {
	size_t offset, size;
};
#define HOLE(type, member)                                                                         \
	{                                                                                          \
		offsetof(type, member), sizeof((type *)0)->member                                  \
	}

/* Bytes from..size of two records, without the holes. */
static bool same_bytes(const void *a, const void *b, size_t from, size_t size,
	const struct hole *hole, size_t holes)
{
	const char *x = a, *y = b;

	for (size_t i = 0; i < holes; i++) {
		if (memcmp(x + from, y + from, hole[i].offset - from) != 0)
			return false;
		from = hole[i].offset + hole[i].size;
	}
	return !memcmp(x + from, y + from, size - from);
}

static bool same_array(const void *a, const void *b, size_t n, size_t size)
{
	return n == 0 || !memcmp(a, b, n * size);
}

bool same_process(const struct process_info *a, const struct process_info *b)
{
	static const struct hole holes[] = {
		HOLE(struct process_info, comm),
		HOLE(struct process_info, cmdline),
		HOLE(struct process_info, exe),
		HOLE(struct process_info, tty),
		HOLE(struct process_info, cgroup),
		HOLE(struct process_info, cgroups),
		HOLE(struct process_info, children),
	};

	if (a->part.error != b->part.error || !same_bytes(a, b, sizeof(struct part), sizeof *a,
						      holes, sizeof holes / sizeof *holes))
		return false;
	for (size_t i = 0; i < a->cmdline_n; i++)
		if (!text_equal(a->cmdline[i], b->cmdline[i]))
			return false;
	return text_equal(a->comm, b->comm) && text_equal(a->exe, b->exe) &&
	       text_equal(a->tty, b->tty) && text_equal(a->cgroups, b->cgroups) &&
	       same_array(a->children, b->children, a->children_n, sizeof *a->children);
}

/* Lists share all chunks of what did not move: what stands in two was read twice. */
bool same_threads(const struct thread_list *a, const struct thread_list *b)
{
	size_t bytes;

	if (a->part.error != b->part.error || a->seats != b->seats || !a->seats ||
		memcmp(a->source, b->source, sizeof a->source) != 0 ||
		a->signals_state != b->signals_state || a->signals != b->signals)
		return false;
	bytes = a->seats->layout.chunks * sizeof(const struct chunk *);
	for (unsigned g = 0; g < THREAD_GROUPS; g++)
		if (memcmp(a->group[g], b->group[g], bytes) != 0)
			return false;
	return true;
}

static bool same_counts(const struct frame_counts *a, const struct frame_counts *b)
{
	if (!a || !b)
		return a == b;
	return a->state == b->state && a->common == b->common && a->n == b->n &&
	       same_array(a->frame, b->frame, a->n, sizeof *a->frame) &&
	       same_array(a->others, b->others, a->n, sizeof *a->others);
}

bool same_pages(const struct page_map *a, const struct page_map *b)
{
	if (a->memory != b->memory || a->part.error != b->part.error ||
		a->part.state != b->part.state || a->page_size != b->page_size ||
		a->frames_known != b->frames_known || a->scan_state != b->scan_state ||
		a->guard_state != b->guard_state || a->ksm_state != b->ksm_state ||
		a->runs_n != b->runs_n || !same_counts(a->counts, b->counts))
		return false;
	for (size_t i = 0; i < a->runs_n; i++)
		if (a->run[i].start != b->run[i].start || a->run[i].n != b->run[i].n ||
			!same_array(a->run[i].entry, b->run[i].entry, a->run[i].n,
				sizeof *a->run[i].entry))
			return false;
	return true;
}

/* Records with holes between their members, in which anything may stand. */
static bool same_lock_rows(const struct file_lock *a, const struct file_lock *b, size_t n)
{
	for (size_t i = 0; i < n; i++, a++, b++)
		if (a->number != b->number || a->kind != b->kind || a->waiting != b->waiting ||
			a->write != b->write || a->pid != b->pid || a->device != b->device ||
			a->inode != b->inode || a->start != b->start || a->end != b->end)
			return false;
	return true;
}

static bool same_shm_rows(const struct ipc_shm *a, const struct ipc_shm *b, size_t n)
{
	for (size_t i = 0; i < n; i++, a++, b++)
		if (a->key != b->key || a->id != b->id || a->size_bytes != b->size_bytes ||
			a->creator != b->creator || a->last != b->last ||
			a->attached != b->attached)
			return false;
	return true;
}

static bool same_queue_rows(const struct ipc_queue *a, const struct ipc_queue *b, size_t n)
{
	for (size_t i = 0; i < n; i++, a++, b++)
		if (a->key != b->key || a->id != b->id || a->bytes != b->bytes ||
			a->messages != b->messages || a->last_sender != b->last_sender ||
			a->last_receiver != b->last_receiver)
			return false;
	return true;
}

static bool same_semaphore_rows(
	const struct ipc_semaphores *a, const struct ipc_semaphores *b, size_t n)
{
	for (size_t i = 0; i < n; i++, a++, b++)
		if (a->key != b->key || a->id != b->id || a->n != b->n ||
			memcmp(a->last, b->last, sizeof a->last) != 0)
			return false;
	return true;
}

static bool same_fd(const struct fd_entry *a, const struct fd_entry *b)
{
	static const struct hole holes[] = {
		HOLE(struct fd_entry, target),
		HOLE(struct fd_entry, watches),
		HOLE(struct fd_entry, locks),
		HOLE(struct fd_entry, protocol),
		HOLE(struct fd_entry, local),
		HOLE(struct fd_entry, remote),
	};

	return same_bytes(a, b, 0, sizeof *a, holes, sizeof holes / sizeof *holes) &&
	       text_equal(a->target, b->target) &&
	       text_equal(text_of(a->protocol), text_of(b->protocol)) &&
	       text_equal(a->local, b->local) && text_equal(a->remote, b->remote) &&
	       same_array(a->watches, b->watches, a->watches_n, sizeof *a->watches) &&
	       same_lock_rows(a->locks, b->locks, a->locks_n);
}

bool same_fds(const struct fd_list *a, const struct fd_list *b)
{
	if (a->part.error != b->part.error || a->n != b->n || a->limit != b->limit ||
		a->descriptions != b->descriptions)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!same_fd(&a->fd[i], &b->fd[i]))
			return false;
	return true;
}

bool same_shares(const struct shares *a, const struct shares *b)
{
	return same_array(a->state, b->state, SHARE_ITEMS, sizeof *a->state) &&
	       same_array(a->shared, b->shared, SHARE_ITEMS, sizeof *a->shared);
}

bool same_ipc(const struct ipc_state *a, const struct ipc_state *b)
{
	static const struct hole holes[] = {
		HOLE(struct ipc_state, shm),
		HOLE(struct ipc_state, queue),
		HOLE(struct ipc_state, semaphores),
	};

	return same_bytes(
		       a, b, sizeof(struct part), sizeof *a, holes, sizeof holes / sizeof *holes) &&
	       same_shm_rows(a->shm, b->shm, a->shm_n) &&
	       same_queue_rows(a->queue, b->queue, a->queues_n) &&
	       same_semaphore_rows(a->semaphores, b->semaphores, a->semaphores_n);
}

bool same_locks(const struct lock_table *a, const struct lock_table *b)
{
	return a->part.error == b->part.error && a->n == b->n &&
	       same_lock_rows(a->lock, b->lock, a->n);
}

bool same_connects(const struct connects *a, const struct connects *b)
{
	if (a->part.error != b->part.error || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct connect_wait *x = &a->connect[i], *y = &b->connect[i];

		if (x->tid != y->tid || x->fd != y->fd || x->listener_inode != y->listener_inode ||
			x->pending != y->pending || x->backlog != y->backlog ||
			!text_equal(x->address, y->address))
			return false;
	}
	return true;
}
