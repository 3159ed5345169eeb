/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long lists of records that point to nothing, of which most have most in common: a map of how many
 * they are to an array of columns, one a member in the order of their shape, or an array of such
 * where the member is several values. A column is an array of whether it tells of numbers how much
 * larger each is than the one before (the first: than 0), and of, in turn, an array of values and
 * how many more times the last of them comes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record_internal.h"

#define COLUMNS_LEAST 16u /* records */
#define SAME_LEAST    3u  /* values, which end an array of such as differ */

bool record_has_columns(const struct shape_row *row, size_t n)
{
	return n >= COLUMNS_LEAST && row->form == SHAPE_STRUCT && record_is_flat(row);
}

/* Of a value that is any number of its size. */
static bool has_steps(const struct shape_row *member)
{
	return (member->form == SHAPE_UINT || member->form == SHAPE_INT) && !member->choices &&
	       !member->most && member->privacy != SHAPE_RAW;
}

/* ---- writing ------------------------------------------------------------- */

/* One value of the records of a list. */
struct column {
	const struct record_list *list;
	const struct shape_row *row, *member;
	size_t offset;
	uint64_t *step; /* what each is more than the one before; NULL: they are told themselves */
};

static const char *cell(const struct column *c, size_t i)
{
	return (const char *)record_item_at(c->list, c->row, i) + c->offset;
}

static bool is_same(const struct column *c, size_t a, size_t b)
{
	return c->step ? c->step[a] == c->step[b]
		       : !memcmp(cell(c, a), cell(c, b), c->member->bytes);
}

/* Where the value at i comes last in a row. */
static size_t end_of_same(const struct column *c, size_t i)
{
	do
		i++;
	while (i < c->list->n && is_same(c, i - 1, i));
	return i;
}

/* The first value that comes again, as often as is worth it, and where that ends. */
static size_t find_same(const struct column *c, size_t from, size_t *ret_end)
{
	size_t n = c->list->n;

	for (*ret_end = from; from < n; from = *ret_end) {
		*ret_end = end_of_same(c, from);
		if (*ret_end - from >= SAME_LEAST)
			return from;
	}
	return n;
}

static void put_cells(const struct record_out *out, const struct column *c, size_t from, size_t end)
{
	wire_put_array(out->wire, end - from);
	for (; from < end; from++) {
		const struct record_out own = {
			out->wire, out->redaction, record_item_at(c->list, c->row, from)};

		if (c->step)
			wire_put_int(out->wire, (int64_t)c->step[from]);
		else
			record_put_value(&own, c->member, cell(c, from), NULL);
	}
}

/* How many bits those take that differ from the one before. */
static size_t bits_of(const uint64_t *number, size_t n)
{
	size_t sum = 0;

	for (size_t i = 1; i < n; i++) {
		uint64_t size = number[i] >> 63 ? ~number[i] : number[i];

		if (number[i] != number[i - 1])
			sum += 8 + 64 - (size_t)__builtin_clzll(size | 1);
	}
	return sum;
}

/* What steps lead from one number to the next, to be freed; NULL: they are worth nothing. */
static uint64_t *find_steps(const struct column *c)
{
	size_t n = c->list->n, plain;
	uint64_t *number = mem_resize(NULL, n, sizeof *number);

	for (size_t i = 0; i < n; i++)
		number[i] = record_number_at(c->member, cell(c, i));
	plain = bits_of(number, n);
	for (size_t i = n; i-- > 1;)
		number[i] -= number[i - 1];
	if (bits_of(number, n) < plain)
		return number;
	free(number);
	return NULL;
}

static void put_column(const struct record_out *out, struct column *c)
{
	size_t same, end;

	if (has_steps(c->member))
		c->step = find_steps(c);
	wire_begin_array(out->wire);
	wire_put_bool(out->wire, c->step != NULL);
	for (size_t at = 0; at < c->list->n; at = end) {
		same = find_same(c, at, &end);
		put_cells(out, c, at, same < c->list->n ? same + 1 : same);
		wire_put_uint(out->wire, same < c->list->n ? end - same - 1 : 0);
	}
	wire_end_array(out->wire);
	free(c->step);
}

void record_put_columns(
	const struct record_out *out, const struct shape_row *row, const struct record_list *list)
{
	wire_put_map(out->wire, 1);
	wire_put_uint(out->wire, list->n);
	wire_put_array(out->wire, row->of->n);
	for (size_t i = 0; i < row->of->n; i++) {
		const struct shape_row *member = &row->of->row[i];

		if (member->number != 1)
			wire_put_array(out->wire, member->number);
		for (size_t k = 0; k < member->number; k++)
			put_column(out, &(struct column){list, row, member,
						member->offset + k * member->bytes, NULL});
	}
}

/* ---- reading ------------------------------------------------------------- */

/* One value of n records that lie in a row. */
struct column_in {
	const struct shape_row *row, *member;
	char *cell; /* the first one's */
	size_t n, at;
	bool steps;
	uint64_t last;	    /* the number before the next one, where it tells of steps */
	uint64_t **unknown; /* bits of each record, once any has some */
};

static char *cell_in(const struct column_in *c)
{
	return c->cell + c->at * c->row->bytes;
}

