/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "twintop/record/codec.h"

#define MEMBERS_MOST 256u /* of a recorded structure */

/* ---- names --------------------------------------------------------------- */

static bool is_named(const struct wire_item *item, const char *name)
{
	return text_equal((struct text){item->bytes, item->number}, text_of(name));
}

static int16_t find_member(const struct shape *shape, const struct wire_item *name)
{
	for (size_t i = 0; i < shape->n; i++)
		if (is_named(name, shape->row[i].name))
			return (int16_t)i;
	return -1;
}

static const struct shape *find_shape(const struct wire_item *name)
{
	for (unsigned i = 0; i < SHAPES; i++)
		if (is_named(name, shape_table[i]->id))
			return shape_table[i];
	return NULL;
}

/* Each of ours may be recorded once. */
static bool is_twice(const int16_t *member, size_t n, int16_t one)
{
	for (size_t i = 0; i < n; i++)
		if (one >= 0 && member[i] == one)
			return true;
	return false;
}

static int get_members(struct wire_in *in, const struct shape *shape, struct record_names *ret)
{
	struct wire_item array = wire_next(in);
	int16_t *member;

	if (array.kind != WIRE_ARRAY || !array.number || array.number > MEMBERS_MOST ||
		ret->shape[shape->number].n)
		return -EBADMSG;
	member = arena_array(&ret->arena, array.number, sizeof *member);
	for (size_t i = 0; i < array.number; i++) {
		struct wire_item name = wire_next(in);

		if (name.kind != WIRE_STRING)
			return -EBADMSG;
		member[i] = find_member(shape, &name);
		if (is_twice(member, i, member[i]))
			return -EBADMSG;
	}
	ret->shape[shape->number].n = array.number;
	ret->shape[shape->number].member = member;
	return 0;
}

int record_get_names(struct wire_in *in, struct record_names *ret)
{
	struct wire_item map = wire_next(in);

	*ret = (struct record_names){0};
	if (map.kind != WIRE_MAP)
		return -EBADMSG;
	for (uint64_t i = 0; i < map.number; i++) {
		struct wire_item name = wire_next(in);
		const struct shape *shape = name.kind == WIRE_STRING ? find_shape(&name) : NULL;
		int error;

		if (name.kind != WIRE_STRING)
			return -EBADMSG;
		error = shape ? get_members(in, shape, ret) : wire_skip(in) ? 0 : -EBADMSG;
		if (error)
			return error;
	}
	return 0;
}

void record_names_free(struct record_names *names)
{
	arena_free(&names->arena);
	*names = (struct record_names){0};
}

/* ---- values -------------------------------------------------------------- */

/* size bytes of the arena, zeroed; NULL: there is no room for them. */
static void *room_for(struct record_in *in, size_t n, size_t size)
{
	if (n > in->room / size)
		return NULL;
	in->room -= n * size;
	return arena_array(in->arena, n, size);
}

/* Bytes and a NUL. */
static const char *keep_bytes(struct record_in *in, const struct wire_item *item)
{
	if (item->number >= in->room)
		return NULL;
	in->room -= item->number + 1;
	return arena_copy(in->arena, item->bytes, item->number);
}

static int get_uint(const struct shape_row *row, const struct wire_item *item, void *ret)
{
	uint64_t most = row->bytes < sizeof most ? (1ull << 8 * row->bytes) - 1 : UINT64_MAX;
	uint8_t u8 = (uint8_t)item->number;
	uint16_t u16 = (uint16_t)item->number;
	uint32_t u32 = (uint32_t)item->number;

	if (item->kind != WIRE_UINT || item->number > most ||
		(row->most && item->number >= row->most))
		return -EBADMSG;
	memcpy(ret,
		row->bytes == 1	  ? (const void *)&u8
		: row->bytes == 2 ? (const void *)&u16
		: row->bytes == 4 ? (const void *)&u32
				  : (const void *)&item->number,
		row->bytes);
	return 0;
}

static int get_int(const struct shape_row *row, const struct wire_item *item, void *ret)
{
	int64_t most = row->bytes == sizeof(int32_t) ? INT32_MAX : INT64_MAX, i64;
	int32_t i32;

	if ((item->kind != WIRE_UINT && item->kind != WIRE_NEGATIVE) ||
		item->number > (uint64_t)most)
		return -EBADMSG;
	i64 = item->kind == WIRE_UINT ? (int64_t)item->number : -1 - (int64_t)item->number;
	i32 = (int32_t)i64;
	if (row->bytes == sizeof i32)
		memcpy(ret, &i32, sizeof i32);
	else
		memcpy(ret, &i64, sizeof i64);
	return 0;
}

