/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/shape.h"

#include <string.h>

#include "twintop/model/backtraces.h"
#include "twintop/model/connects.h"
#include "twintop/model/convoy.h"
#include "twintop/model/duty.h"
#include "twintop/model/user_stacks.h"
#include "twintop/model/erosion.h"
#include "twintop/model/family.h"
#include "twintop/model/file_lock.h"
#include "twintop/model/names.h"
#include "twintop/model/pair.h"
#include "twintop/model/snapshot.h"
#include "twintop/model/writers.h"

/* How many values the enumerations have. */
enum {
#define ENUMERATION(COUNT, most, ...) CHOICES_MOST_##COUNT = most,
#include "twintop/model/choice_rows.h"
};

/* ---- the table ----------------------------------------------------------- */

#define MEMBER(tag, member)    (((struct tag *)0)->member)
#define NUMBER_OF(tag, member) (sizeof MEMBER(tag, member) / sizeof MEMBER(tag, member)[0])
#define FORM(value)                                                                                \
	_Generic((value), bool                                                                     \
		 : SHAPE_BOOL, float                                                               \
		 : SHAPE_REAL, double                                                              \
		 : SHAPE_REAL, int                                                                 \
		 : SHAPE_INT, long                                                                 \
		 : SHAPE_INT, long long                                                            \
		 : SHAPE_INT, char                                                                 \
		 : SHAPE_UINT, unsigned char                                                       \
		 : SHAPE_UINT, unsigned short                                                      \
		 : SHAPE_UINT, unsigned                                                            \
		 : SHAPE_UINT, unsigned long                                                       \
		 : SHAPE_UINT, unsigned long long                                                  \
		 : SHAPE_UINT)
/* A text is no value, nor is a value a text: so that each is told to be private or not. */
#define TEXT_FORM(value) _Generic((value), struct text : SHAPE_TEXT, const char * : SHAPE_STRING)

#define SHAPE(tag) static const struct shape_row tag##_row[] = {
#define SHAPE_END(tag)                                                                             \
	}                                                                                          \
	;                                                                                          \
	static const struct shape tag##_shape = {#tag, SHAPE_OF_##tag, sizeof(struct tag),         \
		sizeof tag##_row / sizeof *tag##_row, tag##_row};