static void note_unknown(struct record_in *in, struct column_in *c)
{
	if (!*c->unknown)
		*c->unknown = arena_array(in->arena, c->n, sizeof **c->unknown);
	(*c->unknown)[c->at] |= in->unknown;
	in->unknown = 0;
}

static int take_step(struct column_in *c, uint64_t step)
{
	c->last += step;
	return record_take_number(c->member, c->last, cell_in(c));
}

static int get_step(struct record_in *in, struct column_in *c, uint64_t *ret_step)
{
	struct wire_item item = wire_next(in->wire);

	if ((item.kind != WIRE_UINT && item.kind != WIRE_NEGATIVE) || item.number > INT64_MAX)
		return -EBADMSG;
	*ret_step = item.kind == WIRE_UINT ? item.number : ~item.number;
	return take_step(c, *ret_step);
}

static int get_cells(struct record_in *in, struct column_in *c, uint64_t *ret_step)
{
	struct wire_item array = wire_next(in->wire);
	int error = array.kind == WIRE_ARRAY && array.number <= c->n - c->at ? 0 : -EBADMSG;

	for (uint64_t i = 0; !error && i < array.number; i++, c->at++) {
		if (c->steps)
			error = get_step(in, c, ret_step);
		else
			error = record_get_value(in, c->member, cell_in(c), NULL);
		if (in->unknown)
			note_unknown(in, c);
	}
	return error;
}

static int repeat_cell(struct record_in *in, struct column_in *c, uint64_t step)
{
	struct wire_item times = wire_next(in->wire);
	const char *last = cell_in(c) - c->row->bytes;
	const uint64_t own = 1ull << c->member->choices;
	int error = 0;

	if (times.kind != WIRE_UINT || !c->at || times.number > c->n - c->at)
		return -EBADMSG;
	for (uint64_t i = 0; !error && i < times.number; i++, c->at++) {
		if (c->steps)
			error = take_step(c, step);
		else
			memcpy(cell_in(c), last, c->member->bytes);
		if (*c->unknown)
			(*c->unknown)[c->at] |= (*c->unknown)[c->at - 1] & own;
	}
	return error;
}

static int get_column(struct record_in *in, struct column_in *c)
{
	struct wire_item open = wire_next(in->wire), steps = wire_next(in->wire);
	uint64_t step = 0;
	int error = 0;

	c->steps = steps.number;
	if (open.kind != WIRE_ARRAY_OPEN || steps.kind != WIRE_BOOL ||
		(c->steps && !has_steps(c->member)))
		return -EBADMSG;
	while (!error && wire_peek(in->wire) != WIRE_BREAK) {
		error = get_cells(in, c, &step);
		if (!error)
			error = repeat_cell(in, c, step);
	}
	wire_next(in->wire);
	return error ? error : c->at == c->n ? 0 : -EBADMSG;
}

/* What the records of a list are read to. */
struct columns_in {
	const struct shape_row *row;
	char *record;
	size_t n;
	uint64_t *unknown;
};

/* As record_get_here(), of all records. */
static int get_columns(struct record_in *in, struct columns_in *c, const struct shape_row *member)
{
	struct wire_item array = {.kind = WIRE_ARRAY, .number = 1};
	int error;

	if (member->number != 1)
		array = wire_next(in->wire);
	error = array.kind == WIRE_ARRAY ? 0 : -EBADMSG;
	for (uint64_t i = 0; !error && i < array.number; i++) {
		char *cell = c->record + member->offset + i * member->bytes;

		if (i < member->number)
			error = get_column(in, &(struct column_in){c->row, member, cell, c->n, 0,
						       false, 0, &c->unknown});
		else if (!wire_skip(in->wire))
			error = -EBADMSG;
	}
	for (size_t i = 0; !error && i < c->n; i++)
		record_leave_unread(
			member, array.number, c->record + i * c->row->bytes + member->offset);
	return error;
}

/* One that we do not know is skipped; what points anywhere has no column. */
static int get_member(struct record_in *in, struct columns_in *c, int16_t number)
{
	const struct shape_row *member = number < 0 ? NULL : &c->row->of->row[number];

	if (!member)
		return wire_skip(in->wire) ? 0 : -EBADMSG;
	if (member->place != SHAPE_HERE || !record_is_flat(member))
		return -EBADMSG;
	return get_columns(in, c, member);
}

int record_get_columns(struct record_in *in, const struct shape_row *row, char *ret, size_t n)
{
	size_t members = in->names->shape[row->of->number].n;
	const int16_t *member = in->names->shape[row->of->number].member;
	struct wire_item map = wire_next(in->wire), count = wire_next(in->wire);
	struct wire_item array = wire_next(in->wire);
	struct columns_in c = {row, ret, n, NULL};
	uint64_t around = in->unknown;
	int error = 0;

	if (map.kind != WIRE_MAP || map.number != 1 || count.kind != WIRE_UINT ||
		count.number != n || array.kind != WIRE_ARRAY || !members ||
		array.number != members)
		return -EBADMSG;
	in->unknown = 0;
	for (size_t i = 0; !error && i < members; i++)
		error = get_member(in, &c, member[i]);
	for (size_t i = 0; c.unknown && i < n; i++)
		record_tell_unknown(c.unknown[i], row->of, ret + i * row->bytes);
	in->unknown = around;
	return error;
}
