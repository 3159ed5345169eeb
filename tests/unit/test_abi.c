/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twintop/proc/abi.h"

#ifdef __x86_64__
static void the_instruction_tells_the_table(void **state)
{
	static const struct {
		uint8_t code[4];
		size_t n;
		int64_t number;
		enum syscall_abi abi;
	} row[] = {
		{{0x0f, 0x05}, 2, 34, SYSCALL_ABI_NATIVE},
		{{0xcd, 0x80}, 2, 29, SYSCALL_ABI_I386},
		{{0x90, 0x90, 0xcd, 0x80}, 4, 29, SYSCALL_ABI_I386},
		{{0x0f, 0x05}, 2, 0x40000022, SYSCALL_ABI_X32},
		{{0xcd, 0x80}, 2, 0x40000022, SYSCALL_ABI_I386},
		{{0x90, 0x90}, 2, 34, SYSCALL_ABI_UNKNOWN},
		{{0x05}, 1, 34, SYSCALL_ABI_UNKNOWN},
		{{0}, 0, 34, SYSCALL_ABI_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		assert_int_equal(abi_of_code(row[i].code, row[i].n, row[i].number), row[i].abi);
}

static void one_number_has_a_name_in_each_table(void **state)
{
	unsigned args = 9;

	(void)state;
	assert_string_equal(syscall_name(SYSCALL_ABI_NATIVE, 29, &args), "shmget");
	assert_string_equal(syscall_name(SYSCALL_ABI_I386, 29, &args), "pause");
	assert_int_equal(args, 0);
	assert_string_equal(syscall_name(SYSCALL_ABI_I386, 7, &args), "waitpid");
	assert_string_equal(syscall_name(SYSCALL_ABI_I386, 422, &args), "futex_time64");
	assert_string_equal(syscall_name(SYSCALL_ABI_X32, 0x40000022, &args), "pause");
	assert_null(syscall_name(SYSCALL_ABI_X32, 34, &args));
	assert_null(syscall_name(SYSCALL_ABI_NATIVE, 0x40000022, &args));
	assert_string_equal(syscall_abi_name(SYSCALL_ABI_X32), "x32");
}

/* 32-bit programs part a file's offset in two, and hand old calls one pointer to all else. */
static void some_calls_have_other_arguments_there(void **state)
{
	unsigned args = 9;

	(void)state;
	assert_string_equal(syscall_name(SYSCALL_ABI_I386, 82, &args), "select");
	assert_int_equal(args, 1);
	assert_string_equal(syscall_name(SYSCALL_ABI_I386, 180, &args), "pread64");
	assert_int_equal(args, 5);
	assert_string_equal(syscall_name(SYSCALL_ABI_NATIVE, 17, &args), "pread64");
	assert_int_equal(args, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_instruction_tells_the_table),
		cmocka_unit_test(one_number_has_a_name_in_each_table),
		cmocka_unit_test(some_calls_have_other_arguments_there),
	};

	return cmocka_run_group_tests_name("abi", tests, NULL, NULL);
}
#elif defined __aarch64__
static void the_instruction_tells_the_table(void **state)
{
	static const struct {
		uint8_t code[4];
		size_t n;
		enum syscall_abi abi;
	} row[] = {
		{{0x01, 0x00, 0x00, 0xd4}, 4, SYSCALL_ABI_NATIVE},  /* svc #0 */
		{{0x21, 0x00, 0x00, 0xd4}, 4, SYSCALL_ABI_UNKNOWN}, /* svc #1 */
		{{0x00, 0x00, 0x00, 0xef}, 4, SYSCALL_ABI_UNKNOWN}, /* of 32 bits */
		{{0x00, 0xdf, 0x00, 0xdf}, 4, SYSCALL_ABI_UNKNOWN}, /* of 32 bits, short */
		{{0x00, 0x00, 0xd4}, 3, SYSCALL_ABI_UNKNOWN},	    /* cut */
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		assert_int_equal(abi_of_code(row[i].code, row[i].n, 63), row[i].abi);
}

static void expect_name(int64_t number, const char *name, unsigned args)
{
	unsigned got = 9;

	assert_string_equal(syscall_name(SYSCALL_ABI_NATIVE, number, &got), name);
	assert_int_equal(got, args);
}

static void the_generic_table_has_names(void **state)
{
	unsigned args = 9;

	(void)state;
	expect_name(22, "epoll_pwait", 6);
	expect_name(63, "read", 3);
	expect_name(72, "pselect6", 6);
	expect_name(73, "ppoll", 5);
	expect_name(79, "newfstatat", 4);
	expect_name(98, "futex", 6);
	expect_name(115, "clock_nanosleep", 4);
	expect_name(220, "clone", 5);
	expect_name(260, "wait4", 4);
	assert_null(syscall_name(SYSCALL_ABI_I386, 7, &args));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_instruction_tells_the_table),
		cmocka_unit_test(the_generic_table_has_names),
	};

	return cmocka_run_group_tests_name("abi", tests, NULL, NULL);
}
#else
int main(void)
{
	print_message("skipped: no tables of this machine's are expected\n");
	return 77;
}
#endif
