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
#else
int main(void)
{
	print_message("skipped: these tables are x86-64's\n");
	return 77;
}
#endif
