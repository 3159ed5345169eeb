/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/lanes.h"

#include <stdlib.h>

#include "twintop/base/clock.h"
#include "twintop/model/part_table.h"

const char *lane_end_name(enum lane_end end)
{
	static const char *const name[LANE_ENDS] = {
		[LANE_STAYS] = "stays",
		[LANE_GAVE_WAY] = "voluntary",
		[LANE_PREEMPTED] = "involuntary",
		[LANE_LEFT] = "exit",
		[LANE_SAMPLED] = "sampled",
	};

	return (unsigned)end < LANE_ENDS ? name[end] : "unknown";
}

const struct lane_watch *lane_watch_of(const struct lane_batch *batch, pid_t pid)
{
	for (size_t i = 0; batch && i < batch->ears.watches_n; i++)
		if (batch->ears.watch[i].pid == pid)
			return &batch->ears.watch[i];
	return NULL;
}

const struct lane_span *lane_batch_of(const struct lane_batch *batch, pid_t tid, size_t *ret_n)
{
	size_t low = 0, high = batch->n, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (batch->span[middle].tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + n < batch->n && batch->span[low + n].tid == tid)
		n++;
	*ret_n = n;
	return batch->span + low;
}

/* ---- where they gather ------------------------------------------------------ */

void lane_sink_add(struct lane_sink *sink, const struct lane_span *span)
{
	if (sink->span.n < LANE_SPANS_MOST)
		VEC_PUSH(&sink->span, *span);
	else
		sink->ears.lost++;
}

void lane_sink_add_gap(struct lane_sink *sink, struct lane_gap gap)
{
	struct lane_gap *last = sink->gap.n ? &sink->gap.item[sink->gap.n - 1] : NULL;

	if (last && last->end_ns == gap.begin_ns)
		last->end_ns = gap.end_ns;
	else
		VEC_PUSH(&sink->gap, gap);
}

static void say(struct lane_sink *sink, const struct lane_sink *from)
{
	uint64_t deaf_ns = sink->ears.deaf_ns;

	if (!from->said)
		return;
	sink->said = true;
	sink->ears = from->ears;
	sink->ears.deaf_ns += deaf_ns;
	if (!sink->from_ns)
		sink->from_ns = from->from_ns;
	sink->until_ns = from->until_ns;
}

void lane_sink_move(struct lane_sink *sink, struct lane_sink *from)
{
	say(sink, from);
	for (size_t i = 0; i < from->span.n; i++)
		lane_sink_add(sink, &from->span.item[i]);
	for (size_t i = 0; i < from->gap.n; i++)
		lane_sink_add_gap(sink, from->gap.item[i]);
	lane_sink_free(from);
}

static int by_thread(const void *a, const void *b)
{
	const struct lane_span *x = a, *y = b;

	if (x->tid != y->tid)
		return (x->tid > y->tid) - (x->tid < y->tid);
	return (x->begin_ns > y->begin_ns) - (x->begin_ns < y->begin_ns);
}

const struct lane_batch *lane_sink_seal(struct lane_sink *sink, const struct lane_batch *before)
{
	uint64_t cpu_start = clock_thread_cpu_ns();
	struct lane_batch *batch;
	struct lane_span *span;
	struct lane_gap *gap;

	if (!sink->said)
		return part_get(before);
	batch = part_make(PART_SWITCHES);
	if (sink->span.n)
		qsort(sink->span.item, sink->span.n, sizeof *sink->span.item, by_thread);
	batch->ears = sink->ears;
	batch->from_ns = sink->from_ns;
	batch->until_ns = sink->until_ns;
	VEC_MOVE(&batch->part.arena, &sink->span, &span, &batch->n);
	batch->span = span;
	VEC_MOVE(&batch->part.arena, &sink->gap, &gap, &batch->gaps_n);
	batch->gap = gap;
	sink->said = false;
	sink->from_ns = sink->ears.deaf_ns = 0;
	part_seal(&batch->part, cpu_start, 0);
	return batch;
}

void lane_sink_free(struct lane_sink *sink)
{
	VEC_FREE(&sink->span);
	VEC_FREE(&sink->gap);
	*sink = (struct lane_sink){0};
}

/* ---- the last while --------------------------------------------------------- */

void lanes_release(void *part)
{
	struct lanes *lanes = part;

	for (size_t i = 0; i < lanes->n; i++)
		part_put(lanes->batch[i]);
}

/* What moments share is of the one that came first. */
size_t lanes_bytes(const void *now, const void *before)
{
	const struct lanes *lanes = now, *old = before;
	const struct lane_batch *newest = lanes_newest(lanes);
	size_t bytes = lanes->part.arena.held_bytes;

	if (newest && newest != lanes_newest(old))
		bytes += newest->part.arena.held_bytes;
	return bytes;
}

uint64_t lanes_begin_ns(const struct lanes *lanes)
{
	for (size_t i = 0; lanes && i < lanes->n; i++)
		if (lanes->batch[i]->from_ns)
			return lanes->batch[i]->from_ns;
	return 0;
}

const struct lane_batch *lanes_newest(const struct lanes *lanes)
{
	return lanes && lanes->n ? lanes->batch[lanes->n - 1] : NULL;
}

/* The part of a stretch's figure that falls between two times. */
static uint64_t part_of(uint64_t figure, const struct lane_span *s, uint64_t from, uint64_t to)
{
	uint64_t begin = s->begin_ns > from ? s->begin_ns : from;
	uint64_t end = s->end_ns < to ? s->end_ns : to;

	if (end - begin == s->end_ns - s->begin_ns)
		return figure;
	return (uint64_t)((double)figure * (double)(end - begin) /
			  (double)(s->end_ns - s->begin_ns));
}

static void sum_up(
	struct lane_sum *sum, const struct lane_span *s, uint64_t from, uint64_t to, int *cpu)
{
	sum->run_ns += part_of(s->run_ns, s, from, to);
	sum->queued_ns += part_of(s->queued_ns, s, from, to);
	if (s->begin_ns >= from)
		sum->queued_ns += s->before_ns;
	if (s->end_ns <= to) {
		sum->voluntary += s->voluntary;
		sum->involuntary += s->involuntary;
	}
	sum->sampled |= s->end == LANE_SAMPLED;
	sum->migrations += *cpu >= 0 && *cpu != s->cpu;
	*cpu = s->cpu;
}

struct lane_sum lanes_sum(const struct lanes *lanes, pid_t tid, uint64_t from_ns, uint64_t to_ns)
{
	struct lane_sum sum = {0};
	int cpu = -1;

	for (size_t i = 0; lanes && i < lanes->n; i++) {
		size_t n;
		const struct lane_span *s = lane_batch_of(lanes->batch[i], tid, &n);

		for (size_t k = 0; k < n; k++)
			if (s[k].end_ns > from_ns && s[k].begin_ns < to_ns)
				sum_up(&sum, &s[k], from_ns, to_ns, &cpu);
	}
	return sum;
}

uint64_t lanes_deaf_ns(const struct lanes *lanes, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t sum = 0;

	for (size_t i = 0; lanes && i < lanes->n; i++)
		for (size_t k = 0; k < lanes->batch[i]->gaps_n; k++) {
			const struct lane_gap *g = &lanes->batch[i]->gap[k];
			uint64_t begin = g->begin_ns > from_ns ? g->begin_ns : from_ns;
			uint64_t end = g->end_ns < to_ns ? g->end_ns : to_ns;

			sum += end > begin ? end - begin : 0;
		}
	return sum;
}
