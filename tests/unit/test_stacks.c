/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/proc/threads_internal.h"
#include "twintop/proc/maps.h"

#define PID 100

static struct memory_map *parse(const char *text)
{
	struct memory_map *m = part_new(sizeof *m);

	assert_int_equal(maps_parse(scan_of(text, strlen(text)), m, NULL), 0);
	maps_classify(m, text_of("/bin/x"));
	return m;
}

static struct thread_record thread(pid_t tid, uint64_t sp, uint64_t block)
{
	return (struct thread_record){.self.tid = tid,
		.call.stack_pointer = sp,
		.call.registers_known = sp != 0,
		.call.running = !sp,
		.self.robust_list = block};
}

/* Finds the stacks of all, or of the one that was touched. */
static void find_some(struct thread_record *t, size_t n, const struct memory_map *m,
	const struct page_map *pages, bool all, size_t touched)
{
	struct thread_kepts threads = {0};

	for (size_t i = 0; i < n; i++) {
		struct thread_kept *k = mem_alloc(sizeof *k);

		k->now = t[i];
		k->touched = i == touched ? 1u << THREAD_GROUP_CALL : 0;
		VEC_PUSH(&threads, k);
	}
	thread_stacks_find(&threads, PID, m, pages, all);
	for (size_t i = 0; i < n; i++) {
		t[i] = threads.item[i]->now;
		free(threads.item[i]);
	}
	VEC_FREE(&threads);
}

static void find(struct thread_record *t, size_t n, const struct memory_map *m)
{
	find_some(t, n, m, NULL, true, SIZE_MAX);
}

static void find_with_pages(
	struct thread_record *t, size_t n, const struct memory_map *m, const struct page_map *pages)
{
	find_some(t, n, m, pages, true, SIZE_MAX);
}

static void assert_stack(const struct thread_record *t, uint64_t start, uint64_t end)
{
	assert_int_equal(t->self.source[THREAD_STACK], VALUE_KNOWN);
	assert_int_equal(t->self.stack_start, start);
	assert_int_equal(t->self.stack_end, end);
}

static void an_ordinary_stack_has_a_guard_below(void **state)
{
	struct memory_map *m = parse("100000-104000 ---p 00000000 00:00 0 \n"
				     "104000-10c000 rw-p 00000000 00:00 0 \n"
				     "7fff00000-7fff20000 rw-p 00000000 00:00 0 [stack]\n");
	struct thread_record t[] = {thread(PID, 0x7fff1f000, 0x90000),
		thread(101, 0x10b000, 0x10b9e0), thread(102, 0, 0x10b9e0), /* running */
		thread(103, 0x10b000, 0)};

	(void)state;
	find(t, 4, m);
	assert_stack(&t[0], 0x7fff00000, 0x7fff20000);
	assert_false(t[0].self.stack_guard_known);
	for (int i = 1; i < 4; i++) {
		assert_stack(&t[i], 0x104000, 0x10c000);
		assert_true(t[i].self.stack_guard_known);
		assert_int_equal(t[i].self.stack_guard_bytes, 0x4000);
	}
	part_put(m);
}

static void merged_stacks_are_told_apart(void **state)
{
	struct memory_map *m = parse("100000-130000 rw-p 00000000 00:00 0 \n");
	struct thread_record t[] = {thread(101, 0x10b000, 0x10b9e0), thread(102, 0, 0x11b9e0)};

	(void)state;
	find(t, 2, m);
	assert_stack(&t[0], 0x100000, 0x10c000);
	assert_stack(&t[1], 0x10c000, 0x11c000);
	assert_false(t[1].self.stack_guard_known); /* nobody read the pages */
	part_put(m);
}

