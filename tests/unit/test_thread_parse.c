/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "twintop/model/names.h"
#include "twintop/proc/threads.h"

static struct scan scan(const char *text)
{
	return scan_of(text, strlen(text));
}

#define STAT_TAIL                                                                                  \
	" S 7894 7894 3772 0 -1 4194304 103 1 22 2 7 9 0 0 20 -5 1 0 162282 3133440 365 "          \
	"18446744073709551615 94710069489664 94710069509545 140728225985088 0 0 0 0 0 0 0 0 0 "    \
	"17 3 0 0 0 0 0 94710069525552 94710069527168 94710547324928 140728225991234 "             \
	"140728225991329 140728225991329 140728225992683 0\n"

static void stat_gives_its_fields(void **state)
{
	struct thread_record t = {0};

	(void)state;
	assert_int_equal(thread_parse_stat(scan("7897 (cat)" STAT_TAIL), &t), 0);
	assert_int_equal(t.self.tid, 7897);
	assert_int_equal(t.self.name_len, 3);
	assert_memory_equal(t.self.name, "cat", 3);
	assert_int_equal(t.run.state, 'S');
	assert_int_equal(t.spent.minor_faults, 103);
	assert_int_equal(t.spent.major_faults, 22);
	assert_int_equal(t.spent.user_ticks, 7);
	assert_int_equal(t.spent.system_ticks, 9);
	assert_int_equal(t.self.priority, 20);
	assert_int_equal(t.self.nice, -5);
	assert_int_equal(t.self.start_ticks, 162282);
	assert_int_equal(t.run.processor, 3);
}

static void a_name_may_look_like_the_rest(void **state)
{
	static const char *const names[] = {"a) R 1 (b", ")", "", "x\ny", "\033[2J", "a b) S 1 1"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct thread_record t = {0};
		struct textbuf b = {0};

		textbuf_addf(&b, "12 (%s)" STAT_TAIL, names[i]);
		assert_int_equal(thread_parse_stat(scan(b.bytes), &t), 0);
		assert_int_equal(t.self.name_len, strlen(names[i]));
		assert_memory_equal(t.self.name, names[i], t.self.name_len);
		assert_int_equal(t.self.start_ticks, 162282);
		textbuf_free(&b);
	}
}

static void a_bad_stat_changes_nothing(void **state)
{
	static const char *const bad[] = {
		"",
		"x (a) S",
		"12 a) S 1",
		"12 (a",
		"12 (a) S 1 2 3",
		"12 (a)S 7894 7894 3772 0 -1 4194304 103 0 22 0 7 9 0 0 20 0 1 0 1 1 1 1 1 1",
		"99999999999 (a)" STAT_TAIL,
		"12 (a) S 7894 7894 3772 0 -1 4194304 no 0 22 0 7 9 0 0 20 0 1 0 162282 3133440 "
		"365 1 "
		"1 1 1 0 0 0 0 0 0 0 0 0 17 3 0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct thread_record t = {.self.tid = 5, .spent.user_ticks = 6}, before = t;

		assert_int_equal(thread_parse_stat(scan(bad[i]), &t), -EINVAL);
		assert_memory_equal(&t, &before, sizeof t);
	}
}

static void status_gives_switches_and_masks(void **state)
{
	struct thread_record t = {0}, before;

	(void)state;
	assert_int_equal(thread_parse_status(
				 scan("Name:\tvoluntary_ctxt_switches:\\n\nState:\tS (sleeping)\n"
				      "SigQ:\t0/96365\nSigPnd:\t0000000000000200\n"
				      "ShdPnd:\t0000000000004000\nSigBlk:\tfffffffe7ffbfeff\n"
				      "SigIgn:\t0000000000001000\n"
				      "voluntary_ctxt_switches:\t150\n"
				      "nonvoluntary_ctxt_switches:\t18446744073709551615\n"),
				 &t),
		0);
	assert_int_equal(t.run.voluntary_switches, 150);
	assert_true(t.run.involuntary_switches == UINT64_MAX);
	assert_int_equal(t.self.signals_pending, 0x200);
	assert_true(t.self.signals_blocked == 0xfffffffe7ffbfeff);
	before = t;
	assert_int_equal(thread_parse_status(scan("Name:\tx\nSigPnd:\t0\n"), &t), -EINVAL);
	assert_int_equal(thread_parse_status(scan(""), &t), -EINVAL);
	assert_memory_equal(&t, &before, sizeof t);
}

