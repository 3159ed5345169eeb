/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers of one task in several PID namespaces, over made-up trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "tree.h"
#include "twintop/proc/nspid.h"

static unsigned parsed(const char *text, pid_t *ret_inner)
{
	struct text t = text_of(text);

	return nspid_parse(scan_of(t.bytes, t.len), ret_inner);
}

static void the_last_number_is_the_tasks_own(void **state)
{
	pid_t inner = -1;

	(void)state;
	assert_int_equal(
		parsed("Name:\tx\nPid:\t4242\nNSpid:\t4242\t70\t7\nVmPeak: 1 kB\n", &inner), 3);
	assert_int_equal(inner, 7);
	assert_int_equal(parsed("NSpid:\t4242\n", &inner), 1);
	assert_int_equal(inner, 4242);
	inner = -1;
	assert_int_equal(parsed("Name:\tNSpid: 3\nPid:\t4242\n", &inner), 0);
	assert_int_equal(parsed("NSpid:\n", &inner), 0);
	assert_int_equal(parsed("NSpid:\t99999999999\n", &inner), 0);
	assert_int_equal(parsed("", &inner), 0);
	assert_int_equal(inner, -1);
}

static struct tree *tree_of_self(pid_t self, const char *status)
{
	struct tree *t = tree_new();
	char name[32];

	snprintf(name, sizeof name, "%d", (int)self);
	tree_link(t, "self", name);
	snprintf(name, sizeof name, "%d/status", (int)self);
	tree_file(t, name, "%s", status);
	return t;
}

static void a_proc_of_another_namespace_is_recognised(void **state)
{
	char ours[64], two[64];
	struct tree *t;

	(void)state;
	snprintf(ours, sizeof ours, "NSpid:\t%d\n", (int)getpid());
	snprintf(two, sizeof two, "NSpid:\t%d\t%d\n", (int)getpid(), (int)getpid());
	t = tree_of_self(getpid(), ours);
	assert_true(nspid_counts_as_we(tree_root(t)));
	assert_int_equal(nspid_self(tree_root(t)), getpid());
	tree_free(t);
	t = tree_of_self(getpid() + 1, ours);
	assert_false(nspid_counts_as_we(tree_root(t)));
	tree_free(t);
	/* By chance it counts us as we do, but there is one more below it. */
	t = tree_of_self(getpid(), two);
	assert_false(nspid_counts_as_we(tree_root(t)));
	tree_free(t);
	/* It does not see us at all. */
	t = tree_new();
	assert_false(nspid_counts_as_we(tree_root(t)));
	assert_int_equal(nspid_self(tree_root(t)), 0);
	assert_int_equal(nspid_child(tree_root(t), 5), 0);
	tree_free(t);
}

static void a_child_is_found_among_ours(void **state)
{
	struct tree *t = tree_of_self(70000, "NSpid:\t70000\t7\n");

	(void)state;
	tree_file(t, "70000/task/70000/children", "70001 70002 ");
	tree_file(t, "70001/status", "NSpid:\t70001\t8\n");
	tree_file(t, "70002/status", "NSpid:\t70002\t9\n");
	assert_int_equal(nspid_child(tree_root(t), 9), 70002);
	assert_int_equal(nspid_child(tree_root(t), 10), 0);
	tree_free(t);
	/* Nobody needs to look where it counts as we do. */
	t = tree_of_self(getpid(), "");
	assert_int_equal(nspid_child(tree_root(t), 9), 9);
	tree_free(t);
}

static void threads_are_found_by_their_own_numbers(void **state)
{
	struct tree *t = tree_new();
	struct nspid_set set = {0};

	(void)state;
	assert_int_equal(nspid_set_find(&set, 1), 0);
	tree_file(t, "300/task/300/comm", "x");
	tree_file(t, "300/task/301/comm", "x");
	tree_file(t, "300/task/302/comm", "x");
	tree_file(t, "300/status", "NSpid:\t300\t9\n");
	tree_file(t, "301/status", "NSpid:\t301\t2\n"); /* the numbers went round in there */
	assert_int_equal(nspid_set_read(tree_root(t), 300, &set), 0);
	assert_int_equal(set.n, 2); /* 302 has ended meanwhile */
	assert_int_equal(nspid_set_find(&set, 9), 300);
	assert_int_equal(nspid_set_find(&set, 2), 301);
	assert_int_equal(nspid_set_find(&set, 300), 0);
	assert_true(nspid_set_read(tree_root(t), 400, &set) < 0);
	assert_int_equal(nspid_set_find(&set, 9), 0);
	nspid_set_free(&set);
	tree_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_number_is_the_tasks_own),
		cmocka_unit_test(a_proc_of_another_namespace_is_recognised),
		cmocka_unit_test(a_child_is_found_among_ours),
		cmocka_unit_test(threads_are_found_by_their_own_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
