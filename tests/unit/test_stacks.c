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
	maps_classify(m, text_of("/bin/x"), NULL);
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

/* One whose C library says what it gave it: start is above the guard. */
static struct thread_record given(
	pid_t tid, uint64_t sp, uint64_t start, uint64_t end, uint64_t guard_bytes)
{
	struct thread_record t = thread(tid, sp, end - 0x620);

	t.self.given_start = start;
	t.self.given_end = end;
	t.self.given_guard_bytes = guard_bytes;
	return t;
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

static void assert_guard(const struct thread_record *t, uint64_t bytes)
{
	assert_true(t->self.stack_guard_known);
	assert_int_equal(t->self.stack_guard_bytes, bytes);
}

static void assert_gap(const struct thread_record *t, enum stack_gap gap)
{
	assert_false(value_state_has_value((enum value_state)t->self.source[THREAD_STACK]));
	assert_int_equal(t->self.stack_gap, gap);
	assert_int_equal(t->self.stack_start, 0);
	assert_int_equal(t->self.stack_end, 0);
	assert_false(t->self.stack_guard_known);
}

static void an_ordinary_stack_has_a_guard_below(void **state)
{
	struct memory_map *m = parse("100000-104000 ---p 00000000 00:00 0 \n"
				     "104000-10c000 rw-p 00000000 00:00 0 \n"
				     "7fff00000-7fff20000 rw-p 00000000 00:00 0 [stack]\n");
	struct thread_record t[] = {thread(PID, 0x7fff1f000, 0x90000),
		thread(101, 0x10b000, 0x10b9e0), thread(102, 0, 0x10b9e0), /* running */
		given(103, 0x10b000, 0x104000, 0x10c000, 0x4000),
		given(104, 0x10b000, 0x104000, 0x10c000, 0) /* the guard is its program's */};

	(void)state;
	find(t, 5, m);
	assert_stack(&t[0], 0x7fff00000, 0x7fff20000);
	assert_false(t[0].self.stack_guard_known);
	for (int i = 1; i < 5; i++) {
		assert_stack(&t[i], 0x104000, 0x10c000);
		assert_guard(&t[i], 0x4000);
	}
	part_put(m);
}

/* A guard is as large as somebody made it. */
static void a_guard_may_be_large(void **state)
{
	struct memory_map *m = parse("10000000-12000000 ---p 00000000 00:00 0 \n"
				     "12000000-12008000 rw-p 00000000 00:00 0 \n");
	struct thread_record t[] = {thread(101, 0, 0x120079e0),
		given(102, 0x12007000, 0x12000000, 0x12008000, 32 << 20),
		given(103, 0x12007000, 0x12000000, 0x12008000, 0)};

	(void)state;
	find(t, 3, m);
	for (int i = 0; i < 3; i++) {
		assert_stack(&t[i], 0x12000000, 0x12008000);
		assert_guard(&t[i], 32 << 20);
	}
	part_put(m);
}

/* Neighbours without a guard between them, and a stack in the middle of a heap. */
static void the_library_knows_its_stacks(void **state)
{
	struct memory_map *m = parse("50000-60000 rw-p 00000000 00:00 0 [heap]\n"
				     "100000-130000 rw-p 00000000 00:00 0 \n");
	struct thread_record t[] = {given(101, 0x10b000, 0x100000, 0x10c000, 0),
		given(102, 0, 0x10c000, 0x11c000, 0), given(103, 0x57000, 0x54010, 0x58010, 0),
		thread(104, 0x10b000, 0x10b9e0)};

	(void)state;
	find(t, 4, m);
	assert_stack(&t[0], 0x100000, 0x10c000);
	assert_stack(&t[1], 0x10c000, 0x11c000);
	assert_false(t[1].self.stack_guard_known); /* nobody read the pages */
	assert_stack(&t[2], 0x54010, 0x58010);
	assert_gap(&t[3], STACK_UNPROVEN); /* a block whose library says nothing, and no guard */
	part_put(m);
}

static void guard_pages_bound_a_stack(void **state)
{
	struct memory_map *m = parse("100000-130000 rw-p 00000000 00:00 0 \n");
	uint64_t low[4] = {PAGE_GUARD, PAGE_GUARD, 0, PAGE_PRESENT};
	uint64_t high[5] = {PAGE_PRESENT, PAGE_GUARD, PAGE_GUARD, PAGE_GUARD, 0};
	struct page_run run[] = {{0x100000, 4, low}, {0x10b000, 5, high}};
	struct page_map pages = {.memory = m, .page_size = 0x1000, .runs_n = 2, .run = run};
	struct thread_record t[] = {thread(101, 0x10b000, 0x10b9e0), thread(102, 0, 0x11b9e0),
		given(103, 0x11b000, 0x10f000, 0x11c000, 0),  /* the guard below is its program's */
		given(104, 0x11b000, 0x10c000, 0x11c000, 0)}; /* and here in what it gave */

	(void)state;
	find_with_pages(t, 4, m, &pages);
	assert_stack(&t[0], 0x102000, 0x10c000);
	assert_guard(&t[0], 0x2000);
	for (int i = 1; i < 4; i++) {
		assert_stack(&t[i], 0x10f000, 0x11c000);
		assert_guard(&t[i], 0x3000);
	}
	/* What was found stays known while the pages are not read, or cannot be. */
	find(t, 4, m);
	pages.part.state = VALUE_DENIED;
	find_with_pages(t, 4, m, &pages);
	for (int i = 1; i < 4; i++) {
		assert_stack(&t[i], 0x10f000, 0x11c000);
		assert_guard(&t[i], 0x3000);
	}
	part_put(m);
}

static void a_pointer_alone_proves_no_bounds(void **state)
{
	struct memory_map *m = parse("50000-60000 rw-p 00000000 00:00 0 [heap]\n"
				     "100000-104000 ---p 00000000 00:00 0 \n"
				     "104000-10c000 rw-p 00000000 00:00 0 \n"
				     "200000-1200000 rw-p 00000000 00:00 0 \n"
				     "7fff00000-7fff20000 rw-p 00000000 00:00 0 [stack]\n");
	struct thread_record t[] = {thread(PID, 0x58000, 0x90000), /* makecontext in the heap */
		thread(101, 0x57000, 0x10b9e0),			   /* the same in another thread */
		thread(102, 0x57000, 0x5f9e0),	 /* pthread_attr_setstack in the heap */
		thread(103, 0x10bf00, 0x10b9e0), /* SP above the control block */
		thread(104, 0x10b000, 0),	 /* clone(2): a guard below, but what is above? */
		thread(105, 0x800000, 0)};	 /* the same in a large arena */
	struct thread_record on_another = given(106, 0x800000, 0x104000, 0x10c000, 0x4000);

	(void)state;
	find(t, 6, m);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(t[i].self.source[THREAD_STACK], VALUE_UNSUPPORTED);
		assert_gap(&t[i], i ? STACK_UNPROVEN : STACK_ELSEWHERE);
	}
	find(&on_another, 1, m);
	assert_gap(&on_another, STACK_ELSEWHERE);
	part_put(m);
}

