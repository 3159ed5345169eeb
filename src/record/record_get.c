/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "record_internal.h"
#include "twintop/model/backtraces.h"
#include "twintop/model/user_stacks.h"
#include "twintop/model/snapshot.h"

#define TEXT_MOST (4u << 20) /* bytes: no name, no argument is longer */

/* ---- values -------------------------------------------------------------- */

/* For n values, which hold anything yet; NULL: there is no room for them. */
static void *room_for(struct record_in *in, const struct shape_row *row, size_t n)
{
	if (n > in->room / row->bytes)
		return NULL;
	in->room -= n * row->bytes;
	return arena_raw(in->arena, n * row->bytes);
}

/* Bytes and a NUL. */
static const char *keep_bytes(struct record_in *in, const struct wire_item *item)
{
	if (item->number >= in->room || item->number > TEXT_MOST)
		return NULL;
	in->room -= item->number + 1;
	return arena_copy(in->arena, item->bytes, item->number);
}

/* The recorded number of a value as ours. False: there is no such value. */
static bool take_choice(struct record_in *in, const struct shape_row *row, struct wire_item *item)
{
	const struct choices *choices = &choice_table[row->choices];
	size_t n = in->names->choice[row->choices].n;

	if (item->kind != WIRE_UINT || item->number >= (n ? n : choices->n))
		return false;
	if (n)
		item->number = in->names->choice[row->choices].ours[item->number];
	if (item->number != RECORD_UNKNOWN)
		return true;
	in->unknown |= 1ull << row->choices;
	item->number = choices->unknown;
	return true;
}

static int get_uint(const struct shape_row *row, const struct wire_item *item, void *ret)
{
	uint64_t most = row->bytes < sizeof most ? (1ull << 8 * row->bytes) - 1 : UINT64_MAX;
	uint8_t u8 = (uint8_t)item->number;
	uint16_t u16 = (uint16_t)item->number;
	uint32_t u32 = (uint32_t)item->number;

	if (item->kind != WIRE_UINT || item->number > most ||
		(row->most && !row->choices && item->number >= row->most))
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
		item->number > (uint64_t)most ||
		(row->most && !row->choices &&
			(item->kind != WIRE_UINT || item->number >= row->most)))
		return -EBADMSG;
	i64 = item->kind == WIRE_UINT ? (int64_t)item->number : -1 - (int64_t)item->number;
	i32 = (int32_t)i64;
	if (row->bytes == sizeof i32)
		memcpy(ret, &i32, sizeof i32);
	else
		memcpy(ret, &i64, sizeof i64);
	return 0;
}

int record_take_number(const struct shape_row *row, uint64_t number, void *ret)
{
	bool below = row->form == SHAPE_INT && (int64_t)number < 0;
	const struct wire_item item = {
		.kind = below ? WIRE_NEGATIVE : WIRE_UINT, .number = below ? ~number : number};

	return row->form == SHAPE_INT ? get_int(row, &item, ret) : get_uint(row, &item, ret);
}

