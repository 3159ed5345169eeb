/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page verdicts of real fork pairs whose writes are known to the page. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "tests/fixtures/zero_page.h"
#include "watch.h"

/* One specimen under watch. */
struct scene {
	struct specimen *specimen;
	struct watch *watch;
	const struct pair *pair;
	pid_t a, b;
	uint64_t array, late;
	size_t pages;
};

static struct scene scene_of(const char *kind, size_t pages, const char *deny)
{
	struct scene s = {.watch = watch_new(deny), .pages = pages};
	char number[32];

	snprintf(number, sizeof number, "%zu", pages);
	s.specimen = specimen_start("cow", kind, number, NULL);
	s.a = specimen_pid(s.specimen);
	s.array = specimen_number(s.specimen, "array");
	s.late = specimen_number(s.specimen, "late");
	return s;
}

static void scene_end(struct scene *s)
{
	specimen_stop(s->specimen);
	watch_free(s->watch);
}

static void scene_take(struct scene *s)
{
	s->pair = watch_take(s->watch, s->a, s->b);
}

static void scene_fork(struct scene *s)
{
	specimen_say(s->specimen, "fork");
	s->b = (pid_t)specimen_number(s->specimen, "child");
}

/* "B w" of count pages from first. */
static void act(struct scene *s, const char *what, size_t first, size_t count)
{
	char line[64];

	if (!count)
		return;
	snprintf(line, sizeof line, "%s %zu %zu", what, first, count);
	specimen_say(s->specimen, line);
}

static size_t in_array(const struct scene *s, enum page_verdict v)
{
	return watch_count(s->watch, s->array, s->pages, v);
}

static size_t in_late(const struct scene *s, enum page_verdict v)
{
	return watch_count(s->watch, s->late, s->pages, v);
}

static bool exact(const struct scene *s)
{
	return watch_access(s->watch)->state[ACCESS_FRAMES] == VALUE_KNOWN;
}

static void need_frames(struct scene *s)
{
	if (exact(s))
		return;
	print_message("frame numbers need CAP_SYS_ADMIN\n");
	scene_end(s);
	skip();
}

/* Child writes K, parent M others, both J others still, in the three parts of the array. */
struct writes {
	size_t pages, by_child, by_parent, by_both;
};
static const struct writes writes[] = {
	{1, 0, 0, 0},
	{1, 1, 0, 0},
	{64, 5, 3, 2},
	{64, 0, 64, 0},
	{1000, 100, 50, 25},
	{5000, 4990, 7, 3},
	{40000, 20000, 3, 1},
};

static void write_all(struct scene *s, const struct writes *w)
{
	act(s, "B w", 0, w->by_child);
	act(s, "A w", w->by_child, w->by_parent);
	act(s, "B w", w->by_child + w->by_parent, w->by_both);
	act(s, "A w", w->by_child + w->by_parent, w->by_both);
}

static void check_copied(struct scene *s, const struct writes *w, size_t unseen)
{
	size_t copied = w->by_child + w->by_parent + w->by_both;

	assert_int_equal(in_array(s, PAGE_VERDICT_COW_SHARED), w->pages - copied);
	assert_int_equal(in_array(s, PAGE_VERDICT_COPIED_BY_A) +
				 in_array(s, PAGE_VERDICT_COPIED_BY_B) +
				 in_array(s, PAGE_VERDICT_COPIED),
		copied);
	assert_int_equal(in_array(s, PAGE_VERDICT_COPIED), unseen);
}

