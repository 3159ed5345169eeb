/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of all shapes, filled with anything: what is read is what was written. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/model/family.h"
#include "twintop/model/pair.h"
#include "twintop/model/snapshot.h"
#include "twintop/record/codec.h"

#define ROOM	   ((size_t)64 << 20)
#define LIST_MOST  9u
#define WORDS_MOST 300u

static uint64_t seed = 1;

/* xorshift64: the same numbers in each run. */
static uint64_t any(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return below ? seed % below : seed;
}

/* ---- anything ------------------------------------------------------------ */

static void make(const struct shape *shape, void *record, struct arena *arena);

static void make_number(const struct shape_row *row, void *value)
{
	uint64_t number = row->most ? any(row->most) : any(4) ? any(300) : any(0);

	memcpy(value, &number, row->bytes); /* little-endian, as all that it is built for */
}

static void make_value(const struct shape_row *row, void *value, struct arena *arena)
{
	double real = (double)any(1000) / 8;
	float small = (float)real;
	char bytes[64];
	size_t n = any(sizeof bytes);

	for (size_t i = 0; i < n; i++)
		bytes[i] = row->form == SHAPE_TEXT ? (char)any(256) : (char)(' ' + any(90));
	switch (row->form) {
	case SHAPE_STRUCT:
		make(row->of, value, arena);
		break;
	case SHAPE_TEXT:
		*(struct text *)value =
			any(5) ? (struct text){arena_copy(arena, bytes, n), n} : (struct text){0};
		break;
	case SHAPE_STRING:
		*(const char **)value = any(5) ? arena_copy(arena, bytes, n) : NULL;
		break;
	case SHAPE_CHARS:
		memset(value, 0, row->bytes);
		memcpy(value, bytes, n < row->bytes ? n : row->bytes);
		break;
	case SHAPE_BOOL:
		*(bool *)value = any(2);
		break;
	case SHAPE_REAL:
		if (row->bytes == sizeof small)
			memcpy(value, &small, sizeof small);
		else
			memcpy(value, &real, sizeof real);
		break;
	default:
		make_number(row, value);
	}
}

/* Lists of one count are of one length. */
static size_t list_length(
	const struct shape *shape, const struct shape_row *row, const char *record)
{
	size_t n = row->form == SHAPE_UINT ? any(WORDS_MOST) : any(LIST_MOST);

	for (const struct shape_row *r = shape->row; r < row; r++)
		if (r->place == SHAPE_LIST && r->count == row->count)
			memcpy(&n, record + row->count, sizeof n);
	return n;
}

static void make(const struct shape *shape, void *record, struct arena *arena)
{
	for (size_t i = 0; i < shape->n; i++) {
		const struct shape_row *row = &shape->row[i];
		char *member = (char *)record + row->offset, *values = member;
		size_t n = row->number;

		if (row->place == SHAPE_MAYBE)
			n = any(2);
		if (row->place == SHAPE_LIST) {
			n = list_length(shape, row, record);
			memcpy((char *)record + row->count, &n, sizeof n);
		}
		if (row->place != SHAPE_HERE) {
			values = n ? arena_array(arena, n, row->bytes) : NULL;
			memcpy(member, &values, sizeof values);
		}
		for (size_t v = 0; v < n; v++)
			make_value(row, values + v * row->bytes, arena);
	}
}

/* Some of its values are others then, down to those of its lists. */
static void change(const struct shape *shape, void *record, struct arena *arena)
{
	for (size_t i = 0; i < shape->n; i++) {
		const struct shape_row *row = &shape->row[i];
		const void *first;
		size_t n = shape_values(row, record, &first);

		if (row->place == SHAPE_LIST && n && !any(3)) {
			n = any(n); /* it is shorter, with what it is made for anew */
			for (const struct shape_row *r = shape->row; r < shape->row + shape->n; r++)
				if (r != row && r->place == SHAPE_LIST && r->count == row->count)
					memcpy(&n, (char *)record + row->count, sizeof n);
			memcpy((char *)record + row->count, &n, sizeof n);
		}
		for (size_t v = 0; v < n; v++) {
			char *value = (char *)(uintptr_t)first + v * row->bytes;

			if (row->form == SHAPE_STRUCT && any(2))
				change(row->of, value, arena);
			else if (!any(8))
				make_value(row, value, arena);
		}
	}
}

