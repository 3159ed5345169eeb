/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which mappings are the stacks of which threads, by themselves and as a side shows them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/threads.h"
#include "twintop/compare/marks.h"
#include "twintop/proc/maps.h"

/* Addresses of the space below: the heap, a guard and the stack on it, another one far from any. */
#define HEAP	 0x7000ull
#define GUARD	 0x20000ull
#define STACK	 0x21000ull
#define FAR	 0x40000ull
#define NAMED	 0x5501000ull
#define MAIN	 0x7fff00000ull
#define MAIN_END 0x7fff20000ull

static struct memory_map *space(void)
{
	static const char text[] =
		"1000-2000 r-xp 00000000 fe:00 1 /bin/prog\n"
		"7000-9000 rw-p 00000000 00:00 0 [heap]\n"
		"20000-21000 ---p 00000000 00:00 0 \n"
		"21000-29000 rw-p 00000000 00:00 0 \n"
		"30000-31000 ---p 00000000 00:00 0 \n"
		"40000-48000 rw-p 00000000 00:00 0 \n"
		"5501000-5509000 rw-p 00000000 00:00 0 [anon: glibc: pthread stack: 77]\n"
		"7fff00000-7fff20000 rw-p 00000000 00:00 0 [stack]\n";
	struct memory_map *m = part_make(PART_MAPPINGS);

	assert_int_equal(maps_parse(scan_of(text, sizeof text - 1), m, NULL), 0);
	maps_classify(m, text_of("/bin/prog"), NULL);
	return m;
}

/* A thread with its control block 0x620 below the end of its stack, as the C library puts it. */
static struct thread_record thread_on(pid_t tid, uint64_t start, uint64_t end)
{
	return (struct thread_record){.self = {.tid = tid,
					      .stack_start = start,
					      .stack_end = end,
					      .stack_guard_bytes = start == STACK ? 0x1000 : 0,
					      .robust_list = end - 0x620}};
}

/* The main thread's control block lies outside of its stack. */
static struct thread_record main_thread(void)
{
	return (struct thread_record){.self = {.tid = 70,
					      .stack_start = MAIN,
					      .stack_end = MAIN_END,
					      .robust_list = 0x1800}};
}

static const struct mapping_marks *find(const struct memory_map *m, const struct thread_record *t,
	size_t n, const struct mapping_marks *before)
{
	const struct thread_list *list = threads_list(t, n);
	const struct mapping_marks *marks = marks_find(m, list, before);

	part_put(list);
	return marks;
}

static void assert_shown(const struct memory_map *m, const struct mapping_marks *marks,
	uint64_t address, enum mapping_kind kind, pid_t owner)
{
	const struct side side = {.memory = m, .marks = marks};
	ptrdiff_t at = memory_find(m, address);

	assert_true(at >= 0);
	assert_int_equal(side_mapping_kind(&side, (size_t)at), kind);
	assert_int_equal(side_mapping_owner(&side, (size_t)at), owner);
}

static void a_stack_is_marked_with_its_guard(void **state)
{
	struct memory_map *m = space();
	const struct thread_record t[] = {main_thread(), thread_on(72, FAR, FAR + 0x8000),
		thread_on(71, STACK, STACK + 0x8000)};
	const struct mapping_marks *marks;

	(void)state;
	m->mapping[memory_find(m, 0x30000)].kind = MAPPING_GUARD;
	marks = find(m, t, 3, NULL);
	assert_int_equal(marks->n, 4);
	for (size_t i = 1; i < marks->n; i++)
		assert_true(marks->mark[i - 1].mapping < marks->mark[i].mapping);
	assert_shown(m, marks, STACK, MAPPING_THREAD_STACK, 71);
	assert_shown(m, marks, GUARD, MAPPING_GUARD, 71);
	assert_shown(m, marks, FAR, MAPPING_THREAD_STACK, 72);
	assert_shown(m, marks, 0x30000, MAPPING_GUARD, 0); /* it ends before the stack begins */
	assert_shown(m, marks, MAIN, MAPPING_STACK, 70);
	assert_shown(m, marks, HEAP, MAPPING_HEAP, 0);
	assert_shown(m, marks, NAMED, MAPPING_THREAD_STACK, 77);
	/* The mappings stay what they are by themselves. */
	assert_int_equal(m->mapping[memory_find(m, STACK)].kind, MAPPING_ANONYMOUS);
	assert_int_equal(m->mapping[memory_find(m, STACK)].owner_tid, 0);
	part_put(marks);
	part_put(m);
}

