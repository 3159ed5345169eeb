/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads as CBOR: an array of what is known of the list, how many threads each chunk holds (null:
 * there are none), when each was read, the groups, and whether signals were added up. A lean one
 * has but the groups that rates are made of, and says nothing of signals.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "part_code.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static const enum shape_number shape_of_group[THREAD_GROUPS] = {
	[THREAD_GROUP_RUN] = SHAPE_OF_thread_run,
	[THREAD_GROUP_SPENT] = SHAPE_OF_thread_spent,
	[THREAD_GROUP_CALL] = SHAPE_OF_thread_call,
	[THREAD_GROUP_SELF] = SHAPE_OF_thread_self,
};
static const enum thread_group lean_groups[] = {THREAD_GROUP_RUN, THREAD_GROUP_SELF};

#define HEADS	 3u /* before the groups */
#define LEAN_N	 (HEADS + LENGTH(lean_groups))
#define ENTIRE_N (HEADS + THREAD_GROUPS + 1u)

static struct shape_row list_row(const struct shape *of)
{
	return (struct shape_row){
		.form = SHAPE_STRUCT, .place = SHAPE_LIST, .bytes = of->bytes, .of = of};
}

static size_t chunks_of(const struct thread_list *list)
{
	return list->seats ? list->seats->layout.chunks : 0;
}

static uint32_t size_of(const struct thread_list *list, size_t chunk)
{
	return list->seats->layout.first[chunk + 1] - list->seats->layout.first[chunk];
}

/* ---- writing ------------------------------------------------------------- */

static void list_items(const struct thread_list *list, unsigned group, const void **ret_item)
{
	for (size_t c = 0, i = 0; c < chunks_of(list); c++)
		for (unsigned slot = 0; slot < size_of(list, c); slot++)
			ret_item[i++] = chunk_at(list->group[group][c], slot);
}

static void put_group(const struct record_out *out, unsigned group, const struct thread_list *now,
	const struct thread_list *before)
{
	struct shape_row row = list_row(shape_table[shape_of_group[group]]);
	const void **item = mem_resize(NULL, now->n + 1, sizeof *item);
	const void **old = mem_resize(NULL, (before ? before->n : 0) + 1, sizeof *old);

	list_items(now, group, item);
	if (before)
		list_items(before, group, old);
	record_put_list(out, &row, (struct record_list){NULL, item, now->n},
		before ? &(const struct record_list){NULL, old, before->n} : NULL);
	free(item);
	free(old);
}

static void put_heads(const struct record_out *out, const struct thread_list *list)
{
	struct shape_row windows = list_row(shape_table[SHAPE_OF_thread_window]);

	record_put(out, shape_table[SHAPE_OF_thread_list], list, NULL);
	if (list->seats)
		wire_put_array(out->wire, chunks_of(list));
	else
		wire_put_null(out->wire);
	for (size_t c = 0; c < chunks_of(list); c++)
		wire_put_uint(out->wire, size_of(list, c));
	record_put_list(
		out, &windows, (struct record_list){list->window, NULL, chunks_of(list)}, NULL);
}

void thread_code_put(const struct record_out *out, const struct part_scene *scene, const void *now,
	const void *before)
{
	const struct thread_list *list = now;

	wire_put_array(out->wire, scene->lean ? LEAN_N : ENTIRE_N);
	put_heads(out, list);
	for (size_t i = 0; scene->lean && i < LENGTH(lean_groups); i++)
		put_group(out, lean_groups[i], list, before);
	for (unsigned group = 0; !scene->lean && group < THREAD_GROUPS; group++)
		put_group(out, group, list, before);
	if (!scene->lean)
		wire_put_bool(out->wire, list->signals != NULL);
}

/* ---- reading ------------------------------------------------------------- */

/* Threads as they are read; all of it is in the scratch arena of whoever reads them. */
struct threads_in {
	const struct thread_list *before;
	bool seated, same_sizes;
	size_t chunks, n;
	uint32_t *sizes;
	struct thread_window *window;
	/* NULL: it is not told; an item NULL: it is as the one in its place before. */
	const void **group[THREAD_GROUPS];
};

static bool is_lean(const struct thread_list *list)
{
	return list->n && !list->group[THREAD_GROUP_CALL][0];
}

static bool has_sizes_of_before(const struct threads_in *t)
{
	if (!t->before || !t->before->seats || chunks_of(t->before) != t->chunks)
		return false;
	for (size_t c = 0; c < t->chunks; c++)
		if (size_of(t->before, c) != t->sizes[c])
			return false;
	return true;
}

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
	t->same_sizes = has_sizes_of_before(t);
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

/* A list of before, and of which group. */
struct group_before {
	const struct thread_list *list;
	enum thread_group group;
};

