/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls of programs that count them by another table than this machine's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "reading.h"
#include "twintop/model/names.h"

#define SHARE 100 /* descriptors that the reader may keep */

struct scene {
	struct specimen *specimen;
	struct reading reading;
	struct thread thread; /* the main one of the child */
};

static bool begin(const char *kind, struct scene *s)
{
	pid_t task;

	s->specimen = specimen_start("abi", kind, NULL);
	task = (pid_t)specimen_number(s->specimen, "task");
	if (!task) {
		specimen_stop(s->specimen);
		return false;
	}
	reading_open(&s->reading, task, SHARE);
	reading_take(&s->reading, NEED_THREADS | NEED_THREAD_SYSCALL);
	s->thread = reading_thread(&s->reading, task);
	assert_non_null(s->thread.self);
	return true;
}

static void end(struct scene *s)
{
	reading_close(&s->reading);
	specimen_stop(s->specimen);
}

/* The child of that kind is in the named call, which counts by that table. */
static void check(const char *kind, enum syscall_abi abi, const char *name, unsigned args)
{
	struct scene s;

	if (!begin(kind, &s)) {
		print_message("skipped: this kernel runs no such program: %s\n", kind);
		skip();
	}
	assert_int_equal(thread_source_state(&s.thread, THREAD_SYSCALL), VALUE_KNOWN);
	assert_int_equal(s.thread.call->syscall_abi, abi);
	assert_string_equal(s.thread.call->syscall_name, name);
	assert_int_equal(s.thread.call->syscall_args_n, args);
	end(&s);
}

static void our_own(void **state)
{
	(void)state;
	check("native", SYSCALL_ABI_NATIVE, "pause", 0);
}

static void of_32_bits(void **state)
{
	(void)state;
	check("i386", SYSCALL_ABI_I386, "pause", 0);
	check("sleep", SYSCALL_ABI_I386, "nanosleep", 2);
}

static void of_32_bits_by_the_vdso(void **state)
{
	(void)state;
	check("vdso", SYSCALL_ABI_I386, "pause", 0);
}

static void of_32_bits_in_a_program_of_64(void **state)
{
	(void)state;
	check("int80", SYSCALL_ABI_I386, "pause", 0);
}

static void of_x32(void **state)
{
	(void)state;
	check("x32", SYSCALL_ABI_X32, "pause", 0);
}

static void a_futex_of_32_bits(void **state)
{
	struct scene s;

	(void)state;
	if (!begin("futex", &s)) {
		print_message("skipped: this kernel runs no programs of 32 bits\n");
		skip();
	}
	assert_string_equal(s.thread.call->syscall_name, "futex");
	assert_int_equal(s.thread.call->wait_kind, WAIT_FUTEX);
	assert_int_equal(s.thread.call->wait_address, s.thread.call->syscall_arg[0]);
	end(&s);
}

/* Without looking at the code a number is only a number. */
static void unknown_where_memory_may_not_be_read(void **state)
{
	const struct access known = {{0}};
	struct access denied = known;
	struct specimen *s = specimen_start("abi", "native", NULL);
	pid_t task = (pid_t)specimen_number(s, "task");
	const struct thread_list *list;
	struct thread_reader *reader;
	struct proc_root *root;
	struct thread t;

	(void)state;
	denied.state[ACCESS_ATTACH] = VALUE_DENIED;
	assert_int_equal(proc_root_open(NULL, &root), 0);
	assert_int_equal(
		thread_reader_new(root, &denied, (struct task_id){.pid = task}, SHARE, &reader), 0);
	assert_int_equal(
		thread_read(reader, NEED_THREADS | NEED_THREAD_SYSCALL, NULL, NULL, &list), 0);
	t = thread_at(list, 0);
	assert_true(t.call->syscall_number >= 0);
	assert_null(t.call->syscall_name);
	assert_int_equal(t.call->abi_state, VALUE_DENIED);
	part_put(list);
	thread_reader_free(reader);
	proc_root_close(root);
	specimen_stop(s);
}

static void an_ordinary_user_sees_the_same(void *context)
{
	void *state = context;

	our_own(&state);
	of_32_bits_in_a_program_of_64(&state);
}

static void as_an_ordinary_user(void **state)
{
	(void)state;
	as_nobody(an_ordinary_user_sees_the_same, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own),
		cmocka_unit_test(of_32_bits),
		cmocka_unit_test(of_32_bits_by_the_vdso),
		cmocka_unit_test(of_32_bits_in_a_program_of_64),
		cmocka_unit_test(of_x32),
		cmocka_unit_test(a_futex_of_32_bits),
		cmocka_unit_test(unknown_where_memory_may_not_be_read),
		cmocka_unit_test(as_an_ordinary_user),
	};

#ifndef __x86_64__
	print_message("skipped: these tables are x86-64's\n");
	return 77;
#endif
	if (denied_skips(ACCESS_SYSCALL) || denied_skips(ACCESS_ATTACH))
		return 77;
	return live_run(tests, NULL, NULL);
}