/* Watched from before the fork: every copy is counted and has its author. */
static void check_watched(const char *deny)
{
	for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
		const struct writes *w = &writes[i];
		struct scene s = scene_of("anon", w->pages, deny);

		scene_take(&s);
		assert_null(s.pair);
		scene_fork(&s);
		scene_take(&s);
		assert_int_equal(s.pair->relation, RELATION_CHILD);
		assert_int_equal(s.pair->verdicts->pages_exact, exact(&s));
		check_copied(&s, &(struct writes){.pages = w->pages}, 0);
		write_all(&s, w);
		scene_take(&s);
		check_copied(&s, w, exact(&s) ? 0 : w->by_child + w->by_parent + w->by_both);
		if (exact(&s)) {
			/* Of two writers the first gets the copy: the second keeps the frame. */
			assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED_BY_A), w->by_parent);
			assert_int_equal(
				in_array(&s, PAGE_VERDICT_COPIED_BY_B), w->by_child + w->by_both);
		}
		assert_int_equal(watch_fresh(s.watch, s.array, s.pages),
			w->by_child + w->by_parent + w->by_both);
		scene_take(&s);
		assert_int_equal(watch_fresh(s.watch, s.array, s.pages), 0);
		check_copied(&s, w, exact(&s) ? 0 : w->by_child + w->by_parent + w->by_both);
		scene_end(&s);
	}
}

static void test_watched(void **state)
{
	(void)state;
	check_watched(NULL);
}

/* Without PAGEMAP_SCAN all addresses are read, which a sanitizer makes too many. */
static void skip_when_vast(void)
{
	struct scene s = scene_of("anon", 1, NULL);
	bool vast = watch_is_vast(s.watch, s.a);

	scene_end(&s);
	if (!vast)
		return;
	print_message("the specimen has terabytes of address space\n");
	skip();
}

static void test_watched_without_scan(void **state)
{
	(void)state;
	skip_when_vast();
	check_watched("pagemap_scan");
}

static void test_watched_without_frames(void **state)
{
	(void)state;
	check_watched("frames");
}

static void test_watched_without_both(void **state)
{
	(void)state;
	skip_when_vast();
	check_watched("frames,pagemap_scan");
}

static void body_watched(void *context)
{
	check_watched(context);
}

static void test_watched_as_nobody(void **state)
{
	(void)state;
	as_nobody(body_watched, NULL);
}

/* Attached after the writes: the counts are right, the authors unknown and said to be so. */
static void test_attached_late(void **state)
{
	const struct writes w = {200, 30, 20, 10};
	struct scene s = scene_of("anon", w.pages, NULL);

	(void)state;
	scene_fork(&s);
	write_all(&s, &w);
	scene_take(&s);
	check_copied(&s, &w, 60);
	assert_true(s.pair->verdicts->copied_is_upper_bound);
	assert_int_equal(watch_fresh(s.watch, s.array, s.pages), 0);
	scene_end(&s);
}

/* Between the last sight of A alone and the first of the pair: the frames of before tell who. */
static void test_writes_before_first_sight(void **state)
{
	struct scene s = scene_of("anon", 100, NULL);

	(void)state;
	need_frames(&s);
	scene_take(&s);
	scene_take(&s);
	scene_fork(&s);
	act(&s, "B w", 0, 30);
	act(&s, "A w", 50, 20);
	scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED_BY_B), 30);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED_BY_A), 20);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COW_SHARED), 50);
	scene_end(&s);
}

static void check_born_apart(const char *deny)
{
	struct scene s = scene_of("anon", 100, deny);

	scene_take(&s);
	scene_take(&s);
	act(&s, "A W", 80, 20);
	scene_fork(&s);
	scene_take(&s);
	assert_int_equal(in_late(&s, PAGE_VERDICT_COW_SHARED), 20);
	act(&s, "A W", 0, 30);
	act(&s, "B W", 20, 30);
	scene_take(&s);
	assert_int_equal(in_late(&s, PAGE_VERDICT_ONLY_A), 20);
	assert_int_equal(in_late(&s, PAGE_VERDICT_ONLY_B), 20);
	assert_int_equal(in_late(&s, PAGE_VERDICT_BORN_APART), 10);
	assert_int_equal(in_late(&s, PAGE_VERDICT_ABSENT), 30);
	act(&s, "B W", 0, 20);
	act(&s, "A W", 30, 20);
	scene_take(&s);
	assert_int_equal(in_late(&s, PAGE_VERDICT_BORN_APART), 50);
	assert_int_equal(in_late(&s, PAGE_VERDICT_COW_SHARED), 20);
	/* Where nobody may look into the pages it may be one. */
	assert_false(
		s.pair->verdicts->copied_is_upper_bound && exact(&s) && !denied(ACCESS_ATTACH));
	/* What one side drops is the other's alone, and born again it is born apart. */
	act(&s, "B D", 80, 5);
	scene_take(&s);
	assert_int_equal(in_late(&s, PAGE_VERDICT_ONLY_A), 5);
	act(&s, "B W", 80, 5);
	scene_take(&s);
	assert_int_equal(in_late(&s, PAGE_VERDICT_BORN_APART), 55);
	scene_end(&s);
}

