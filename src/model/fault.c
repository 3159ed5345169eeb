/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/fault.h"

#include <stdlib.h>

#include "twintop/base/clock.h"
#include "twintop/model/part_table.h"

const struct fault_watch *fault_watch_of(const struct fault_batch *batch, pid_t pid)
{
	for (size_t i = 0; batch && i < batch->watches_n; i++)
		if (batch->watch[i].pid == pid)
			return &batch->watch[i];
	return NULL;
}

void fault_sink_add(struct fault_sink *sink, const struct fault *fault)
{
	if (sink->fault.n < FAULTS_MOST) {
		VEC_PUSH(&sink->fault, *fault);
		return;
	}
	for (size_t i = 0; i < sink->watches_n; i++)
		if (sink->watch[i].pid == fault->pid)
			sink->watch[i].lost++;
}

void fault_sink_add_example(struct fault_sink *sink, const struct fault_example *example)
{
	if (sink->example.n < EXAMPLES_MOST)
		VEC_PUSH(&sink->example, example);
	else
		fault_example_put(example);
}

static void say(struct fault_sink *sink, const struct fault_sink *from)
{
	if (!from->said)
		return;
	sink->said = true;
	sink->watches_n = from->watches_n;
	for (size_t i = 0; i < from->watches_n; i++)
		sink->watch[i] = from->watch[i];
	sink->until_ns = from->until_ns;
}

void fault_sink_move(struct fault_sink *sink, struct fault_sink *from)
{
	say(sink, from);
	for (size_t i = 0; i < from->fault.n; i++)
		fault_sink_add(sink, &from->fault.item[i]);
	for (size_t i = 0; i < from->example.n; i++)
		fault_sink_add_example(sink, from->example.item[i]);
	from->example.n = 0;
	fault_sink_free(from);
}

static bool same_watch(const struct fault_watch *a, const struct fault_watch *b)
{
	return a->pid == b->pid && a->state == b->state && a->reason == b->reason &&
	       a->kernel == b->kernel && a->period == b->period && a->told == b->told &&
	       a->lost == b->lost && a->threads == b->threads && a->threads_of == b->threads_of &&
	       a->ring_bytes == b->ring_bytes && a->examples == b->examples;
}

static bool says_the_same(const struct fault_sink *sink, const struct fault_batch *before)
{
	bool same =
		before && !before->n && !before->examples_n && before->watches_n == sink->watches_n;

	for (size_t i = 0; same && i < sink->watches_n; i++)
		same = same_watch(&sink->watch[i], &before->watch[i]);
	return same;
}

static int by_time(const void *a, const void *b)
{
	const struct fault *x = a, *y = b;

	return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

const struct fault_batch *fault_sink_seal(struct fault_sink *sink, const struct fault_batch *before)
{
	uint64_t cpu_start = clock_thread_cpu_ns();
	struct fault_batch *batch;
	const struct fault_example **example;
	struct fault *fault;

	if (!sink->fault.n && !sink->example.n && says_the_same(sink, before))
		return part_get(before);
	batch = part_make(PART_FAULTS);
	if (sink->fault.n)
		qsort(sink->fault.item, sink->fault.n, sizeof *sink->fault.item, by_time);
	batch->watches_n = sink->watches_n;
	for (size_t i = 0; i < sink->watches_n; i++)
		batch->watch[i] = sink->watch[i];
	VEC_MOVE(&batch->part.arena, &sink->fault, &fault, &batch->n);
	batch->fault = fault;
	VEC_MOVE(&batch->part.arena, &sink->example, &example, &batch->examples_n);
	batch->example = example;
	part_seal(&batch->part, cpu_start, 0);
	return batch;
}

void fault_sink_free(struct fault_sink *sink)
{
	VEC_FREE(&sink->fault);
	for (size_t i = 0; i < sink->example.n; i++)
		fault_example_put(sink->example.item[i]);
	VEC_FREE(&sink->example);
	*sink = (struct fault_sink){0};
}

void fault_batch_release(void *batch)
{
	const struct fault_batch *b = batch;

	for (size_t i = 0; i < b->examples_n; i++)
		fault_example_put(b->example[i]);
}

size_t fault_batch_bytes(const void *now, const void *before)
{
	const struct fault_batch *b = now;
	size_t bytes = b->part.arena.held_bytes;

	(void)before;
	for (size_t i = 0; i < b->examples_n; i++)
		bytes += sizeof *b->example[i] + b->example[i]->stack_n;
	return bytes;
}