/* mprotect(2) in the midst of it: the parts lose the name, the stack is one. */
static void a_main_stack_in_parts_is_one(void **state)
{
	struct memory_map *m = parse("7ffe00000-7ffe10000 rw-p 00000000 00:00 0 \n"
				     "7fff00000-7fff08000 rw-p 00000000 00:00 0 \n"
				     "7fff08000-7fff09000 rwxp 00000000 00:00 0 [anon:mine]\n"
				     "7fff09000-7fff20000 rw-p 00000000 00:00 0 [stack]\n"
				     "7fff20000-7fff21000 r--p 00000000 00:00 0 \n");
	struct thread_record low = thread(PID, 0x7fff01000, 0), high = thread(PID, 0x7fff1f000, 0),
			     runs = thread(PID, 0, 0), apart = thread(PID, 0x7ffe01000, 0);
	ptrdiff_t i = memory_find(m, 0x7fff08000);

	(void)state;
	find(&low, 1, m);
	find(&high, 1, m);
	find(&runs, 1, m);
	find(&apart, 1, m);
	assert_stack(&low, 0x7fff00000, 0x7fff21000);
	assert_stack(&high, 0x7fff00000, 0x7fff21000);
	assert_stack(&runs, 0x7fff00000, 0x7fff21000);
	assert_gap(&apart, STACK_ELSEWHERE);
	for (int k = -1; k <= 2; k++)
		assert_int_equal(m->mapping[i + k].kind, MAPPING_STACK);
	assert_int_equal(m->mapping[0].kind, MAPPING_ANONYMOUS);
	part_put(m);
}

