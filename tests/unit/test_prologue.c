/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much a function takes of the stack before it does anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>

#include "src/symbols/prologue.h"

#define EXPECT(distance, machine, ...) EXPECT_SAVED(distance, 0, machine, __VA_ARGS__)
#define EXPECT_SAVED(distance, saved, machine, ...)                                                \
	do {                                                                                       \
		const unsigned char code[] = {__VA_ARGS__};                                        \
		uint64_t found = 0;                                                                \
                                                                                                   \
		assert_true(prologue_distance(machine, code, sizeof code, saved, &found));         \
		assert_int_equal(found, distance);                                                 \
	} while (0)
#define EXPECT_NONE(machine, ...)                                                                  \
	do {                                                                                       \
		const unsigned char code[] = {__VA_ARGS__};                                        \
		uint64_t found = 77;                                                               \
                                                                                                   \
		assert_false(prologue_distance(machine, code, sizeof code, 0, &found));            \
		assert_int_equal(found, 77);                                                       \
	} while (0)

static void room_and_saved_registers_are_counted(void **state)
{
	(void)state;
	EXPECT(0x10, EM_X86_64, 0x48, 0x83, 0xec, 0x10, 0x89);	       /* sub $16,%rsp */
	EXPECT(0x1238, EM_X86_64, 0x48, 0x81, 0xec, 0x38, 0x12, 0, 0); /* sub $0x1238,%rsp */
	EXPECT(0x80, EM_X86_64, 0x48, 0x83, 0xc4, 0x80);	       /* add $-128,%rsp */
	EXPECT(8 + 0x18, EM_X86_64, 0x53, 0x48, 0x83, 0xec, 0x18);     /* push %rbx */
	EXPECT(24 + 8, EM_X86_64, 0x41, 0x55, 0x41, 0x54, 0x53, 0x48, 0x83, 0xec, 0x08);
}

static void a_function_may_take_none(void **state)
{
	(void)state;
	EXPECT(0, EM_X86_64, 0x89, 0x7d, 0xfc); /* mov %edi,-4(%rbp) */
	EXPECT(8, EM_X86_64, 0x53);		/* the code ends there */
	EXPECT(0, EM_X86_64, 0x48, 0x83, 0xec);
	EXPECT(0, EM_X86_64, 0x48, 0x81, 0xec, 1, 2);
	EXPECT(0, EM_X86_64, 0x41);
}

/* lea -0x18000(%rsp),%r11; sub $0x1000,%rsp; orq $0,(%rsp); cmp %r11,%rsp; jne; and what is left.
 */
static void room_that_is_touched_page_by_page_is_counted(void **state)
{
	(void)state;
	EXPECT(0x18000 + 0x6b0, EM_X86_64, 0x4c, 0x8d, 0x9c, 0x24, 0x00, 0x80, 0xfe, 0xff, 0x48,
		0x81, 0xec, 0, 0x10, 0, 0, 0x48, 0x83, 0x0c, 0x24, 0, 0x4c, 0x39, 0xdc, 0x75, 0xef,
		0x48, 0x81, 0xec, 0xb0, 0x06, 0, 0, 0xc6);
	EXPECT(0x2010, EM_X86_64, 0x48, 0x81, 0xec, 0, 0x10, 0, 0, 0x48, 0x83, 0x0c, 0x24, 0, 0x48,
		0x81, 0xec, 0, 0x10, 0, 0, 0x48, 0x83, 0x0c, 0x24, 0, 0x48, 0x83, 0xec, 0x10);
	EXPECT_NONE(EM_X86_64, 0x4c, 0x8d, 0x9c, 0x24, 0x00, 0x80, 0xfe, 0xff, 0x48, 0x81, 0xec, 0,
		0x10, 0, 0);
}

static void what_does_not_tell_gives_none(void **state)
{
	(void)state;
	EXPECT_NONE(EM_X86_64, 0x48, 0x83, 0xe4, 0xe0); /* and $-32,%rsp */
	EXPECT_NONE(EM_X86_64, 0x53, 0x48, 0x83, 0xe4, 0xf0);
	EXPECT_NONE(EM_X86_64, 0x48, 0x83, 0xec, 0x90); /* it gives room back */
	EXPECT_NONE(EM_X86_64, 0x48, 0x83, 0xc4, 0x10);
	EXPECT_NONE(EM_AARCH64, 0x48, 0x83, 0xec, 0x10);
}

