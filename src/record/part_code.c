/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts that hold more than their structures: what is shared with others, and in which order. */
#include "part_code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/model/family.h"
#include "twintop/model/fault.h"

static int get_array(struct record_in *in, size_t n)
{
	struct wire_item array = wire_next(in->wire);

	return array.kind == WIRE_ARRAY && array.number == n ? 0 : -EBADMSG;
}

/* ---- threads ------------------------------------------------------------- */

static const struct shape *group_shape(unsigned group)
{
	static const enum shape_number number[THREAD_GROUPS] = {
		[THREAD_GROUP_RUN] = SHAPE_OF_thread_run,
		[THREAD_GROUP_SPENT] = SHAPE_OF_thread_spent,
		[THREAD_GROUP_CALL] = SHAPE_OF_thread_call,
		[THREAD_GROUP_SELF] = SHAPE_OF_thread_self,
	};

	return shape_table[number[group]];
}

static struct shape_row list_row(const struct shape *of)
{
	return (struct shape_row){
		.form = SHAPE_STRUCT, .place = SHAPE_LIST, .bytes = of->bytes, .of = of};
}

static void put_group(struct textbuf *out, unsigned group, const struct thread_list *now,
	const struct thread_list *before)
{
	struct shape_row row = list_row(group_shape(group));
	const void **item = mem_alloc((now->n + 1) * sizeof *item);
	const void **old = mem_alloc(((before ? before->n : 0) + 1) * sizeof *old);

	for (size_t i = 0; i < now->n; i++)
		item[i] = thread_group_at(now, (enum thread_group)group, i);
	for (size_t i = 0; before && i < before->n; i++)
		old[i] = thread_group_at(before, (enum thread_group)group, i);
	record_put_list(out, &row, (struct record_list){NULL, item, now->n},
		before ? &(const struct record_list){NULL, old, before->n} : NULL);
	free(item);
	free(old);
}

static size_t chunks_of(const struct thread_list *list)
{
	return list->seats ? list->seats->layout.chunks : 0;
}

static void put_threads(
	struct textbuf *out, const struct part_scene *scene, const void *now, const void *before)
{
	const struct thread_list *list = now;
	struct shape_row windows = list_row(shape_table[SHAPE_OF_thread_window]);

	(void)scene;
	wire_put_array(out, 3 + THREAD_GROUPS + 1);
	record_put(out, shape_table[SHAPE_OF_thread_list], list, NULL);
	if (list->seats)
		wire_put_array(out, chunks_of(list));
	else
		wire_put_null(out);
	for (size_t c = 0; c < chunks_of(list); c++)
		wire_put_uint(out, list->seats->layout.first[c + 1] - list->seats->layout.first[c]);
	record_put_list(
		out, &windows, (struct record_list){list->window, NULL, chunks_of(list)}, NULL);
	for (unsigned group = 0; group < THREAD_GROUPS; group++)
		put_group(out, group, list, before);
	wire_put_bool(out, list->signals != NULL);
}

/* Threads as they are read. */
struct threads_in {
	bool seated;
	size_t chunks, n;
	uint32_t *sizes;
	struct thread_window *window;
	void *group[THREAD_GROUPS];
};

static int get_seats(struct record_in *in, struct threads_in *t)
{
	struct wire_item array = wire_next(in->wire), size;

	if (array.kind == WIRE_NULL)
		return 0;
	if (array.kind != WIRE_ARRAY || array.number > in->wire->n - in->wire->at)
		return -EBADMSG;
	t->seated = true;
	t->chunks = array.number;
	t->sizes = arena_array(in->arena, t->chunks, sizeof *t->sizes);
	for (size_t c = 0; c < t->chunks; c++) {
		size = wire_next(in->wire);
		if (size.kind != WIRE_UINT || !size.number || size.number > CHUNK_RECORDS)
			return -EBADMSG;
		t->sizes[c] = (uint32_t)size.number;
		t->n += t->sizes[c];
	}
	return 0;
}

