/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is the first of a family, over a made-up /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../src/proc/family_first.h"
#include "tree.h"

#define NO_EXEC 0x40u /* PF_FORKNOEXEC */

static void add(struct tree *t, pid_t pid, pid_t parent, unsigned flags)
{
	char path[64];

	snprintf(path, sizeof path, "%d/task/%d/stat", (int)pid, (int)pid);
	tree_file(t, path, "%d (x) S %d 1 1 0 -1 %u 0 0 0 0 5 6 0 0 20 0 1 0 %d 0 0\n", (int)pid,
		(int)parent, flags, 1000 + (int)pid);
}

static struct task_id id_of(pid_t pid)
{
	return (struct task_id){pid, 1000 + (uint64_t)pid};
}

/* 1, its shell, the shell's server and two workers of that, of which one has executed a program. */
static struct tree *make_tree(void)
{
	struct tree *t = tree_new();

	add(t, 1, 0, 0);
	add(t, 20, 1, 0);
	add(t, 30, 20, 0);
	add(t, 40, 30, NO_EXEC);
	add(t, 50, 30, 0);
	return t;
}

static void assert_first(
	struct tree *t, const struct family *had, pid_t a, unsigned generations, pid_t first)
{
	const struct task_id id = id_of(a);
	struct family_first f = family_first_of(tree_root(t), had, &id, generations);

	assert_int_equal(f.pid, first);
}

static void a_worker_leads_to_its_parent(void **state)
{
	struct tree *t = make_tree();

	(void)state;
	assert_first(t, NULL, 40, 0, 30);
	assert_first(t, NULL, 50, 0, 50);
	assert_first(t, NULL, 30, 0, 30);
	tree_free(t);
}

static void generations_end_where_nobody_is_above(void **state)
{
	const struct task_id id = id_of(40);
	struct tree *t = make_tree();
	struct family_first f;

	(void)state;
	assert_first(t, NULL, 40, 1, 20);
	f = family_first_of(tree_root(t), NULL, &id, 2);
	assert_int_equal(f.pid, 1);
	assert_int_equal(f.lifted, 2);
	assert_int_equal(f.base.pid, 30);
	assert_int_equal(f.base.start_ticks, 1030);
	assert_true(f.top);
	f = family_first_of(tree_root(t), NULL, &id, 9);
	assert_int_equal(f.pid, 1);
	assert_int_equal(f.lifted, 2);
	assert_false(family_first_of(tree_root(t), NULL, &id, 1).top);
	tree_free(t);
}

/* Another A of the family has the same first one; one that has ended is known as it was last. */
static void it_stays_while_a_is_of_the_family(void **state)
{
	struct member member[] = {{.id = {30, 1030}, .ppid = 20, .parent = FAMILY_NO_PARENT},
		{.id = {40, 1040}, .ppid = 30, .parent = 0},
		{.id = {50, 1050}, .ppid = 30, .parent = 0},
		{.id = {60, 1060}, .ppid = 40, .parent = 1}};
	const struct family had = {.n = 4, .member = member, .base = {30, 1030}};
	struct tree *t = make_tree();

	(void)state;
	assert_first(t, &had, 50, 0, 30);
	assert_first(t, &had, 50, 1, 20);
	assert_first(t, &had, 20, 0, 20); /* is not of it */
	tree_free(t);
	t = tree_new(); /* 30 is gone */
	add(t, 1, 0, 0);
	add(t, 20, 1, 0);
	add(t, 50, 1, 0);
	assert_first(t, &had, 50, 0, 30);
	assert_first(t, &had, 50, 1, 20);
	tree_free(t);
	assert_true(family_is_below(&had, 3, 1));
	assert_true(family_is_below(&had, 1, 1));
	assert_false(family_is_below(&had, 2, 1));
	assert_false(family_is_below(&had, 0, 1));
}

static void a_number_used_again_is_the_living_one(void **state)
{
	struct member member[] = {{.id = {30, 1030}}, {.id = {40, 1040}, .ended = true},
		{.id = {40, 2000}}, {.id = {50, 1050}, .ended = true}};
	const struct family had = {.n = 4, .member = member};

	(void)state;
	assert_int_equal(family_first_in(&had, 40), 2);
	assert_int_equal(family_first_in(&had, 50), 3);
	assert_true(family_first_in(&had, 41) == FAMILY_NO_PARENT);
	assert_true(family_first_in(NULL, 40) == FAMILY_NO_PARENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_leads_to_its_parent),
		cmocka_unit_test(generations_end_where_nobody_is_above),
		cmocka_unit_test(it_stays_while_a_is_of_the_family),
		cmocka_unit_test(a_number_used_again_is_the_living_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