static void test_born_apart(void **state)
{
	(void)state;
	check_born_apart(NULL);
}

static void test_born_apart_estimated(void **state)
{
	(void)state;
	check_born_apart("frames");
}

static void check_zero(const char *deny)
{
	struct scene s;

	if (!maps_zero_page())
		skip();
	s = scene_of("anon", 100, deny);
	act(&s, "A R", 0, 40);
	scene_fork(&s);
	act(&s, "B R", 20, 40);
	scene_take(&s);
	assert_int_equal(in_late(&s, PAGE_VERDICT_ZERO), 60);
	assert_int_equal(in_late(&s, PAGE_VERDICT_COW_SHARED), 0);
	assert_true(page_map_entry(watch_pages(s.watch, 0), s.late) & PAGE_ZERO);
	act(&s, "B W", 0, 10);
	scene_take(&s);
	assert_int_equal(in_late(&s, PAGE_VERDICT_ONLY_B), 10);
	act(&s, "A W", 0, 10);
	scene_take(&s);
	assert_int_equal(in_late(&s, PAGE_VERDICT_BORN_APART), 10);
	assert_int_equal(in_late(&s, PAGE_VERDICT_ZERO), 50);
	scene_end(&s);
}

static void test_zero(void **state)
{
	(void)state;
	check_zero(NULL);
}

static void body_zero(void *context)
{
	struct scene s = scene_of("anon", 1, NULL);
	bool scan = watch_access(s.watch)->state[ACCESS_PAGEMAP_SCAN] == VALUE_KNOWN;

	scene_end(&s);
	/* Neither frames nor a scan: the zero page cannot be told, and nothing is claimed. */
	if (scan && maps_zero_page())
		check_zero(context);
}

static void test_zero_as_nobody(void **state)
{
	(void)state;
	as_nobody(body_zero, NULL);
}

/* A private file mapping: pages of the cache until written; the writer is known at first sight. */
static void check_file(const char *deny)
{
	struct scene s = scene_of("file", 300, deny);

	scene_fork(&s);
	act(&s, "B r", 0, 200);
	act(&s, "B w", 0, 50);
	act(&s, "A w", 100, 25);
	scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED_BY_B), 50);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED_BY_A), 25);
	assert_int_equal(in_array(&s, PAGE_VERDICT_ONLY_B), 0);
	/* The kernel maps pages around one that is read, so B may have more than it asked for. */
	assert_int_equal(
		in_array(&s, PAGE_VERDICT_FILE_SHARED) + in_array(&s, PAGE_VERDICT_ONLY_A), 225);
	assert_true(in_array(&s, PAGE_VERDICT_FILE_SHARED) >= 125);
	scene_end(&s);
}

static void test_file(void **state)
{
	(void)state;
	check_file(NULL);
}

static void test_file_estimated(void **state)
{
	(void)state;
	check_file("frames");
}

static void test_shared_memory(void **state)
{
	struct scene s = scene_of("shared", 64, NULL);
	size_t i;

	(void)state;
	scene_fork(&s);
	act(&s, "B w", 0, 10);
	act(&s, "A w", 5, 10);
	scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_SHARED_MEMORY), 64);
	for (i = 0; i < s.pair->verdicts->mappings_n; i++)
		if (s.pair->verdicts->mapping[i].mechanism == MECHANISM_SHARED_ANONYMOUS)
			break;
	assert_true(i < s.pair->verdicts->mappings_n);
	assert_int_equal(s.pair->verdicts->mapping[i].pages.shared_memory, 64);
	assert_int_equal(s.pair->verdicts->mapping[i].state, ROW_SAME);
	for (i = 0; i < s.pair->channels_n; i++)
		if (!strcmp(s.pair->channel[i].kind, "shared_anonymous"))
			break;
	assert_true(i < s.pair->channels_n);
	assert_int_equal(s.pair->channel[i].direction, CHANNEL_BOTH);
	scene_end(&s);
}