#define ROW(tag, member, form, place, bytes, number, ...)                                          \
	{#member, form, place, offsetof(struct tag, member), bytes, number, __VA_ARGS__},
#define BYTES(tag, member)  sizeof MEMBER(tag, member)
#define COUNT(tag, count)   offsetof(struct tag, count)
#define VALUE(tag, member)  BELOW(tag, member, 0)
#define VALUES(tag, member) SEVERAL(tag, member, 0, SHAPE_NO_TEXT, CHOICES_NONE)
#define ONE(tag, member, most, choices)                                                            \
	ROW(tag, member, FORM(MEMBER(tag, member)), SHAPE_HERE, BYTES(tag, member), 1, 0, NULL,    \
		most, SHAPE_NO_TEXT, choices)
#define SEVERAL(tag, member, most, privacy, choices)                                               \
	ROW(tag, member, FORM(MEMBER(tag, member)[0]), SHAPE_HERE, BYTES(tag, member[0]),          \
		NUMBER_OF(tag, member), 0, NULL, most, privacy, choices)
#define BELOW(tag, member, most)   ONE(tag, member, most, CHOICES_NONE)
#define CHOICE(tag, member, count) ONE(tag, member, CHOICES_MOST_##count, CHOICES_OF_##count)
#define CHOICES(tag, member, count)                                                                \
	SEVERAL(tag, member, CHOICES_MOST_##count, SHAPE_NO_TEXT, CHOICES_OF_##count)
#define SECRETS(tag, member) SEVERAL(tag, member, 0, SHAPE_RAW, CHOICES_NONE)
#define TEXT(tag, member, privacy)                                                                 \
	ROW(tag, member, TEXT_FORM(MEMBER(tag, member)), SHAPE_HERE, BYTES(tag, member), 1, 0,     \
		NULL, 0, SHAPE_##privacy, CHOICES_NONE)
#define CHARS(tag, member, privacy)                                                                \
	ROW(tag, member, SHAPE_CHARS, SHAPE_HERE, BYTES(tag, member), 1, 0, NULL, 0,               \
		SHAPE_##privacy, CHOICES_NONE)
#define LIST_OF(tag, member, count, form, privacy)                                                 \
	ROW(tag, member, form, SHAPE_LIST, BYTES(tag, member[0]), 0, COUNT(tag, count), NULL, 0,   \
		privacy, CHOICES_NONE)
#define ITEMS(tag, member, count)                                                                  \
	LIST_OF(tag, member, count, FORM(MEMBER(tag, member)[0]), SHAPE_NO_TEXT)
#define TEXTS(tag, member, count, privacy)                                                         \
	LIST_OF(tag, member, count, TEXT_FORM(MEMBER(tag, member)[0]), SHAPE_##privacy)
#define RECORD(tag, member, of)                                                                    \
	ROW(tag, member, SHAPE_STRUCT, SHAPE_HERE, sizeof(struct of),                              \
		BYTES(tag, member) / sizeof(struct of), 0, &of##_shape, 0, SHAPE_NO_TEXT,          \
		CHOICES_NONE)
#define RECORDS(tag, member, count, of)                                                            \
	ROW(tag, member, SHAPE_STRUCT, SHAPE_LIST, sizeof(struct of), 0, COUNT(tag, count),        \
		&of##_shape, 0, SHAPE_NO_TEXT, CHOICES_NONE)
#define MAYBE(tag, member, of)                                                                     \
	ROW(tag, member, SHAPE_STRUCT, SHAPE_MAYBE, sizeof(struct of), 0, 0, &of##_shape, 0,       \
		SHAPE_NO_TEXT, CHOICES_NONE)
#include "twintop/model/shape_rows.h"

const struct shape *const shape_table[SHAPES] = {
#define SHAPE(tag) [SHAPE_OF_##tag] = &tag##_shape,
#include "twintop/model/shape_rows.h"
};

/* ---- records ------------------------------------------------------------- */

size_t shape_values(const struct shape_row *row, const void *record, const void **ret_first)
{
	const char *member = (const char *)record + row->offset;
	size_t n = row->number;

	if (row->place == SHAPE_HERE) {
		*ret_first = member;
		return n;
	}
	memcpy(ret_first, member, sizeof *ret_first);
	if (row->place == SHAPE_MAYBE)
		return *ret_first != NULL;
	memcpy(&n, (const char *)record + row->count, sizeof n);
	return n;
}

/* Whether values of that form are the same where their bytes are. */
static bool is_plain(enum shape_form form)
{
	return form != SHAPE_TEXT && form != SHAPE_STRING && form != SHAPE_STRUCT &&
	       form != SHAPE_CHARS;
}

static bool equal_value(const struct shape_row *row, const void *a, const void *b)
{
	const char *x, *y;

	switch (row->form) {
	case SHAPE_STRUCT:
		return shape_equal(row->of, a, b);
	case SHAPE_TEXT:
		return text_equal(*(const struct text *)a, *(const struct text *)b) &&
		       !((const struct text *)a)->bytes == !((const struct text *)b)->bytes;
	case SHAPE_STRING:
		x = *(const char *const *)a;
		y = *(const char *const *)b;
		return x == y || (x && y && !strcmp(x, y));
	case SHAPE_CHARS:
		return !strncmp(a, b, row->bytes);
	default:
		return !memcmp(a, b, row->bytes);
	}
}

bool shape_equal_values(const struct shape_row *row, const void *a, const void *b, size_t n)
{
	if (a == b || !n)
		return true;
	if (is_plain(row->form))
		return !memcmp(a, b, n * row->bytes);
	for (size_t i = 0; i < n; i++)
		if (!equal_value(row, (const char *)a + i * row->bytes,
			    (const char *)b + i * row->bytes))
			return false;
	return true;
}

bool shape_equal(const struct shape *shape, const void *a, const void *b)
{
	for (size_t i = 0; a != b && i < shape->n; i++) {
		const struct shape_row *row = &shape->row[i];
		const void *in_a, *in_b;
		size_t n = shape_values(row, a, &in_a);

		if (n != shape_values(row, b, &in_b) || !shape_equal_values(row, in_a, in_b, n))
			return false;
	}
	return true;
}

static void copy_value(const struct shape_row *row, void *to, const void *from, struct arena *arena)
{
	const struct text *text = from;

	switch (row->form) {
	case SHAPE_STRUCT:
		shape_copy(row->of, to, from, arena);
		break;
	case SHAPE_TEXT:
		*(struct text *)to = (struct text){
			text->bytes ? arena_copy(arena, text->bytes, text->len) : NULL, text->len};
		break;
	default:
		memcpy(to, from, row->bytes);
	}
}

void shape_copy_values(
	const struct shape_row *row, void *to, const void *from, size_t n, struct arena *arena)
{
	if (is_plain(row->form) && n) {
		memcpy(to, from, n * row->bytes);
		return;
	}
	for (size_t i = 0; i < n; i++)
		copy_value(row, (char *)to + i * row->bytes, (const char *)from + i * row->bytes,
			arena);
}

void shape_copy(const struct shape *shape, void *to, const void *from, struct arena *arena)
{
	for (size_t i = 0; i < shape->n; i++) {
		const struct shape_row *row = &shape->row[i];
		char *member = (char *)to + row->offset;
		const void *first;
		size_t n = shape_values(row, from, &first);
		void *values = member;

		if (row->place == SHAPE_LIST)
			memcpy((char *)to + row->count, &n, sizeof n);
		if (row->place != SHAPE_HERE) {
			values = n ? arena_array(arena, n, row->bytes) : NULL;
			memcpy(member, &values, sizeof values);
		}
		shape_copy_values(row, values, first, n, arena);
	}
}
