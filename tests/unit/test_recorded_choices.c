/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of enumerations are recorded by number, and the header says which name each number has:
 * a reader whose own order is another one, or who lacks some, reads what was meant or says that it
 * does not know.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "twintop/model/snapshot.h"
#include "twintop/record/moment_code.h"
#include "twintop/record/recorder.h"
#include "twintop/record/recording.h"

#define ROOM ((size_t)1 << 20)

/* Ours but for one enumeration: its names begin so many further on, and one is another. */
struct theirs {
	enum choice_number number;
	unsigned shift;
	unsigned without; /* value of ours that has no name of ours; n: each has */
};

static void put_theirs(struct textbuf *out, const struct theirs *t)
{
	const struct choices *c = &choice_table[t->number];

	wire_put_map(out, 1);
	wire_put_string(out, c->id);
	wire_put_array(out, c->n);
	for (unsigned i = 0; i < c->n; i++) {
		unsigned value = (i + t->shift) % c->n;

		wire_put_string(out, value == t->without ? "later \033[31m\n" : c->name(value));
	}
}

static int read_names(const struct textbuf *choices, struct record_names *ret)
{
	struct textbuf members = {0};
	struct wire_in in;
	int error;

	record_put_names(&members);
	in = (struct wire_in){members.bytes, members.len, 0};
	assert_int_equal(record_get_names(&in, ret), 0);
	textbuf_free(&members);
	if (!choices)
		return record_get_choices(NULL, ret);
	in = (struct wire_in){choices->bytes, choices->len, 0};
	error = record_get_choices(&in, ret);
	if (!error)
		assert_int_equal(in.at, in.n);
	return error;
}

static struct record_names names_of(const struct theirs *t)
{
	struct textbuf choices = {0};
	struct record_names names;

	put_theirs(&choices, t);
	assert_int_equal(read_names(&choices, &names), 0);
	textbuf_free(&choices);
	return names;
}

/* ---- one's own, and of before --------------------------------------------------- */

static void expect_ours(const struct record_names *names)
{
	assert_false(names->other);
	for (unsigned i = CHOICES_NONE + 1; i < CHOICE_TABLES; i++) {
		assert_true(names->choice[i].n > 1);
		for (size_t k = 0; k < names->choice[i].n; k++)
			assert_int_equal(names->choice[i].ours[k], k);
	}
}

static void ours_are_ours(void **state)
{
	struct textbuf choices = {0};
	struct record_names names;

	(void)state;
	record_put_choices(&choices);
	assert_int_equal(read_names(&choices, &names), 0);
	expect_ours(&names);
	for (unsigned i = CHOICES_NONE + 1; i < CHOICE_TABLES; i++)
		assert_int_equal(names.choice[i].n, choice_table[i].n);
	record_names_free(&names);
	textbuf_free(&choices);
}

/* Each value has a name of its own, or a reader could not tell them apart. */
static void names_are_single(void **state)
{
	(void)state;
	for (unsigned i = CHOICES_NONE + 1; i < CHOICE_TABLES; i++) {
		const struct choices *c = &choice_table[i];

		assert_true(c->n > 1 && c->n < RECORD_UNKNOWN && c->unknown <= c->n);
		for (unsigned a = 0; a < c->n; a++) {
			assert_non_null(c->name(a));
			for (unsigned b = 0; b < a; b++)
				assert_string_not_equal(c->name(a), c->name(b));
		}
		for (unsigned k = CHOICES_NONE + 1; k < i; k++)
			assert_string_not_equal(c->id, choice_table[k].id);
	}
}

