/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "twintop/base/clock.h"
#include "twintop/model/event.h"
#include "twintop/model/part_table.h"

/* Where the name stands in the table, or where it would. */
static uint32_t *slot_of(struct event_sink *sink, struct text name)
{
	size_t mask = sink->slot.n - 1, i = text_hash(name) & mask;

	while (sink->slot.item[i] && !text_equal(sink->name.item[sink->slot.item[i]], name))
		i = (i + 1) & mask;
	return &sink->slot.item[i];
}

/* The table is kept half empty. */
static void grow(struct event_sink *sink)
{
	size_t room = sink->slot.n ? sink->slot.n * 2 : 16;

	VEC_FREE(&sink->slot);
	VEC_RESERVE(&sink->slot, room);
	for (sink->slot.n = 0; sink->slot.n < room; sink->slot.n++)
		sink->slot.item[sink->slot.n] = 0;
	for (uint32_t number = 1; number < sink->name.n; number++)
		*slot_of(sink, sink->name.item[number]) = number;
}

static uint32_t number_of(struct event_sink *sink, struct text name)
{
	uint32_t *slot;

	if (!name.bytes)
		return 0;
	if (!sink->name.n)
		VEC_PUSH(&sink->name, (struct text){0});
	if (2 * sink->name.n >= sink->slot.n)
		grow(sink);
	slot = slot_of(sink, name);
	if (!*slot) {
		*slot = (uint32_t)sink->name.n;
		name.bytes = arena_copy(&sink->arena, name.bytes, name.len);
		VEC_PUSH(&sink->name, name);
	}
	return *slot;
}

/* The last place is kept for the one that counts what was lost. */
static bool is_full(struct event_sink *sink, const struct event *e)
{
	uint64_t lost = e->kind == EVENT_LOST ? e->count : 1;

	if (sink->event.n < EVENT_SINK_MOST - 1)
		return false;
	if (sink->event.n == EVENT_SINK_MOST - 1)
		VEC_PUSH(&sink->event, (struct event){.kind = EVENT_LOST,
					       .realtime_ns = e->realtime_ns,
					       .monotonic_ns = e->monotonic_ns,
					       .source = e->source});
	sink->event.item[sink->event.n - 1].count += lost;
	return true;
}

void event_sink_put(struct event_sink *sink, struct event event, const struct event_names *names)
{
	if (!event.realtime_ns)
		event.realtime_ns = clock_realtime_ns();
	if (!event.monotonic_ns)
		event.monotonic_ns = clock_monotonic_ns();
	if (is_full(sink, &event))
		return;
	event.name = number_of(sink, names->name);
	event.before = number_of(sink, names->before);
	event.function = number_of(sink, names->function);
	VEC_PUSH(&sink->event, event);
}

void event_sink_add(
	struct event_sink *sink, struct event event, struct text name, struct text before)
{
	event_sink_put(sink, event, &(const struct event_names){.name = name, .before = before});
}

void event_sink_copy(
	struct event_sink *sink, const struct event_batch *batch, const struct event *event)
{
	const struct event_names names = {event_name(batch, event->name),
		event_name(batch, event->before), event_name(batch, event->function)};

	event_sink_put(sink, *event, &names);
}

void event_sink_add_batch(struct event_sink *sink, const struct event_batch *batch)
{
	for (size_t i = 0; batch && i < batch->n; i++)
		event_sink_copy(sink, batch, &batch->event[i]);
}

void event_sink_move(struct event_sink *sink, struct event_sink *from)
{
	const struct event_batch view = {.n = from->event.n,
		.event = from->event.item,
		.names_n = from->name.n,
		.name = from->name.item};

	event_sink_add_batch(sink, &view);
	event_sink_free(from);
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = *(const struct event *const *)a;
	const struct event *y = *(const struct event *const *)b;

	if (x->monotonic_ns != y->monotonic_ns)
		return x->monotonic_ns < y->monotonic_ns ? -1 : 1;
	return (x > y) - (x < y); /* as they were told */
}

static const struct event *sorted(const struct event_sink *sink, struct arena *arena)
{
	const size_t n = sink->event.n;
	const struct event **order = mem_alloc(n * sizeof *order);
	struct event *event = arena_array(arena, n, sizeof *event);

	for (size_t i = 0; i < n; i++)
		order[i] = &sink->event.item[i];
	qsort(order, n, sizeof *order, by_time);
	for (size_t i = 0; i < n; i++)
		event[i] = *order[i];
	free(order);
	return event;
}

const struct event_batch *event_sink_seal(struct event_sink *sink)
{
	uint64_t cpu_start = clock_thread_cpu_ns();
	struct event_batch *batch;
	struct text *name;

	if (!sink->event.n)
		return NULL;
	batch = part_make(PART_EVENTS);
	batch->n = sink->event.n;
	batch->event = sorted(sink, &batch->part.arena);
	batch->names_n = sink->name.n;
	batch->name = name = arena_array(&batch->part.arena, batch->names_n, sizeof *name);
	for (size_t i = 1; i < batch->names_n; i++) {
		struct text t = sink->name.item[i];

		name[i] = (struct text){arena_copy(&batch->part.arena, t.bytes, t.len), t.len};
	}
	part_seal(&batch->part, cpu_start, 0);
	event_sink_free(sink);
	return batch;
}

void event_sink_free(struct event_sink *sink)
{
	VEC_FREE(&sink->event);
	VEC_FREE(&sink->name);
	VEC_FREE(&sink->slot);
	arena_free(&sink->arena);
	fault_sink_free(&sink->faults);
	lane_sink_free(&sink->lanes);
}
