/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts that hold more than their structures: what is shared with others, and in which order. */
#include "part_code.h"

#include <errno.h>
#include <string.h>

#include "twintop/model/fault.h"

static int get_array(struct record_in *in, size_t n)
{
	struct wire_item array = wire_next(in->wire);

	return array.kind == WIRE_ARRAY && array.number == n ? 0 : -EBADMSG;
}

static struct shape_row list_row(const struct shape *of)
{
	return (struct shape_row){
		.form = SHAPE_STRUCT, .place = SHAPE_LIST, .bytes = of->bytes, .of = of};
}

/* ---- pages --------------------------------------------------------------- */

/* By which mappings pages were read. */
enum pages_by { BY_OTHERS, BY_THE_SIDES, BY_THE_LAST };

static struct shape_row counts_row(void)
{
	return list_row(shape_table[SHAPE_OF_page_counts]);
}

static void put_memory(const struct record_out *out, const struct memory_map *own,
	const struct memory_map *memory, const struct page_map *before)
{
	if (memory == own && own)
		wire_put_uint(out->wire, BY_THE_SIDES);
	else if (memory && before && memory == before->memory)
		wire_put_uint(out->wire, BY_THE_LAST);
	else if (memory)
		record_put(out, shape_table[SHAPE_OF_memory_map], memory, NULL);
	else
		wire_put_null(out->wire);
}

static void put_pages(const struct record_out *out, const struct part_scene *scene, const void *now,
	const void *before)
{
	const struct page_map *pages = now, *old = before;
	struct shape_row row = counts_row();
	bool same = old && old->memory && pages->memory && old->memory->n == pages->memory->n;

	wire_put_array(out->wire, 3);
	put_memory(out, scene->now->side[scene->side].memory, pages->memory, old);
	record_put(out, shape_table[SHAPE_OF_page_map], pages, before);
	if (!pages->mapping || !pages->memory) {
		wire_put_null(out->wire);
		return;
	}
	wire_put_array(out->wire, 2);
	wire_put_bool(out->wire, same && old->mapping);
	record_put_list(out, &row, (struct record_list){pages->mapping, NULL, pages->memory->n},
		same && old->mapping
			? &(const struct record_list){old->mapping, NULL, old->memory->n}
			: NULL);
}

static int get_memory(struct record_in *in, const struct memory_map *own,
	const struct page_map *before, const struct memory_map **ret)
{
	struct memory_map *memory;
	struct wire_item item;
	enum wire_kind kind = wire_peek(in->wire);

	if (kind == WIRE_ARRAY) {
		struct record_in inner = *in;
		int error;

		memory = part_make(PART_MAPPINGS);
		*ret = memory;
		inner.arena = &memory->part.arena;
		error = record_get(&inner, shape_table[SHAPE_OF_memory_map], memory, NULL);
		in->room = inner.room;
		return error;
	}
	item = wire_next(in->wire);
	if (kind == WIRE_NULL)
		return 0;
	if (kind != WIRE_UINT || !item.number || item.number > BY_THE_LAST)
		return -EBADMSG;
	*ret = part_get(item.number == BY_THE_SIDES ? own : before ? before->memory : NULL);
	/* Pages without mappings may be told of by the last ones, which had none either. */
	return *ret || (item.number == BY_THE_LAST && before) ? 0 : -EBADMSG;
}

static int get_counts(struct record_in *in, const struct page_map *before, struct page_map *ret)
{
	struct shape_row row = counts_row();
	struct wire_item changes;
	void *counts = NULL;
	size_t n = 0;
	int error;

	if (wire_peek(in->wire) == WIRE_NULL) {
		wire_next(in->wire);
		return page_map_known(ret) ? -EBADMSG : 0;
	}
	error = get_array(in, 2);
	changes = wire_next(in->wire);
	if (error || changes.kind != WIRE_BOOL || !ret->memory ||
		(changes.number && (!before || !before->memory || !before->mapping)))
		return -EBADMSG;
	error = record_get_list(in, &row, changes.number ? before->mapping : NULL,
		changes.number ? before->memory->n : 0, &counts, &n);
	ret->mapping = counts;
	return error ? error : n == ret->memory->n ? 0 : -EBADMSG;
}

static int get_pages(
	struct record_in *in, const struct part_scene *scene, void *ret, const void *before)
{
	struct page_map *pages = ret;
	int error = get_array(in, 3);

	if (!error)
		error = get_memory(
			in, scene->now->side[scene->side].memory, before, &pages->memory);
	if (!error)
		error = record_get(in, shape_table[SHAPE_OF_page_map], pages, before);
	if (!error)
		error = get_counts(in, before, pages);
	return error;
}

/* ---- page faults --------------------------------------------------------- */