/* Recorded before headers had names. */
static void old_files_go_by_the_numbers_of_then(void **state)
{
	static const char *const tape[] = {"old", "cow", "threads", "family"};
	struct record_names names;

	(void)state;
	assert_int_equal(read_names(NULL, &names), 0);
	expect_ours(&names);
	record_names_free(&names);
	for (size_t i = 0; i < sizeof tape / sizeof *tape; i++) {
		struct recording *r;
		struct snapshot *s;
		char path[4096];
		unsigned n = 0;
		int fd, error;

		snprintf(path, sizeof path, "%s/tests/recordings/%s.twin", TWINTOP_SRCDIR, tape[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(recording_new(fd, &r), 0);
		expect_ours(recording_names(r));
		for (; !(error = recording_next(r, &s)); n++)
			part_put(s);
		assert_int_equal(error, -ENODATA);
		assert_true(n > 3);
		recording_free(r);
		close(fd);
	}
}

/* ---- in another order --------------------------------------------------------------- */

static void other_orders_are_followed(void **state)
{
	(void)state;
	for (unsigned i = CHOICES_NONE + 1; i < CHOICE_TABLES; i++) {
		unsigned n = choice_table[i].n;

		for (unsigned shift = 1; shift < n; shift++) {
			struct record_names names = names_of(&(const struct theirs){i, shift, n});

			assert_true(names.other);
			assert_int_equal(names.choice[i].n, n);
			for (unsigned k = 0; k < n; k++)
				assert_int_equal(names.choice[i].ours[k], (k + shift) % n);
			record_names_free(&names);
		}
	}
}

static void expect_fd(const struct record_names *names, enum fd_kind recorded, enum fd_kind want)
{
	const struct shape *shape = shape_table[SHAPE_OF_fd_entry];
	const struct fd_entry before = {.fd = 7, .kind = recorded};
	struct fd_entry read = {0};
	struct textbuf out = {0};
	struct arena arena = {0};
	struct wire_in wire;
	struct record_in in = {.wire = &wire, .names = names, .arena = &arena, .room = ROOM};

	record_put(&(const struct record_out){.wire = &out}, shape, &before, NULL);
	wire = (struct wire_in){out.bytes, out.len, 0};
	assert_int_equal(record_get(&in, shape, &read, NULL), 0);
	assert_int_equal(read.fd, 7);
	assert_int_equal(read.kind, want);
	textbuf_free(&out);
	arena_free(&arena);
}

/* A later twintop has put one in front of all others. */
static void what_was_inserted_moves_the_others(void **state)
{
	struct textbuf choices = {0};
	struct record_names names;

	(void)state;
	wire_put_map(&choices, 2);
	wire_put_string(&choices, "of_a_later_kind");
	wire_put_array(&choices, 1);
	wire_put_uint(&choices, 1);
	wire_put_string(&choices, "fd_kind");
	wire_put_array(&choices, FD_KINDS + 1);
	wire_put_string(&choices, "quantum_link");
	for (unsigned i = 0; i < FD_KINDS; i++)
		wire_put_string(&choices, fd_kind_name((enum fd_kind)i));
	assert_int_equal(read_names(&choices, &names), 0);
	expect_fd(&names, (enum fd_kind)0, FD_UNKNOWN);
	for (unsigned i = 0; i < FD_KINDS; i++)
		expect_fd(&names, (enum fd_kind)(i + 1), (enum fd_kind)i);
	record_names_free(&names);
	textbuf_free(&choices);
}

/* ---- of no name that we know ---------------------------------------------------------- */

static unsigned value_at(const struct shape_row *row, const char *record)
{
	uint8_t byte = 0;
	uint16_t word = 0;
	unsigned whole = 0;

	memcpy(row->bytes == 1	  ? (void *)&byte
		: row->bytes == 2 ? (void *)&word
				  : (void *)&whole,
		record + row->offset, row->bytes);
	return row->bytes == 1 ? byte : row->bytes == 2 ? word : whole;
}

/* The first value of that enumeration in a record of zeros has no name. */
static void read_unknown(const struct shape *shape, const struct shape_row *row, char *ret)
{
	struct record_names names = names_of(&(const struct theirs){row->choices, 0, 0});
	char *zeros = mem_alloc(shape->bytes);
	struct textbuf out = {0};
	struct arena arena = {0};
	struct wire_in wire;
	struct record_in in = {.wire = &wire, .names = &names, .arena = &arena, .room = ROOM};

	memset(zeros, 0, shape->bytes);
	memset(ret, 0, shape->bytes);
	record_put(&(const struct record_out){.wire = &out}, shape, zeros, NULL);
	wire = (struct wire_in){out.bytes, out.len, 0};
	assert_int_equal(record_get(&in, shape, ret, NULL), 0);
	record_names_free(&names);
	textbuf_free(&out);
	arena_free(&arena);
	free(zeros);
}

static void each_member_has_something_for_the_unknown(void **state)
{
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < SHAPES; i++)
		for (size_t k = 0; k < shape_table[i]->n; k++) {
			const struct shape_row *row = &shape_table[i]->row[k];
			char *record = mem_alloc(shape_table[i]->bytes);

			if (row->choices) {
				read_unknown(shape_table[i], row, record);
				assert_int_equal(
					value_at(row, record), choice_table[row->choices].unknown);
				n++;
			}
			free(record);
		}
	assert_true(n > 40);
	assert_false(value_state_has_value(VALUE_UNTOLD));
	assert_non_null(value_state_reason(VALUE_UNTOLD));
}

static const struct shape_row *row_named(enum shape_number shape, const char *name)
{
	const struct shape_row *row = shape_table[shape]->row;

	while (strcmp(row->name, name) != 0)
		row++;
	return row;
}

/* What has no value for it is not known, and says why. */
static void what_stands_beside_it_says_why(void **state)
{
	static const struct {
		enum shape_number shape;
		const char *member, *says;
	} row[] = {{SHAPE_OF_thread_call, "wait_kind", "wait_state"},
		{SHAPE_OF_thread_call, "syscall_abi", "abi_state"},
		{SHAPE_OF_thread_backtrace, "gap", "hidden"}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char *record = mem_alloc(shape_table[row[i].shape]->bytes);

		read_unknown(
			shape_table[row[i].shape], row_named(row[i].shape, row[i].member), record);
		assert_int_equal(
			value_at(row_named(row[i].shape, row[i].says), record), VALUE_UNTOLD);
		free(record);
	}
}

/* ---- in a file ---------------------------------------------------------------------------- */

static void end_frame(struct textbuf *frame, struct textbuf *file)
{
	size_t most = ZSTD_compressBound(frame->len);
	char *packed = mem_alloc(most);
	size_t n = ZSTD_compress(packed, most, frame->bytes, frame->len, 1);

	assert_false(ZSTD_isError(n));
	textbuf_add(file, packed, n);
	textbuf_clear(frame);
	free(packed);
}

/* What follows the members of a header: choices, "choices" and what they are. */
static void put_header(struct textbuf *file, const struct textbuf *choices, unsigned keys)
{
	struct textbuf frame = {0};

	wire_put_map(&frame, 2 + keys);
	wire_put_string(&frame, "twintop");
	wire_put_uint(&frame, RECORDING_MAJOR);
	textbuf_add(&frame, choices->bytes, choices->len);
	wire_put_string(&frame, "members");
	record_put_names(&frame);
	end_frame(&frame, file);
	textbuf_free(&frame);
}

static int open_file(const struct textbuf *file, int *ret_fd, struct recording **ret)
{
	*ret_fd = memfd_create("recording", MFD_CLOEXEC);
	assert_int_equal(write(*ret_fd, file->bytes, file->len), file->len);
	lseek(*ret_fd, 0, SEEK_SET);
	return recording_new(*ret_fd, ret);
}

/* Of what comes after us nothing is guessed; what came before is read as ours is. */
static void a_newer_one_is_refused_and_an_older_one_is_not(void **state)
{
	(void)state;
	for (unsigned major = 1; major <= RECORDING_MAJOR + 1; major++) {
		struct textbuf frame = {0}, file = {0};
		struct recording *r;
		int fd, error;

		wire_put_map(&frame, 2);
		wire_put_string(&frame, "twintop");
		wire_put_uint(&frame, major);
		wire_put_string(&frame, "members");
		record_put_names(&frame);
		end_frame(&frame, &file);
		error = open_file(&file, &fd, &r);
		assert_int_equal(error, major > RECORDING_MAJOR ? -EPROTONOSUPPORT : 0);
		if (!error)
			recording_free(r);
		close(fd);
		textbuf_free(&frame);
		textbuf_free(&file);
	}
}

/* A moment in which that many events of two kinds in turn were told. */
static struct snapshot *moment_with_events(unsigned n)
{
	struct snapshot *s = snapshot_new();
	struct event_sink sink = {0};

	s->host = (struct host){.page_size = 4096, .clock_ticks = 100, .cpus = 1};
	s->monotonic_ns = 1000;
	for (unsigned i = 0; i < n; i++)
		event_sink_add(&sink,
			(struct event){.kind = i % 2 ? EVENT_EXIT : EVENT_FORK,
				.monotonic_ns = 10 + i,
				.realtime_ns = 20 + i,
				.pid = 5},
			text_of(NULL), text_of(NULL));
	s->events = event_sink_seal(&sink);
	part_seal(&s->part, 0, 0);
	return s;
}

/* Events of a kind that we do not know are counted where the first was; the others are there. */
static void unknown_events_are_counted(void **state)
{
	struct textbuf choices = {0}, frame = {0}, file = {0};
	struct snapshot *s = moment_with_events(6), *read;
	const struct event *e;
	struct recording *r;
	int fd;

	(void)state;
	wire_put_string(&choices, "choices");
	put_theirs(&choices, &(const struct theirs){CHOICES_OF_EVENT_KINDS, 0, EVENT_FORK});
	put_header(&file, &choices, 1);
	wire_put_map(&frame, 1);
	wire_put_string(&frame, "key");
	wire_put_bool(&frame, true);
	moment_code_put(&(const struct record_out){.wire = &frame}, s, NULL);
	end_frame(&frame, &file);
	assert_int_equal(open_file(&file, &fd, &r), 0);
	assert_int_equal(recording_next(r, &read), 0);
	assert_int_equal(read->events->n, 4);
	e = read->events->event;
	assert_int_equal(e[0].kind, EVENT_LOST);
	assert_int_equal(e[0].count, 3);
	assert_int_equal(e[0].monotonic_ns, 10);
	assert_non_null(strstr(e[0].source, "newer twintop"));
	for (unsigned i = 1; i < 4; i++) {
		assert_int_equal(e[i].kind, EVENT_EXIT);
		assert_int_equal(e[i].pid, 5);
		assert_int_equal(e[i].monotonic_ns, 9 + 2 * i);
	}
	part_put(read);
	part_put(s);
	recording_free(r);
	close(fd);
	textbuf_free(&choices);
	textbuf_free(&frame);
	textbuf_free(&file);
}

/* ---- hostile ones ---------------------------------------------------------------------------- */

static void put_names(struct textbuf *out, const char *id, unsigned n)
{
	char name[32];

	wire_put_string(out, id);
	wire_put_array(out, n);
	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof name, "name %u", i);
		wire_put_string(out, name);
	}
}

