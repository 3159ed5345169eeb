/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which threads are found on several stacks, and which of these are user-level threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "sampling.h"
#include "specimen.h"
#include "twintop/base/clock.h"
#include "twintop/model/user_stacks.h"

#define FIBERS 4

static bool goes_through(const struct backtrace *b, const char *function)
{
	for (size_t i = 0; i < b->n; i++)
		if (text_equal(b->frame[i].symbol.name, text_of(function)))
			return true;
	return false;
}

/* The stack of the specimen that an address is on; FIBERS: none. */
static unsigned fiber_at(const struct specimen *s, uint64_t address)
{
	uint64_t size = specimen_number(s, "size");

	for (unsigned i = 0; i < FIBERS; i++) {
		char key[16];

		snprintf(key, sizeof key, "stack%u", i);
		if (address - specimen_number(s, key) < size)
			return i;
	}
	return FIBERS;
}

static const struct user_stacks *stacks_at(const struct moment *m)
{
	return m->snapshot->side[0].user_stacks;
}

static const struct moment *next(struct sampling *f, const struct moment *last)
{
	moment_put(last);
	return sampling_next(f);
}

/* Each of its four is told once, with where its bounds are known to be, and how it came there. */
static void expect_fibers(const struct specimen *s, const struct moment *m)
{
	const struct user_stack *stack;
	size_t n = user_stacks_of(stacks_at(m), (pid_t)specimen_number(s, "fibers"), &stack);
	unsigned seen = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned of = fiber_at(s, stack[i].pointer);

		if (stack[i].kind != USER_STACK_OTHER)
			continue;
		assert_in_range(of, 0, FIBERS - 1);
		assert_int_equal(fiber_at(s, stack[i].low), of);
		assert_int_equal(fiber_at(s, stack[i].high), of);
		assert_false(seen & 1u << of);
		seen |= 1u << of;
		assert_true(goes_through(&stack[i].trace, "run_fiber"));
		assert_true(stack[i].last_ns <= m->snapshot->monotonic_ns);
	}
	assert_int_equal(seen, (1u << FIBERS) - 1);
}

/* A signal's handler on its alternate stack leads back; nothing is told of a deep one. */
static bool others_are_told(const struct specimen *s, const struct moment *m)
{
	pid_t signal = (pid_t)specimen_number(s, "signal"),
	      deep = (pid_t)specimen_number(s, "deep");
	const struct user_stack *stack;
	size_t n = user_stacks_of(stacks_at(m), signal, &stack);
	bool led_back = false;

	assert_int_equal(user_threads_of(stacks_at(m), signal), 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_not_equal(stack[i].kind, USER_STACK_OTHER);
		led_back |= stack[i].kind == USER_STACK_PART;
	}
	assert_int_equal(user_stacks_of(stacks_at(m), deep, &stack), 0);
	return led_back;
}

static bool are_stopped(const struct specimen *s, const struct moment *m)
{
	const struct thread_list *threads = m->snapshot->side[0].threads;
	ptrdiff_t i = thread_find(threads, (pid_t)specimen_number(s, "fibers"));
	struct thread t = thread_at(threads, (size_t)i);
	struct textbuf words = {0};
	bool stopped;

	assert_true(i >= 0);
	user_threads_print(stacks_at(m), &t, &words);
	stopped = words.len &&
		  !strcmp(words.bytes, "blocked in read: stops its 4 user-level threads");
	textbuf_free(&words);
	return stopped;
}

static void stacks_are_told_apart(void **state)
{
	struct sampling *f = *state;
	struct specimen *s;
	const struct moment *m = NULL;
	uint64_t until;

	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	s = specimen_start("fibers", NULL);
	f->need = NEED_PROCESS | NEED_USER_STACKS;
	sampling_begin(f, specimen_pid(s), 0);
	until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	do {
		assert_true(clock_monotonic_ns() < until);
		m = next(f, m);
	} while (!stacks_at(m) || !others_are_told(s, m) ||
		 user_threads_of(stacks_at(m), (pid_t)specimen_number(s, "fibers")) < FIBERS);
	expect_fibers(s, m);
	specimen_say(s, "block");
	do {
		assert_true(clock_monotonic_ns() < until);
		m = next(f, m);
	} while (!are_stopped(s, m));
	expect_fibers(s, m);
	moment_put(m);
	specimen_stop(s);
}

/* How many of its stacks were found while it computed there. */
static unsigned computing(const struct specimen *s, const struct moment *m)
{
	const struct user_stack *stack;
	size_t n = user_stacks_of(stacks_at(m), (pid_t)specimen_number(s, "fibers"), &stack);
	unsigned found = 0;

	for (size_t i = 0; i < n; i++) {
		if (!goes_through(&stack[i].trace, "compute_a_while"))
			continue;
		assert_int_equal(stack[i].kind, USER_STACK_OTHER);
		assert_in_range(fiber_at(s, stack[i].pointer), 0, FIBERS - 1);
		assert_true(goes_through(&stack[i].trace, "run_fiber"));
		found++;
	}
	return found;
}

/* The kernel tells no stack pointer of one that runs: a sample of its backtrace does. */
static void those_that_compute_are_sampled(void **state)
{
	struct sampling *f = *state;
	struct specimen *s;
	const struct moment *m = NULL;
	uint64_t until;

	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	needs_allowed(ACCESS_PERF);
	s = specimen_start("fibers", NULL);
	specimen_say(s, "compute");
	f->need = NEED_PROCESS | NEED_USER_STACKS | NEED_BACKTRACES;
	sampling_begin(f, specimen_pid(s), 0);
	until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	do {
		assert_true(clock_monotonic_ns() < until);
		m = next(f, m);
	} while (computing(s, m) < 2);
	moment_put(m);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			stacks_are_told_apart, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			those_that_compute_are_sampled, sampling_setup, sampling_teardown),
	};

	return live_run(tests, NULL, NULL);
}