/* ---- what is written and read -------------------------------------------- */

struct trip {
	struct record_names names;
	struct textbuf header, text;
	struct arena made, read;
};

static int begin(void **state)
{
	struct trip *t = calloc(1, sizeof *t);
	struct wire_in in;

	record_put_names(&t->header);
	in = (struct wire_in){t->header.bytes, t->header.len, 0};
	assert_int_equal(record_get_names(&in, &t->names), 0);
	assert_int_equal(in.at, in.n);
	*state = t;
	return 0;
}

static int end(void **state)
{
	struct trip *t = *state;

	record_names_free(&t->names);
	textbuf_free(&t->header);
	textbuf_free(&t->text);
	arena_free(&t->made);
	arena_free(&t->read);
	free(t);
	return 0;
}

static void *empty(struct trip *t, const struct shape *shape)
{
	return arena_alloc(&t->made, shape->bytes);
}

static void *any_record(struct trip *t, const struct shape *shape)
{
	void *record = empty(t, shape);

	make(shape, record, &t->made);
	return record;
}

static int get(struct trip *t, const struct shape *shape, size_t n, const void *before, void **ret)
{
	struct wire_in wire = {t->text.bytes, n, 0};
	struct record_in in = {.wire = &wire, .names = &t->names, .arena = &t->read, .room = ROOM};
	int error;

	*ret = arena_alloc(&t->read, shape->bytes);
	error = record_get(&in, shape, *ret, before);
	assert_true(error || wire.at <= wire.n);
	return error;
}

static void expect(
	struct trip *t, const struct shape *shape, const void *made, const void *before, void **ret)
{
	textbuf_clear(&t->text);
	record_put(&(const struct record_out){.wire = &t->text}, shape, made, before);
	assert_int_equal(get(t, shape, t->text.len, before, ret), 0);
	assert_true(shape_equal(shape, made, *ret));
}

static void clear(struct trip *t)
{
	arena_free(&t->made);
	arena_free(&t->read);
}

static void records_are_read_as_they_were_written(void **state)
{
	struct trip *t = *state;
	void *read;

	for (unsigned s = 0; s < SHAPES; s++) {
		expect(t, shape_table[s], empty(t, shape_table[s]), NULL, &read);
		for (unsigned i = 0; i < 40; i++)
			expect(t, shape_table[s], any_record(t, shape_table[s]), NULL, &read);
		clear(t);
	}
}

static void changes_are_read_as_they_were_written(void **state)
{
	struct trip *t = *state;
	void *read, *made, *before;

	for (unsigned s = 0; s < SHAPES; s++) {
		for (unsigned i = 0; i < 40; i++) {
			before = any_record(t, shape_table[s]);
			made = empty(t, shape_table[s]);
			shape_copy(shape_table[s], made, before, &t->made);
			assert_true(shape_equal(shape_table[s], made, before));
			expect(t, shape_table[s], made, before, &read);
			change(shape_table[s], made, &t->made);
			expect(t, shape_table[s], made, before, &read);
			/* And of something else altogether. */
			expect(t, shape_table[s], any_record(t, shape_table[s]), made, &read);
		}
		clear(t);
	}
}

/* What is the same costs next to nothing. */
static void what_is_as_before_is_short(void **state)
{
	struct trip *t = *state;
	uint64_t entry[1 << 14];
	struct page_run run = {4096, sizeof entry / sizeof *entry, entry};
	const struct shape *shape = shape_table[SHAPE_OF_page_run];

	for (size_t i = 0; i < run.n; i++)
		entry[i] = any(0);
	textbuf_clear(&t->text);
	record_put(&(const struct record_out){.wire = &t->text}, shape, &run, NULL);
	assert_true(t->text.len > sizeof entry);
	textbuf_clear(&t->text);
	record_put(&(const struct record_out){.wire = &t->text}, shape, &run, &run);
	assert_true(t->text.len < 32);
}