/* A second one merged into it: the first keeps it, whatever their numbers; the guard is another's. */
static void of_two_in_one_mapping_the_first_has_it(void **state)
{
	struct memory_map *m = space();
	const struct thread_record t[] = {main_thread(),
		thread_on(79, STACK + 0x4000, STACK + 0x8000),
		thread_on(71, STACK, STACK + 0x4000)};
	const struct mapping_marks *marks = find(m, t, 3, NULL);

	(void)state;
	assert_int_equal(marks->n, 3);
	assert_shown(m, marks, STACK, MAPPING_THREAD_STACK, 79);
	assert_shown(m, marks, GUARD, MAPPING_GUARD, 71);
	part_put(marks);
	part_put(m);
}

/* What a name has given away already is not given to another: kernels before 4.5 named stacks. */
static void a_named_stack_keeps_its_owner(void **state)
{
	struct memory_map *m = space();
	const struct thread_record t[] = {main_thread(), thread_on(71, NAMED, NAMED + 0x8000)};
	const struct mapping_marks *marks = find(m, t, 2, NULL);

	(void)state;
	assert_shown(m, marks, NAMED, MAPPING_THREAD_STACK, 77);
	part_put(marks);
	part_put(m);
}

/* The C library's name counts as the process's own PID namespace does. */
static void a_name_is_of_the_namespace_of_who_gave_it(void **state)
{
	struct memory_map *m = space();
	struct thread_record t[] = {main_thread(), thread_on(5077, NAMED, NAMED + 0x8000),
		thread_on(77, STACK, STACK + 0x8000)};
	const struct mapping_marks *marks;

	(void)state;
	t[0].self.inner_tid = 1;
	t[1].self.inner_tid = 77;
	t[2].self.inner_tid = 78;
	marks = find(m, t, 3, NULL);
	assert_shown(m, marks, NAMED, MAPPING_THREAD_STACK, 5077);
	assert_shown(m, marks, STACK, MAPPING_THREAD_STACK, 77);
	part_put(marks);
	/* Its thread has ended: 77 is somebody else here. */
	marks = find(m, t, 1, NULL);
	assert_shown(m, marks, NAMED, MAPPING_THREAD_STACK, 0);
	part_put(marks);
	part_put(m);
}

/* A coroutine's stack somewhere in a heap makes no stack of that heap. */
static void a_heap_stays_a_heap(void **state)
{
	struct memory_map *m = space();
	struct thread_record t[] = {main_thread(), thread_on(71, HEAP, HEAP + 0x1000),
		thread_on(72, HEAP, HEAP + 0x1000), thread_on(73, FAR, FAR + 0x8000)};
	const struct mapping_marks *marks;

	(void)state;
	t[2].self.stack_start = t[2].self.stack_end = 0; /* it is on a coroutine's stack */
	t[2].self.source[THREAD_STACK] = VALUE_UNSUPPORTED;
	t[2].self.given_start = STACK;
	t[2].self.given_end = STACK + 0x8000;
	t[3].self.stack_end = FAR + 0x2000; /* one in an arena of the program's own */
	marks = find(m, t, 4, NULL);
	assert_shown(m, marks, HEAP, MAPPING_HEAP, 0);
	assert_shown(m, marks, STACK, MAPPING_THREAD_STACK, 72);
	assert_shown(m, marks, FAR, MAPPING_ANONYMOUS, 0);
	assert_shown(m, marks, MAIN, MAPPING_STACK, 70);
	part_put(marks);
	t[3].self.stack_end = FAR + 0x5000;
	marks = find(m, t, 4, NULL);
	assert_shown(m, marks, FAR, MAPPING_THREAD_STACK, 73);
	part_put(marks);
	part_put(m);
}

