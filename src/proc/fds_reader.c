/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The descriptors of both sides as a reader: which of them are one description is asked of both. */
#include <stdlib.h>

#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/model/same.h"
#include "twintop/proc/fds.h"
#include "twintop/proc/kcmp.h"
#include "twintop/proc/reader.h"

struct reader {
	struct reader_context context;
	struct {
		struct fd_reader *fds;
		struct task_id id; /* whose */
		pid_t tid;
	} side[2];
};

static int open_reader(const struct reader_context *context, void **ret_reader)
{
	struct reader *r = mem_alloc(sizeof *r);

	*r = (struct reader){.context = *context};
	*ret_reader = r;
	return 0;
}

static struct fd_list *read_side(
	struct reader *r, unsigned i, const struct reader_side *side, unsigned need)
{
	struct fd_list *list = NULL;

	if (r->side[i].fds &&
		(r->side[i].tid != side->tid || !task_id_equal(r->side[i].id, side->id))) {
		fd_reader_free(r->side[i].fds);
		r->side[i].fds = NULL;
	}
	r->side[i].id = side->id;
	r->side[i].tid = side->tid;
	if (!r->side[i].fds && fd_reader_new(r->context.root, &r->context.access, &r->side[i].fds))
		return NULL;
	fds_read(r->side[i].fds, side->tid, need, &list);
	return list;
}

/* A thread that called unshare(2) has a table of its own, though it is of the same process. */
static bool one_table(const struct reader_side *a, const struct reader_side *b)
{
	return a->id.pid && task_id_equal(a->id, b->id) &&
	       (a->tid == b->tid || kcmp_tables(a->tid, b->tid) == 0);
}

static void read_fds(void *reader, struct reader_job *job)
{
	struct reader_side *a = &job->side[0], *b = &job->side[1];
	uint64_t start = clock_thread_cpu_ns();
	struct fd_list *list[2] = {NULL, NULL};
	bool one = one_table(a, b);

	for (unsigned i = 0; i < 2; i++)
		if (job->side[i].id.pid && !(i && one))
			list[i] = read_side(reader, i, &job->side[i], job->need & NEED_FD_ANY);
	if (job->need & NEED_DESCRIPTIONS && (list[0] || list[1]))
		fds_compare(list[0] ? list[0] : list[1], list[0] ? a->tid : b->tid,
			list[0] ? list[1] : NULL, b->tid);
	for (unsigned i = 0; i < 2; i++) {
		const struct fd_list *had = job->side[i].had.fds;

		if (list[i])
			part_seal(&list[i]->part, start, list[i]->part.error);
		job->side[i].read.fds =
			same_kept(had, list[i], had && list[i] && same_fds(had, list[i]));
	}
	if (one)
		b->read.fds = part_get(a->read.fds);
}

static void close_reader(void *reader)
{
	struct reader *r = reader;

	if (!r)
		return;
	for (unsigned i = 0; i < 2; i++)
		fd_reader_free(r->side[i].fds);
	free(r);
}

const struct reader_ops fds_reader_ops = {
	.id = "descriptors",
	.part = PART_FDS,
	.scope = READS_PAIR,
	.by_task = true,
	.need = NEED_FD_ANY,
	.after = 1u << PART_PROCESS,
	.pace = PACE_ROWS,
	.open = open_reader,
	.read = read_fds,
	.close = close_reader,
};