/* Cut off anywhere it is no record; with any byte changed it is one or none, and nothing breaks. */
static void damaged_records_break_nothing(void **state)
{
	struct trip *t = *state;

	for (unsigned s = 0; s < SHAPES; s++) {
		const struct shape *shape = shape_table[s];
		void *before = any_record(t, shape), *now = any_record(t, shape), *read;

		for (unsigned changes = 0; changes < 2; changes++) {
			const void *old = changes ? before : NULL;

			textbuf_clear(&t->text);
			record_put(&(const struct record_out){.wire = &t->text}, shape, now, old);
			for (unsigned i = 0; i < 60; i++)
				assert_int_equal(
					get(t, shape, any(t->text.len), old, &read), -EBADMSG);
			for (unsigned i = 0; i < 200; i++) {
				size_t at = any(t->text.len);
				char was = t->text.bytes[at];

				t->text.bytes[at] = (char)any(256);
				get(t, shape, t->text.len, old, &read);
				t->text.bytes[at] = was;
			}
			arena_free(&t->read);
		}
		clear(t);
	}
}

/* A few bytes that ask for very much. */
static void bombs_do_not_fit(void **state)
{
	struct trip *t = *state;
	const struct shape *shape = shape_table[SHAPE_OF_event_batch];
	void *read;

	for (unsigned i = 0; i < 2; i++) {
		textbuf_clear(&t->text);
		record_put(&(const struct record_out){.wire = &t->text}, shape, empty(t, shape),
			i ? empty(t, shape) : NULL);
		/* The list of events: an array of none, or of changes of which there are none. */
		for (size_t at = t->text.len - 1; at > 0; at--)
			if (t->text.bytes[at] == (i ? 0 : (char)0x80)) {
				struct textbuf bomb = {0};

				textbuf_add(&bomb, t->text.bytes, at);
				if (i)
					wire_put_uint(&bomb, (uint64_t)1 << 62);
				else
					wire_put_array(&bomb, (size_t)1 << 40);
				textbuf_add(&bomb, t->text.bytes + at + 1, t->text.len - at - 1);
				textbuf_free(&t->text);
				t->text = bomb;
				break;
			}
		assert_true(get(t, shape, t->text.len, i ? empty(t, shape) : NULL, &read) < 0);
	}
}

/* Members that we do not know are passed over, those that were not recorded stay zero. */
static void other_names_are_passed_over(void **state)
{
	struct textbuf header = {0}, text = {0};
	struct record_names names;
	struct arena arena = {0};
	struct task_id id = {7, 0};
	const struct shape *shape = shape_table[SHAPE_OF_task_id];
	struct wire_in wire;
	struct record_in in = {.wire = &wire, .names = &names, .arena = &arena, .room = ROOM};

	(void)state;
	wire_put_map(&header, 2);
	wire_put_string(&header, "made_of_later_years");
	wire_put_array(&header, 1);
	wire_put_string(&header, "pid");
	wire_put_string(&header, "task_id");
	wire_put_array(&header, 2);
	wire_put_string(&header, "colour");
	wire_put_string(&header, "pid");
	wire = (struct wire_in){header.bytes, header.len, 0};
	assert_int_equal(record_get_names(&wire, &names), 0);

	wire_put_array(&text, 2);
	wire_put_map(&text, 1);
	wire_put_string(&text, "red");
	wire_begin_array(&text);
	wire_put_real(&text, 0.5);
	wire_put_words(&text, (const uint64_t[]){1, 2}, 2);
	wire_end_array(&text);
	wire_put_int(&text, 4242);
	wire = (struct wire_in){text.bytes, text.len, 0};
	assert_int_equal(record_get(&in, shape, &id, NULL), 0);
	assert_int_equal(id.pid, 4242);
	assert_int_equal(id.start_ticks, 0);
	assert_int_equal(wire.at, wire.n);

	/* Of a structure that was not recorded there is nothing to be read. */
	wire.at = 0;
	assert_int_equal(record_get(&in, shape_table[SHAPE_OF_page_run], &id, NULL), -EBADMSG);
	record_names_free(&names);
	textbuf_free(&header);
	textbuf_free(&text);
	arena_free(&arena);
}

static void names_that_are_none_are_refused(void **state)
{
	static const char *const header[] = {
		"\x80",						    /* no map */
		"\xa1\x67task_id\xa0",				    /* no list of members */
		"\xa1\x67task_id\x80",				    /* none */
		"\xa1\x67task_id\x82\x63pid\x63pid",		    /* one of them twice */
		"\xa2\x67task_id\x81\x63pid\x67task_id\x81\x63pid", /* a structure twice */
		"\xa1\x67task_id\x81\x01",			    /* a member without a name */
		"\xa1\x01\x81\x63pid",				    /* a structure without one */
		"\xa2\x67task_id\x81\x63pid",			    /* cut off */
		"\xa1\x63not\x9a\xff\xff\xff\xff", /* one that we do not know, too long */
	};
	struct record_names names;

	(void)state;
	for (size_t i = 0; i < sizeof header / sizeof *header; i++) {
		struct wire_in in = {header[i], strlen(header[i]), 0};

		assert_int_equal(record_get_names(&in, &names), -EBADMSG);
		record_names_free(&names);
	}
}

