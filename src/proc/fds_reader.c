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
	struct {
		struct task_id id;
		pid_t tid;
	} asked[2];			      /* of whom more than the least was asked … */
	uint64_t sockets_ns, descriptions_ns; /* … and when; 0: never */
	uint64_t top_id;		      /* the highest id of a description that was given */
};

static int open_reader(const struct reader_context *context, void **ret_reader)
{
	struct reader *r = mem_alloc(sizeof *r);

	*r = (struct reader){.context = *context};
	*ret_reader = r;
	return 0;
}

static struct fd_list *read_side(struct reader *r, unsigned i, const struct reader_job *job)
{
	const struct reader_side *side = &job->side[i], *beside = &job->side[!i];
	const unsigned need = job->need & NEED_FD_ANY;
	const pid_t other = reader_side_task(beside);
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
	fd_reader_set_other(r->side[i].fds, other);
	fds_read(r->side[i].fds, reader_side_task(side), need, &list);
	return list;
}

/* A thread that called unshare(2) has a table of its own, though it is of the same process. */
static bool one_table(
	const struct reader *r, const struct reader_side *a, const struct reader_side *b)
{
	if (!a->id.pid || !task_id_equal(a->id, b->id))
		return false;
	return a->tid == b->tid ||
	       (value_state_has_value(r->context.access.state[ACCESS_KCMP]) &&
		       kcmp_tables(reader_side_task(a), reader_side_task(b)) == 0);
}

/* Of others than before nothing is kept. */
static void look_for_others(struct reader *r, const struct reader_job *job)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct reader_side *side = &job->side[i];

		if (!side->id.pid) /* it has ended, and is remembered */
			continue;
		if (task_id_equal(r->asked[i].id, side->id) && r->asked[i].tid == side->tid)
			continue;
		r->asked[i].id = side->id;
		r->asked[i].tid = side->tid;
		r->sockets_ns = r->descriptions_ns = 0;
	}
}

/* Whether it is to be told from before: not asked for now, and asked for not long ago. */
static bool is_kept(uint64_t *asked_ns, bool asked)
{
	uint64_t now = clock_monotonic_ns();

	if (asked)
		*asked_ns = now;
	return !asked && *asked_ns && now - *asked_ns <= PART_OLD_NS;
}

/*
 * What is asked for seldom is told between two such reads, too: a moment is whole, whichever of
 * its readers' wishes was due just then.
 */
static void keep(struct reader *r, const struct reader_job *job, struct fd_list *const list[2])
{
	bool sockets = is_kept(&r->sockets_ns, job->need & NEED_SOCKETS);
	bool descriptions = is_kept(&r->descriptions_ns, job->need & NEED_DESCRIPTIONS);

	for (unsigned i = 0; i < 2; i++) {
		const struct fd_list *had = job->side[i].had.fds;

		if (sockets && list[i] && had)
			fds_keep_sockets(list[i], had);
		descriptions &= !list[i] || (had && fds_as_before(list[i], had));
	}
	for (unsigned i = 0; i < 2; i++)
		if (descriptions && list[i])
			fds_keep_descriptions(list[i], job->side[i].had.fds);
}

static uint64_t highest_id(const struct fd_list *list, uint64_t most)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (list->fd[i].description > most)
			most = list->fd[i].description;
	return most;
}

/* Which of both sides' descriptors are one description. */
static void compare(struct reader *r, const struct reader_job *job, struct fd_list *const list[2])
{
	enum value_state asked = r->context.access.state[ACCESS_KCMP];
	unsigned first = !list[0], other = !first;

	if (!list[first])
		return;
	if (!value_state_has_value(asked)) {
		for (unsigned i = 0; i < 2; i++)
			if (list[i])
				list[i]->descriptions = asked;
		return;
	}
	fds_compare(list[first], reader_side_task(&job->side[first]), first ? NULL : list[1],
		reader_side_task(&job->side[1]));
	if (!job->side[other].id.pid && r->asked[other].id.pid)
		r->top_id = fds_keep_ids(list[first], job->side[first].had.fds, r->top_id);
	else
		r->top_id = highest_id(list[1], highest_id(list[0], 0));
}

static void read_fds(void *reader, struct reader_job *job)
{
	struct reader_side *a = &job->side[0], *b = &job->side[1];
	uint64_t start = clock_thread_cpu_ns();
	struct fd_list *list[2] = {NULL, NULL};
	bool one = one_table(reader, a, b);

	look_for_others(reader, job);
	for (unsigned i = 0; i < 2; i++)
		if (job->side[i].id.pid && !(i && one))
			list[i] = read_side(reader, i, job);
	if (job->need & NEED_DESCRIPTIONS)
		compare(reader, job, list);
	keep(reader, job, list);
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
