/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory in common by every mechanism, as twintop --json tells it, against what
 * a specimen touched: at equal and at different addresses, of relatives and of
 * strangers, as root and as an ordinary user.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "denied.h"
#include "live.h"
#include "program.h"

#define BASE	  "100000000000" /* hexadecimal; far from what the kernel chooses */
#define ELSEWHERE "120000000000"

/* What the specimen does: A writes pages 0 to 9, B 6 to 13. */
#define EITHER 14
#define BOTH   4

static const json_t *pair_of(const json_t *sample)
{
	return json_object_get(sample, "pair");
}

static bool exact(const json_t *sample)
{
	return !strcmp(json_string_value(json_object_get(pair_of(sample), "pages_are")), "exact");
}

static json_int_t number_at(const json_t *object, const char *group, const char *key)
{
	const json_t *v = json_object_get(group ? json_object_get(object, group) : object, key);

	if (!json_is_integer(v))
		fail_msg("no number %s.%s", group ? group : "", key);
	return json_integer_value(v);
}

/* The start of the row's mapping on a side; 0: it has none. */
static uint64_t start_of(const json_t *sample, const json_t *row, int side)
{
	const json_t *index = json_object_get(row, side ? "b" : "a");
	const json_t *process = json_array_get(json_object_get(sample, "processes"), (size_t)side);
	const json_t *mapping;

	if (!json_is_integer(index))
		return 0;
	mapping = json_array_get(
		json_object_get(process, "mappings"), (size_t)json_integer_value(index));
	return strtoull(json_string_value(json_object_get(mapping, "start")), NULL, 16);
}

/* The one row in which A has a mapping at that address. */
static const json_t *row_at(const json_t *sample, uint64_t start)
{
	const json_t *row, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(pair_of(sample), "mappings"), i, row)
	{
		if (start_of(sample, row, 0) == start) {
			assert_null(found);
			found = row;
		}
	}
	if (!found)
		fail_msg("no row at %#" PRIx64, start);
	return found;
}

static const json_t *expect_row(const json_t *sample, uint64_t a, uint64_t b, const char *mechanism)
{
	const json_t *row = row_at(sample, a);

	assert_int_equal(start_of(sample, row, 1), b);
	assert_string_equal(json_string_value(json_object_get(row, "mechanism")), mechanism);
	return row;
}

/* Pages of the row that others map, too, of those looked up; unknown without frames. */
static void expect_others(const json_t *sample, const json_t *row, json_int_t of, json_int_t others)
{
	const json_t *counts = json_object_get(row, "mapped_by_others");

	if (!exact(sample)) {
		assert_true(json_is_null(counts));
		return;
	}
	assert_int_equal(number_at(counts, NULL, "counted_pages"), of);
	assert_int_equal(number_at(counts, NULL, "others_pages"), others);
}

static const json_t *expect_shared(
	const json_t *sample, uint64_t a, uint64_t b, const char *mechanism, json_int_t others)
{
	const json_t *row = expect_row(sample, a, b, mechanism);

	assert_string_equal(json_string_value(json_object_get(row, "state")), "same");
	assert_int_equal(number_at(row, "pages", "shared_memory"), EITHER);
	assert_int_equal(number_at(row, "pages", "used_by_both"), BOTH);
	expect_others(sample, row, BOTH, others);
	return row;
}

static void expect_segment(const struct specimen *s, const json_t *row, json_int_t attached)
{
	assert_int_equal(number_at(row, "sysv", "shmid"), specimen_number(s, "shmid"));
	assert_int_equal(number_at(row, "sysv", "key"), specimen_number(s, "key"));
	assert_int_equal(number_at(row, "sysv", "attached"), attached);
}

