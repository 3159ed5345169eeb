/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/fixtures/hostile.h"
#include "tests/fixtures/json_text.h"

/* Objects of DESIGN.md's contract and the names that each must have. */
static const char *const top_names[] = {
	"schema", "time", "host", "access", "processes", "pair", "events", NULL};
static const char *const host_names[] = {"kernel", "page_size", "clock_ticks", "cpus", NULL};
static const char *const access_names[] = {
	"frames", "syscall", "kernel_stack", "kcmp", "events", "lifecycle", "lifecycle_feed", NULL};
static const char *const process_names[] = {"pid", "ppid", "pgrp", "session", "start_ticks", "comm",
	"cmdline", "exe", "uid", "gid", "state", "exit", "runtime", "threads", "mappings",
	"page_totals", "fds", "signals", "children", NULL};
static const char *const thread_names[] = {"tid", "name", "state", "processor", "cpu_percent",
	"user_ticks", "system_ticks", "minor_faults", "major_faults", "voluntary_switches",
	"involuntary_switches", "run_ns", "wait_ns", "wait_channel", "syscall", "waiting_on",
	"stack", "signals_blocked", NULL};
static const char *const stack_names[] = {"start", "end", "pointer", "used_bytes", "resident_bytes",
	"deepest_bytes", "guard_bytes", NULL};
static const char *const mapping_names[] = {"start", "end", "permissions", "offset", "device",
	"inode", "path", "kind", "size_bytes", "pages", NULL};
static const char *const page_names[] = {
	"resident", "anonymous", "file", "cow_shared", "zero", "swapped", "huge", NULL};
static const char *const fd_names[] = {"fd", "kind", "target", "access", "offset", "flags", "inode",
	"device", "close_on_exec", "peer", NULL};
static const char *const pair_names[] = {
	"relation", "shares", "pages", "mappings", "fds", "channels", NULL};
static const char *const share_names[] = {"vm", "files", "fs", "sighand", "io", "sysvsem", NULL};
static const char *const verdict_names[] = {"cow_shared", "copied", "copied_by_a", "copied_by_b",
	"born_apart", "file_shared", "shared_memory", "only_a", "only_b", "zero", "swapped",
	"changed_while_reading", NULL};

static const char *const event_names[] = {"kind", "realtime_ns", "monotonic_ns", "pid", "tid",
	"other", "name", "exit", "source", NULL};

static void check_names(const json_t *object, const char *const names[])
{
	assert_true(json_is_object(object));
	for (size_t i = 0; names[i]; i++) {
		if (!json_object_get(object, names[i]))
			print_error("\"%s\" is missing\n", names[i]);
		assert_non_null(json_object_get(object, names[i]));
	}
}

static json_t *written(unsigned sides, bool partly)
{
	const struct moment *m = hostile_moment(sides, partly);
	json_t *object = json_text_read(m);

	assert_non_null(object);
	moment_put(m);
	return object;
}

static json_t *at(const json_t *object, const char *name, size_t index)
{
	return json_array_get(json_object_get(object, name), index);
}

static void test_contract(void **state)
{
	json_t *object = written(2, false), *process = at(object, "processes", 0);
	json_t *pair = json_object_get(object, "pair"), *thread = at(process, "threads", 0);

	(void)state;
	check_names(object, top_names);
	assert_string_equal(json_string_value(json_object_get(object, "schema")), "twintop/1");
	check_names(json_object_get(object, "host"), host_names);
	check_names(json_object_get(object, "access"), access_names);
	check_names(process, process_names);
	check_names(thread, thread_names);
	check_names(json_object_get(thread, "stack"), stack_names);
	check_names(at(process, "mappings", 1), mapping_names);
	check_names(json_object_get(at(process, "mappings", 1), "pages"), page_names);
	check_names(json_object_get(process, "page_totals"), page_names);
	check_names(at(process, "fds", 0), fd_names);
	check_names(pair, pair_names);
	check_names(json_object_get(pair, "shares"), share_names);
	check_names(json_object_get(pair, "pages"), verdict_names);
	check_names(json_object_get(at(pair, "mappings", 1), "pages"), verdict_names);
	for (size_t i = 0; i < 3; i++)
		check_names(at(object, "events", i), event_names);
	assert_non_null(json_object_get(at(object, "events", 2), "before"));
	json_decref(object);
}

/* Each name that a kind may carry is there, known or not, and what is too large is text. */
static void test_events(void **state)
{
	json_t *object = written(2, false);
	const char *text;

	(void)state;
	for (size_t i = 0; i < 2 * EVENT_KINDS; i++) {
		const json_t *event = at(object, "events", 3 + i);
		const struct event_row *row = &event_table[i / 2];

		check_names(event, event_names);
		assert_string_equal(json_string_value(json_object_get(event, "kind")), row->id);
		for (unsigned bit = 0; bit < EVENT_HAS_N; bit++) {
			const json_t *value = json_object_get(event, event_has_name[bit]);

			if (!(row->has & 1u << bit))
				continue;
			assert_non_null(value);
			if (i % 2 == 0)
				assert_false(json_is_null(value));
		}
	}
	assert_int_equal(json_unpack((json_t *)at(object, "events", 3 + 2 * EVENT_MAPPED), "{s:s}",
				 "address", &text),
		0);
	assert_string_equal(text, "0xffffffffffffffff");
	assert_true(json_is_null(
		json_object_get(at(object, "events", 4 + 2 * EVENT_MAPPED), "address")));
	assert_true(json_is_true(json_object_get(
		json_object_get(at(object, "events", 3 + 2 * EVENT_EXIT), "exit"), "core")));
	assert_true(json_is_null(
		json_object_get(at(object, "events", 4 + 2 * EVENT_REPARENTED), "former")));
	json_decref(object);
}

