/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lives as feeds told of them, and which of them are members' that somebody saw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/proc/family_told.h"

static struct told_lives lives; /* too large for a stack */

static void tell(struct event e, const char *name)
{
	struct event_sink sink = {0};
	const struct event_batch *batch;

	event_sink_add(&sink, e, text_of(name), text_of(NULL));
	batch = event_sink_seal(&sink);
	told_lives_heed(&lives, batch, &batch->event[0]);
	part_put(batch);
}

static void fork_of(pid_t parent, pid_t child, uint64_t ns)
{
	tell((struct event){.kind = EVENT_FORK, .pid = parent, .other = child, .monotonic_ns = ns},
		"parent");
}

static void exit_of(pid_t pid, int status, uint64_t ns)
{
	tell((struct event){.kind = EVENT_EXIT,
		     .pid = pid,
		     .status = status,
		     .status_known = status >= 0,
		     .monotonic_ns = ns},
		NULL);
}

static int setup(void **state)
{
	(void)state;
	memset(&lives, 0, sizeof lives);
	return 0;
}

static void a_life_gathers_what_is_told(void **state)
{
	const struct told_life *life;

	(void)state;
	fork_of(1, 20, 100);
	life = told_lives_find(&lives, 20, 100);
	assert_memory_equal(life->name, "parent", life->name_len);
	assert_false(life->execed);
	tell((struct event){.kind = EVENT_EXEC, .pid = 20, .monotonic_ns = 101}, "program");
	tell((struct event){.kind = EVENT_COMM, .pid = 20, .tid = 21, .monotonic_ns = 102},
		"thread");
	exit_of(20, 9, 103);
	assert_int_equal(lives.n, 1);
	assert_int_equal(life->parent, 1);
	assert_int_equal(life->born_ns, 100);
	assert_int_equal(life->end_ns, 103);
	assert_true(life->execed && life->status_known);
	assert_int_equal(life->name_len, 7);
	assert_memory_equal(life->name, "program", 7);
	/* What is told of the dead, or of strangers, is no life. */
	tell((struct event){.kind = EVENT_EXEC, .pid = 20, .monotonic_ns = 104}, "late");
	tell((struct event){.kind = EVENT_EXEC, .pid = 30, .monotonic_ns = 105}, "other");
	assert_int_equal(lives.n, 1);
	assert_memory_equal(life->name, "program", 7);
}

static void ends_are_found_by_number_and_time(void **state)
{
	(void)state;
	assert_null(told_lives_find(&lives, 0, 0));
	exit_of(7, 256, 100);
	exit_of(8, 9, 200);
	exit_of(7, 512, 300);
	assert_int_equal(told_lives_find(&lives, 7, 100)->status, 256);
	/* who had the number next */
	assert_int_equal(told_lives_find(&lives, 7, 101)->status, 512);
	assert_null(told_lives_find(&lives, 8, 201));
	for (pid_t pid = 1000; pid < 1000 + TOLD_LIVES_MOST - 1; pid++)
		exit_of(pid, 0, 400);
	assert_null(told_lives_find(&lives, 8, 0));
	assert_non_null(told_lives_find(&lives, 7, 300)); /* the oldest that is kept */
	assert_non_null(told_lives_find(&lives, 1000 + TOLD_LIVES_MOST - 2, 0));
}

/* Its start is cut to a tick, in which who had the number before may have ended. */
static void the_next_one_is_told_from_who_had_its_number(void **state)
{
	const uint64_t s = 5000000000u, tick = 10000000u;

	(void)state;
	fork_of(1, 20, s + 3);
	exit_of(20, 256, s + 100 * tick + 5);
	fork_of(1, 20, s + 100 * tick + 7);
	assert_int_equal(told_lives_find(&lives, 20, s)->status, 256);
	assert_int_equal(told_lives_find(&lives, 20, s + 100 * tick)->born_ns, s + 100 * tick + 7);
	exit_of(20, 512, s + 200 * tick + 1);
	assert_int_equal(told_lives_find(&lives, 20, s)->status, 256);
	assert_int_equal(told_lives_find(&lives, 20, s + 100 * tick)->status, 512);
	/* One whose birth nobody told of has no other's end. */
	assert_null(told_lives_find(&lives, 20, s + 200 * tick));
	exit_of(20, 768, s + 300 * tick);
	assert_int_equal(told_lives_find(&lives, 20, s + 200 * tick)->status, 768);
}

/* Who is looked for is found late: as late as the look before was early. */
static void one_that_was_found_late_is_the_one_that_began_before(void **state)
{
	const uint64_t s = 5000000000u, ms = 1000000u;
	struct event late = {
		.kind = EVENT_FORK, .pid = 1, .other = 20, .monotonic_ns = s, .span_ns = 100 * ms};

	(void)state;
	tell(late, "parent");
	exit_of(20, 256, s + ms);
	assert_non_null(told_lives_find(&lives, 20, s - 90 * ms));
	assert_null(told_lives_find(&lives, 20, s - 121 * ms));
	assert_null(told_lives_find(&lives, 20, s + 11 * ms));
	/* Whose birth was told at once is nobody who began so long before. */
	late.span_ns = 0;
	late.other = 21;
	tell(late, "parent");
	assert_null(told_lives_find(&lives, 21, s - 90 * ms));
}

/* By an index as by looking at each, also where the ring has gone round. */
static void an_index_finds_the_same(void **state)
{
	struct family_told t;

	(void)state;
	for (uint64_t i = 0; i < 2 * TOLD_LIVES_MOST; i++) {
		fork_of(1, (pid_t)(100 + i * 7 % 900), 1000 + 10 * i);
		exit_of((pid_t)(100 + i * 7 % 900), i % 3 ? 0 : -1, 1005 + 10 * i);
	}
	family_told_open(&t, &lives);
	for (pid_t pid = 90; pid < 1010; pid++)
		for (uint64_t ns = 0; ns < 50000; ns += 5000)
			assert_ptr_equal(
				family_told_find(&t, pid, ns), told_lives_find(&lives, pid, ns));
	family_told_close(&t);
	family_told_open(&t, NULL);
	assert_null(family_told_find(&t, 100, 0));
	assert_null(family_told_next(&t, &(size_t){0}));
	family_told_close(&t);
}

/* What is left are lives that are nobody's: of one number each by itself, ends alone not. */
static void what_is_claimed_is_passed_over(void **state)
{
	struct family_told t;
	size_t i = 0;

	(void)state;
	fork_of(1, 20, 100);
	exit_of(20, 0, 110);
	exit_of(1, 0, 115);
	fork_of(1, 20, 120);
	fork_of(20, 21, 130);
	family_told_open(&t, &lives);
	family_told_claim(&t, 20, 100);
	assert_int_equal(family_told_next(&t, &i)->born_ns, 120);
	family_told_claim(&t, 21, 121);
	assert_null(family_told_next(&t, &i));
	family_told_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_life_gathers_what_is_told, setup),
		cmocka_unit_test_setup(ends_are_found_by_number_and_time, setup),
		cmocka_unit_test_setup(the_next_one_is_told_from_who_had_its_number, setup),
		cmocka_unit_test_setup(one_that_was_found_late_is_the_one_that_began_before, setup),
		cmocka_unit_test_setup(an_index_finds_the_same, setup),
		cmocka_unit_test_setup(what_is_claimed_is_passed_over, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