/* Members that are not written by their shape: references, and what is told or made otherwise. */
#define LEFT_OUT(tag, member)                                                                      \
	{                                                                                          \
		SHAPE_OF_##tag, offsetof(struct tag, member), sizeof(((struct tag *)0)->member)    \
	}
static const struct left_out {
	enum shape_number shape;
	size_t offset, bytes;
} left_out[] = {
	LEFT_OUT(part, references),
	LEFT_OUT(part, arena),
	LEFT_OUT(part, release),
	LEFT_OUT(thread_list, n),
	LEFT_OUT(thread_list, seats),
	LEFT_OUT(thread_list, group),
	LEFT_OUT(thread_list, window),
	LEFT_OUT(thread_list, signals),
	LEFT_OUT(thread_list, texts),
	LEFT_OUT(page_map, memory),
	LEFT_OUT(page_map, lent),
	LEFT_OUT(page_map, mapping),
	LEFT_OUT(fd_list, lookup), /* made of the rest */
	LEFT_OUT(lock_table, waiting),
	LEFT_OUT(lock_table, held),
	LEFT_OUT(fault_batch, examples_n),
	LEFT_OUT(fault_batch, example),
	LEFT_OUT(fault_example, references),
	LEFT_OUT(fault_example, stack_n),
	LEFT_OUT(side, part),
	LEFT_OUT(side, was_ns), /* of a past that is composed, never recorded */
	LEFT_OUT(side, was_realtime_ns),
	LEFT_OUT(side, host),
	LEFT_OUT(snapshot, pair_part),
	LEFT_OUT(snapshot, host_part),
	LEFT_OUT(snapshot, copies),
	LEFT_OUT(verdicts, shared_n),
	LEFT_OUT(verdicts, shared),
	LEFT_OUT(verdicts, cow_shared),
	LEFT_OUT(verdicts, copied),
	LEFT_OUT(verdicts, verdict_runs_n),
	LEFT_OUT(verdicts, verdict_run),
};

static void cover(char *covered, size_t offset, size_t bytes)
{
	memset(covered + offset, 1, bytes);
}

static void cover_row(char *covered, const struct shape_row *row)
{
	cover(covered, row->offset,
		row->place == SHAPE_HERE ? row->number * row->bytes : sizeof(void *));
	if (row->place == SHAPE_LIST)
		cover(covered, row->count, sizeof(size_t));
}

/* Between members there is no more room than the next one's alignment asks for. */
static void no_member_is_forgotten(void **state)
{
	(void)state;
	for (unsigned s = 0; s < SHAPES; s++) {
		const struct shape *shape = shape_table[s];
		char *covered = calloc(1, shape->bytes + 1);
		size_t gap = 0;

		for (size_t i = 0; i < shape->n; i++)
			cover_row(covered, &shape->row[i]);
		for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
			if (left_out[i].shape == s)
				cover(covered, left_out[i].offset, left_out[i].bytes);
		covered[shape->bytes] = 1;
		for (size_t at = 0; at <= shape->bytes; at++) {
			if (covered[at] && (gap >= 8 || (gap && at % (gap > 3	       ? 8
									     : gap > 1 ? 4
										       : 2))))
				fail_msg("struct %s: %zu bytes before %zu are of no member that is "
					 "written",
					shape->id, gap, at);
			gap = covered[at] ? 0 : gap + 1;
		}
		free(covered);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_are_read_as_they_were_written, begin, end),
		cmocka_unit_test_setup_teardown(changes_are_read_as_they_were_written, begin, end),
		cmocka_unit_test_setup_teardown(what_is_as_before_is_short, begin, end),
		cmocka_unit_test_setup_teardown(damaged_records_break_nothing, begin, end),
		cmocka_unit_test_setup_teardown(bombs_do_not_fit, begin, end),
		cmocka_unit_test(no_member_is_forgotten),
		cmocka_unit_test(other_names_are_passed_over),
		cmocka_unit_test(names_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
