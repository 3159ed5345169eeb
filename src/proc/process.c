/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process record as a reader. */
#include "twintop/model/same.h"
#include "twintop/proc/libproc.h"
#include "twintop/proc/reader.h"

static int open_reader(const struct reader_context *context, void **ret_reader)
{
	struct process_reader *r;
	int error = process_reader_new(context->root, &r);

	if (!error)
		*ret_reader = r;
	return error;
}

static void read_process(void *reader, struct reader_job *job)
{
	struct reader_side *side = &job->side[0];
	const struct process_info *had = side->had.info, *info = NULL;

	process_read(reader, side->id.pid, job->need, had, &info);
	side->read.info = same_kept(had, info, had && info && same_process(had, info));
}

static void close_reader(void *reader)
{
	process_reader_free(reader);
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