/* All segments are known: nothing else is told of them than that other rows are none. */
static void expect_segments_known(const json_t *sample)
{
	const json_t *gap;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(sample, "access"), "unknown"), i, gap)
	{
		if (!strcmp(json_string_value(json_object_get(gap, "path")),
			    "pair.mappings[].sysv"))
			assert_string_equal(json_string_value(json_object_get(gap, "reason")),
				"it is no System V segment");
	}
}

static json_int_t page_size(const json_t *sample)
{
	return number_at(json_object_get(sample, "host"), NULL, "page_size");
}

/* The sum of a mechanism over the rows that both have: so many mappings, and its common bytes. */
static json_int_t common_bytes(const json_t *sample, const char *mechanism, json_int_t mappings)
{
	const json_t *sum;
	size_t i;

	json_array_foreach(json_object_get(pair_of(sample), "mechanisms"), i, sum)
	{
		if (strcmp(json_string_value(json_object_get(sum, "mechanism")), mechanism))
			continue;
		assert_int_equal(number_at(sum, NULL, "mappings"), mappings);
		return number_at(sum, NULL, "common_bytes");
	}
	fail_msg("no sum of %s", mechanism);
	return 0;
}

static void expect_sum(
	const json_t *sample, const char *mechanism, json_int_t mappings, json_int_t pages)
{
	assert_int_equal(common_bytes(sample, mechanism, mappings), pages * page_size(sample));
}

/* The one vdso of all processes; how much of it the C library has touched is its own affair. */
static void expect_vdso(const json_t *sample)
{
	json_int_t bytes = common_bytes(sample, "vdso", 1);

	assert_in_range(bytes, page_size(sample), 16 * page_size(sample));
	assert_int_equal(bytes % page_size(sample), 0);
}

static struct {
	uint64_t anon, posix, sysv, memfd, file, cow;
	pid_t a, b;
} had;

static void remember(const struct specimen *s)
{
	had.anon = specimen_number(s, "anon");
	had.posix = specimen_number(s, "posix");
	had.sysv = specimen_number(s, "sysv");
	had.memfd = specimen_number(s, "memfd");
	had.file = specimen_number(s, "file");
	had.cow = specimen_number(s, "cow");
	had.a = specimen_pid(s);
	had.b = specimen_has(s, "child") ? (pid_t)specimen_number(s, "child") : 0;
}

/* Frames of the pair: each shared memory's BOTH, the 13 of "cow", and the program's own. */
static void expect_frames(const json_t *sample, json_int_t least)
{
	const json_t *frames = json_object_get(pair_of(sample), "frames");

	if (!exact(sample)) {
		assert_true(json_is_null(json_object_get(frames, "common")));
		assert_true(json_is_null(json_object_get(frames, "others")));
		return;
	}
	assert_in_range(number_at(frames, NULL, "common"), least, 100000);
	assert_int_equal(number_at(frames, NULL, "counted"), number_at(frames, NULL, "common"));
	assert_string_equal(json_string_value(json_object_get(frames, "others_are")), "exact");
}

static const json_t *expect_family(const json_t *sample, uint64_t moved)
{
	const json_t *row, *segment;

	expect_shared(sample, had.anon, had.anon + moved, "shared_anonymous", 0);
	expect_shared(sample, had.posix, had.posix + moved, "posix_shm", 2);
	segment = expect_shared(sample, had.sysv, had.sysv + moved, "sysv_shm", 0);
	expect_shared(sample, had.memfd, had.memfd + moved, "memfd", 0);
	expect_shared(sample, had.file, had.file + moved, "file", 0);
	row = expect_row(sample, had.cow, had.cow, "cow");
	assert_int_equal(number_at(row, "pages", "cow_shared"), 13);
	assert_int_equal(number_at(row, "pages", "copied"), 3);
	assert_int_equal(number_at(row, "pages", "used_by_both"), 13);
	expect_others(sample, row, 13, 13);
	expect_sum(sample, "shared_anonymous", 1, BOTH);
	expect_sum(sample, "posix_shm", 1, BOTH);
	expect_sum(sample, "sysv_shm", 1, BOTH);
	expect_sum(sample, "memfd", 1, BOTH);
	expect_frames(sample, 5 * BOTH + 13);
	return segment;
}

