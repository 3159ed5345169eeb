/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack that a C library gave a thread, as it stands in the thread's control block. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "twintop/proc/given_stack.h"

#define START  0x7f0000100000ull /* of the words */
#define HEAD   16u		 /* the robust list's place among them */
#define ROBUST (START + HEAD * 8)
#define WORDS  128u
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED true
#else
#define SANITIZED false
#endif
#define OWN_BYTES (1u << 20) /* of a stack of our own */
/* glibc makes no smaller guard than this there, but tells of the one that was asked for. */
#ifdef __aarch64__
#define GUARD_LEAST (64u << 10)
#else
#define GUARD_LEAST 1u
#endif

static uint64_t word[WORDS];

/* The words of a block that names no stack. */
static void clear(void)
{
	memset(word, 0, sizeof word);
	word[HEAD] = ROBUST; /* an empty list */
	word[HEAD + 1] = (uint64_t)-32;
}

static void put_glibc(size_t at, uint64_t block, uint64_t size, uint64_t guard, uint64_t reported)
{
	word[at] = block;
	word[at + 1] = size;
	word[at + 2] = guard;
	word[at + 3] = reported;
}

static bool find(struct given_stack *ret)
{
	return given_stack_find(word, WORDS, START, ROBUST, ret);
}

static void glibc_tells_block_size_and_guard(void **state)
{
	struct given_stack s;

	(void)state;
	clear();
	assert_false(find(&s));
	put_glibc(100, START - 0x7ff000, 0x801000, 0x1000, 0x1000);
	assert_true(find(&s));
	assert_int_equal(s.start, START - 0x7fe000);
	assert_int_equal(s.end, START + 0x2000);
	assert_int_equal(s.guard_bytes, 0x1000);
	put_glibc(100, START - 0xfff0, 0x10610, 0, 0); /* the program's own, by malloc(3) */
	assert_true(find(&s));
	assert_int_equal(s.start, START - 0xfff0);
	assert_int_equal(s.end, START + 0x620);
	assert_int_equal(s.guard_bytes, 0);
	assert_int_equal(s.entry, 0);
}

/* Its argument may look like anything, too: what stands below tells which of two words it is. */
static void glibc_tells_where_it_began(void **state)
{
	static const uint64_t scheduling[] = {0, 1, 50 | UINT64_C(2) << 32};
	struct given_stack s;

	(void)state;
	for (size_t i = 0; i < sizeof scheduling / sizeof *scheduling; i++) {
		clear();
		put_glibc(100, START - 0x7ff000, 0x801000, 0x1000, 0x1000);
		word[88] = scheduling[i];
		word[89] = 0x401140;
		word[90] = 0x55aa00001000;
		assert_true(find(&s));
		assert_int_equal(s.entry, 0x401140);
		word[89] = scheduling[i];
		word[90] = 0x7f2c46010000;
		assert_true(find(&s));
		assert_int_equal(s.entry, 0x7f2c46010000);
	}
}

static void what_does_not_hold_the_block_is_no_stack_of_it(void **state)
{
	static const uint64_t wrong[][4] = {
		{START + 0x1000, 0x10000, 0, 0},	   /* above it */
		{START - 0x20000, 0x10000, 0, 0},	   /* below it */
		{START - 0x1000, 0x1000000, 0, 0},	   /* megabytes above the block */
		{START - 0x10000, UINT64_MAX, 0, 0},	   /* around the end of all addresses */
		{START - 0x10000, 0x10800, 0x20000, 0},	   /* a guard that holds the block */
		{START - 0x10000, 0x10800, 0x123, 0x123},  /* a guard that is no page */
		{START - 0x10000, 0x10800, 0x1000, 0x2000} /* less of it than was asked for */
	};
	struct given_stack s;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		clear();
		put_glibc(60, wrong[i][0], wrong[i][1], wrong[i][2], wrong[i][3]);
		assert_false(find(&s));
	}
	clear();
	put_glibc(60, START - 0x10000, 0x10800, 0, 0);
	put_glibc(70, START - 0x20000, 0x20800, 0, 0);
	assert_false(find(&s)); /* one of them is something else */
}

static void put_musl(uint64_t base, uint64_t size, uint64_t end, uint64_t bytes, uint64_t guard)
{
	word[HEAD - 8] = base;
	word[HEAD - 7] = size;
	word[HEAD - 6] = end;
	word[HEAD - 5] = bytes;
	word[HEAD - 4] = guard;
}

static void musl_tells_end_and_size(void **state)
{
	struct given_stack s;

	(void)state;
	clear();
	put_musl(START - 0x20000, 0x21000, START - 0x200, 0x1de00, 0x2000);
	assert_true(find(&s));
	assert_int_equal(s.start, START - 0x1e000);
	assert_int_equal(s.end, START - 0x200);
	assert_int_equal(s.guard_bytes, 0x2000);
	put_musl(0, 0x10200, START - 0x200, 0x10000, 0); /* the program's own */
	assert_true(find(&s));
	assert_int_equal(s.start, START - 0x10200);
	assert_int_equal(s.guard_bytes, 0);
	put_musl(START - 0x20000, 0x21000, START - 0x200, 0x1ce00, 0x2000); /* not on its guard */
	assert_false(find(&s));
	put_musl(0, 0x10200, START + 0x4000, 0x10000, 0); /* it holds the block */
	assert_false(find(&s));
}