static void make_bad(struct textbuf *out, unsigned i)
{
	static const char *const raw[] = {"\x83\x01\x02\x03", "\xa1\x01\x81\x61x",
		"\xa1\x67"
		"fd_kind\x80",
		"\xa1\x67"
		"fd_kind\x61x",
		"\xa1\x67"
		"fd_kind\x81\x01",
		"\xa1\x67"
		"fd_kind\x82\x61x\x41x",
		"\xa1\x67"
		"fd_kind\x82\x64"
		"file\x64"
		"file",
		"\xa2\x67"
		"fd_kind\x81\x64"
		"file\x67"
		"fd_kind\x81\x64pipe",
		"\xa1\x67"
		"fd_kind\x9f\xff",
		"\xa1\x67"
		"fd_kind\x9a\xff\xff\xff\xff",
		"\xbf\xff"};
	const size_t n = sizeof raw / sizeof *raw;

	if (i < n) {
		textbuf_adds(out, raw[i]);
		return;
	}
	wire_put_map(out, 1);
	put_names(out, "event", i == n ? 256 : 5000);
}
#define BAD 13u

static void what_is_no_table_of_names_is_damage(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BAD; i++) {
		struct textbuf choices = {0}, file = {0};
		struct record_names names;
		struct recording *r;
		int fd;

		make_bad(&choices, i);
		assert_int_equal(read_names(&choices, &names), -EBADMSG);
		record_names_free(&names);
		/* The same in a file. */
		textbuf_clear(&choices);
		wire_put_string(&choices, "choices");
		make_bad(&choices, i);
		put_header(&file, &choices, 1);
		assert_int_equal(open_file(&file, &fd, &r), -EBADMSG);
		close(fd);
		textbuf_free(&choices);
		textbuf_free(&file);
	}
}

