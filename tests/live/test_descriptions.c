/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What descriptors of two processes have in common, as twintop --json tells it:
 * inherited, dup'ed, opened again, of one table, ends of pipes and sockets.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "denied.h"
#include "live.h"
#include "program.h"

/* The relation that the pair tells of A's and B's numbers; NULL: none. */
static const char *relation_of(const json_t *sample, int a, int b)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(sample, "pair"), "fds"), i, row)
	{
		const json_t *of_a = json_object_get(row, "a"), *of_b = json_object_get(row, "b");

		if (json_is_integer(of_a) && json_is_integer(of_b) &&
			json_integer_value(of_a) == a && json_integer_value(of_b) == b)
			return json_string_value(json_object_get(row, "relation"));
	}
	return NULL;
}

static void expect(const json_t *sample, int a, int b, const char *relation)
{
	const char *got = relation_of(sample, a, b);

	if (!got)
		fail_msg("nothing of A's %d and B's %d", a, b);
	assert_string_equal(got, relation);
}

/* A field of one descriptor. */
static const json_t *of_fd(const json_t *sample, size_t side, int fd, const char *name)
{
	const json_t *process = json_array_get(json_object_get(sample, "processes"), side), *e;
	size_t i;

	json_array_foreach(json_object_get(process, "fds"), i, e)
	{
		if (json_integer_value(json_object_get(e, "fd")) == fd)
			return json_object_get(e, name);
	}
	fail_msg("no descriptor %d", fd);
	return NULL;
}

static bool one_table(const json_t *sample)
{
	return json_is_true(json_object_get(json_object_get(sample, "pair"), "one_fd_table"));
}

static int number(const struct specimen *s, const char *key)
{
	return (int)specimen_number(s, key);
}

static const char *make_folder(void)
{
	static char folder[64];

	snprintf(folder, sizeof folder, "/tmp/twintop-fds-XXXXXX");
	assert_non_null(mkdtemp(folder));
	return folder;
}

static void remove_folder(const char *folder)
{
	char path[128];

	snprintf(path, sizeof path, "%s/shared", folder);
	unlink(path);
	rmdir(folder);
}

static void check_inherited(void *unused)
{
	const char *folder = make_folder();
	struct specimen *s = specimen_start("fds", "share", folder, NULL);
	json_t *sample = sample_of(specimen_pid(s), (pid_t)number(s, "child"));
	static const char *const inherited[] = {"first", "twin", "separate", "read", "write"};

	(void)unused;
	for (size_t i = 0; i < sizeof inherited / sizeof *inherited; i++)
		expect(sample, number(s, inherited[i]), number(s, inherited[i]),
			"same_description");
	/* What the child opened by itself is no description of the parent's. */
	for (int a = 0; a < 64; a++)
		assert_null(relation_of(sample, a, number(s, "again")));
	for (size_t side = 0; side < 2; side++) {
		assert_int_equal(
			json_integer_value(of_fd(sample, side, number(s, "twin"), "dup_of")),
			number(s, "first"));
		assert_true(json_is_null(of_fd(sample, side, number(s, "first"), "dup_of")));
		assert_true(json_is_null(of_fd(sample, side, number(s, "separate"), "dup_of")));
	}
	assert_false(one_table(sample));
	json_decref(sample);
	specimen_stop(s);
	remove_folder(folder);
}

static void inherited_and_duplicated(void **state)
{
	(void)state;
	needs_allowed(ACCESS_KCMP);
	check_inherited(NULL);
}

static void inherited_as_nobody(void **state)
{
	(void)state;
	needs_allowed(ACCESS_KCMP);
	as_nobody(check_inherited, NULL);
}

/* One's lseek moves the offset of both. */
static void a_common_offset_moves_for_both(void **state)
{
	const char *folder = make_folder();
	struct specimen *s = specimen_start("fds", "share", folder, NULL);
	pid_t a = specimen_pid(s), b = (pid_t)number(s, "child");
	int first = number(s, "first"), separate = number(s, "separate");
	json_t *sample;

	(void)state;
	specimen_say(s, "seek 1234");
	sample = sample_of(a, b);
	for (size_t side = 0; side < 2; side++) {
		assert_int_equal(json_integer_value(of_fd(sample, side, first, "offset")), 1234);
		assert_int_equal(json_integer_value(of_fd(sample, side, separate, "offset")), 0);
	}
	json_decref(sample);
	specimen_stop(s);
	remove_folder(folder);
}

static void opened_by_each(void **state)
{
	const char *folder = make_folder();
	struct specimen *a = specimen_start("fds", "share", folder, NULL);
	struct specimen *b = specimen_start("fds", "share", folder, NULL);
	json_t *sample = sample_of(specimen_pid(a), specimen_pid(b));

	(void)state;
	expect(sample, number(a, "first"), number(b, "first"), "same_file");
	expect(sample, number(a, "separate"), number(b, "separate"), "same_file");
	assert_null(relation_of(sample, number(a, "read"), number(b, "read")));
	json_decref(sample);
	specimen_stop(a);
	specimen_stop(b);
	remove_folder(folder);
}

static void one_table_is_said(void **state)
{
	struct specimen *s = specimen_start("clone", "files", NULL);
	json_t *sample = sample_of(specimen_pid(s), (pid_t)number(s, "child"));

	(void)state;
	needs_allowed(ACCESS_KCMP);
	assert_true(one_table(sample));
	for (int fd = 0; fd < 3; fd++)
		expect(sample, fd, fd, "same_description");
	json_decref(sample);
	specimen_stop(s);
	s = specimen_start("clone", NULL);
	sample = sample_of(specimen_pid(s), (pid_t)number(s, "child"));
	assert_false(one_table(sample));
	json_decref(sample);
	specimen_stop(s);
}

static void ends_are_joined(void **state)
{
	struct specimen *s = specimen_start("channels", NULL);
	json_t *sample = sample_of(specimen_pid(s), (pid_t)number(s, "child"));

	(void)state;
	needs_allowed(ACCESS_SOCK_DIAG);
	expect(sample, number(s, "pipe_w"), number(s, "pipe_r"), "pipe_end");
	expect(sample, number(s, "fifo_r"), number(s, "fifo_w"), "pipe_end");
	expect(sample, number(s, "pair_a"), number(s, "pair_b"), "socket_peer");
	expect(sample, number(s, "unix_a"), number(s, "unix_b"), "socket_peer");
	expect(sample, number(s, "tcp_a"), number(s, "tcp_b"), "socket_peer");
	json_decref(sample);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inherited_and_duplicated),
		cmocka_unit_test(inherited_as_nobody),
		cmocka_unit_test(a_common_offset_moves_for_both),
		cmocka_unit_test(opened_by_each),
		cmocka_unit_test(one_table_is_said),
		cmocka_unit_test(ends_are_joined),
	};

	return live_run(tests, NULL, NULL);
}