/* A part without access is its guard for who stands above it. */
static void a_main_stack_may_have_a_guard_in_it(void **state)
{
	struct memory_map *m = parse("7fff00000-7fff08000 rw-p 00000000 00:00 0 \n"
				     "7fff08000-7fff0a000 ---p 00000000 00:00 0 \n"
				     "7fff0a000-7fff20000 rw-p 00000000 00:00 0 [stack]\n");
	struct thread_record low = thread(PID, 0x7fff01000, 0), high = thread(PID, 0x7fff1f000, 0);

	(void)state;
	find(&low, 1, m);
	find(&high, 1, m);
	assert_stack(&low, 0x7fff00000, 0x7fff20000);
	assert_false(low.self.stack_guard_known);
	assert_stack(&high, 0x7fff0a000, 0x7fff20000);
	assert_guard(&high, 0x2000);
	assert_int_equal(m->mapping[1].kind, MAPPING_GUARD);
	part_put(m);
}

/* The main thread of a child that another thread forked is on that thread's stack. */
static void a_forked_thread_keeps_its_stack(void **state)
{
	struct memory_map *m = parse("104000-10c000 rw-p 00000000 00:00 0 \n"
				     "7fff00000-7fff20000 rw-p 00000000 00:00 0 [stack]\n");
	struct thread_record t = given(PID, 0x10b000, 0x104000, 0x10c000, 0x1000),
			     runs = given(PID, 0, 0x104000, 0x10c000, 0x1000),
			     back = given(PID, 0x7fff1f000, 0x104000, 0x10c000, 0x1000);

	(void)state;
	find(&t, 1, m);
	find(&runs, 1, m);
	find(&back, 1, m);
	assert_stack(&t, 0x104000, 0x10c000);
	assert_stack(&runs, 0x104000, 0x10c000);
	assert_stack(&back, 0x7fff00000, 0x7fff20000);
	part_put(m);
}

/* The address space into which an arena of malloc(3) will grow. */
static void a_reserve_is_no_guard(void **state)
{
	struct memory_map *m = parse("40000000-40021000 rw-p 00000000 00:00 0 \n"
				     "40021000-44000000 ---p 00000000 00:00 0 \n"
				     "44000000-44008000 rw-p 00000000 00:00 0 \n");
	struct thread_record t[] = {
		thread(101, 0, 0x440079e0), given(102, 0, 0x44000000, 0x44008000, 0)};

	(void)state;
	find(t, 2, m);
	assert_gap(&t[0], STACK_RUNS);
	assert_stack(&t[1], 0x44000000, 0x44008000);
	assert_false(t[1].self.stack_guard_known);
	part_put(m);
}

static void what_cannot_be_told_says_why(void **state)
{
	struct memory_map *m = parse("50000-60000 rw-p 00000000 00:00 0 [heap]\n");
	struct thread_record t[] = {thread(101, 0, 0), thread(102, 0, 0), thread(103, 0, 0),
		given(104, 0, 0x50000, 0x60000, 0)};

	(void)state;
	t[1].self.source[THREAD_SYSCALL] = VALUE_DENIED;
	t[2].call.running = false; /* a kernel thread's */
	t[3].run.state = 'Z';
	find(t, 4, m);
	assert_gap(&t[0], STACK_RUNS);
	assert_int_equal(t[1].self.source[THREAD_STACK], VALUE_DENIED);
	assert_gap(&t[2], STACK_NONE);
	assert_int_equal(t[2].self.source[THREAD_STACK], VALUE_NONE);
	assert_gap(&t[3], STACK_LEFT);
	for (int gap = STACK_NO_GAP; gap < STACK_GAPS; gap++)
		assert_int_equal(!stack_gap_reason((enum stack_gap)gap), gap == STACK_NO_GAP);
	part_put(m);
}