static int get_real(const struct shape_row *row, const struct wire_item *item, void *ret)
{
	float f = (float)item->real;

	if (item->kind != WIRE_REAL)
		return -EBADMSG;
	if (row->bytes == sizeof f)
		memcpy(ret, &f, sizeof f);
	else
		memcpy(ret, &item->real, sizeof item->real);
	return 0;
}

static int get_text(struct record_in *in, const struct wire_item *item, struct text *ret)
{
	if (item->kind == WIRE_NULL)
		return 0;
	if (item->kind != WIRE_BYTES)
		return -EBADMSG;
	*ret = (struct text){keep_bytes(in, item), item->number};
	return ret->bytes ? 0 : -E2BIG;
}

/* It ends at a NUL that stands in it. */
static int get_string(struct record_in *in, const struct wire_item *item, const char **ret)
{
	if (item->kind == WIRE_NULL)
		return 0;
	if (item->kind != WIRE_STRING || memchr(item->bytes, 0, item->number))
		return -EBADMSG;
	*ret = keep_bytes(in, item);
	return *ret ? 0 : -E2BIG;
}

static int get_chars(const struct shape_row *row, const struct wire_item *item, void *ret)
{
	if (item->kind != WIRE_BYTES || item->number > row->bytes)
		return -EBADMSG;
	memcpy(ret, item->bytes, item->number);
	return 0;
}

static int get_value(
	struct record_in *in, const struct shape_row *row, void *ret, const void *before)
{
	struct wire_item item;

	if (row->form == SHAPE_STRUCT)
		return record_get(in, row->of, ret, before);
	item = wire_next(in->wire);
	switch (row->form) {
	case SHAPE_UINT:
		return get_uint(row, &item, ret);
	case SHAPE_INT:
		return get_int(row, &item, ret);
	case SHAPE_BOOL:
		*(bool *)ret = item.number != 0;
		return item.kind == WIRE_BOOL ? 0 : -EBADMSG;
	case SHAPE_REAL:
		return get_real(row, &item, ret);
	case SHAPE_TEXT:
		return get_text(in, &item, ret);
	case SHAPE_STRING:
		return get_string(in, &item, ret);
	default:
		return get_chars(row, &item, ret);
	}
}

/* ---- lists --------------------------------------------------------------- */

/* A list as it is read: what is there of it yet. */
struct filling {
	const struct shape_row *row;
	char *value;
	size_t n, at;
	const char *before;
	size_t before_n;
};

/* Numbers that lie together. */
static int fill_words(struct record_in *in, struct filling *f)
{
	ptrdiff_t n = wire_words(in->wire, (uint64_t *)(void *)f->value + f->at, f->n - f->at);

	for (ptrdiff_t i = 0; f->row->most && i < n; i++)
		if (((const uint64_t *)(const void *)f->value)[f->at + (size_t)i] >= f->row->most)
			return -EBADMSG;
	f->at += n > 0 ? (size_t)n : 0;
	return n < 0 ? -EBADMSG : 0;
}

static bool has_words(const struct shape_row *row)
{
	return row->form == SHAPE_UINT && row->bytes == sizeof(uint64_t);
}

/* The values of an array, each beside the one that stood in its place before. */
static int fill_array(struct record_in *in, struct filling *f)
{
	const struct shape_row *row = f->row;
	struct wire_item array;
	int error = 0;

	if (has_words(row) && wire_peek(in->wire) == WIRE_TAG)
		return fill_words(in, f);
	array = wire_next(in->wire);
	if (array.kind != WIRE_ARRAY || array.number > f->n - f->at)
		return -EBADMSG;
	for (uint64_t i = 0; !error && i < array.number; i++, f->at++)
		error = get_value(in, row, f->value + f->at * row->bytes,
			f->at < f->before_n ? f->before + f->at * row->bytes : NULL);
	return error;
}

/* What is kept is paid for as what is new: a list may be made of nothing else. */
static int fill_kept(struct record_in *in, struct filling *f, uint64_t n)
{
	size_t used = in->arena->held_bytes, bytes;

	if (n > f->n - f->at || f->at + n > f->before_n)
		return -EBADMSG;
	if (!n)
		return 0;
	shape_copy_values(f->row, f->value + f->at * f->row->bytes,
		f->before + f->at * f->row->bytes, n, in->arena);
	f->at += n;
	bytes = in->arena->held_bytes - used;
	if (bytes > in->room)
		return -E2BIG;
	in->room -= bytes;
	return 0;
}

static int fill_changes(struct record_in *in, struct filling *f)
{
	int error = 0;

	while (!error && wire_peek(in->wire) != WIRE_BREAK) {
		struct wire_item kept = wire_next(in->wire);

		error = kept.kind == WIRE_UINT ? fill_kept(in, f, kept.number) : -EBADMSG;
		if (!error)
			error = fill_array(in, f);
	}
	wire_next(in->wire);
	return error ? error : f->at == f->n ? 0 : -EBADMSG;
}

