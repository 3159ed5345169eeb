/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "tree.h"
#include "twintop/base/clock.h"
#include "twintop/proc/stir.h"

#define PID	 7
#define APART_NS 40000000u /* looks that are nearer count by themselves */

/* proc(5) stat from field 3 on: state, parent, threads. */
#define STAT                                                                                       \
	"%d (a) %c %d 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 %d 21 22 23 24 25 26 27 28 29 30 "   \
	"31 "                                                                                      \
	"32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52\n"

struct process {
	struct tree *tree;
	struct stir stir;
};

static void be(struct process *p, char state, int parent, int threads)
{
	tree_file(p->tree, "7/task/7/stat", STAT, PID, state, parent, threads);
}

static void run(struct process *p, int tid, const char *schedstat)
{
	char path[64];

	snprintf(path, sizeof path, "7/task/%d/schedstat", tid);
	tree_file(p->tree, path, "%s\n", schedstat);
}

static int setup(void **state)
{
	struct process *p = test_calloc(1, sizeof *p);

	p->tree = tree_new();
	be(p, 'S', 1, 2);
	run(p, PID, "10 20 3");
	run(p, 8, "11 21 4");
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct process *p = *state;

	stir_close(&p->stir);
	tree_free(p->tree);
	test_free(p);
	return 0;
}

/* Whether the next look counts. */
static bool counts(struct process *p)
{
	uint64_t before = p->stir.count;

	clock_sleep_ns(APART_NS);
	stir_look(&p->stir, tree_root(p->tree), PID);
	return p->stir.count != before;
}

static void who_sleeps_does_not_count(void **state)
{
	struct process *p = *state;

	assert_true(counts(p)); /* the first look knows nothing before it */
	for (int i = 0; i < 3; i++)
		assert_false(counts(p));
}

static void whoever_runs_counts_once(void **state)
{
	struct process *p = *state;

	counts(p);
	run(p, PID, "12 20 3");
	assert_true(counts(p));
	assert_false(counts(p));
	/* It has not been counted yet that it runs, but that it got a processor. */
	run(p, 8, "11 21 5");
	assert_true(counts(p));
	assert_false(counts(p));
}

static void what_others_do_to_it_counts(void **state)
{
	struct process *p = *state;

	counts(p);
	be(p, 'S', 2, 2);
	assert_true(counts(p));
	be(p, 'T', 2, 2);
	assert_true(counts(p));
	assert_false(counts(p));
}

static void who_is_running_always_counts(void **state)
{
	struct process *p = *state;

	be(p, 'R', 1, 2);
	for (int i = 0; i < 3; i++)
		assert_true(counts(p));
}

static void a_thread_more_or_less_counts(void **state)
{
	struct process *p = *state;
	char path[4200];

	counts(p);
	run(p, 9, "1 1 1");
	be(p, 'S', 1, 3);
	assert_true(counts(p));
	assert_false(counts(p));
	snprintf(path, sizeof path, "%s/7/task/9/schedstat", tree_path(p->tree));
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof path, "%s/7/task/9", tree_path(p->tree));
	assert_int_equal(rmdir(path), 0);
	be(p, 'S', 1, 2);
	assert_true(counts(p));
	assert_false(counts(p));
}

/* Where its times are not counted, or its threads are not all to be seen, nothing is certain. */
static void who_is_not_to_be_told_always_counts(void **state)
{
	struct process *p = *state;

	run(p, 8, "0 0 0");
	for (int i = 0; i < 3; i++)
		assert_true(counts(p));
	run(p, 8, "11 21 4");
	be(p, 'S', 1, 3);
	for (int i = 0; i < 3; i++)
		assert_true(counts(p));
	be(p, 'S', 1, 2);
	counts(p);
	assert_false(counts(p));
}

static void who_has_gone_counts(void **state)
{
	struct process *p = *state;
	char path[4200];

	counts(p);
	stir_close(&p->stir);
	p->stir = (struct stir){.count = p->stir.count};
	snprintf(path, sizeof path, "%s/7/task/7/stat", tree_path(p->tree));
	assert_int_equal(unlink(path), 0);
	for (int i = 0; i < 3; i++)
		assert_true(counts(p));
}

static void many_threads_always_count(void **state)
{
	struct process *p = *state;

	for (int tid = 9; tid < 50; tid++)
		run(p, tid, "1 1 1");
	be(p, 'S', 1, 43);
	for (int i = 0; i < 3; i++)
		assert_true(counts(p));
}

/* Time is counted at ticks: who runs on between two of them shows none. */
static void looks_too_near_count(void **state)
{
	struct process *p = *state;
	uint64_t count;

	counts(p);
	count = p->stir.count;
	for (int i = 0; i < 3; i++)
		stir_look(&p->stir, tree_root(p->tree), PID);
	assert_true(p->stir.count > count);
	assert_false(counts(p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_sleeps_does_not_count, setup, teardown),
		cmocka_unit_test_setup_teardown(whoever_runs_counts_once, setup, teardown),
		cmocka_unit_test_setup_teardown(what_others_do_to_it_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_running_always_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(a_thread_more_or_less_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(
			who_is_not_to_be_told_always_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(who_has_gone_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(many_threads_always_count, setup, teardown),
		cmocka_unit_test_setup_teardown(looks_too_near_count, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
