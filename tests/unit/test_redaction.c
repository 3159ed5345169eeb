/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a redacted recording says instead, and that it says nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/model/backtrace.h"
#include "twintop/model/snapshot.h"
#include "twintop/model/writers.h"
#include "twintop/record/codec.h"
#include "twintop/record/redaction.h"

static int begin(void **state)
{
	*state = redaction_new();
	return 0;
}

static int end(void **state)
{
	redaction_free(*state);
	return 0;
}

/* ---- what stands for what ------------------------------------------------ */

/* In the order in which they are asked for: numbers go up. */
static const struct {
	enum shape_privacy privacy;
	const char *protocol; /* of the socket whose address it is */
	const char *text, *told;
} rule_table[] = {
	{SHAPE_PATH, NULL, "/home/ada/bin/engine", "/path-1/file-1"},
	{SHAPE_PATH, NULL, "/home/ada/bin/notes", "/path-1/file-2"},
	{SHAPE_PATH, NULL, "/srv/ada/engine", "/path-2/file-1"},
	{SHAPE_PATH, NULL, "/home/ada/bin/engine (deleted)", "/path-1/file-1 (deleted)"},
	{SHAPE_PATH, NULL, "/home/ada/lib/libengine.so.1.2", "/path-3/file-3.so.1.2"},
	{SHAPE_PATH, NULL, "/home/ada/lib/libengine.so", "/path-3/file-4.so"},
	{SHAPE_PATH, NULL, "/home/ada/lib/x.socket", "/path-3/file-5"},
	{SHAPE_PATH, NULL, "src/ada/table.c", "path-4/file-6.c"},
	{SHAPE_PATH, NULL, "table.c", "file-6.c"},
	{SHAPE_PATH, NULL, "/ada", "/file-7"},
	{SHAPE_PATH, NULL, "/home/ada/", "/path-5/"},
	{SHAPE_PATH, NULL, "", ""},
	{SHAPE_PATH, NULL, "/", "/"},
	{SHAPE_PATH, NULL, "[heap]", "[heap]"},
	{SHAPE_PATH, NULL, "[stack:4242]", "[stack:4242]"},
	{SHAPE_PATH, NULL, "[anon:ada's cache]", "[anon:name-1]"},
	{SHAPE_PATH, NULL, "[anon_shmem:ada]", "[anon_shmem:name-2]"},
	{SHAPE_PATH, NULL, "/memfd:ada (deleted)", "/memfd:name-2 (deleted)"},
	{SHAPE_PATH, NULL, "/dev/shm/ada.db", "/dev/shm/file-8"},
	{SHAPE_PATH, NULL, "/dev/mapper/ada-home", "/dev/file-9"},
	{SHAPE_PATH, NULL, "/dev/pts/3", "/dev/pts/3"},
	{SHAPE_PATH, NULL, "/dev/pts/ada", "/dev/file-10"},
	{SHAPE_PATH, NULL, "/dev/zero (deleted)", "/dev/zero (deleted)"},
	{SHAPE_PATH, NULL, "/SYSV000004d2 (deleted)", "/SYSV000004d2 (deleted)"},
	{SHAPE_PATH, NULL, "/SYSVada", "/file-11"},
	{SHAPE_PATH, NULL, "pipe:[4242]", "pipe:[4242]"},
	{SHAPE_PATH, NULL, "pipe:[ada]", "file-12"},
	{SHAPE_PATH, NULL, "anon_inode:[eventfd]", "anon_inode:[eventfd]"},
	{SHAPE_ARGUMENT, NULL, "--password=ada", "argument-1"},
	{SHAPE_ARGUMENT, NULL, "-v", "argument-2"},
	{SHAPE_ARGUMENT, NULL, "--password=ada", "argument-1"},
	{SHAPE_ARGUMENT, NULL, "/home/ada/bin/engine", "/path-1/file-1"},
	{SHAPE_ARGUMENT, NULL, "", ""},
	{SHAPE_GROUPS, NULL, "0::/", "0::/"},
	{SHAPE_GROUPS, NULL, "/srv/ada", "/path-6/file-7"},
	{SHAPE_GROUPS, NULL, "2:cpu:/ada/x\n1:name=systemd:/ada/y\n",
		"2:cpu:/path-7/file-13\n1:name=systemd:/path-7/file-14\n"},
	{SHAPE_ADDRESS, "tcp", "192.0.2.7:80", "address-1:80"},
	{SHAPE_ADDRESS, "tcp", "192.0.2.7:81", "address-1:81"},
	{SHAPE_ADDRESS, "udp", "192.0.2.70:80", "address-2:80"},
	{SHAPE_ADDRESS, "tcp", "[2001:db8::7]:80", "[address-3]:80"},
	{SHAPE_ADDRESS, "tcp", "[::ffff:192.0.2.7]:80", "[address-4]:80"},
	{SHAPE_ADDRESS, "tcp", "127.0.0.1:80", "127.0.0.1:80"},
	{SHAPE_ADDRESS, "tcp", "[::1]:80", "[::1]:80"},
	{SHAPE_ADDRESS, "tcp", "0.0.0.0:0", "0.0.0.0:0"},
	{SHAPE_ADDRESS, "tcp", "[::]:0", "[::]:0"},
	{SHAPE_ADDRESS, "other", "192.0.2.9", "address-5"},
	{SHAPE_ADDRESS, NULL, "ada", "address-6"},
	{SHAPE_ADDRESS, "unix stream", "/run/ada/socket", "/path-8/file-15"},
	{SHAPE_ADDRESS, "unix stream", "ada:80", "file-16"},
	{SHAPE_ADDRESS, "unix stream", "@ada", "@name-2"},
	{SHAPE_ADDRESS, "netlink", "route:42", "route:42"},
	{SHAPE_ADDRESS, "tcp", "", ""},
	{SHAPE_NAME, NULL, "engine", "engine"},
	{SHAPE_OPEN, NULL, "needs root", "needs root"},
};