static const void *item_before(const void *context, size_t i)
{
	const struct group_before *b = context;

	return thread_group_at(b->list, b->group, i);
}

static int get_group(struct record_in *in, unsigned group, struct threads_in *t)
{
	const struct shape_row row = list_row(shape_table[shape_of_group[group]]);
	const struct group_before of = {t->before, (enum thread_group)group};
	const struct record_items before = {item_before, &of, t->before ? t->before->n : 0};
	size_t n;
	int error = record_get_items(in, &row, t->before ? &before : NULL, &t->group[group], &n);

	return error ? error : n == t->n ? 0 : -EBADMSG;
}

static int get_groups(struct record_in *in, bool lean, struct threads_in *t)
{
	int error = !lean && t->before && is_lean(t->before) ? -EBADMSG : 0;

	for (size_t i = 0; lean && !error && i < LENGTH(lean_groups); i++)
		error = get_group(in, lean_groups[i], t);
	for (unsigned group = 0; !lean && !error && group < THREAD_GROUPS; group++)
		error = get_group(in, group, t);
	return error;
}

/* Records hold nothing but numbers and texts that last: what is the same is shared. */
static const struct chunk *next_chunk(
	const struct chunk *before, const void *const at[], unsigned n, size_t bytes)
{
	struct chunk_slots changed = {{0}};

	for (unsigned i = 0; i < n; i++)
		if (at[i] && memcmp(at[i], chunk_at(before, i), bytes) != 0)
			chunk_slots_add(&changed, i);
	return chunk_next(before, &changed, at);
}

/* Those of a chunk that begins at from, which stand elsewhere than before. */
static const struct chunk *moved_chunk(
	const struct threads_in *t, unsigned group, size_t from, unsigned n)
{
	const void *at[CHUNK_RECORDS];

	for (unsigned i = 0; i < n; i++)
		at[i] = t->group[group][from + i]
				? t->group[group][from + i]
				: thread_group_at(t->before, (enum thread_group)group, from + i);
	return chunk_new(thread_group_bytes[group], at, n);
}

static void make_group(struct thread_list *list, const struct threads_in *t, unsigned group)
{
	size_t from = 0;

	for (size_t c = 0; c < t->chunks; from += t->sizes[c++])
		list->group[group][c] = t->same_sizes ? next_chunk(t->before->group[group][c],
								t->group[group] + from, t->sizes[c],
								thread_group_bytes[group])
						      : moved_chunk(t, group, from, t->sizes[c]);
}

static bool has_threads_of_before(const struct threads_in *t)
{
	const struct thread_self *const *self =
		(const struct thread_self *const *)t->group[THREAD_GROUP_SELF];

	for (size_t i = 0; t->same_sizes && i < t->n; i++)
		if (self[i] && self[i]->tid != thread_self_at(t->before, i)->tid)
			return false;
	return t->same_sizes;
}

static void seat_threads(struct thread_list *list, const struct threads_in *t)
{
	enum value_state signals = list->signals_state;

	thread_list_seat(list, has_threads_of_before(t) ? part_get(t->before->seats)
							: thread_seats_new(t->sizes, t->chunks));
	for (size_t c = 0; c < t->chunks; c++)
		list->window[c] = t->window[c];
	for (unsigned group = 0; group < THREAD_GROUPS; group++)
		if (t->group[group])
			make_group(list, t, group);
	list->signals_state = signals;
}

static int get_list(struct record_in *in, bool lean, struct threads_in *t, bool *ret_counted)
{
	struct wire_item counted = {.kind = WIRE_BOOL};
	int error = get_seats(in, t);

	if (!error)
		error = get_windows(in, t);
	if (!error)
		error = get_groups(in, lean, t);
	if (!error && !lean)
		counted = wire_next(in->wire);
	*ret_counted = counted.number;
	return error ? error : counted.kind == WIRE_BOOL ? 0 : -EBADMSG;
}

int thread_code_get(
	struct record_in *in, const struct part_scene *scene, void *ret, const void *before)
{
	struct wire_item array = wire_next(in->wire);
	bool lean = scene->lean && array.number == LEAN_N, counted;
	struct threads_in t = {.before = before};
	struct thread_list *list = ret;
	struct arena scratch = {0};
	struct record_in own;
	int error;

	if (array.kind != WIRE_ARRAY || (!lean && array.number != ENTIRE_N))
		return -EBADMSG;
	error = record_get(in, shape_table[SHAPE_OF_thread_list], list, NULL);
	if (error)
		return error;
	own = *in;
	own.arena = &scratch;
	error = get_list(&own, lean, &t, &counted);
	in->room = own.room;
	if (!error && t.seated)
		seat_threads(list, &t);
	arena_free(&scratch);
	if (!error && counted)
		thread_list_count(list, before);
	return error;
}
