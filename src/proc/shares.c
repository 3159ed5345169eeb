/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two tasks share as a reader, and what each named thread has for itself. */
#include "twintop/base/clock.h"
#include "twintop/model/same.h"
#include "twintop/proc/kcmp.h"
#include "twintop/proc/reader.h"
#include "twintop/proc/task.h"

static void read_task(const struct reader_context *c, struct reader_side *side)
{
	const struct process_info *had = side->had.task, *task = NULL;

	task_read(c->root, side->id.pid, side->tid, &task);
	side->read.task = same_kept(had, task, had && task && same_process(had, task));
}

/* Where the probe on ourselves failed nothing is asked: the answer would be the same. */
static void set_refused(struct shares *s, enum value_state state)
{
	for (unsigned i = 0; i < SHARE_ITEMS; i++)
		s->state[i] = state;
}

static void read_shares(void *reader, struct reader_job *job)
{
	const struct reader_context *c = reader;
	const struct reader_side *a = &job->side[0], *b = &job->side[1];
	uint64_t start = clock_thread_cpu_ns();
	struct shares *shares;

	if (!a->id.pid || !b->id.pid)
		return;
	shares = part_make(PART_SHARES);
	if (value_state_has_value(c->access.state[ACCESS_KCMP]))
		kcmp_shares(reader_side_task(a), reader_side_task(b), shares);
	else
		set_refused(shares, c->access.state[ACCESS_KCMP]);
	part_seal(&shares->part, start, 0);
	job->pair.shares = same_kept(job->pair_had.shares, shares,
		job->pair_had.shares && same_shares(job->pair_had.shares, shares));
	for (unsigned i = 0; i < 2; i++) {
		struct reader_side *side = &job->side[i];

		if (side->tid != side->id.pid)
			read_task(c, side);
	}
}

const struct reader_ops shares_reader_ops = {
	.id = "shares",
	.part = PART_SHARES,
	.scope = READS_PAIR,
	.by_task = true,
	.need = NEED_SHARES,
	.after = 1u << PART_PROCESS,
	.pace = PACE_ROWS,
	.open = reader_open_context,
	.read = read_shares,
	.close = reader_close_context,
};
