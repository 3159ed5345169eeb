/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reading.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/proc/identity.h"

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
	free(r->job.told);
	r->job.told = NULL;
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

static bool is_listed(const struct process_list *list, pid_t pid)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->entry[i].id.pid == pid)
			return true;
	return false;
}

/* Whoever was born before that was there when the list was made: us, or the newest of it. */
static int list_born(
	const struct proc_root *root, const struct process_list *list, uint64_t *ret_ticks)
{
	struct identity_stat ours;
	int error = identity_stat_read(root, getpid(), &ours);

	if (error)
		return error;
	*ret_ticks = ours.start_ticks;
	for (size_t i = 0; i < list->n; i++)
		if (list->entry[i].id.start_ticks > *ret_ticks)
			*ret_ticks = list->entry[i].id.start_ticks;
	return 0;
}

/*
 * libproc2 leaves out in silence what it could not open. 0, or negative errno where somebody was
 * there who is not in the list: then nobody knows that there is no relative.
 */
static int find_missed(const struct proc_root *root, const struct process_list *list)
{
	struct identity_stat stat;
	int *pid = NULL;
	uint64_t born = 0;
	size_t n = 0;
	int error = list_born(root, list, &born);

	if (!error)
		error = proc_list_numbers(root, &pid, &n, ".");
	for (size_t i = 0; i < n && !error; i++) {
		if (is_listed(list, pid[i]))
			continue;
		error = identity_stat_read(root, pid[i], &stat);
		if (!error && stat.start_ticks < born)
			error = -ENODATA;
		else if (error == -ENOENT || error == -ESRCH)
			error = 0;
	}
	free(pid);
	return error;
}

static void read_list(struct listing *l)
{
	if (!l->reader)
		l->error = process_reader_new(l->root, &l->reader);
	if (!l->error)
		l->error = process_list_read(
			l->reader, l->with_commands ? l->commands : NULL, &l->list);
}

/* Where the kernel does not tell of children all are looked through. */
static void find_nearest(struct listing *l)
{
	l->error = process_nearest_find(l->root, l->nearest_of, &l->nearest);
	if (l->error != -EOPNOTSUPP)
		return;
	l->error = 0;
	if (!l->list)
		read_list(l);
	if (!l->error)
		l->nearest = process_nearest(l->root, l->list, l->nearest_of);
	if (!l->error && !l->nearest)
		l->error = find_missed(l->root, l->list);
}

static void listing_run(void *context)
{
	struct listing *l = context;

	l->nearest = 0;
	l->error = 0;
	if (l->with_commands)
		read_list(l);
	if (l->nearest_of && !l->error)
		find_nearest(l);
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