/* musl's struct pthread at word `at`: self, dtv, prev, next, …; its stack from word 9 on. */
static void put_musl_block(size_t at, uint64_t start_below, uint64_t guard)
{
	uint64_t self = START + at * 8;

	clear();
	word[at] = self;
	word[at + 2] = word[at + 3] = START + 0x100000;
	word[at + 9] = START - start_below - guard;
	word[at + 10] = start_below + guard + 0x2000;
	word[at + 11] = self - 0x40;
	word[at + 12] = self - 0x40 - (START - start_below);
	word[at + 13] = guard;
}

static void musl_is_found_above_the_stack_pointer(void **state)
{
	struct given_stack s;

	(void)state;
	put_musl_block(40, 0x1000, 0x2000);
	assert_int_equal(given_stack_find_above(word, WORDS, START, &s), 40);
	assert_int_equal(s.start, START - 0x1000);
	assert_int_equal(s.end, START + 40 * 8 - 0x40);
	assert_int_equal(s.guard_bytes, 0x2000);
	word[40 + 13] = 0x1000; /* not on its guard */
	assert_int_equal(given_stack_find_above(word, WORDS, START, &s), WORDS);
	put_musl_block(40, 0x1000, 0x2000);
	word[40 + 2] = 0; /* no neighbours */
	assert_int_equal(given_stack_find_above(word, WORDS, START, &s), WORDS);
	put_musl_block(40, 0x1000, 0);
	word[40 + 12] = 0x10; /* a stack that begins above the pointer: of another thread */
	word[40 + 9] = word[40 + 11] - 0x10;
	assert_int_equal(given_stack_find_above(word, WORDS, START, &s), WORDS);
	put_musl_block(40, 0x1000, 0x2000);
	assert_int_equal(given_stack_find_above(word, 52, START, &s), 52); /* cut off */
}

static uint64_t robust_list(void)
{
	size_t len;
	void *head;

	return syscall(SYS_get_robust_list, 0, &head, &len) ? 0 : (uint64_t)(uintptr_t)head;
}

/* Of our own thread. */
static int read_own(const struct proc_root *root, uint64_t robust, struct given_stack *ret)
{
	struct given_place place = {(pid_t)syscall(SYS_gettid), robust, 0, {0}, 0, 0};

	given_stacks_find(root, &place, 1);
	*ret = place.stack;
	return place.error;
}

static const struct given_stack none;

struct asked {
	struct proc_root *root;
	struct given_stack found, told; /* told: by pthread_getattr_np(3) */
	int error;
};

static void *ask_own(void *arg)
{
	struct asked *a = arg;
	pthread_attr_t attr;
	size_t size, guard;
	void *start;

	a->error = read_own(a->root, robust_list(), &a->found);
	pthread_getattr_np(pthread_self(), &attr);
	pthread_attr_getstack(&attr, &start, &size);
	pthread_attr_getguardsize(&attr, &guard);
	pthread_attr_destroy(&attr);
	a->told = (struct given_stack){(uint64_t)(uintptr_t)start,
		(uint64_t)(uintptr_t)start + size, guard, (uint64_t)(uintptr_t)ask_own};
	return NULL;
}

static void assert_told(struct proc_root *root, const pthread_attr_t *attr)
{
	struct asked a = {.root = root};
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, attr, ask_own, &a), 0);
	pthread_join(thread, NULL);
	assert_int_equal(a.error, 0);
	/* A sanitizer lets threads begin with a function of its own. */
	if (!SANITIZED)
		assert_int_equal(a.found.entry, a.told.entry);
	assert_true(a.found.entry);
	a.found.entry = a.told.entry;
	if (a.told.guard_bytes && a.told.guard_bytes < GUARD_LEAST)
		a.told.guard_bytes = GUARD_LEAST;
	assert_memory_equal(&a.found, &a.told, sizeof a.told);
}

static void it_is_what_the_library_tells_the_thread(void **state)
{
	struct proc_root *root;
	char *own = test_malloc(OWN_BYTES + 64);
	pthread_attr_t attr;

	(void)state;
	assert_int_equal(proc_root_open(NULL, &root), 0);
	pthread_attr_init(&attr);
	assert_told(root, &attr);
	pthread_attr_setstacksize(&attr, 64 << 20);
	pthread_attr_setguardsize(&attr, 32 << 20);
	assert_told(root, &attr);
	pthread_attr_setguardsize(&attr, 0);
	assert_told(root, &attr);
	pthread_attr_setstack(&attr, own + 16, OWN_BYTES);
	assert_told(root, &attr);
	pthread_attr_destroy(&attr);
	test_free(own);
	proc_root_close(root);
}

static void a_main_thread_was_given_none(void **state)
{
	const uint64_t robust[] = {robust_list(), 0, 1, UINT64_MAX - 7};
	struct given_stack s;
	struct proc_root *root;

	(void)state;
	assert_int_equal(proc_root_open(NULL, &root), 0);
	for (size_t i = 0; i < sizeof robust / sizeof *robust; i++) {
		assert_int_not_equal(read_own(root, robust[i], &s), 0);
		assert_memory_equal(&s, &none, sizeof s);
	}
	proc_root_close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(glibc_tells_block_size_and_guard),
		cmocka_unit_test(glibc_tells_where_it_began),
		cmocka_unit_test(what_does_not_hold_the_block_is_no_stack_of_it),
		cmocka_unit_test(musl_tells_end_and_size),
		cmocka_unit_test(musl_is_found_above_the_stack_pointer),
		cmocka_unit_test(it_is_what_the_library_tells_the_thread),
		cmocka_unit_test(a_main_thread_was_given_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
