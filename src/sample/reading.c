/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reading.h"

#include <stdlib.h>

#include "twintop/base/arena.h"
#include "twintop/base/clock.h"

#define COMMANDS_NS 300000000u /* command lines are read so long before they are shown */

static void put_all(const struct part **part, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		part_put(part[i]);
		part[i] = NULL;
	}
}

void reading_clear(struct reading *r)
{
	for (unsigned i = 0; i < 2; i++) {
		struct reader_side *side = &r->job.side[i];

		put_all(side->had_part, SIDE_PARTS);
		put_all(side->part, SIDE_PARTS);
		side->id = (struct task_id){0};
	}
	put_all(r->job.pair_had_part, PAIR_PARTS);
	put_all(r->job.host_had_part, HOST_PARTS);
	put_all(r->job.pair_part, PAIR_PARTS);
	put_all(r->job.host_part, HOST_PARTS);
	r->job.need = 0;
}

static void reading_run(void *context)
{
	struct reading *r = context;
	uint64_t start = clock_thread_cpu_ns();

	r->begin_ns = clock_monotonic_ns();
	if (!r->reader && r->ops->open(&r->context, &r->reader))
		r->reader = NULL;
	if (r->reader)
		r->ops->read(r->reader, &r->job);
	r->cpu_ns = clock_thread_cpu_ns() - start;
	r->end_ns = clock_monotonic_ns();
}

static void reading_free(void *context)
{
	struct reading *r = context;

	reading_clear(r);
	r->ops->close(r->reader);
	free(r);
}

const struct lane_ops reading_ops = {reading_run, reading_free};

struct reading *reading_new(const struct reader_ops *ops, const struct reader_context *context)
{
	struct reading *r = mem_alloc(sizeof *r);

	*r = (struct reading){.ops = ops, .context = *context};
	return r;
}

static void listing_run(void *context)
{
	struct listing *l = context;

	if (!l->reader)
		process_reader_new(l->root, &l->reader);
	l->nearest = 0;
	if (!l->reader ||
		process_list_read(l->reader, l->with_commands ? l->commands : NULL, &l->list))
		return;
	if (l->nearest_of)
		l->nearest = process_nearest(l->root, l->list, l->nearest_of);
}

static void listing_free(void *context)
{
	struct listing *l = context;

	part_put(l->list);
	process_reader_free(l->reader);
	commands_put(l->commands);
	free(l);
}

const struct lane_ops listing_ops = {listing_run, listing_free};

struct listing *listing_new(const struct proc_root *root, struct commands *commands)
{
	struct listing *l = mem_alloc(sizeof *l);

	*l = (struct listing){.root = root, .commands = commands_get(commands)};
	return l;
}

static void commanding_run(void *context)
{
	struct listing *l = context;

	l->commands_n = commands_read(l->commands, l->root, COMMANDS_NS);
}

const struct lane_ops commanding_ops = {commanding_run, listing_free};