/* How many values the list that comes next has; its head is read where it tells of changes. */
static ptrdiff_t length(struct record_in *in, const struct shape_row *row, bool changes)
{
	struct wire_in ahead = *in->wire;
	struct wire_item item;

	if (changes) {
		item = wire_next(in->wire);
		if (item.kind != WIRE_ARRAY_OPEN)
			return -1;
		item = wire_next(in->wire);
		return item.kind == WIRE_UINT && item.number <= PTRDIFF_MAX ? (ptrdiff_t)item.number
									    : -1;
	}
	if (has_words(row) && wire_peek(in->wire) == WIRE_TAG)
		return wire_words_n(in->wire);
	item = wire_next(&ahead);
	/* Each value takes a byte at least. */
	return item.kind == WIRE_ARRAY && item.number <= ahead.n - ahead.at ? (ptrdiff_t)item.number
									    : -1;
}

int record_get_list(struct record_in *in, const struct shape_row *row, const void *before,
	size_t before_n, void **ret_values, size_t *ret_n)
{
	struct filling f = {.row = row, .before = before, .before_n = before_n};
	ptrdiff_t n = length(in, row, before != NULL);

	if (n < 0)
		return -EBADMSG;
	*ret_n = f.n = (size_t)n;
	*ret_values = NULL;
	if (f.n) {
		f.value = room_for(in, f.n, row->bytes);
		if (!f.value)
			return -E2BIG;
		*ret_values = f.value;
	}
	return before ? fill_changes(in, &f) : fill_array(in, &f);
}

/* ---- records ------------------------------------------------------------- */

static int get_here(
	struct record_in *in, const struct shape_row *row, char *ret, const char *before)
{
	int error = 0;

	if (row->number != 1) {
		struct wire_item array = wire_next(in->wire);

		if (array.kind != WIRE_ARRAY || array.number != row->number)
			return -EBADMSG;
	}
	for (size_t i = 0; !error && i < row->number; i++)
		error = get_value(
			in, row, ret + i * row->bytes, before ? before + i * row->bytes : NULL);
	return error;
}

static int get_maybe(
	struct record_in *in, const struct shape_row *row, char *ret, const void *before)
{
	void *value;
	int error;

	if (wire_peek(in->wire) == WIRE_NULL) {
		wire_next(in->wire);
		return 0;
	}
	value = room_for(in, 1, row->bytes);
	if (!value)
		return -E2BIG;
	error = get_value(in, row, value, before);
	memcpy(ret, &value, sizeof value);
	return error;
}

/* Two lists of one count must be of one length. */
static int get_list(struct record_in *in, const struct shape *shape, const struct shape_row *row,
	char *ret, const void *before)
{
	static const char nothing;
	const void *old = NULL;
	size_t old_n = before ? shape_values(row, before, &old) : 0, n;
	void *values;
	int error = record_get_list(in, row, before && !old ? &nothing : old, old_n, &values, &n);

	if (error)
		return error;
	for (const struct shape_row *r = shape->row; r < row; r++)
		if (r->place == SHAPE_LIST && r->count == row->count &&
			memcmp(ret + row->count, &n, sizeof n) != 0)
			return -EBADMSG;
	memcpy(ret + row->offset, &values, sizeof values);
	memcpy(ret + row->count, &n, sizeof n);
	return 0;
}

static int get_member(struct record_in *in, const struct shape *shape, const struct shape_row *row,
	char *ret, const void *before)
{
	const void *old = NULL;
	size_t old_n = before ? shape_values(row, before, &old) : 0;

	if (row->place == SHAPE_HERE)
		return get_here(in, row, ret + row->offset, old);
	if (row->place == SHAPE_MAYBE)
		return get_maybe(in, row, ret + row->offset, old_n ? old : NULL);
	return get_list(in, shape, row, ret, before);
}

int record_get(struct record_in *in, const struct shape *shape, void *ret, const void *before)
{
	size_t n = in->names->shape[shape->number].n;
	const int16_t *member = in->names->shape[shape->number].member;
	struct wire_item array = wire_next(in->wire);
	int error = 0;

	if (array.kind != WIRE_ARRAY || !n || array.number != n)
		return -EBADMSG;
	for (size_t i = 0; !error && i < n; i++) {
		if (member[i] >= 0)
			error = get_member(in, shape, &shape->row[member[i]], ret, before);
		else if (!wire_skip(in->wire))
			error = -EBADMSG;
	}
	return error;
}
