/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "twintop/record/codec.h"

#define WORDS_TOGETHER 64u /* of a list of numbers so many are the same, or none is */

static bool is_words(const struct shape_row *row)
{
	return row->form == SHAPE_UINT && row->bytes == sizeof(uint64_t) &&
	       row->place == SHAPE_LIST;
}

static uint64_t uint_at(const void *value, size_t bytes)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (bytes) {
	case sizeof u8:
		memcpy(&u8, value, sizeof u8);
		return u8;
	case sizeof u16:
		memcpy(&u16, value, sizeof u16);
		return u16;
	case sizeof u32:
		memcpy(&u32, value, sizeof u32);
		return u32;
	default:
		memcpy(&u64, value, sizeof u64);
		return u64;
	}
}

static int64_t int_at(const void *value, size_t bytes)
{
	int32_t i32;
	int64_t i64;

	if (bytes == sizeof i32) {
		memcpy(&i32, value, sizeof i32);
		return i32;
	}
	memcpy(&i64, value, sizeof i64);
	return i64;
}

static double real_at(const void *value, size_t bytes)
{
	float f;
	double d;

	if (bytes == sizeof f) {
		memcpy(&f, value, sizeof f);
		return (double)f;
	}
	memcpy(&d, value, sizeof d);
	return d;
}

static void put_text(struct textbuf *out, const struct text *text)
{
	if (text->bytes)
		wire_put_bytes(out, text->bytes, text->len);
	else
		wire_put_null(out);
}

static void put_value(
	struct textbuf *out, const struct shape_row *row, const void *value, const void *before)
{
	switch (row->form) {
	case SHAPE_UINT:
		wire_put_uint(out, uint_at(value, row->bytes));
		break;
	case SHAPE_INT:
		wire_put_int(out, int_at(value, row->bytes));
		break;
	case SHAPE_BOOL:
		wire_put_bool(out, *(const bool *)value);
		break;
	case SHAPE_REAL:
		wire_put_real(out, real_at(value, row->bytes));
		break;
	case SHAPE_TEXT:
		put_text(out, value);
		break;
	case SHAPE_STRING:
		wire_put_string(out, *(const char *const *)value);
		break;
	case SHAPE_CHARS:
		wire_put_bytes(out, value, strnlen(value, row->bytes));
		break;
	case SHAPE_STRUCT:
		record_put(out, row->of, value, before);
		break;
	}
}

/* ---- lists --------------------------------------------------------------- */

static const void *item_at(const struct record_list *list, const struct shape_row *row, size_t i)
{
	return list->first ? (const char *)list->first + i * row->bytes : list->item[i];
}

/* The values from..end whole, or as changes to those in their places before. */
static void put_values(struct textbuf *out, const struct shape_row *row,
	const struct record_list *now, size_t from, size_t end, const struct record_list *before)
{
	if (is_words(row) && now->first) {
		wire_put_words(out, (const uint64_t *)now->first + from, end - from);
		return;
	}
	wire_put_array(out, end - from);
	for (size_t i = from; i < end; i++)
		put_value(out, row, item_at(now, row, i),
			before && i < before->n ? item_at(before, row, i) : NULL);
}

/* Whether up to so many values from i on are as before; how many those are. */
static bool is_kept(const struct shape_row *row, const struct record_list *now,
	const struct record_list *before, size_t i, size_t *ret_n)
{
	size_t n = 1;

	if (is_words(row) && now->first) {
		n = now->n - i < WORDS_TOGETHER ? now->n - i : WORDS_TOGETHER;
		*ret_n = n;
		return i + n <= before->n &&
		       !memcmp(item_at(now, row, i), item_at(before, row, i), n * row->bytes);
	}
	*ret_n = n;
	return i < before->n &&
	       shape_equal_values(row, item_at(now, row, i), item_at(before, row, i), 1);
}

static size_t end_of_run(const struct shape_row *row, const struct record_list *now,
	const struct record_list *before, size_t from, bool kept)
{
	size_t n;

	for (; from < now->n; from += n)
		if (is_kept(row, now, before, from, &n) != kept)
			break;
	return from;
}

void record_put_list(struct textbuf *out, const struct shape_row *row, struct record_list now,
	const struct record_list *before)
{
	if (!before) {
		put_values(out, row, &now, 0, now.n, NULL);
		return;
	}
	wire_begin_array(out);
	wire_put_uint(out, now.n);
	for (size_t at = 0; at < now.n;) {
		size_t from = end_of_run(row, &now, before, at, true);
		size_t end = end_of_run(row, &now, before, from, false);

		wire_put_uint(out, from - at);
		put_values(out, row, &now, from, end, before);
		at = end;
	}
	wire_end_array(out);
}

/* ---- records ------------------------------------------------------------- */

static void put_here(
	struct textbuf *out, const struct shape_row *row, const char *now, const char *before)
{
	if (row->number != 1)
		wire_put_array(out, row->number);
	for (size_t i = 0; i < row->number; i++)
		put_value(out, row, now + i * row->bytes, before ? before + i * row->bytes : NULL);
}

static void put_member(
	struct textbuf *out, const struct shape_row *row, const void *now, const void *before)
{
	const void *first, *old = NULL;
	size_t n = shape_values(row, now, &first), old_n = 0;

	if (before)
		old_n = shape_values(row, before, &old);
	switch (row->place) {
	case SHAPE_HERE:
		put_here(out, row, first, old);
		break;
	case SHAPE_MAYBE:
		if (n)
			put_value(out, row, first, old_n ? old : NULL);
		else
			wire_put_null(out);
		break;
	case SHAPE_LIST:
		record_put_list(out, row, (struct record_list){first, NULL, n},
			before ? &(const struct record_list){old, NULL, old_n} : NULL);
		break;
	}
}

void record_put(struct textbuf *out, const struct shape *shape, const void *now, const void *before)
{
	wire_put_array(out, shape->n);
	for (size_t i = 0; i < shape->n; i++)
		put_member(out, &shape->row[i], now, before);
}

void record_put_names(struct textbuf *out)
{
	wire_put_map(out, SHAPES);
	for (unsigned i = 0; i < SHAPES; i++) {
		wire_put_string(out, shape_table[i]->id);
		wire_put_array(out, shape_table[i]->n);
		for (size_t member = 0; member < shape_table[i]->n; member++)
			wire_put_string(out, shape_table[i]->row[member].name);
	}
}