static const char *unique_name(void)
{
	static char name[64];

	snprintf(name, sizeof name, "twintop-shm-%d-%d", (int)getpid(), (int)geteuid());
	return name;
}

static void check_family(void *context)
{
	struct specimen *s = specimen_start("shm", "family", unique_name(), BASE, NULL);
	json_t *sample;

	remember(s);
	sample = sample_of(had.a, had.b);
	if (context)
		assert_false(exact(sample));
	/* The third process has it attached, too. */
	expect_segment(s, expect_family(sample, 0), 3);
	json_decref(sample);
	specimen_say(s, "apart");
	sample = sample_of(had.a, had.b);
	expect_family(sample, specimen_number(s, "moved"));
	json_decref(sample);
	specimen_stop(s);
}

static void relatives(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_PAGE_COUNT);
	check_family(NULL);
}

static void relatives_as_nobody(void **state)
{
	bool root = geteuid() == 0;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	as_nobody(check_family, root ? &root : NULL);
}

static void check_strangers(const char *base_b)
{
	struct specimen *a =
		specimen_start("shm", "stranger", unique_name(), BASE, "0", "10", NULL);
	struct specimen *b =
		specimen_start("shm", "stranger", unique_name(), base_b, "6", "8", NULL);
	uint64_t moved = strtoull(base_b, NULL, 16) - strtoull(BASE, NULL, 16);
	json_t *sample;

	remember(a);
	sample = sample_of(had.a, specimen_pid(b));
	expect_shared(sample, had.posix, had.posix + moved, "posix_shm", 0);
	expect_shared(sample, had.file, had.file + moved, "file", 0);
	expect_segment(a, expect_shared(sample, had.sysv, had.sysv + moved, "sysv_shm", 0), 2);
	expect_segments_known(sample);
	expect_vdso(sample);
	expect_frames(sample, 3 * BOTH);
	json_decref(sample);
	specimen_stop(b);
	specimen_stop(a);
}

static void strangers_at_equal_addresses(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_PAGE_COUNT);
	check_strangers(BASE);
}

static void strangers_at_different_addresses(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_PAGE_COUNT);
	check_strangers(ELSEWHERE);
}

static void look_as_nobody(void *context)
{
	(void)context;
	check_strangers(BASE);
	check_strangers(ELSEWHERE);
}

static void strangers_as_nobody(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	as_nobody(look_as_nobody, NULL);
}

/* The frames that strangers have in common are those of their rows, each once. */
static void frames_of_strangers_are_counted_once(void **state)
{
	struct specimen *a =
		specimen_start("shm", "stranger", unique_name(), BASE, "0", "10", NULL);
	struct specimen *b =
		specimen_start("shm", "stranger", unique_name(), ELSEWHERE, "6", "8", NULL);
	json_t *sample = sample_of(specimen_pid(a), specimen_pid(b));

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	if (exact(sample))
		assert_int_equal(number_at(pair_of(sample), "frames", "common"),
			number_at(pair_of(sample), "pages", "used_by_both"));
	else
		print_message("frame numbers need CAP_SYS_ADMIN\n");
	specimen_stop(b);
	specimen_stop(a);
	if (!exact(sample)) {
		json_decref(sample);
		skip();
	}
	json_decref(sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relatives),
		cmocka_unit_test(relatives_as_nobody),
		cmocka_unit_test(strangers_at_equal_addresses),
		cmocka_unit_test(strangers_at_different_addresses),
		cmocka_unit_test(strangers_as_nobody),
		cmocka_unit_test(frames_of_strangers_are_counted_once),
	};

	if (denied_skips(ACCESS_PAGEMAP))
		return 77;
	return live_run(tests, NULL, NULL);
}
