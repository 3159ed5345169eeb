/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "record_internal.h"
#include "twintop/record/redaction.h"

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

uint64_t record_number_at(const struct shape_row *row, const void *value)
{
	return row->form == SHAPE_INT ? (uint64_t)int_at(value, row->bytes)
				      : uint_at(value, row->bytes);
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

/* The text as it may be known to whoever reads it. */
static struct text told(
	const struct record_out *out, const struct shape_row *row, const struct text *text)
{
	if (!out->redaction || !text->bytes)
		return *text;
	return redaction_text(out->redaction, row->privacy, out->record, text);
}

static void put_bytes(const struct record_out *out, struct text text)
{
	wire_put_bytes(out->wire, text.bytes, text.len);
}

static void put_text(
	const struct record_out *out, const struct shape_row *row, const struct text *text)
{
	if (text->bytes)
		put_bytes(out, told(out, row, text));
	else
		wire_put_null(out->wire);
}

static void put_string(
	const struct record_out *out, const struct shape_row *row, const char *string)
{
	const struct text text = text_of(string);

	wire_put_string(out->wire, string ? told(out, row, &text).bytes : NULL);
}

static void put_chars(const struct record_out *out, const struct shape_row *row, const char *chars)
{
	const struct text text = {chars, strnlen(chars, row->bytes)};

	put_text(out, row, &text);
}

void record_put_value(const struct record_out *out, const struct shape_row *row, const void *value,
	const void *before)
{
	switch (row->form) {
	case SHAPE_UINT:
		wire_put_uint(out->wire, out->redaction && row->privacy == SHAPE_RAW
						 ? 0
						 : uint_at(value, row->bytes));
		break;
	case SHAPE_INT:
		wire_put_int(out->wire, int_at(value, row->bytes));
		break;
	case SHAPE_BOOL:
		wire_put_bool(out->wire, *(const bool *)value);
		break;
	case SHAPE_REAL:
		wire_put_real(out->wire, real_at(value, row->bytes));
		break;
	case SHAPE_TEXT:
		put_text(out, row, value);
		break;
	case SHAPE_STRING:
		put_string(out, row, *(const char *const *)value);
		break;
	case SHAPE_CHARS:
		put_chars(out, row, value);
		break;
	case SHAPE_STRUCT:
		record_put(out, row->of, value, before);
		break;
	}
}

/* ---- lists --------------------------------------------------------------- */

/* The values from..end whole, or as changes to those in their places before. */
static void put_values(const struct record_out *out, const struct shape_row *row,
	const struct record_list *now, size_t from, size_t end, const struct record_list *before)
{
	if (is_words(row) && now->first) {
		wire_put_words(out->wire, (const uint64_t *)now->first + from, end - from);
		return;
	}
	wire_put_array(out->wire, end - from);
	for (size_t i = from; i < end; i++)
		record_put_value(out, row, record_item_at(now, row, i),
			before && i < before->n ? record_item_at(before, row, i) : NULL);
}

/* Most are in all their bytes, with what lies between their members. */
static bool is_same(const struct shape_row *row, const void *a, const void *b)
{
	return a == b || !memcmp(a, b, row->bytes) || shape_equal_values(row, a, b, 1);
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
		       !memcmp(record_item_at(now, row, i), record_item_at(before, row, i),
			       n * row->bytes);
	}
	*ret_n = n;
	return i < before->n &&
	       is_same(row, record_item_at(now, row, i), record_item_at(before, row, i));
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

void record_put_list(const struct record_out *out, const struct shape_row *row,
	struct record_list now, const struct record_list *before)
{
	if (!before && record_has_columns(row, now.n)) {
		record_put_columns(out, row, &now);
		return;
	}
	if (!before) {
		put_values(out, row, &now, 0, now.n, NULL);
		return;
	}
	wire_begin_array(out->wire);
	wire_put_uint(out->wire, now.n);
	for (size_t at = 0; at < now.n;) {
		size_t from = end_of_run(row, &now, before, at, true);
		size_t end = end_of_run(row, &now, before, from, false);

		wire_put_uint(out->wire, from - at);
		put_values(out, row, &now, from, end, before);
		at = end;
	}
	wire_end_array(out->wire);
}

/* ---- records ------------------------------------------------------------- */

static void put_here(const struct record_out *out, const struct shape_row *row, const char *now,
	const char *before)
{
	if (row->number != 1)
		wire_put_array(out->wire, row->number);
	for (size_t i = 0; i < row->number; i++)
		record_put_value(
			out, row, now + i * row->bytes, before ? before + i * row->bytes : NULL);
}

static void put_member(const struct record_out *out, const struct shape_row *row, const void *now,
	const void *before)
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
			record_put_value(out, row, first, old_n ? old : NULL);
		else
			wire_put_null(out->wire);
		break;
	case SHAPE_LIST:
		record_put_list(out, row, (struct record_list){first, NULL, n},
			before ? &(const struct record_list){old, NULL, old_n} : NULL);
		break;
	}
}

void record_put(const struct record_out *out, const struct shape *shape, const void *now,
	const void *before)
{
	const struct record_out own = {out->wire, out->redaction, now};

	wire_put_array(out->wire, shape->n);
	for (size_t i = 0; i < shape->n; i++)
		put_member(&own, &shape->row[i], now, before);
}

void record_put_choices(struct textbuf *out)
{
	wire_put_map(out, CHOICE_TABLES - 1);
	for (unsigned i = CHOICES_NONE + 1; i < CHOICE_TABLES; i++) {
		wire_put_string(out, choice_table[i].id);
		wire_put_array(out, choice_table[i].n);
		for (unsigned value = 0; value < choice_table[i].n; value++)
			wire_put_string(out, choice_table[i].name(value));
	}
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
