/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings that maps shows by one device and inode, and whether they are one object, as twintop
 * --json tells it: rings, BPF maps, files of an overlay, and a segment whose number is 0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "denied.h"
#include "live.h"
#include "program.h"

static const json_t *pair_of(const json_t *sample)
{
	return json_object_get(sample, "pair");
}

static bool exact(const json_t *sample)
{
	return !strcmp(json_string_value(json_object_get(pair_of(sample), "pages_are")), "exact");
}

static uint64_t number_of(const json_t *address)
{
	return strtoull(json_string_value(address), NULL, 16);
}

/* A side's mapping that a row speaks of; NULL: none. */
static const json_t *mapping_of(const json_t *sample, const json_t *row, int side)
{
	const json_t *index = json_object_get(row, side ? "b" : "a");
	const json_t *process = json_array_get(json_object_get(sample, "processes"), (size_t)side);

	return json_is_integer(index) ? json_array_get(json_object_get(process, "mappings"),
						(size_t)json_integer_value(index))
				      : NULL;
}

/* The one row of A's mapping that begins at that address. */
static const json_t *row_at(const json_t *sample, uint64_t start)
{
	const json_t *row, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(pair_of(sample), "mappings"), i, row)
	{
		const json_t *a = mapping_of(sample, row, 0);

		if (!a || number_of(json_object_get(a, "start")) != start)
			continue;
		assert_null(found);
		found = row;
	}
	assert_non_null(found);
	return found;
}

static const char *state_of(const json_t *row)
{
	return json_string_value(json_object_get(row, "state"));
}

/* Both have it, B there. */
static void expect_one(const json_t *sample, uint64_t at, uint64_t there)
{
	const json_t *row = row_at(sample, at), *b = mapping_of(sample, row, 1);

	assert_non_null(b);
	assert_int_equal(number_of(json_object_get(b, "start")), there);
	assert_string_equal(state_of(row), "same");
}

/* B's is another one, which is known; or nothing tells, and the reason is given. */
static void expect_other(const json_t *sample, uint64_t at)
{
	const json_t *row = row_at(sample, at);

	assert_null(mapping_of(sample, row, 1));
	assert_string_equal(state_of(row), "only_a");
}

static void expect_unknown(const json_t *sample, uint64_t at)
{
	const json_t *row = row_at(sample, at), *gap, *pages;
	bool told = false;
	size_t i;

	assert_null(mapping_of(sample, row, 1));
	assert_true(json_is_null(json_object_get(row, "state")));
	assert_true(json_is_null(json_object_get(row, "pages")));
	pages = json_object_get(mapping_of(sample, row, 0), "pages");
	if (!json_is_null(pages)) /* they are where not even pagemap may be read */
		assert_true(json_is_null(json_object_get(pages, "cow_shared")));
	json_array_foreach(json_object_get(json_object_get(sample, "access"), "unknown"), i, gap)
		told |=
		!strcmp(json_string_value(json_object_get(gap, "path")), "pair.mappings[].b") &&
		strstr(json_string_value(json_object_get(gap, "reason")), "several objects");
	assert_true(told);
}

static size_t channels(const json_t *sample, const char *kind)
{
	const json_t *c;
	size_t i, n = 0;

	json_array_foreach(json_object_get(pair_of(sample), "channels"), i, c) n +=
		!strcmp(json_string_value(json_object_get(c, "kind")), kind);
	return n;
}

static struct specimen *start(const char *what, const char *how)
{
	struct specimen *s = specimen_start("objects", what, how, NULL);

	if (!specimen_has(s, "error"))
		return s;
	print_message("it cannot be had here: %s\n", specimen_text(s, "error"));
	specimen_stop(s);
	return NULL;
}

static json_t *sample_both(const struct specimen *s)
{
	return sample_of((pid_t)specimen_number(s, "pid"), (pid_t)specimen_number(s, "child"));
}

/* ---- rings and maps ------------------------------------------------------ */