static void what_is_not_known_marks_nothing(void **state)
{
	struct memory_map *m = space();
	struct thread_record t[] = {main_thread(), thread_on(71, STACK, STACK + 0x8000)};
	const struct thread_list none = {.n = 0};
	const struct mapping_marks *marks;

	(void)state;
	assert_null(marks_find(NULL, &none, NULL));
	assert_null(marks_find(m, NULL, NULL));
	assert_null(marks_find(m, &none, NULL));
	t[1].self.source[THREAD_STACK] = VALUE_DENIED;
	marks = find(m, t, 2, NULL);
	assert_int_equal(marks->n, 1);
	assert_shown(m, marks, STACK, MAPPING_ANONYMOUS, 0);
	part_put(marks);
	t[1].self.source[THREAD_STACK] = VALUE_KNOWN;
	t[1].self.stack_start = 0x6800; /* in no mapping */
	t[1].self.stack_end = 0x6c00;
	t[1].self.stack_guard_bytes = 0;
	marks = find(m, t, 2, NULL);
	assert_int_equal(marks->n, 1);
	part_put(marks);
	part_put(m);
}

static void the_same_marks_are_given_once_more(void **state)
{
	struct memory_map *m = space(), *moved = space();
	struct thread_record t[] = {main_thread(), thread_on(71, STACK, STACK + 0x8000)};
	const struct mapping_marks *first = find(m, t, 2, NULL), *next;

	(void)state;
	next = find(m, t, 2, first);
	assert_ptr_equal(next, first);
	assert_int_equal(atomic_load(&first->part.references), 2);
	part_put(next);
	t[1].call.stack_pointer++; /* of a thread that runs on */
	next = find(m, t, 2, first);
	assert_ptr_equal(next, first);
	part_put(next);
	t[1].self.tid = 75;
	next = find(m, t, 2, first);
	assert_ptr_not_equal(next, first);
	assert_shown(m, next, STACK, MAPPING_THREAD_STACK, 75);
	part_put(next);
	next = find(m, t, 1, first);
	assert_int_equal(next->n, 1);
	part_put(next);
	t[1].self.tid = 71;
	next = find(moved, t, 2, first); /* read anew: indexes are of other mappings */
	assert_ptr_not_equal(next, first);
	assert_ptr_equal(next->memory, moved);
	part_put(next);
	part_put(first);
	part_put(m);
	part_put(moved);
}

/* What is marked besides the same as before makes other marks, and so does what is not any more. */
static void more_marks_are_other_marks(void **state)
{
	struct memory_map *m = space();
	const struct thread_record t[] = {
		thread_on(71, STACK, STACK + 0x8000), thread_on(72, FAR, FAR + 0x8000)};
	const struct mapping_marks *few, *more, *again;

	(void)state;
	m->n--; /* without [stack], whose mark would come last */
	few = find(m, t, 1, NULL);
	assert_int_equal(few->n, 2);
	more = find(m, t, 2, few);
	assert_int_equal(more->n, 3);
	again = find(m, t, 1, more);
	assert_int_equal(again->n, 2);
	part_put(few);
	part_put(more);
	part_put(again);
	part_put(m);
}

static void marks_of_other_mappings_do_not_speak(void **state)
{
	struct memory_map *m = space(), *moved = space();
	const struct thread_record t[] = {main_thread(), thread_on(71, STACK, STACK + 0x8000)};
	const struct mapping_marks *marks = find(m, t, 2, NULL);

	(void)state;
	assert_shown(moved, marks, STACK, MAPPING_ANONYMOUS, 0);
	assert_shown(moved, marks, MAIN, MAPPING_STACK, 0);
	part_put(moved);
	part_put(m); /* the marks hold it */
	assert_shown(marks->memory, marks, STACK, MAPPING_THREAD_STACK, 71);
	part_put(marks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stack_is_marked_with_its_guard),
		cmocka_unit_test(of_two_in_one_mapping_the_first_has_it),
		cmocka_unit_test(a_named_stack_keeps_its_owner),
		cmocka_unit_test(a_name_is_of_the_namespace_of_who_gave_it),
		cmocka_unit_test(a_heap_stays_a_heap),
		cmocka_unit_test(what_is_not_known_marks_nothing),
		cmocka_unit_test(the_same_marks_are_given_once_more),
		cmocka_unit_test(more_marks_are_other_marks),
		cmocka_unit_test(marks_of_other_mappings_do_not_speak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