static void test_released(void **state)
{
	struct scene s = scene_of("anon", 100, NULL);

	(void)state;
	scene_fork(&s);
	scene_take(&s);
	act(&s, "B w", 0, 10);
	scene_take(&s);
	specimen_say(s.specimen, "end");
	scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_RELEASED), 90);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COW_SHARED), 0);
	assert_int_equal(
		in_array(&s, PAGE_VERDICT_COPIED) + in_array(&s, PAGE_VERDICT_COPIED_BY_B), 10);
	assert_int_equal(s.pair->relation, RELATION_CHILD);
	/* Written by the survivor, a released page is not copied. */
	act(&s, "A w", 50, 10);
	scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_RELEASED), 90);
	assert_int_equal(s.pair->verdicts->pages.fresh, 0);
	scene_end(&s);
}

/* Another child maps the pages, too: they are A's alone only when that one wrote or ended. */
static void test_released_by_all(void **state)
{
	struct scene s = scene_of("anon", 100, NULL);
	pid_t third;

	(void)state;
	scene_fork(&s);
	third = s.b;
	scene_fork(&s);
	assert_int_not_equal(s.b, third);
	scene_take(&s);
	specimen_say(s.specimen, "end");
	scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_RELEASED), 0);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COW_SHARED), 100);
	act(&s, "A w", 0, 10);
	scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COW_SHARED), 90);
	if (exact(&s))
		assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED_BY_A), 10);
	assert_int_equal(kill(third, SIGKILL), 0);
	while (!kill(third, 0) && in_array(&s, PAGE_VERDICT_COW_SHARED))
		scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COW_SHARED), 0);
	assert_int_equal(in_array(&s, PAGE_VERDICT_RELEASED), exact(&s) ? 90 : 100);
	scene_end(&s);
}

/*
 * Between two looks B writes some pages, and others it drops and touches anew. What they hold tells
 * them apart where they held enough; where they held one byte, copied is an upper bound.
 */
static void check_dropped(const char *kind, bool told)
{
	struct scene s;

	needs_allowed(ACCESS_ATTACH);
	s = scene_of(kind, 100, NULL);
	need_frames(&s);
	scene_take(&s);
	scene_take(&s);
	scene_fork(&s);
	scene_take(&s);
	assert_true(s.pair->verdicts->fork_seen);
	act(&s, "B w", 0, 10);
	act(&s, "A w", 10, 10);
	scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED_BY_B), 10);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED_BY_A), 10);
	assert_int_equal(s.pair->verdicts->copied_is_upper_bound, !told);
	act(&s, "B d", 50, 20);
	act(&s, "B w", 50, 20);
	scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED_BY_B), told ? 10 : 30);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED), told ? 20 : 0);
	assert_true(s.pair->verdicts->copied_is_upper_bound);
	scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED), told ? 20 : 0);
	assert_true(s.pair->verdicts->copied_is_upper_bound);
	scene_end(&s);
}

static void test_dropped(void **state)
{
	(void)state;
	check_dropped("full", true);
	check_dropped("anon", false);
}

/* Where a few of very many were dropped, the others are no less certain. */
static void test_few_dropped(void **state)
{
	struct scene s;

	(void)state;
	needs_allowed(ACCESS_ATTACH);
	s = scene_of("full", 1000, NULL);
	need_frames(&s);
	scene_take(&s);
	scene_take(&s);
	scene_fork(&s);
	scene_take(&s);
	assert_true(s.pair->verdicts->fork_seen);
	act(&s, "B d", 700, 20);
	act(&s, "B w", 700, 20);
	act(&s, "B w", 0, 600);
	scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED_BY_B), 600);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COPIED), 20);
	assert_true(s.pair->verdicts->copied_is_upper_bound);
	scene_end(&s);
}