static void put_faults(const struct record_out *out, const struct part_scene *scene,
	const void *now, const void *before)
{
	const struct fault_batch *batch = now;

	(void)scene;
	(void)before;
	wire_put_array(out->wire, 2);
	record_put(out, shape_table[SHAPE_OF_fault_batch], batch, NULL);
	wire_put_array(out->wire, batch->examples_n);
	for (size_t i = 0; i < batch->examples_n; i++) {
		const struct fault_example *e = batch->example[i];

		wire_put_array(out->wire, 2);
		record_put(out, shape_table[SHAPE_OF_fault_example], e, NULL);
		/* It may hold anything: replayed it is not looked at. */
		wire_put_bytes(out->wire, e->stack, out->redaction ? 0 : e->stack_n);
	}
}

static int get_example(struct record_in *in, const struct fault_example **ret)
{
	struct fault_example head = {0};
	struct wire_item stack;
	int error = get_array(in, 2);

	if (!error)
		error = record_get(in, shape_table[SHAPE_OF_fault_example], &head, NULL);
	if (error)
		return error;
	stack = wire_next(in->wire);
	if (stack.kind != WIRE_BYTES)
		return -EBADMSG;
	if (stack.number > in->room)
		return -E2BIG;
	in->room -= stack.number;
	*ret = fault_example_new(&head, stack.bytes, stack.number);
	return 0;
}

static int get_faults(
	struct record_in *in, const struct part_scene *scene, void *ret, const void *before)
{
	struct fault_batch *batch = ret;
	const struct fault_example **example;
	struct wire_item array;
	int error = get_array(in, 2);

	(void)scene;
	(void)before;
	if (!error)
		error = record_get(in, shape_table[SHAPE_OF_fault_batch], batch, NULL);
	array = wire_next(in->wire);
	if (error || array.kind != WIRE_ARRAY || array.number > EXAMPLES_MOST)
		return error ? error : -EBADMSG;
	example = arena_array(in->arena, array.number, sizeof *example);
	batch->example = example;
	for (uint64_t i = 0; !error && i < array.number; i++) {
		error = get_example(in, &example[i]);
		batch->examples_n += !error;
	}
	return error;
}

/* ---- events --------------------------------------------------------------- */

#define OF_NO_KIND "a newer twintop, of kinds that this one does not know"

/* Those of no kind that is known are one where the first of them was. */
static void count_unknown(struct event_batch *batch)
{
	struct event *event = (struct event *)(uintptr_t)batch->event, *lost = NULL;
	size_t n = 0;

	for (size_t i = 0; i < batch->n; i++) {
		if (event[i].kind < EVENT_KINDS) {
			event[n++] = event[i];
		} else if (lost) {
			lost->count++;
		} else {
			lost = &event[n++];
			*lost = (struct event){.kind = EVENT_LOST,
				.realtime_ns = event[i].realtime_ns,
				.monotonic_ns = event[i].monotonic_ns,
				.count = 1,
				.source = OF_NO_KIND};
		}
	}
	batch->n = n;
}

int events_get(struct record_in *in, struct event_batch *ret)
{
	int error = record_get(in, shape_table[SHAPE_OF_event_batch], ret, NULL);

	if (!error)
		count_unknown(ret);
	return error;
}

static int get_events(
	struct record_in *in, const struct part_scene *scene, void *ret, const void *before)
{
	(void)scene;
	(void)before;
	return events_get(in, ret);
}

/* ---- the table ----------------------------------------------------------- */

#define BY_SHAPE(tag)                                                                              \
	{                                                                                          \
		.shape = &shape_table[SHAPE_OF_##tag]                                              \
	}
const struct part_code part_codes[PART_KINDS] = {
	[PART_PROCESS] = BY_SHAPE(process_info),
	[PART_TASK] = BY_SHAPE(process_info),
	[PART_THREADS] = {thread_code_put, thread_code_get, NULL},
	[PART_MAPPINGS] = BY_SHAPE(memory_map),
	[PART_PAGES] = {put_pages, get_pages, NULL},
	[PART_FDS] = BY_SHAPE(fd_list),
	[PART_SYMBOLS] = BY_SHAPE(symbol_list),
	[PART_BACKTRACES] = BY_SHAPE(backtraces),
	[PART_USER_STACKS] = BY_SHAPE(user_stacks),
	[PART_CONNECTS] = BY_SHAPE(connects),
	[PART_SHARES] = BY_SHAPE(shares),
	[PART_LOCKS] = BY_SHAPE(lock_table),
	[PART_NAMES] = BY_SHAPE(writer_names),
	[PART_IPC] = BY_SHAPE(ipc_state),
	[PART_FAMILY] = BY_SHAPE(family),
	[PART_EVENTS] = {NULL, get_events, &shape_table[SHAPE_OF_event_batch]},
	[PART_FAULTS] = {put_faults, get_faults, NULL},
	[PART_SWITCHES] = BY_SHAPE(lane_batch),
	[PART_VERDICTS] = {verdict_code_put, verdict_code_get, NULL},
	[PART_EROSION] = BY_SHAPE(erosion),
	[PART_CONVOYS] = BY_SHAPE(convoys),
};

bool part_code_is_written(enum part_kind kind)
{
	return part_table[kind].origin != PART_DERIVED &&
	       (part_codes[kind].shape || part_codes[kind].put);
}