static void test_values(void **state)
{
	json_t *object = written(2, false), *process = at(object, "processes", 0), *row;
	int a, b, number;
	const char *text, *relation;

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(process, "pid")), 4242);
	assert_int_equal(
		json_unpack(at(process, "threads", 0), "{s:{s:s}}", "stack", "start", &text), 0);
	assert_string_equal(text, "0x7f2c40000000");
	assert_int_equal(json_unpack(at(process, "threads", 0), "{s:{s:i, s:s}}", "syscall",
				 "number", &number, "name", &text),
		0);
	assert_int_equal(number, 202);
	assert_int_equal(
		json_integer_value(json_array_get(
			json_object_get(json_object_get(process, "signals"), "caught"), 1)),
		64);
	row = at(json_object_get(object, "pair"), "fds", 0);
	assert_int_equal(
		json_unpack(row, "{s:i, s:i, s:s}", "a", &a, "b", &b, "relation", &relation), 0);
	assert_string_equal(relation, "same_description");
	row = at(object, "events", 1);
	assert_int_equal(
		json_unpack(row, "{s:s, s:{s:i}}", "kind", &text, "exit", "signal", &number), 0);
	assert_int_equal(number, 11);
	assert_true(json_is_false(json_object_get(json_object_get(row, "exit"), "core")));
	assert_int_equal(
		json_unpack(at(object, "events", 2), "{s:s, s:i, s:i, s:n, s:n, s:s}", "kind",
			&text, "pid", &a, "tid", &number, "other", "exit", "source", &relation),
		0);
	assert_string_equal(text, "comm");
	assert_int_equal(number, 4250);
	assert_string_equal(relation, "poll");
	json_decref(object);
}

static void test_hostile_bytes_are_kept(void **state)
{
	json_t *object = written(1, false);
	const char *comm = json_string_value(json_object_get(at(object, "processes", 0), "comm"));

	(void)state;
	assert_string_equal(comm, "\033]0;x\a\n\\xff\\xc0\\xaf\xe2\x80\xae\"\\x5cx41");
	json_decref(object);
}

static bool is_explained(const json_t *unknown, const char *path)
{
	size_t i;
	json_t *gap;

	json_array_foreach(unknown, i, gap)
	{
		assert_true(json_string_length(json_object_get(gap, "reason")) > 0);
		if (strcmp(json_string_value(json_object_get(gap, "path")), path) == 0)
			return true;
	}
	return false;
}

/* Each null below value must be explained: its path with "[]" for indexes. */
static void check_nulls(const json_t *unknown, const json_t *value, const char *path)
{
	char inner[200];
	const char *name;
	json_t *member;
	size_t i;

	if (json_is_null(value)) {
		if (!is_explained(unknown, path))
			print_error("%s is null and says not why\n", path);
		assert_true(is_explained(unknown, path));
	}
	json_object_foreach((json_t *)value, name, member)
	{
		snprintf(inner, sizeof inner, "%s.%s", path, name);
		check_nulls(unknown, member, inner);
	}
	json_array_foreach(value, i, member)
	{
		snprintf(inner, sizeof inner, "%s[]", path);
		check_nulls(unknown, member, inner);
	}
}

static void check_honesty(json_t *object)
{
	const json_t *unknown = json_object_get(json_object_get(object, "access"), "unknown");
	const json_t *processes = json_object_get(object, "processes"), *process;
	const json_t *pair = json_object_get(object, "pair");
	char path[40];
	size_t i;

	json_array_foreach(processes, i, process)
	{
		snprintf(path, sizeof path, "processes[%zu]", i);
		check_nulls(unknown, process, path);
	}
	if (!json_is_object(pair))
		return;
	check_nulls(unknown, json_object_get(pair, "pages"), "pair.pages");
	check_nulls(unknown, json_object_get(pair, "shares"), "pair.shares");
}

static void test_unknown_has_its_reason(void **state)
{
	(void)state;
	for (unsigned sides = 0; sides <= 2; sides++)
		for (unsigned partly = 0; partly < 2; partly++) {
			json_t *object = written(sides, partly);

			check_honesty(object);
			assert_int_equal(
				json_array_size(json_object_get(object, "processes")), sides);
			json_decref(object);
		}
}

static void test_frames(void **state)
{
	json_t *exact = written(2, false), *denied = written(2, true);
	const json_t *access;

	(void)state;
	access = json_object_get(exact, "access");
	assert_string_equal(json_string_value(json_object_get(access, "frames")), "exact");
	access = json_object_get(denied, "access");
	assert_string_equal(json_string_value(json_object_get(access, "frames")), "denied");
	json_decref(exact);
	json_decref(denied);
}

static void test_lifecycle(void **state)
{
	json_t *exact = written(2, false), *polled = written(2, true);
	const json_t *access = json_object_get(exact, "access");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(access, "lifecycle")), "exact");
	assert_string_equal(
		json_string_value(json_object_get(access, "lifecycle_feed")), "connector");
	assert_null(json_object_get(access, "lifecycle_lacks"));
	access = json_object_get(polled, "access");
	assert_string_equal(json_string_value(json_object_get(access, "lifecycle")), "polled");
	assert_string_equal(json_string_value(json_object_get(access, "lifecycle_lacks")),
		"how one \"ended\" may be unknown");
	assert_string_equal(json_string_value(json_object_get(access, "lifecycle_feed")), "poll");
	json_decref(exact);
	json_decref(polled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contract),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_lifecycle),
		cmocka_unit_test(test_hostile_bytes_are_kept),
		cmocka_unit_test(test_unknown_has_its_reason),
		cmocka_unit_test(test_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
