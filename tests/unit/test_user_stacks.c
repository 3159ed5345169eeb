/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which threads run user-level threads, and what is said of these. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/model/user_stacks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct user_stack stack_of(pid_t tid, enum user_stack_kind kind, uint64_t at)
{
	return (struct user_stack){.tid = tid, .kind = kind, .low = at, .high = at};
}

static void stacks_are_those_of_their_thread(void **state)
{
	struct user_stack s[] = {stack_of(10, USER_STACK_OTHER, 1),
		stack_of(10, USER_STACK_OTHER, 2), stack_of(12, USER_STACK_PART, 3)};
	const struct user_stacks list = {.n = COUNT(s), .stack = s};
	const struct user_stack *of;

	(void)state;
	assert_int_equal(user_stacks_of(&list, 10, &of), 2);
	assert_ptr_equal(of, &s[0]);
	assert_int_equal(user_stacks_of(&list, 12, &of), 1);
	assert_ptr_equal(of, &s[2]);
	assert_int_equal(user_stacks_of(&list, 9, &of), 0);
	assert_int_equal(user_stacks_of(&list, 11, &of), 0);
	assert_int_equal(user_stacks_of(&list, 13, &of), 0);
	assert_int_equal(user_stacks_of(NULL, 10, &of), 0);
}

/* One stack beside its own is a user-level thread's only where its way begins there. */
static void not_every_stack_is_a_thread(void **state)
{
	static const struct {
		enum user_stack_kind kind[3];
		size_t threads;
	} row[] = {
		{{USER_STACK_OTHER, USER_STACK_OTHER, USER_STACK_OTHER}, 3},
		{{USER_STACK_OWN, USER_STACK_OTHER, USER_STACK_UNTOLD}, 1},
		{{USER_STACK_OTHER, USER_STACK_UNTOLD, USER_STACK_PART}, 0},
		{{USER_STACK_OWN, USER_STACK_PART, USER_STACK_PART}, 0},
		{{USER_STACK_UNTOLD, USER_STACK_UNTOLD, USER_STACK_UNTOLD}, 0},
		{{USER_STACK_OWN, USER_STACK_GO, USER_STACK_GO}, 2},
		{{USER_STACK_GO, USER_STACK_UNTOLD, USER_STACK_PART}, 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct user_stack s[3];
		const struct user_stacks list = {.n = 3, .stack = s};

		for (size_t k = 0; k < 3; k++)
			s[k] = stack_of(10, row[i].kind[k], k);
		assert_int_equal(user_threads_of(&list, 10), row[i].threads);
	}
}

static void expect_words(const struct user_stacks *list, const struct thread *t, const char *want)
{
	struct textbuf out = {0};

	user_threads_print(list, t, &out);
	assert_string_equal(out.len ? out.bytes : "", want);
	textbuf_free(&out);
}

static void who_blocks_stops_them(void **state)
{
	struct user_stack s[] = {
		stack_of(10, USER_STACK_OTHER, 1), stack_of(10, USER_STACK_OTHER, 2)};
	const struct user_stacks list = {.n = 2, .stack = s};
	struct thread_call call = {
		.registers_known = true, .syscall_name = "read", .syscall_number = 0};
	struct thread_self self = {.tid = 10};
	struct thread_list threads = {0};
	const struct thread t = {.call = &call, .self = &self, .list = &threads};

	(void)state;
	memset(threads.source, VALUE_KNOWN, sizeof threads.source);
	memset(self.source, VALUE_KNOWN, sizeof self.source);
	expect_words(&list, &t, "blocked in read: stops its 2 user-level threads");
	call.registers_known = false;
	expect_words(&list, &t, "runs 2 user-level threads");
	s[0].kind = s[1].kind = USER_STACK_GO;
	expect_words(&list, &t, "seen on 2 goroutine stacks");
	s[0].kind = s[1].kind = USER_STACK_PART;
	expect_words(&list, &t, "");
	expect_words(NULL, &t, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_are_those_of_their_thread),
		cmocka_unit_test(not_every_stack_is_a_thread),
		cmocka_unit_test(who_blocks_stops_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