/* Names that we do not know may be any, and as many as there is room for; a second table is passed
 * over. */
static void what_is_strange_is_borne(void **state)
{
	struct textbuf choices = {0}, file = {0};
	struct recording *r;
	int fd;

	(void)state;
	wire_put_string(&choices, "choices");
	wire_put_map(&choices, 1001);
	for (unsigned i = 0; i < 1000; i++)
		put_names(&choices, "nobody's", 3);
	put_names(&choices, "event", 255);
	wire_put_string(&choices, "choices");
	wire_put_map(&choices, 1);
	put_names(&choices, "fd_kind", 2);
	put_header(&file, &choices, 2);
	assert_int_equal(open_file(&file, &fd, &r), 0);
	assert_int_equal(recording_names(r)->choice[CHOICES_OF_EVENT_KINDS].n, 255);
	assert_int_equal(recording_names(r)->choice[CHOICES_OF_FD_KINDS].n, FD_KINDS);
	recording_free(r);
	close(fd);
	textbuf_free(&choices);
	textbuf_free(&file);
}

/* A number beyond the names that the header has. */
static void numbers_end_where_names_do(void **state)
{
	const struct shape *shape = shape_table[SHAPE_OF_fd_entry];
	const struct fd_entry before = {.kind = FD_PIPE};
	struct textbuf choices = {0}, out = {0};
	struct fd_entry read = {0};
	struct record_names names;
	struct arena arena = {0};
	struct wire_in wire;
	struct record_in in = {.wire = &wire, .names = &names, .arena = &arena, .room = ROOM};

	(void)state;
	wire_put_map(&choices, 1);
	put_names(&choices, "fd_kind", FD_PIPE);
	assert_int_equal(read_names(&choices, &names), 0);
	record_put(&(const struct record_out){.wire = &out}, shape, &before, NULL);
	wire = (struct wire_in){out.bytes, out.len, 0};
	assert_int_equal(record_get(&in, shape, &read, NULL), -EBADMSG);
	record_names_free(&names);
	arena_free(&arena);
	textbuf_free(&choices);
	textbuf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_newer_one_is_refused_and_an_older_one_is_not),
		cmocka_unit_test(ours_are_ours),
		cmocka_unit_test(names_are_single),
		cmocka_unit_test(old_files_go_by_the_numbers_of_then),
		cmocka_unit_test(other_orders_are_followed),
		cmocka_unit_test(what_was_inserted_moves_the_others),
		cmocka_unit_test(each_member_has_something_for_the_unknown),
		cmocka_unit_test(what_stands_beside_it_says_why),
		cmocka_unit_test(unknown_events_are_counted),
		cmocka_unit_test(what_is_no_table_of_names_is_damage),
		cmocka_unit_test(what_is_strange_is_borne),
		cmocka_unit_test(numbers_end_where_names_do),
	};

	return cmocka_run_group_tests_name("recorded_choices", tests, NULL, NULL);
}