static void expect_told(struct redaction *r, enum shape_privacy privacy, const void *record,
	const struct text *text, const char *told)
{
	struct text got = redaction_text(r, privacy, record, text);

	assert_string_equal(got.bytes, told);
	assert_int_equal(got.len, strlen(told));
}

static void the_same_is_told_the_same(void **state)
{
	/* And once more when all have their numbers. */
	for (size_t i = 0; i < 2 * sizeof rule_table / sizeof *rule_table; i++) {
		size_t at = i % (sizeof rule_table / sizeof *rule_table);
		const struct fd_entry e = {.protocol = rule_table[at].protocol};
		const struct text text = text_of(rule_table[at].text);

		expect_told(*state, rule_table[at].privacy, &e, &text, rule_table[at].told);
	}
}

/* As the descriptors' reader says where a socket leads. */
static void sockets_keep_what_joins_them(void **state)
{
	static const struct {
		const char *protocol, *local, *remote, *target, *told;
	} row[] = {
		{"tcp", "192.0.2.7:80", "192.0.2.8:42",
			"tcp 192.0.2.7:80 -> 192.0.2.8:42 established",
			"tcp address-1:80 -> address-2:42 established"},
		{"tcp", "192.0.2.8:42", "192.0.2.7:80",
			"tcp 192.0.2.8:42 -> 192.0.2.7:80 established",
			"tcp address-2:42 -> address-1:80 established"},
		{"unix stream", "/run/a -> b", "", "unix stream /run/a -> b listen",
			"unix stream /path-1/file-1 listen"},
		{"unix stream", "", "", "unix stream -> socket:[42] connected",
			"unix stream -> socket:[42] connected"},
		{"unix stream", "", "/run/a -> b", "unix stream -> /run/a -> b connected",
			"unix stream -> /path-1/file-1 connected"},
		{"tcp", "", "", "tcp socket:[42]", "tcp socket:[42]"},
		{"tcp", "", "", "tcp 192.0.2.7:80", "tcp words-1"},
		{NULL, "", "", "socket:[42]", "socket:[42]"},
		{NULL, "", "", "/run/a -> b", "/path-1/file-1"},
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct fd_entry e = {.protocol = row[i].protocol,
			.local = text_of(row[i].local),
			.remote = text_of(row[i].remote),
			.target = text_of(row[i].target)};

		expect_told(*state, SHAPE_TARGET, &e, &e.target, row[i].told);
	}
}

/* Where code is called so: the words are of the file that the symbol has then. */
static void places_of_code_are_without_their_files(void **state)
{
	const struct symbol_frame frame = {text_of("fill_row"), text_of("/home/ada/table.c"), 88};
	const struct writer_name name = {.symbol = {.name = text_of("fill_row"),
						 .module = text_of("/home/ada/engine"),
						 .frame = &frame,
						 .frames = 1},
		.words = text_of("fill_row table.c:88")};

	expect_told(*state, SHAPE_PATH, NULL, &frame.file, "/path-1/file-1.c");
	expect_told(*state, SHAPE_PLACE, &name, &name.words, "fill_row file-1.c:88");
}