static int get_real(const struct shape_row *row, const struct wire_item *item, void *ret)
{
	bool is_float = row->bytes == sizeof(float);
	float f;

	/* Nor what is no number. */
	if (item->kind != WIRE_REAL || !(fabs(item->real) <= (is_float ? FLT_MAX : DBL_MAX)))
		return -EBADMSG;
	if (is_float) {
		f = (float)item->real;
		memcpy(ret, &f, sizeof f);
	} else {
		memcpy(ret, &item->real, sizeof item->real);
	}
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

/* Our own words, which are shown as they are: nothing in them may move or hide others. */
static bool are_words(const struct wire_item *item)
{
	uint32_t code;

	for (size_t at = 0, n; at < item->number; at += n) {
		n = text_decode(item->bytes + at, item->number - at, &code);
		if (!n || text_code_hides(code))
			return false;
	}
	return true;
}

/* Such texts were static: whoever holds one may do so for ever. */
static int get_string(struct record_in *in, const struct wire_item *item, const char **ret)
{
	const struct text text = {item->bytes, item->number};
	struct text *near = &in->word[item->number % RECORD_WORDS];

	if (item->kind == WIRE_NULL)
		return 0;
	if (item->kind != WIRE_STRING)
		return -EBADMSG;
	if (!near->bytes || !text_equal(*near, text)) {
		if (!are_words(item))
			return -EBADMSG;
		*near = (struct text){text_lasting(text), text.len};
	}
	*ret = near->bytes;
	return *ret ? 0 : -E2BIG;
}

static int get_chars(const struct shape_row *row, const struct wire_item *item, void *ret)
{
	if (item->kind != WIRE_BYTES || item->number > row->bytes)
		return -EBADMSG;
	memcpy(ret, item->bytes, item->number);
	return 0;
}

int record_get_value(
	struct record_in *in, const struct shape_row *row, void *ret, const void *before)
{
	struct wire_item item;

	if (row->form == SHAPE_STRUCT)
		return record_get(in, row->of, ret, before);
	item = wire_next(in->wire);
	if (row->choices && !take_choice(in, row, &item))
		return -EBADMSG;
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
	/* In their stead, of values that lie anywhere. */
	const void **item;
	const struct record_items *items;
};

/* Numbers that lie together. */
static int fill_words(struct record_in *in, struct filling *f)
{
	/* None have no place, and nothing is counted from there. */
	uint64_t *to = f->value ? (uint64_t *)(void *)f->value + f->at : NULL;
	ptrdiff_t n = wire_words(in->wire, to, f->n - f->at);

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

/* Room for the next n values; NULL: there is none. Members that are not told are 0. */
static char *next_values(struct record_in *in, struct filling *f, size_t n)
{
	char *value = f->item ? room_for(in, f->row, n) : f->value + f->at * f->row->bytes;

	for (size_t i = 0; f->item && value && i < n; i++)
		f->item[f->at + i] = value + i * f->row->bytes;
	return value ? memset(value, 0, n * f->row->bytes) : NULL;
}

static const void *value_before(const struct filling *f)
{
	if (f->at >= f->before_n)
		return NULL;
	return f->item ? f->items->at(f->items->context, f->at) : f->before + f->at * f->row->bytes;
}

/* The values of an array, each beside the one that stood in its place before. */
static int fill_array(struct record_in *in, struct filling *f)
{
	const struct shape_row *row = f->row;
	struct wire_item array;
	char *value;
	int error = 0;

	if (has_words(row) && !f->item && wire_peek(in->wire) == WIRE_TAG)
		return fill_words(in, f);
	array = wire_next(in->wire);
	if (array.kind != WIRE_ARRAY || array.number > f->n - f->at)
		return -EBADMSG;
	if (!array.number)
		return 0;
	value = next_values(in, f, array.number);
	if (!value)
		return -E2BIG;
	for (uint64_t i = 0; !error && i < array.number; i++, f->at++, value += row->bytes)
		error = record_get_value(in, row, value, value_before(f));
	return error;
}

bool record_is_flat(const struct shape_row *row)
{
	bool flat = row->form != SHAPE_TEXT;

	for (size_t i = 0; flat && row->form == SHAPE_STRUCT && i < row->of->n; i++)
		flat = row->of->row[i].place == SHAPE_HERE && record_is_flat(&row->of->row[i]);
	return flat;
}

/* All values of a list that refers to nothing before it. */
static int fill_whole(struct record_in *in, struct filling *f)
{
	char *value;

	if (f->row->form != SHAPE_STRUCT || wire_peek(in->wire) != WIRE_MAP)
		return fill_array(in, f);
	value = next_values(in, f, f->n);
	return value ? record_get_columns(in, f->row, value, f->n) : -E2BIG;
}

static void copy_kept(struct record_in *in, const struct filling *f, size_t n)
{
	char *to = f->value + f->at * f->row->bytes;
	const char *from = f->before + f->at * f->row->bytes;

	if (record_is_flat(f->row)) {
		memcpy(to, from, n * f->row->bytes);
		return;
	}
	memset(to, 0, n * f->row->bytes);
	shape_copy_values(f->row, to, from, n, in->arena);
}

static int keep_items(struct record_in *in, struct filling *f, size_t n)
{
	if (n > in->room / f->row->bytes)
		return -E2BIG;
	in->room -= n * f->row->bytes;
	f->at += n; /* they are NULL */
	return 0;
}

/* What is kept is paid for as what is new: a list may be made of nothing else. */
static int fill_kept(struct record_in *in, struct filling *f, uint64_t n)
{
	size_t used = in->arena->held_bytes, bytes;

	if (n > f->n - f->at || f->at + n > f->before_n)
		return -EBADMSG;
	if (!n)
		return 0;
	if (f->item)
		return keep_items(in, f, n);
	copy_kept(in, f, n);
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
	if (item.kind == WIRE_MAP && item.number == 1) {
		item = wire_next(&ahead);
		return item.kind == WIRE_UINT && item.number <= PTRDIFF_MAX ? (ptrdiff_t)item.number
									    : -1;
	}
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
		f.value = room_for(in, row, f.n);
		if (!f.value)
			return -E2BIG;
		*ret_values = f.value;
	}
	return before ? fill_changes(in, &f) : fill_whole(in, &f);
}

int record_get_items(struct record_in *in, const struct shape_row *row,
	const struct record_items *before, const void ***ret_item, size_t *ret_n)
{
	struct filling f = {.row = row, .items = before, .before_n = before ? before->n : 0};
	ptrdiff_t n = length(in, row, before != NULL);

	if (n < 0)
		return -EBADMSG;
	/* Each value has as much room as its place. */
	if ((size_t)n > in->room / row->bytes)
		return -E2BIG;
	*ret_n = f.n = (size_t)n;
	*ret_item = f.item = arena_array(in->arena, f.n, sizeof *f.item);
	return before ? fill_changes(in, &f) : fill_whole(in, &f);
}

/* ---- records ------------------------------------------------------------- */

static void put_state(size_t bytes, enum value_state state, void *ret)
{
	const uint8_t byte = (uint8_t)state;

	memcpy(ret, bytes == sizeof byte ? (const void *)&byte : (const void *)&state, bytes);
}

void record_leave_unread(const struct shape_row *row, uint64_t n, char *member)
{
	for (; row->choices == CHOICES_OF_VALUE_STATES && n < row->number; n++)
		put_state(row->bytes, VALUE_UNREAD, member + n * row->bytes);
}

/*
 * An array may be shorter than ours, where there was less to be told when it was written, or
 * longer: what the writer did not know stays zero, or unread, what we do not know is skipped.
 */
static int get_here(
	struct record_in *in, const struct shape_row *row, char *ret, const char *before)
{
	uint64_t n = 1;
	int error = 0;

	if (row->number != 1) {
		struct wire_item array = wire_next(in->wire);

		if (array.kind != WIRE_ARRAY)
			return -EBADMSG;
		n = array.number;
	}
	for (size_t i = 0; !error && i < n; i++) {
		if (i >= row->number)
			error = wire_skip(in->wire) ? 0 : -EBADMSG;
		else
			error = record_get_value(in, row, ret + i * row->bytes,
				before ? before + i * row->bytes : NULL);
	}
	record_leave_unread(row, n, ret);
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
	value = room_for(in, row, 1);
	if (value)
		memset(value, 0, row->bytes);
	if (!value)
		return -E2BIG;
	error = record_get_value(in, row, value, before);
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

/* Of two lists of one count one may not have been recorded. */
static bool has_lists(const struct shape *shape, const char *record)
{
	for (size_t i = 0; i < shape->n; i++) {
		const struct shape_row *row = &shape->row[i];
		const void *values;
		size_t n;

		if (row->place != SHAPE_LIST)
			continue;
		memcpy(&values, record + row->offset, sizeof values);
		memcpy(&n, record + row->count, sizeof n);
		if (n && !values)
			return false;
	}
	return true;
}

/* What says of a value that it is not known: of one that is none of ours, that. */
static const struct {
	enum choice_number choices;
	enum shape_number shape;
	size_t offset, bytes;
} state_beside[] = {
#define STATE_BESIDE(count, tag, member)                                                           \
	{                                                                                          \
		CHOICES_OF_##count, SHAPE_OF_##tag, offsetof(struct tag, member),                  \
			sizeof((struct tag *)0)->member                                            \
	}
	STATE_BESIDE(WAIT_KINDS, thread_call, wait_state),
	STATE_BESIDE(SYSCALL_ABIS, thread_call, abi_state),
	STATE_BESIDE(BACKTRACE_GAPS, thread_backtrace, hidden),
};

void record_tell_unknown(uint64_t unknown, const struct shape *shape, char *ret)
{
	for (size_t i = 0; i < sizeof state_beside / sizeof *state_beside; i++)
		if (state_beside[i].shape == shape->number &&
			unknown & 1ull << state_beside[i].choices)
			put_state(
				state_beside[i].bytes, VALUE_UNTOLD, ret + state_beside[i].offset);
}

int record_get(struct record_in *in, const struct shape *shape, void *ret, const void *before)
{
	size_t n = in->names->shape[shape->number].n;
	const int16_t *member = in->names->shape[shape->number].member;
	struct wire_item array = wire_next(in->wire);
	uint64_t around = in->unknown;
	int error = 0;

	if (array.kind != WIRE_ARRAY || !n || array.number != n)
		return -EBADMSG;
	in->unknown = 0;
	for (size_t i = 0; !error && i < n; i++) {
		if (member[i] >= 0)
			error = get_member(in, shape, &shape->row[member[i]], ret, before);
		else if (!wire_skip(in->wire))
			error = -EBADMSG;
	}
	if (in->unknown)
		record_tell_unknown(in->unknown, shape, ret);
	in->unknown = around;
	return error ? error : has_lists(shape, ret) ? 0 : -EBADMSG;
}
