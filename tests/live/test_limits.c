/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands at the limits of numbers, paths and names comes out whole, and turns no terminal
 * about. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "live.h"
#include "program.h"
#include "tests/fixtures/json_nulls.h"
#include "twintop/base/text.h"

static json_t *sample_alone(pid_t pid)
{
	char a[16];

	snprintf(a, sizeof a, "%d", (int)pid);
	return sample_by((const char *[]){"twintop", "--json", "-s", "none", a, NULL});
}

static json_t *list_of(json_t *sample, const char *name)
{
	return json_object_get(json_array_get(json_object_get(sample, "processes"), 0), name);
}

static json_t *fd_of(json_t *sample, uint64_t number)
{
	json_t *fd;
	size_t i;

	json_array_foreach(list_of(sample, "fds"), i, fd)
	{
		if (json_integer_value(json_object_get(fd, "fd")) == (json_int_t)number)
			return fd;
	}
	fail_msg("descriptor %" PRIu64 " is not told", number);
	return NULL;
}

static json_t *mapping_at(json_t *sample, const char *start)
{
	json_t *m;
	size_t i;

	json_array_foreach(list_of(sample, "mappings"), i, m)
	{
		if (!strcmp(json_string_value(json_object_get(m, "start")), start))
			return m;
	}
	fail_msg("the mapping at %s is not told", start);
	return NULL;
}

static void assert_text(const json_t *object, const char *name, const char *text)
{
	assert_true(json_is_string(json_object_get(object, name)));
	assert_string_equal(json_string_value(json_object_get(object, name)), text);
}

static void assert_explained(const json_t *sample)
{
	if (json_unexplained(sample))
		fail_msg("%s: null or missing, and no reason", json_unexplained(sample));
}

/* ---- paths ----------------------------------------------------------------- */

static void a_path_may_be_too_long_to_be_told(void **state)
{
	struct specimen *s = specimen_start("limits", "paths", NULL);
	json_t *sample = sample_of(specimen_pid(s), (pid_t)specimen_number(s, "child"));
	json_t *file = fd_of(sample, specimen_number(s, "fd")), *row;
	json_t *dir = fd_of(sample, specimen_number(s, "dir"));
	size_t i, found = 0;

	(void)state;
	assert_text(file, "kind", "file");
	assert_text(dir, "kind", "directory");
	assert_int_equal(json_integer_value(json_object_get(file, "offset")), 77);
	assert_true(json_is_null(json_object_get(file, "target")));
	assert_non_null(strstr(json_reason(sample, "processes[0].fds[].target"), "too long"));
	json_array_foreach(json_object_get(json_object_get(sample, "pair"), "fds"), i, row)
	{
		if (json_equal(json_object_get(row, "a"), json_object_get(file, "fd"))) {
			assert_text(row, "relation", "same_file");
			found++;
		}
	}
	assert_int_equal(found, 1);
	assert_explained(sample);
	json_decref(sample);
	specimen_stop(s);
}

/* ---- numbers --------------------------------------------------------------- */

static void counts_and_offsets_come_out_whole(void **state)
{
	struct specimen *s = specimen_start("limits", "numbers", NULL);
	json_t *sample = sample_alone(specimen_pid(s));

	(void)state;
	assert_text(fd_of(sample, specimen_number(s, "event")), "eventfd_count",
		specimen_text(s, "count"));
	assert_text(fd_of(sample, specimen_number(s, "mem")), "offset", specimen_text(s, "offset"));
	json_decref(sample);
	specimen_stop(s);
}

static void inodes_come_out_whole(void **state)
{
	struct specimen *s = specimen_start("limits", "overlay", NULL);
	json_t *sample;

	(void)state;
	if (specimen_has(s, "unsupported")) {
		specimen_stop(s);
		print_message("skipped: no overlay with xino can be mounted here\n");
		skip();
	}
	sample = sample_alone(specimen_pid(s));
	for (unsigned i = 0; i < 2; i++) {
		char fd[8], at[8], inode[8];

		snprintf(fd, sizeof fd, "fd%u", i);
		snprintf(at, sizeof at, "at%u", i);
		snprintf(inode, sizeof inode, "ino%u", i);
		assert_true(specimen_number(s, inode) > INT64_MAX);
		assert_text(
			fd_of(sample, specimen_number(s, fd)), "inode", specimen_text(s, inode));
		assert_text(
			mapping_at(sample, specimen_text(s, at)), "inode", specimen_text(s, inode));
	}
	assert_string_not_equal(specimen_text(s, "ino0"), specimen_text(s, "ino1"));
	json_decref(sample);
	specimen_stop(s);
}

/* ---- names ----------------------------------------------------------------- */

/* The first byte of what a terminal must not see; -1: there is none. */
static ptrdiff_t hidden_at(const char *bytes, size_t len)
{
	uint32_t code;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = text_decode(bytes + i, len - i, &code);
		if (!n || (text_code_hides(code) && code != '\n'))
			return (ptrdiff_t)i;
	}
	return -1;
}

static void names_turn_no_terminal_about(void **state)
{
	static const char *const modes[] = {"--json", "--once"};
	struct specimen *s = specimen_start("limits", "names", NULL);
	char pid[16];

	(void)state;
	snprintf(pid, sizeof pid, "%d", (int)specimen_pid(s));
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		struct run r =
			program_run((const char *[]){"twintop", modes[i], "-s", "none", pid, NULL});
		ptrdiff_t at;

		program_expect(&r, 0);
		at = hidden_at(r.out.bytes, r.out.len);
		if (at >= 0)
			fail_msg("%s: %.60s", modes[i], r.out.bytes + (at > 40 ? at - 40 : 0));
		program_run_free(&r);
	}
	specimen_stop(s);
}

/* Escaped, they are the same names for whoever reads the JSON. */
static void names_can_be_had_back(void **state)
{
	struct specimen *s = specimen_start("limits", "names", NULL);
	json_t *sample = sample_alone(specimen_pid(s)), *fd;
	const char *target;

	(void)state;
	fd = fd_of(sample, specimen_number(s, "fd"));
	target = json_string_value(json_object_get(fd, "target"));
	assert_non_null(strstr(target, "/f\xc2\x9b\x7f\xe2\x80\xae\xe2\x80\xa8\xe2\x80\x8b"));
	assert_non_null(
		strstr(json_string_value(list_of(sample, "comm")), "p\xc2\x9b\x7f\xe2\x80\xae"));
	json_decref(sample);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_may_be_too_long_to_be_told),
		cmocka_unit_test(counts_and_offsets_come_out_whole),
		cmocka_unit_test(inodes_come_out_whole),
		cmocka_unit_test(names_turn_no_terminal_about),
		cmocka_unit_test(names_can_be_had_back),
	};

	return live_run(tests, NULL, NULL);
}