static int get_windows(struct record_in *in, struct threads_in *t)
{
	struct shape_row row = list_row(shape_table[SHAPE_OF_thread_window]);
	void *window;
	size_t n;
	int error = record_get_list(in, &row, NULL, 0, &window, &n);

	t->window = window;
	return error ? error : n == t->chunks ? 0 : -EBADMSG;
}

/* Records of a list as they lie in a row; NULL: there is none. */
static void *in_a_row(
	struct arena *arena, const struct thread_list *list, unsigned group, size_t bytes)
{
	char *record = list ? arena_array(arena, list->n + 1, bytes) : NULL;

	for (size_t i = 0; list && i < list->n; i++)
		memcpy(record + i * bytes, thread_group_at(list, (enum thread_group)group, i),
			bytes);
	return record;
}

static int get_group(struct record_in *in, unsigned group, const struct thread_list *before,
	struct threads_in *t)
{
	struct shape_row row = list_row(group_shape(group));
	struct arena scratch = {0};
	size_t n;
	int error = record_get_list(in, &row, in_a_row(&scratch, before, group, row.bytes),
		before ? before->n : 0, &t->group[group], &n);

	arena_free(&scratch);
	return error ? error : n == t->n ? 0 : -EBADMSG;
}

/* Names end where they say; the main thread is first and each TID is there once, ascending. */
static bool are_sound(const struct threads_in *t)
{
	const struct thread_self *self = t->group[THREAD_GROUP_SELF];

	for (size_t i = 2; i < t->n; i++)
		if (self[i].tid <= self[i - 1].tid)
			return false;
	return true;
}

static void seat_threads(struct thread_list *list, const struct threads_in *t)
{
	const void *at[CHUNK_RECORDS];
	enum value_state signals = list->signals_state;
	size_t from = 0;

	thread_list_seat(list, thread_seats_new(t->sizes, t->chunks));
	for (size_t c = 0; c < t->chunks; from += t->sizes[c++]) {
		list->window[c] = t->window[c];
		for (unsigned group = 0; group < THREAD_GROUPS; group++) {
			size_t bytes = thread_group_bytes[group];

			for (uint32_t i = 0; i < t->sizes[c]; i++)
				at[i] = (const char *)t->group[group] + (from + i) * bytes;
			list->group[group][c] = chunk_new(bytes, at, t->sizes[c]);
		}
	}
	list->signals_state = signals;
}

static int get_threads(
	struct record_in *in, const struct part_scene *scene, void *ret, const void *before)
{
	struct thread_list *list = ret;
	struct threads_in t = {0};
	struct wire_item counted;
	int error = get_array(in, 3 + THREAD_GROUPS + 1);

	(void)scene;
	if (!error)
		error = record_get(in, shape_table[SHAPE_OF_thread_list], list, NULL);
	if (!error)
		error = get_seats(in, &t);
	if (!error)
		error = get_windows(in, &t);
	for (unsigned group = 0; !error && group < THREAD_GROUPS; group++)
		error = get_group(in, group, before, &t);
	counted = wire_next(in->wire);
	if (error || counted.kind != WIRE_BOOL || !are_sound(&t))
		return error ? error : -EBADMSG;
	if (t.seated)
		seat_threads(list, &t);
	if (counted.number)
		thread_list_count(list, NULL);
	return 0;
}

/* ---- pages --------------------------------------------------------------- */

/* By which mappings pages were read. */
enum pages_by { BY_OTHERS, BY_THE_SIDES, BY_THE_LAST };

static struct shape_row counts_row(void)
{
	return list_row(shape_table[SHAPE_OF_page_counts]);
}

static void put_memory(struct textbuf *out, const struct memory_map *own,
	const struct memory_map *memory, const struct page_map *before)
{
	if (memory == own && own)
		wire_put_uint(out, BY_THE_SIDES);
	else if (before && memory == before->memory)
		wire_put_uint(out, BY_THE_LAST);
	else if (memory)
		record_put(out, shape_table[SHAPE_OF_memory_map], memory, NULL);
	else
		wire_put_null(out);
}