static void only_those_that_moved_are_looked_at_again(void **state)
{
	struct memory_map *m = parse("100000-104000 ---p 00000000 00:00 0 \n"
				     "104000-10c000 rw-p 00000000 00:00 0 \n");
	struct thread_record t[] = {
		thread(101, 0x10b000, 0x10b9e0), thread(102, 0x10b000, 0x10b9e0)};

	(void)state;
	find_some(t, 2, m, NULL, false, 1);
	assert_int_equal(t[0].self.stack_end, 0);
	assert_stack(&t[1], 0x104000, 0x10c000);
	part_put(m);
}

/* Where mappings and pages are what they were, the stack pointer alone says that it moved. */
static void what_was_found_holds_while_the_pointer_is_in_it(void **state)
{
	struct memory_map *m = parse("100000-104000 ---p 00000000 00:00 0 \n"
				     "104000-10c000 rw-p 00000000 00:00 0 \n");
	struct memory_map *other = parse("100000-104000 ---p 00000000 00:00 0 \n"
					 "104000-106000 ---p 00000000 00:00 0 \n"
					 "106000-10c000 rw-p 00000000 00:00 0 \n");
	struct thread_record t = given(101, 0x10b000, 0x104000, 0x10c000, 0);

	(void)state;
	find(&t, 1, m);
	assert_stack(&t, 0x104000, 0x10c000);
	t.call.stack_pointer = 0x10a000;
	find_some(&t, 1, other, NULL, false, 0);
	assert_stack(&t, 0x104000, 0x10c000);
	assert_guard(&t, 0x4000);
	t.call.stack_pointer = 0x200000;
	find_some(&t, 1, other, NULL, false, 0);
	assert_gap(&t, STACK_ELSEWHERE);
	t.call.stack_pointer = 0x10a000;
	find_some(&t, 1, other, NULL, false, 0);
	assert_stack(&t, 0x106000, 0x10c000);
	assert_guard(&t, 0x6000);
	find_some(&t, 1, m, NULL, true, 0);
	assert_stack(&t, 0x104000, 0x10c000);
	part_put(other);
	part_put(m);
}

/* The main thread may have been found on the kernel's stack. */
static void the_main_stack_is_looked_for_each_time(void **state)
{
	struct memory_map *m = parse("100000-10c000 rw-p 00000000 00:00 0 \n"
				     "7fff00000-7fff20000 rw-p 00000000 00:00 0 [stack]\n");
	struct thread_record t = given(PID, 0x7fff1f000, 0x104000, 0x10c000, 0);

	(void)state;
	find(&t, 1, m);
	assert_stack(&t, 0x7fff00000, 0x7fff20000);
	t.call.stack_pointer = 0x10a000;
	find_some(&t, 1, m, NULL, false, 0);
	assert_stack(&t, 0x104000, 0x10c000);
	part_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_stack_has_a_guard_below),
		cmocka_unit_test(a_guard_may_be_large),
		cmocka_unit_test(the_library_knows_its_stacks),
		cmocka_unit_test(guard_pages_bound_a_stack),
		cmocka_unit_test(a_pointer_alone_proves_no_bounds),
		cmocka_unit_test(a_main_stack_in_parts_is_one),
		cmocka_unit_test(a_main_stack_may_have_a_guard_in_it),
		cmocka_unit_test(a_forked_thread_keeps_its_stack),
		cmocka_unit_test(a_reserve_is_no_guard),
		cmocka_unit_test(what_cannot_be_told_says_why),
		cmocka_unit_test(only_those_that_moved_are_looked_at_again),
		cmocka_unit_test(what_was_found_holds_while_the_pointer_is_in_it),
		cmocka_unit_test(the_main_stack_is_looked_for_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