/* push %r12; push %rbx; lea -0x1c(%rbp),%r12; sub $0x10,%rsp; call */
static void others_stand_between(void **state)
{
	(void)state;
	EXPECT_SAVED(0x20, 16, EM_X86_64, 0x41, 0x54, 0x53, 0x4c, 0x8d, 0x65, 0xe4, 0x48, 0x83,
		0xec, 0x10, 0xe8);
	/* push %r14; mov %rdi,%r14; push %rbx; mov $1,%edi; call: saved ones alone */
	EXPECT_SAVED(16, 16, EM_X86_64, 0x41, 0x56, 0x49, 0x89, 0xfe, 0x53, 0xbf, 1, 0, 0, 0, 0xe8);
	/* xor %eax,%eax; movups %xmm0,-16(%rbp); mov %fs:0x28,%rax; sub $0x48,%rsp */
	EXPECT(0x48, EM_X86_64, 0x31, 0xc0, 0x0f, 0x11, 0x45, 0xf0, 0x64, 0x48, 0x8b, 4, 0x25, 0x28,
		0, 0, 0, 0x48, 0x83, 0xec, 0x48, 0xc3);
	/* The same behind a branch is another thing's. */
	EXPECT(0, EM_X86_64, 0x31, 0xc0, 0x74, 0x10, 0x48, 0x83, 0xec, 0x48);
}

/* What is pushed for a call is none of it, nor is what aligns the stack before. */
static void arguments_are_not_counted(void **state)
{
	(void)state;
	/* push %rbx; sub $8,%rsp; mov %edi,%ebx; push %rbx; call */
	EXPECT_SAVED(16, 8, EM_X86_64, 0x53, 0x48, 0x83, 0xec, 8, 0x89, 0xfb, 0x53, 0xe8);
	/* mov %edi,%eax; sub $8,%rsp; push %rax; call */
	EXPECT(0, EM_X86_64, 0x89, 0xf8, 0x48, 0x83, 0xec, 8, 0x50, 0xe8);
	EXPECT(0, EM_X86_64, 0x89, 0xf8, 0x48, 0x83, 0xec, 8, 0x89, 0xf8, 0x50, 0xe8);
}

static void fewer_than_the_table_says_tell_nothing(void **state)
{
	static const unsigned char code[] = {0x53, 0xe8, 0, 0, 0, 0, 0x41, 0x54};
	static const unsigned char pops[] = {0x53, 0x5b, 0x5c}, moves[] = {0x48, 0x89, 0xc4};
	uint64_t found = 77;

	(void)state;
	assert_false(prologue_distance(EM_X86_64, code, sizeof code, 16, &found));
	assert_false(prologue_distance(EM_X86_64, pops, sizeof pops, 16, &found));
	assert_false(prologue_distance(EM_X86_64, moves, sizeof moves, 8, &found));
	assert_int_equal(found, 77);
}

/* However few bytes there are, none behind them is looked at. */
static void any_bytes_will_do(void **state)
{
	unsigned char code[12];
	uint32_t seed = 1;
	uint64_t found;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		unsigned char *own = test_malloc(1 + i % sizeof code);

		for (size_t k = 0; k <= i % sizeof code; k++)
			own[k] = (unsigned char)((seed = seed * 1664525 + 1013904223) >> 24);
		prologue_distance(EM_X86_64, own, 1 + i % sizeof code, i % 3 * 8, &found);
		test_free(own);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_and_saved_registers_are_counted),
		cmocka_unit_test(a_function_may_take_none),
		cmocka_unit_test(room_that_is_touched_page_by_page_is_counted),
		cmocka_unit_test(what_does_not_tell_gives_none),
		cmocka_unit_test(others_stand_between),
		cmocka_unit_test(arguments_are_not_counted),
		cmocka_unit_test(fewer_than_the_table_says_tell_nothing),
		cmocka_unit_test(any_bytes_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