/* ---- events -------------------------------------------------------------- */

static bool is_told(struct redaction *r, enum event_kind kind, const char *name)
{
	const struct event e = {.kind = kind, .name = 1, .before = 2};
	const struct text text[] = {{NULL, 0}, text_of(name), text_of("before")};
	const struct event_batch batch = {.n = 1, .event = &e, .names_n = 3, .name = text};

	redaction_text(r, SHAPE_TOLD, &batch, &text[0]);
	return text_equal(redaction_text(r, SHAPE_TOLD, &batch, &text[1]), text[1]);
}

/* A new kind of event has to be decided on here, too. */
static void events_tell_names_and_no_things(void **state)
{
	static const enum event_kind private[] = {EVENT_MAPPED, EVENT_UNMAPPED, EVENT_OPENED,
		EVENT_CLOSED, EVENT_STEP, EVENT_STEP_LINE};

	for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
		bool expected = true;

		for (size_t i = 0; i < sizeof private / sizeof *private; i++)
			expected &= kind != private[i];
		assert_int_equal(is_told(*state, (enum event_kind)kind, "/home/ada/x"), expected);
		assert_int_equal(is_told(*state, (enum event_kind)kind, "ada: x"), expected);
	}
	assert_true(is_told(*state, EVENT_MAPPED, "heap"));
	assert_true(is_told(*state, EVENT_MAPPED, "[heap]"));
	assert_true(is_told(*state, EVENT_OPENED, "pipe"));
	assert_true(is_told(*state, EVENT_OPENED, "pipe:[42]"));
}

static void events_speak_of_sockets_as_their_descriptors(void **state)
{
	const struct fd_entry e = {.protocol = "tcp",
		.local = text_of("192.0.2.7:80"),
		.target = text_of("tcp 192.0.2.7:80 listen")};
	const struct event event = {.kind = EVENT_OPENED, .name = 1};
	const struct text text[] = {{NULL, 0}, e.target};
	const struct event_batch batch = {.n = 1, .event = &event, .names_n = 2, .name = text};

	expect_told(*state, SHAPE_TOLD, &batch, &text[1], "words-1");
	expect_told(*state, SHAPE_TARGET, &e, &e.target, "tcp address-1:80 listen");
	expect_told(*state, SHAPE_TOLD, &batch, &text[1], "tcp address-1:80 listen");
}

/* ---- all members --------------------------------------------------------- */

static bool is_text(enum shape_form form)
{
	return form == SHAPE_TEXT || form == SHAPE_STRING || form == SHAPE_CHARS;
}

static void each_text_is_private_or_not(void **state)
{
	size_t texts = 0;

	(void)state;
	for (unsigned s = 0; s < SHAPES; s++)
		for (size_t i = 0; i < shape_table[s]->n; i++) {
			const struct shape_row *row = &shape_table[s]->row[i];

			if (is_text(row->form) ==
				(row->privacy == SHAPE_NO_TEXT || row->privacy == SHAPE_RAW))
				fail_msg("%s of %s", row->name, shape_table[s]->id);
			texts += is_text(row->form);
		}
	assert_true(texts > 30);
}

#define SECRET "ada"

/* A record all of whose texts are what nobody may know, but those that anybody may. */
static void fill(const struct shape *shape, void *record, struct arena *arena)
{
	static const char told[] = "tcp", hidden[] = "/home/" SECRET "/x " SECRET ":80 ->" SECRET;

	for (size_t i = 0; i < shape->n; i++) {
		const struct shape_row *row = &shape->row[i];
		char *member = (char *)record + row->offset, *value = member;
		size_t n = row->place == SHAPE_HERE ? row->number : 2;
		const char *secret = row->privacy == SHAPE_OPEN ? told : hidden;

		if (row->place == SHAPE_LIST)
			memcpy((char *)record + row->count, &n, sizeof n);
		if (row->place != SHAPE_HERE) {
			value = arena_array(arena, n, row->bytes);
			memcpy(member, &value, sizeof value);
		}
		for (; n && row->place != SHAPE_MAYBE; n--, value += row->bytes)
			if (row->form == SHAPE_STRUCT)
				fill(row->of, value, arena);
			else if (row->form == SHAPE_TEXT)
				*(struct text *)value = text_of(secret);
			else if (row->form == SHAPE_STRING)
				*(const char **)value = secret;
			else if (row->form == SHAPE_CHARS)
				snprintf(value, row->bytes, "%s", secret);
	}
}