static void schedstat_gives_two_times(void **state)
{
	struct thread_record t = {0};

	(void)state;
	assert_int_equal(thread_parse_schedstat(scan("1129460 116337 2\n"), &t), 0);
	assert_int_equal(t.run.run_ns, 1129460);
	assert_int_equal(t.run.wait_ns, 116337);
	assert_int_equal(thread_parse_schedstat(scan("1 2\n"), &t), -EINVAL);
	assert_int_equal(thread_parse_schedstat(scan("18446744073709551616 2 3\n"), &t), -EINVAL);
	assert_int_equal(t.run.run_ns, 1129460);
}

static void a_blocked_thread_shows_its_call(void **state)
{
	struct thread_record t = {0};
	char text[128];

	(void)state;
	snprintf(text, sizeof text,
		"%d 0x3 0x7fbe83faf000 0x20000 0x22 0xffffffff 0x0 0x7ffdd7eb6f98 0x7fbe841292ad\n",
		(int)SYS_read);
	assert_int_equal(thread_parse_syscall(scan(text), &t), 0);
	assert_false(t.call.running);
	assert_true(t.call.registers_known);
	assert_int_equal(t.call.syscall_number, SYS_read);
	/* By which table the number counts stands elsewhere. */
	assert_null(t.call.syscall_name);
	assert_int_equal(t.call.syscall_abi, SYSCALL_ABI_UNKNOWN);
	assert_int_equal(t.call.syscall_arg[1], 0x7fbe83faf000);
	assert_int_equal(t.call.stack_pointer, 0x7ffdd7eb6f98);
	assert_int_equal(t.call.program_counter, 0x7fbe841292ad);
}

static void other_forms_of_syscall(void **state)
{
	struct thread_record t = {.call.stack_pointer = 1};

	(void)state;
	assert_int_equal(thread_parse_syscall(scan("running\n"), &t), 0);
	assert_true(t.call.running);
	assert_false(t.call.registers_known);
	assert_int_equal(thread_parse_syscall(scan("-1 0x7ffdd7eb6f98 0x7fbe841292ad\n"), &t), 0);
	assert_false(t.call.running);
	assert_true(t.call.registers_known);
	assert_int_equal(t.call.syscall_number, -1);
	assert_int_equal(t.call.stack_pointer, 0x7ffdd7eb6f98);
	assert_int_equal(thread_parse_syscall(scan("999 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8"), &t), 0);
	assert_int_equal(t.call.syscall_number, 999);
	assert_null(t.call.syscall_name);
	assert_int_equal(t.call.syscall_args_n, 0);
	/* A kernel thread and a zombie. */
	assert_int_equal(thread_parse_syscall(scan("0 0x0 0x0 0x0 0x0 0x0 0x0 0x0 0x0\n"), &t), 0);
	assert_int_equal(t.call.syscall_number, -1);
	assert_null(t.call.syscall_name);
	assert_false(t.call.registers_known);
	assert_int_equal(thread_parse_syscall(scan("-1 0x0 0x0\n"), &t), 0);
	assert_false(t.call.registers_known);
}

static void a_bad_syscall_changes_nothing(void **state)
{
	static const char *const bad[] = {"", "runnin", "0 0x1 0x2", "-1 0x1", "x", "-1 0x1,0x2"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct thread_record t = {.call.syscall_number = 7, .call.stack_pointer = 6},
				     before = t;

		assert_int_equal(thread_parse_syscall(scan(bad[i]), &t), -EINVAL);
		assert_memory_equal(&t, &before, sizeof t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_gives_its_fields),
		cmocka_unit_test(a_name_may_look_like_the_rest),
		cmocka_unit_test(a_bad_stat_changes_nothing),
		cmocka_unit_test(status_gives_switches_and_masks),
		cmocka_unit_test(schedstat_gives_two_times),
		cmocka_unit_test(a_blocked_thread_shows_its_call),
		cmocka_unit_test(other_forms_of_syscall),
		cmocka_unit_test(a_bad_syscall_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
