/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The threads of whatever process a side is, as a reader. */
#include <stdlib.h>

#include "twintop/base/arena.h"
#include "twintop/model/same.h"
#include "twintop/proc/reader.h"
#include "twintop/proc/threads.h"

struct reader {
	struct reader_context context;
	struct thread_reader *threads;
	struct task_id id; /* whose */
};

static int open_reader(const struct reader_context *context, void **ret_reader)
{
	struct reader *r = mem_alloc(sizeof *r);

	*r = (struct reader){.context = *context};
	*ret_reader = r;
	return 0;
}

static void read_threads(void *reader, struct reader_job *job)
{
	struct reader *r = reader;
	struct reader_side *side = &job->side[0];
	const struct thread_list *list;

	if (r->threads && !task_id_equal(r->id, side->id)) {
		thread_reader_free(r->threads);
		r->threads = NULL;
	}
	r->id = side->id;
	if (!r->threads && thread_reader_new(r->context.root, &r->context.access, r->id,
				   r->context.fd_share, &r->threads))
		return;
	thread_reader_beside(r->threads, job->beside);
	if (thread_read(r->threads, job->need & NEED_THREAD_ANY, side->had.memory, side->had.pages,
		    &list))
		return;
	side->read.threads = same_kept(side->had.threads, list,
		side->had.threads && same_threads(side->had.threads, list));
}

static void close_reader(void *reader)
{
	struct reader *r = reader;

	if (!r)
		return;
	thread_reader_free(r->threads);
	free(r);
}

const struct reader_ops threads_reader_ops = {
	.id = "threads",
	.part = PART_THREADS,
	.scope = READS_SIDES,
	.need = NEED_THREAD_ANY,
	.after = 1u << PART_PROCESS | 1u << PART_MAPPINGS | 1u << PART_PAGES,
	.pace = PACE_ROWS,
	.open = open_reader,
	.read = read_threads,
	.close = close_reader,
};