static void test_one_space(void **state)
{
	struct scene s = scene_of("anon", 50, NULL);

	(void)state;
	specimen_say(s.specimen, "share");
	s.b = (pid_t)specimen_number(s.specimen, "child");
	scene_take(&s);
	assert_true(s.pair->one_space);
	assert_int_equal(in_array(&s, PAGE_VERDICT_ONE_SPACE), 50);
	assert_int_equal(s.pair->verdicts->pages.cow_shared, 0);
	for (size_t i = 0; i < s.pair->verdicts->mappings_n; i++)
		assert_int_equal(s.pair->verdicts->mapping[i].state, ROW_SAME);
	scene_end(&s);
}

/* A write into a shared huge page splits it: one part is copied, 511 stay shared. */
static void check_huge(const char *deny)
{
	struct scene s = scene_of("thp", 512, deny);

	scene_fork(&s);
	scene_take(&s);
	if (!(page_map_entry(watch_pages(s.watch, 0), s.array) & PAGE_HUGE)) {
		print_message("no huge page was to be had\n");
		scene_end(&s);
		skip();
	}
	assert_int_equal(
		page_map_count(watch_pages(s.watch, 0), s.array, s.array + (2u << 20)).huge, 512);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COW_SHARED), 512);
	act(&s, "B w", 100, 1);
	scene_take(&s);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COW_SHARED), 511);
	assert_int_equal(
		in_array(&s, exact(&s) ? PAGE_VERDICT_COPIED_BY_B : PAGE_VERDICT_COPIED), 1);
	scene_end(&s);
}

static void test_huge(void **state)
{
	(void)state;
	check_huge(NULL);
}

static void test_huge_estimated(void **state)
{
	(void)state;
	check_huge("frames");
}

/* In swap a page is neither shared nor copied; the rest stays what it is. */
static void test_swapped(void **state)
{
	struct scene s = scene_of("anon", 100, NULL);
	size_t swapped;

	(void)state;
	act(&s, "A p", 0, 40);
	scene_fork(&s);
	scene_take(&s);
	swapped = in_array(&s, PAGE_VERDICT_SWAPPED);
	assert_int_equal(in_array(&s, PAGE_VERDICT_COW_SHARED), 100 - swapped);
	assert_true(swapped <= 40);
	assert_int_equal(watch_pages(s.watch, 0)->totals.swapped, swapped);
	scene_end(&s);
	if (!swapped) {
		print_message("nothing was swapped out: no swap here\n");
		skip();
	}
}

/* Two processes of one program: no fork of a common array, no claim of one. */
static void test_unrelated(void **state)
{
	struct scene s = scene_of("anon", 100, NULL), other = scene_of("anon", 100, NULL);

	(void)state;
	s.b = other.a;
	scene_take(&s);
	assert_false(s.pair->verdicts->fork_related);
	assert_int_equal(s.pair->verdicts->pages.cow_shared, 0);
	assert_int_equal(s.pair->verdicts->pages.copied, 0);
	assert_int_equal(s.pair->verdicts->pages.born_apart, 0);
	assert_true(s.pair->verdicts->pages.file_shared > 0);
	assert_true(s.pair->verdicts->pages.only_a >= 100);
	assert_true(s.pair->verdicts->pages.only_b >= 100);
	scene_end(&other);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watched),
		cmocka_unit_test(test_watched_without_scan),
		cmocka_unit_test(test_watched_without_frames),
		cmocka_unit_test(test_watched_without_both),
		cmocka_unit_test(test_watched_as_nobody),
		cmocka_unit_test(test_attached_late),
		cmocka_unit_test(test_writes_before_first_sight),
		cmocka_unit_test(test_born_apart),
		cmocka_unit_test(test_born_apart_estimated),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_zero_as_nobody),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_estimated),
		cmocka_unit_test(test_shared_memory),
		cmocka_unit_test(test_released),
		cmocka_unit_test(test_released_by_all),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_few_dropped),
		cmocka_unit_test(test_one_space),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_huge_estimated),
		cmocka_unit_test(test_swapped),
		cmocka_unit_test(test_unrelated),
	};

	if (denied_skips(ACCESS_PAGEMAP))
		return 77;
	return live_run(tests, NULL, NULL);
}