static void guard_pages_bound_a_stack(void **state)
{
	struct memory_map *m = parse("100000-130000 rw-p 00000000 00:00 0 \n");
	uint64_t low[4] = {PAGE_GUARD, PAGE_GUARD, 0, PAGE_PRESENT};
	uint64_t high[5] = {PAGE_PRESENT, PAGE_GUARD, PAGE_GUARD, PAGE_GUARD, 0};
	struct page_run run[] = {{0x100000, 4, low}, {0x10b000, 5, high}};
	struct page_map pages = {.memory = m, .page_size = 0x1000, .runs_n = 2, .run = run};
	struct thread_record t[] = {thread(101, 0x10b000, 0x10b9e0), thread(102, 0, 0x11b9e0)};

	(void)state;
	find_with_pages(t, 2, m, &pages);
	assert_stack(&t[0], 0x102000, 0x10c000);
	assert_true(t[0].self.stack_guard_known);
	assert_int_equal(t[0].self.stack_guard_bytes, 0x2000);
	assert_stack(&t[1], 0x10f000, 0x11c000);
	assert_int_equal(t[1].self.stack_guard_bytes, 0x3000);
	/* What was found stays known while the pages are not read, or cannot be. */
	find(t, 2, m);
	assert_stack(&t[1], 0x10f000, 0x11c000);
	pages.part.state = VALUE_DENIED;
	find_with_pages(t, 2, m, &pages);
	assert_stack(&t[1], 0x10f000, 0x11c000);
	assert_int_equal(t[1].self.stack_guard_bytes, 0x3000);
	part_put(m);
}

static void a_stack_of_its_own_making_is_where_the_pointer_is(void **state)
{
	struct memory_map *m = parse("50000-60000 rw-p 00000000 00:00 0 [heap]\n"
				     "100000-104000 ---p 00000000 00:00 0 \n"
				     "104000-10c000 rw-p 00000000 00:00 0 \n"
				     "7fff00000-7fff20000 rw-p 00000000 00:00 0 [stack]\n");
	struct thread_record t[] = {thread(PID, 0x58000, 0x90000), /* makecontext in the heap */
		thread(101, 0x57000, 0x10b9e0),			   /* the same in another thread */
		thread(102, 0x57000, 0x5f9e0),	  /* pthread_attr_setstack in the heap */
		thread(103, 0x10bf00, 0x10b9e0)}; /* SP above the control block */

	(void)state;
	find(t, 4, m);
	assert_stack(&t[0], 0x50000, 0x60000);
	assert_stack(&t[1], 0x50000, 0x60000);
	assert_stack(&t[2], 0x50000, 0x60000);
	assert_stack(&t[3], 0x104000, 0x10c000);
	part_put(m);
}

static void a_large_reserve_is_no_guard(void **state)
{
	struct memory_map *m = parse("1000000-5000000 ---p 00000000 00:00 0 \n"
				     "5000000-5008000 rw-p 00000000 00:00 0 \n");
	struct thread_record t[] = {thread(101, 0, 0x50079e0)};

	(void)state;
	find(t, 1, m);
	assert_stack(&t[0], 0x5000000, 0x5008000);
	assert_false(t[0].self.stack_guard_known);
	part_put(m);
}

static void what_cannot_be_told_says_why(void **state)
{
	struct memory_map *m = parse("50000-60000 rw-p 00000000 00:00 0 [heap]\n");
	struct thread_record t[] = {thread(101, 0, 0), thread(102, 0, 0)};

	(void)state;
	t[1].self.source[THREAD_SYSCALL] = VALUE_DENIED;
	find(t, 2, m);
	assert_int_equal(t[0].self.source[THREAD_STACK], VALUE_NONE);
	assert_int_equal(t[1].self.source[THREAD_STACK], VALUE_DENIED);
	assert_int_equal(t[1].self.stack_end, 0);
	part_put(m);
}

static void only_those_that_moved_are_looked_at_again(void **state)
{
	struct memory_map *m = parse("100000-104000 ---p 00000000 00:00 0 \n"
				     "104000-10c000 rw-p 00000000 00:00 0 \n");
	struct thread_record t[] = {thread(101, 0x10b000, 0), thread(102, 0x10b000, 0)};

	(void)state;
	find_some(t, 2, m, NULL, false, 1);
	assert_int_equal(t[0].self.stack_end, 0);
	assert_stack(&t[1], 0x104000, 0x10c000);
	part_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_stack_has_a_guard_below),
		cmocka_unit_test(merged_stacks_are_told_apart),
		cmocka_unit_test(guard_pages_bound_a_stack),
		cmocka_unit_test(a_stack_of_its_own_making_is_where_the_pointer_is),
		cmocka_unit_test(a_large_reserve_is_no_guard),
		cmocka_unit_test(what_cannot_be_told_says_why),
		cmocka_unit_test(only_those_that_moved_are_looked_at_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
