/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which thread and which descriptor of one moment is which of another. */
#include <stdlib.h>

#include "past_internal.h"
#include "twintop/base/clock.h"

/* ---- threads --------------------------------------------------------------- */

/* The index of that very thread, -1: it is not there. */
static ptrdiff_t find_self(const struct thread_list *l, const struct thread_self *self)
{
	ptrdiff_t i = l ? thread_find(l, self->tid) : -1;

	return i >= 0 && thread_self_at(l, (size_t)i)->start_ticks == self->start_ticks ? i : -1;
}

const struct pair_threads *past_threads(const struct snapshot *s)
{
	const struct thread_list *now = s->side[0].threads, *then = s->side[1].threads;
	size_t now_n = now ? now->n : 0, then_n = then ? then->n : 0;
	struct pair_threads *rows = part_make(PART_PAIR_THREADS);
	uint64_t cpu_ns = clock_thread_cpu_ns();

	rows->row = arena_array(&rows->part.arena, now_n + then_n, sizeof *rows->row);
	for (size_t i = 0; i < now_n; i++)
		rows->row[rows->n++] =
			(struct pair_thread){(int)i, (int)find_self(then, thread_self_at(now, i))};
	for (size_t i = 0; i < then_n; i++)
		if (find_self(now, thread_self_at(then, i)) < 0)
			rows->row[rows->n++] = (struct pair_thread){-1, (int)i};
	part_seal(&rows->part, cpu_ns, 0);
	return rows;
}

/* ---- descriptors ----------------------------------------------------------- */

/* Kinds of which each has an inode of its own. */
static bool has_inode(const struct fd_entry *e)
{
	static const bool kinds[FD_KINDS] = {[FD_FILE] = true,
		[FD_DIRECTORY] = true,
		[FD_SYMLINK] = true,
		[FD_PIPE] = true,
		[FD_FIFO] = true,
		[FD_SOCKET] = true,
		[FD_MEMFD] = true,
		[FD_DEVICE] = true,
		[FD_BLOCK_DEVICE] = true,
		[FD_TTY] = true,
		[FD_NAMESPACE] = true,
		[FD_MQUEUE] = true};

	return kinds[e->kind] && value_state_has_value(e->source[FD_STAT]);
}

/* What one number stood for and stands for; FD_UNRELATED: two things. */
static enum fd_relation relation_of(const struct fd_entry *now, const struct fd_entry *then)
{
	if (now->kind != then->kind)
		return FD_UNRELATED;
	if (has_inode(now) && has_inode(then))
		return now->inode == then->inode && now->device == then->device &&
				       now->rdev == then->rdev
			       ? FD_SAME_OBJECT
			       : FD_UNRELATED;
	return text_equal(now->target, then->target) && now->pidfd_pid == then->pidfd_pid
		       ? FD_SAME_KIND
		       : FD_UNRELATED;
}

struct pair_fd past_fd_row(int a, int b, const bool hidden[2])
{
	return (struct pair_fd){
		a, b, FD_UNRELATED, row_state_of_one(b < 0, b < 0 ? hidden[1] : hidden[0])};
}

static void add_both(
	struct pair *p, const struct fd_entry *now, const struct fd_entry *then, int a, int b)
{
	static const bool none[2] = {false, false};
	enum fd_relation relation = relation_of(now, then);

	if (relation != FD_UNRELATED) {
		p->fd[p->fds_n++] = (struct pair_fd){a, b, relation, ROW_SAME};
		return;
	}
	p->fd[p->fds_n++] = past_fd_row(a, -1, none);
	p->fd[p->fds_n++] = past_fd_row(-1, b, none);
}

void past_fds(const struct snapshot *s, struct pair *p)
{
	static const struct fd_list nothing;
	const struct fd_list *now = s->side[0].fds ? s->side[0].fds : &nothing;
	const struct fd_list *then = s->side[1].fds ? s->side[1].fds : &nothing;
	const bool hidden[2] = {
		side_hides(s, PART_FDS, 0) != NULL, side_hides(s, PART_FDS, 1) != NULL};
	size_t i = 0, k = 0;

	p->fd = arena_array(&p->part.arena, now->n + then->n, sizeof *p->fd);
	while (i < now->n || k < then->n) {
		if (k == then->n || (i < now->n && now->fd[i].fd < then->fd[k].fd)) {
			p->fd[p->fds_n++] = past_fd_row((int)i++, -1, hidden);
		} else if (i == now->n || then->fd[k].fd < now->fd[i].fd) {
			p->fd[p->fds_n++] = past_fd_row(-1, (int)k++, hidden);
		} else {
			add_both(p, &now->fd[i], &then->fd[k], (int)i, (int)k);
			i++;
			k++;
		}
	}
	pair_index_fds(p);
}
