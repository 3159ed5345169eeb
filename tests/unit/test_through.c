/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Through which thread a process is read. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tree.h"
#include "twintop/proc/identity.h"

#define PID    50
#define KILLED (1u << (SIGKILL - 1))

/* Thread tid of PID; flags and pending are fields 9 and 31 of proc(5)'s stat. */
static void put_thread(struct tree *t, pid_t tid, char state, unsigned flags, unsigned pending)
{
	char path[64];

	snprintf(path, sizeof path, "%d/task/%d/stat", PID, (int)tid);
	tree_file(t, path,
		"%d (x) %c 1 5 6 7 8 %u 10 11 12 13 14 15 16 17 18 19 3 21 99 23 24 25 26 27 28 29 "
		"30 %u 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 0\n",
		(int)tid, state, flags, pending);
}

static void the_main_thread_while_it_lives(void **state)
{
	struct tree *t = tree_new();

	(void)state;
	put_thread(t, PID, 'S', 0, 0);
	put_thread(t, 51, 'S', 0, 0);
	assert_int_equal(identity_through(tree_root(t), PID, PID), PID);
	assert_true(identity_thread_lives(tree_root(t), PID, PID));
	/* It has its memory until it begins to end. */
	put_thread(t, PID, 'S', 0, KILLED);
	assert_int_equal(identity_through(tree_root(t), PID, PID), PID);
	tree_free(t);
}

static void then_another_one_that_stays_it(void **state)
{
	struct tree *t = tree_new();

	(void)state;
	put_thread(t, PID, 'Z', TASK_EXITING, 0);
	put_thread(t, 51, 'S', TASK_EXITING, 0); /* on its way out, though no zombie yet */
	put_thread(t, 52, 'S', 0, 0);
	assert_int_equal(identity_through(tree_root(t), PID, PID), 52);
	assert_int_equal(identity_through(tree_root(t), PID, 51), 52);
	assert_int_equal(identity_through(tree_root(t), PID, 40), 52); /* it has gone */
	put_thread(t, 51, 'S', 0, 0);
	assert_int_equal(identity_through(tree_root(t), PID, 52), 52);
	put_thread(t, 52, 'X', TASK_EXITING, 0);
	assert_int_equal(identity_through(tree_root(t), PID, 52), 51);
	assert_false(identity_thread_lives(tree_root(t), PID, 52));
	assert_false(identity_thread_lives(tree_root(t), PID, 40));
	tree_free(t);
}

static void none_where_all_end(void **state)
{
	struct tree *t = tree_new();

	(void)state;
	assert_int_equal(identity_through(tree_root(t), PID, PID), PID);
	put_thread(t, PID, 'Z', TASK_EXITING, 0);
	assert_int_equal(identity_through(tree_root(t), PID, PID), PID);
	put_thread(t, 51, 'S', TASK_EXITING, 0);
	assert_int_equal(identity_through(tree_root(t), PID, PID), PID);
	put_thread(t, 52, 'R', 0, KILLED); /* it is about to: it was killed with all others */
	assert_int_equal(identity_through(tree_root(t), PID, PID), PID);
	tree_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_main_thread_while_it_lives),
		cmocka_unit_test(then_another_one_that_stays_it),
		cmocka_unit_test(none_where_all_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
