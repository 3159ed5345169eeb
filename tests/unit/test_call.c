/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a return address stands behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>

#include "src/symbols/call.h"

#define EXPECT(is, machine, ...)                                                                   \
	do {                                                                                       \
		const unsigned char code[] = {__VA_ARGS__};                                        \
                                                                                                   \
		assert_int_equal(code_ends_in_call(machine, code, sizeof code), is);               \
	} while (0)

static void calls_of_any_length_are_found(void **state)
{
	(void)state;
	EXPECT(true, EM_X86_64, 0xe8, 1, 2, 3, 4);	       /* call near */
	EXPECT(true, EM_X86_64, 0x90, 0x90, 0xe8, 1, 2, 3, 4); /* behind others */
	EXPECT(true, EM_X86_64, 0xff, 0xd1);		       /* call *%rcx */
	EXPECT(true, EM_X86_64, 0x41, 0xff, 0xd3);	       /* call *%r11 */
	EXPECT(true, EM_X86_64, 0xff, 0x10);		       /* call *(%rax) */
	EXPECT(true, EM_X86_64, 0xff, 0x50, 8);		       /* call *8(%rax) */
	EXPECT(true, EM_X86_64, 0xff, 0x14, 0xc2);	       /* call *(%rdx,%rax,8) */
	EXPECT(true, EM_X86_64, 0xff, 0x54, 0xc2, 8);	       /* call *8(%rdx,%rax,8) */
	EXPECT(true, EM_X86_64, 0xff, 0x15, 1, 2, 3, 4);       /* call *0x…(%rip) */
	EXPECT(true, EM_X86_64, 0xff, 0x90, 1, 2, 3, 4);       /* call *0x…(%rax) */
	EXPECT(true, EM_X86_64, 0xff, 0x14, 0x25, 1, 2, 3, 4); /* call *0x… */
	EXPECT(true, EM_X86_64, 0xff, 0x94, 0xc2, 1, 2, 3, 4); /* call *0x…(%rdx,%rax,8) */
}

static void what_is_none_is_told_as_none(void **state)
{
	(void)state;
	EXPECT(false, EM_X86_64, 0x90);
	EXPECT(false, EM_X86_64, 0xe9, 1, 2, 3, 4); /* jmp */
	EXPECT(false, EM_X86_64, 0xff, 0xe1);	    /* jmp *%rcx */
	EXPECT(false, EM_X86_64, 0xff, 0x30);	    /* push (%rax) */
	EXPECT(false, EM_X86_64, 0xff, 0x50);	    /* cut */
	EXPECT(false, EM_X86_64, 0xff, 0x14);	    /* cut, too */
	EXPECT(false, EM_X86_64, 0xff, 0xd1, 0x90); /* another stands between */
	EXPECT(false, EM_X86_64, 0xe8, 1, 2, 3);
	EXPECT(false, EM_X86_64, 0x48, 0x83, 0xc4, 0x08, 0xc3, 0xcc, 0xcc);
	EXPECT(false, EM_386, 0xe8, 1, 2, 3, 4);
}

static void those_of_arm_are_words(void **state)
{
	(void)state;
	EXPECT(true, EM_AARCH64, 0x10, 0, 0, 0x94);	   /* bl */
	EXPECT(true, EM_AARCH64, 0xff, 0xff, 0xff, 0x97);  /* bl, backwards */
	EXPECT(true, EM_AARCH64, 0x60, 0, 0x3f, 0xd6);	   /* blr x3 */
	EXPECT(true, EM_AARCH64, 0x7f, 0x08, 0x3f, 0xd6);  /* blraaz x3 */
	EXPECT(true, EM_AARCH64, 0x64, 0x08, 0x3f, 0xd7);  /* blraa x3, x4 */
	EXPECT(false, EM_AARCH64, 0x10, 0, 0, 0x14);	   /* b */
	EXPECT(false, EM_AARCH64, 0x60, 0, 0x1f, 0xd6);	   /* br x3 */
	EXPECT(false, EM_AARCH64, 0xc0, 0x03, 0x5f, 0xd6); /* ret */
	EXPECT(false, EM_AARCH64, 0, 0, 0x94);		   /* cut */
}

static void signatures_of_addresses_are_left_away(void **state)
{
	(void)state;
	assert_int_equal(code_address(EM_AARCH64, 0x0012ffff8a6c6d40), 0xffff8a6c6d40);
	assert_int_equal(code_address(EM_AARCH64, 0xffff8a6c6d40), 0xffff8a6c6d40);
	assert_int_equal(code_address(EM_AARCH64, 0xff7f000000401234), 0x401234);
	assert_int_equal(code_address(EM_AARCH64, 0), 0);
	assert_int_equal(code_address(EM_X86_64, 0x0012ffff8a6c6d40), 0x0012ffff8a6c6d40);
	assert_int_equal(code_address(EM_NONE, UINT64_MAX), UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_of_any_length_are_found),
		cmocka_unit_test(what_is_none_is_told_as_none),
		cmocka_unit_test(those_of_arm_are_words),
		cmocka_unit_test(signatures_of_addresses_are_left_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