/* Only what stays by its row is there, and there all of it is. */
static size_t count(const struct textbuf *text)
{
	size_t n = 0;

	for (size_t i = 0; i + strlen(SECRET) <= text->len; i++)
		n += !memcmp(text->bytes + i, SECRET, strlen(SECRET));
	return n;
}

static size_t expected_of(const struct shape *shape, const void *record)
{
	size_t sum = 0;

	for (size_t i = 0; i < shape->n; i++) {
		const struct shape_row *row = &shape->row[i];
		/* The name of the function is a part of what a place is called. */
		bool stays = row->privacy == SHAPE_NAME || row->privacy == SHAPE_PLACE;
		const void *first;
		size_t n = shape_values(row, record, &first);

		for (size_t k = 0; k < n; k++) {
			const char *value = (const char *)first + k * row->bytes;
			const struct textbuf chars = {(char *)(uintptr_t)value,
				row->form == SHAPE_CHARS ? strnlen(value, row->bytes) : 0, 0};

			if (row->form == SHAPE_STRUCT)
				sum += expected_of(row->of, value);
			else if (row->form == SHAPE_CHARS)
				sum += stays ? count(&chars) : 0;
			else if (is_text(row->form))
				sum += stays ? 3 : 0;
		}
	}
	return sum;
}

static void nothing_private_is_written(void **state)
{
	struct textbuf text = {0};
	const struct record_out plain = {.wire = &text}, out = {.wire = &text, .redaction = *state};

	for (unsigned s = 0; s < SHAPES; s++) {
		const struct shape *shape = shape_table[s];
		struct arena arena = {0};
		void *record = arena_alloc(&arena, shape->bytes);

		fill(shape, record, &arena);
		/* Events of kind 0 tell a name: these are of one that tells of a thing. */
		if (s == SHAPE_OF_event_batch) {
			struct event_batch *b = record;

			for (size_t i = 0; i < b->n; i++)
				((struct event *)(uintptr_t)b->event)[i] =
					(struct event){.kind = EVENT_OPENED, .name = (uint32_t)i};
		}
		textbuf_clear(&text);
		record_put(&out, shape, record, NULL);
		if (count(&text) != expected_of(shape, record))
			fail_msg("%s", shape->id);
		/* Of what is as before nothing is written anew, of the rest the same. */
		textbuf_clear(&text);
		record_put(&out, shape, record, arena_alloc(&arena, shape->bytes));
		assert_int_equal(count(&text), expected_of(shape, record));
		textbuf_clear(&text);
		record_put(&plain, shape, record, NULL);
		assert_true(count(&text) >= expected_of(shape, record));
		arena_free(&arena);
	}
	textbuf_free(&text);
}

/* Numbers that may be a piece of anything. */
static void registers_are_not_told(void **state)
{
	const struct shape *shape = shape_table[SHAPE_OF_registers];
	struct registers now = {.pc = 42, .known = ~0u};
	struct registers zero = now;
	struct textbuf told = {0}, none = {0};

	for (size_t i = 0; i < sizeof now.value / sizeof *now.value; i++)
		now.value[i] = 0x6164610061646100;
	record_put(&(const struct record_out){&told, *state, NULL}, shape, &now, NULL);
	record_put(&(const struct record_out){.wire = &none}, shape, &zero, NULL);
	assert_int_equal(told.len, none.len);
	assert_memory_equal(told.bytes, none.bytes, none.len);
	textbuf_free(&told);
	textbuf_free(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_same_is_told_the_same, begin, end),
		cmocka_unit_test_setup_teardown(sockets_keep_what_joins_them, begin, end),
		cmocka_unit_test_setup_teardown(places_of_code_are_without_their_files, begin, end),
		cmocka_unit_test_setup_teardown(events_tell_names_and_no_things, begin, end),
		cmocka_unit_test_setup_teardown(
			events_speak_of_sockets_as_their_descriptors, begin, end),
		cmocka_unit_test(each_text_is_private_or_not),
		cmocka_unit_test_setup_teardown(nothing_private_is_written, begin, end),
		cmocka_unit_test_setup_teardown(registers_are_not_told, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
