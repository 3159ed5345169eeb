/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel marks as if it were in swap, and is not: guards, poisoned and protected pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "twintop/model/records.h"
#include "watch.h"

struct scene {
	struct specimen *specimen;
	struct watch *watch;
	const struct pair *pair;
	uint64_t array, pages;
};

/* A sample of the specimen and its child; deny: access to hold back, or NULL. */
static struct scene scene_of(const char *deny)
{
	struct scene s = {.specimen = specimen_start("markers", NULL), .watch = watch_new(deny)};

	s.array = specimen_number(s.specimen, "array");
	s.pages = specimen_number(s.specimen, "pages");
	s.pair = watch_take(
		s.watch, specimen_pid(s.specimen), (pid_t)specimen_number(s.specimen, "child"));
	return s;
}

static void scene_end(struct scene *s)
{
	watch_free(s->watch);
	specimen_stop(s->specimen);
}

/* The counts of the array on a side; guards part it into no mappings of their own. */
static struct page_counts counts_of(const struct scene *s, int side)
{
	return page_map_count(watch_pages(s->watch, side), s->array, s->array + s->pages * 4096);
}

/* Which the test cannot do without. */
static void need(struct scene *s, const char *key)
{
	if (specimen_number(s->specimen, key))
		return;
	print_message("skipped: no %s pages to be had here\n", key);
	scene_end(s);
	skip();
}

static void check_guards(const char *deny)
{
	struct scene s = scene_of(deny);
	uint64_t guards;

	need(&s, "guard");
	guards = specimen_number(s.specimen, "guard");
	for (int side = 0; side < 2; side++) {
		struct page_counts counts = counts_of(&s, side);

		assert_int_equal(counts.swapped, 0);
		assert_int_equal(counts.guard, guards);
		assert_int_equal(
			counts.resident, s.pages - guards - specimen_number(s.specimen, "poison"));
	}
	assert_int_equal(watch_count(s.watch, s.array, s.pages, PAGE_VERDICT_SWAPPED), 0);
	assert_int_equal(
		watch_count(s.watch, s.array + 10 * 4096, guards, PAGE_VERDICT_ABSENT), guards);
	scene_end(&s);
}

static void guards_are_not_in_swap(void **state)
{
	(void)state;
	check_guards(NULL);
}

static void guards_without_frames(void **state)
{
	(void)state;
	check_guards("frames");
}

static void body_guards(void *context)
{
	check_guards(context);
}

static void guards_as_an_ordinary_user(void **state)
{
	(void)state;
	as_nobody(body_guards, NULL);
}

static void poisoned_pages_are_not_in_swap(void **state)
{
	struct scene s = scene_of(NULL);
	uint64_t at = s.array + 20 * 4096, n;

	(void)state;
	need(&s, "poison");
	n = specimen_number(s.specimen, "poison");
	assert_int_equal(counts_of(&s, 0).swapped, 0);
	assert_int_equal(counts_of(&s, 0).guard, specimen_number(s.specimen, "guard"));
	assert_int_equal(watch_count(s.watch, at, n, PAGE_VERDICT_ABSENT), n);
	scene_end(&s);
}

static void protected_pages_are_not_in_swap(void **state)
{
	struct scene s = scene_of(NULL);
	struct page_counts counts;
	uint64_t at = specimen_number(s.specimen, "shared");

	(void)state;
	need(&s, "protected");
	counts = page_map_count(
		watch_pages(s.watch, 0), at, at + specimen_number(s.specimen, "protected") * 4096);
	assert_int_equal(counts.swapped, 0);
	assert_int_equal(counts.resident, 0);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guards_are_not_in_swap),
		cmocka_unit_test(guards_without_frames),
		cmocka_unit_test(guards_as_an_ordinary_user),
		cmocka_unit_test(poisoned_pages_are_not_in_swap),
		cmocka_unit_test(protected_pages_are_not_in_swap),
	};

	if (denied_skips(ACCESS_PAGEMAP))
		return 77;
	return live_run(tests, NULL, NULL);
}