static void put_pages(
	struct textbuf *out, const struct part_scene *scene, const void *now, const void *before)
{
	const struct page_map *pages = now, *old = before;
	struct shape_row row = counts_row();
	bool same = old && old->memory && pages->memory && old->memory->n == pages->memory->n;

	wire_put_array(out, 3);
	put_memory(out, scene->now->side[scene->side].memory, pages->memory, old);
	record_put(out, shape_table[SHAPE_OF_page_map], pages, before);
	if (!pages->mapping || !pages->memory) {
		wire_put_null(out);
		return;
	}
	wire_put_array(out, 2);
	wire_put_bool(out, same && old->mapping);
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
	return *ret ? 0 : -EBADMSG;
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

/* Runs lie one behind the other. */
static bool runs_are_sound(const struct page_map *p)
{
	uint64_t end = 0;

	for (size_t i = 0; i < p->runs_n; i++) {
		uint64_t bytes;

		if (p->run[i].start < end || !p->page_size || !p->run[i].n ||
			__builtin_mul_overflow(p->run[i].n, p->page_size, &bytes) ||
			__builtin_add_overflow(p->run[i].start, bytes, &end))
			return false;
	}
	return true;
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
	return error ? error : runs_are_sound(pages) ? 0 : -EBADMSG;
}

/* ---- page faults --------------------------------------------------------- */

static void put_faults(
	struct textbuf *out, const struct part_scene *scene, const void *now, const void *before)
{
	const struct fault_batch *batch = now;

	(void)scene;
	(void)before;
	wire_put_array(out, 2);
	record_put(out, shape_table[SHAPE_OF_fault_batch], batch, NULL);
	wire_put_array(out, batch->examples_n);
	for (size_t i = 0; i < batch->examples_n; i++) {
		const struct fault_example *e = batch->example[i];

		wire_put_array(out, 2);
		record_put(out, shape_table[SHAPE_OF_fault_example], e, NULL);
		wire_put_bytes(out, e->stack, e->stack_n);
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

/* ---- family -------------------------------------------------------------- */

static void put_family(
	struct textbuf *out, const struct part_scene *scene, const void *now, const void *before)
{
	(void)scene;
	record_put(out, shape_table[SHAPE_OF_family], now, before);
}

/* Each stands behind its parent: ways up have an end. */
static int get_family(
	struct record_in *in, const struct part_scene *scene, void *ret, const void *before)
{
	const struct family *f = ret;
	int error = record_get(in, shape_table[SHAPE_OF_family], ret, before);

	(void)scene;
	for (size_t i = 0; !error && i < f->n; i++)
		if (f->member[i].parent != FAMILY_NO_PARENT && f->member[i].parent >= i)
			error = -EBADMSG;
	return error;
}

/* ---- the table ----------------------------------------------------------- */

#define BY_SHAPE(tag)                                                                              \
	{                                                                                          \
		.shape = &shape_table[SHAPE_OF_##tag]                                              \
	}
const struct part_code part_codes[PART_KINDS] = {
	[PART_PROCESS] = BY_SHAPE(process_info),
	[PART_TASK] = BY_SHAPE(process_info),
	[PART_THREADS] = {put_threads, get_threads, NULL},
	[PART_MAPPINGS] = BY_SHAPE(memory_map),
	[PART_PAGES] = {put_pages, get_pages, NULL},
	[PART_FDS] = BY_SHAPE(fd_list),
	[PART_SYMBOLS] = BY_SHAPE(symbol_list),
	[PART_SHARES] = BY_SHAPE(shares),
	[PART_LOCKS] = BY_SHAPE(lock_table),
	[PART_NAMES] = BY_SHAPE(writer_names),
	[PART_IPC] = BY_SHAPE(ipc_state),
	[PART_FAMILY] = {put_family, get_family, NULL},
	[PART_EVENTS] = BY_SHAPE(event_batch),
	[PART_FAULTS] = {put_faults, get_faults, NULL},
};