/* Equal where frames show it; where none are to be seen nothing tells. */
static void check_bpf(const struct specimen *s, const json_t *sample)
{
	uint64_t bpf = specimen_number(s, "bpf"), bpf2 = specimen_number(s, "bpf2");

	if (!exact(sample)) {
		expect_unknown(sample, bpf);
		expect_unknown(sample, bpf2);
		return;
	}
	expect_one(sample, bpf, bpf);
	expect_one(sample, bpf2, bpf2);
	expect_one(sample, specimen_number(s, "bpf_moved"), specimen_number(s, "bpf_there"));
	expect_other(sample, specimen_number(s, "bpf_own"));
}

static void check_uring(const struct specimen *s, const json_t *sample)
{
	uint64_t uring = specimen_number(s, "uring");

	expect_one(sample, uring, uring);
	expect_other(sample, specimen_number(s, "uring_own"));
}

static void check_rings(void *context)
{
	struct specimen *s = start("rings", NULL);
	json_t *sample = sample_both(s);
	size_t shared = 0;

	(void)context;
	if (specimen_has(s, "perf"))
		expect_unknown(sample, specimen_number(s, "perf"));
	else
		print_message("no perf events here\n");
	if (specimen_has(s, "uring"))
		check_uring(s, sample);
	else
		print_message("no io_uring here\n");
	if (specimen_has(s, "bpf"))
		check_bpf(s, sample);
	else
		print_message("no BPF maps here\n");
	shared += specimen_has(s, "uring");
	/* The moved one is no object of its own, but that no number tells. */
	shared += specimen_has(s, "bpf") && exact(sample) ? 3 : 0;
	assert_int_equal(channels(sample, "file"), shared);
	json_decref(sample);
	specimen_stop(s);
}

static void rings_are_told_by_frames(void **state)
{
	(void)state;
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_PAGEMAP);
	check_rings(NULL);
}

static void rings_as_nobody(void **state)
{
	(void)state;
	as_nobody(check_rings, NULL);
}

/* ---- files --------------------------------------------------------------- */

/* Layers of an overlay that number their files alike: statx(2) tells them apart. */
static void files_of_two_layers_are_two(void **state)
{
	struct specimen *s = start("overlay", NULL);
	uint64_t common, linked;
	json_t *sample;

	(void)state;
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_FRAMES);
	needs_allowed(ACCESS_PAGEMAP);
	if (!s)
		skip();
	sample = sample_both(s);
	common = specimen_number(s, "common");
	linked = specimen_number(s, "linked");
	expect_other(sample, specimen_number(s, "shared"));
	if (exact(sample))
		expect_other(sample, specimen_number(s, "private"));
	expect_one(sample, common, common);
	expect_one(sample, linked, linked);
	/* A reads, B reads: nothing goes over it. */
	assert_int_equal(channels(sample, "file"), 0);
	json_decref(sample);
	specimen_stop(s);
}

/* ---- the first segment --------------------------------------------------- */

static void check_segment(const char *how)
{
	struct specimen *s = start("segment", how);
	const json_t *row, *mapping;
	json_t *sample;

	if (!s)
		skip();
	sample = sample_both(s);
	row = row_at(sample, specimen_number(s, "segment"));
	mapping = mapping_of(sample, row, 0);
	assert_non_null(mapping_of(sample, row, 1));
	assert_string_equal(json_string_value(json_object_get(mapping, "kind")), "sysv_shm");
	assert_string_equal(json_string_value(json_object_get(row, "mechanism")), "sysv_shm");
	assert_int_equal(json_integer_value(json_object_get(mapping, "inode")), 0);
	assert_true(json_is_integer(json_object_get(mapping, "inode")));
	assert_false(json_is_false(json_object_get(mapping, "deleted")));
	assert_int_equal(channels(sample, "sysv_shm"), 1);
	json_decref(sample);
	specimen_stop(s);
}

static void the_first_segment_is_one(void **state)
{
	(void)state;
	check_segment("kept");
}

static void so_it_is_when_it_is_removed(void **state)
{
	(void)state;
	check_segment("removed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rings_are_told_by_frames),
		cmocka_unit_test(rings_as_nobody),
		cmocka_unit_test(files_of_two_layers_are_two),
		cmocka_unit_test(the_first_segment_is_one),
		cmocka_unit_test(so_it_is_when_it_is_removed),
	};

	return live_run(tests, NULL, NULL);
}
