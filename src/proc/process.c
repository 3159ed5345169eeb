/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process record as a reader. */
#include <stdlib.h>

#include "twintop/base/arena.h"
#include "twintop/model/same.h"
#include "twintop/proc/libproc.h"
#include "twintop/proc/reader.h"

struct reader {
	const struct proc_root *root;
	struct process_reader *process; /* NULL: not made yet; what it takes may be missing */
};

static int open_reader(const struct reader_context *context, void **ret_reader)
{
	struct reader *r = mem_alloc(sizeof *r);

	*r = (struct reader){.root = context->root};
	*ret_reader = r;
	return 0;
}

static void read_process(void *reader, struct reader_job *job)
{
	struct reader *r = reader;
	struct reader_side *side = &job->side[0];
	const struct process_info *had = side->had.info, *info = NULL;
	int error = r->process ? 0 : process_reader_new(r->root, &r->process);

	if (error) {
		info = process_unread(side->id.pid, error);
	} else {
		process_reader_told(r->process, job->kin_told);
		process_read(r->process, side->id.pid, side->through, job->need, had, &info);
	}
	side->read.info = same_kept(had, info, had && info && same_process(had, info));
}

static void close_reader(void *reader)
{
	struct reader *r = reader;

	if (r)
		process_reader_free(r->process);
	free(r);
}

const struct reader_ops process_reader_ops = {
	.id = "process",
	.part = PART_PROCESS,
	.scope = READS_SIDES,
	.need = NEED_PROCESS_ANY,
	.pace = PACE_ROUND,
	.open = open_reader,
	.read = read_process,
	.close = close_reader,
};
