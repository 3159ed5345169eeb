/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a backtrace says in lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/model/backtrace.h"

#define TEXT(text)                                                                                 \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static const struct symbol_frame inlined[] = {
	{TEXT("mark"), TEXT("src/mark.h"), 12}, {TEXT("fill_row"), TEXT("src/table.c"), 88}};
static const struct backtrace_frame frames[] = {
	{.pc = 0x401000,
		.symbol = {.name = TEXT("fill_row"),
			.offset = 0x10,
			.module = TEXT("/bin/table"),
			.frame = inlined,
			.frames = 2}},
	{.pc = 0x402005,
		.returns = true,
		.symbol = {.name = TEXT("main"),
			.offset = 4,
			.module = TEXT("/bin/table"),
			.line_gap = SYMBOL_NO_LINES}},
	{.pc = 0x7f0000001000,
		.returns = true,
		.guessed = true,
		.symbol = {.gap = SYMBOL_STRIPPED,
			.line_gap = SYMBOL_STRIPPED,
			.has_module_address = true,
			.module_address = 0x1233,
			.module = TEXT("/lib/lib\033[2Jc.so")}},
};
static const struct backtrace all = {.n = 3,
	.frame = frames,
	.reason = "no unwind table",
	.within = TEXT("/lib/lib\033[2Jc.so")};

static void expect_line(size_t i, const char *wanted)
{
	struct backtrace_line line;
	struct textbuf text = {0};

	assert_true(backtrace_line(&all, i, &line));
	backtrace_line_print(&text, &line);
	assert_string_equal(text.bytes, wanted);
	textbuf_free(&text);
}

static void what_is_inlined_has_a_line_of_its_own(void **state)
{
	struct backtrace_line line;

	(void)state;
	assert_int_equal(backtrace_lines(&all), 4);
	expect_line(0, "mark mark.h:12 (inlined)");
	expect_line(1, "fill_row+0x10 table.c:88");
	expect_line(2, "main+0x5 table");
	assert_true(backtrace_line(&all, 0, &line) && line.inlined);
	assert_true(backtrace_line(&all, 1, &line) && !line.inlined);
	assert_ptr_equal(line.frame, &frames[0]);
	assert_false(backtrace_line(&all, 4, &line));
}

/* What a target chose goes to no terminal as it is. */
static void names_of_a_target_are_made_printable(void **state)
{
	struct backtrace_line line;
	struct textbuf text = {0};

	(void)state;
	assert_true(backtrace_line(&all, 3, &line));
	backtrace_line_print(&text, &line);
	assert_null(strchr(text.bytes, '\033'));
	assert_memory_equal(text.bytes, "lib", 3);
	assert_non_null(strstr(text.bytes, "c.so+0x1234"));
	assert_non_null(strstr(text.bytes, "(a guess)"));
	textbuf_clear(&text);
	backtrace_reason(&all, &text);
	assert_null(strchr(text.bytes, '\033'));
	assert_memory_equal(text.bytes, "no unwind table in lib", 22);
	textbuf_free(&text);
}

static void a_whole_one_has_no_reason(void **state)
{
	const struct backtrace whole = {.complete = true},
			       late = {.reason = "unwinding took too long"};
	struct textbuf text = {0};

	(void)state;
	backtrace_reason(&whole, &text);
	assert_int_equal(text.len, 0);
	backtrace_reason(&late, &text);
	assert_string_equal(text.bytes, late.reason);
	assert_int_equal(backtrace_lines(&whole), 0);
	textbuf_free(&text);
}

/* Each says so, and one of them why. */
static void code_made_at_run_time_says_so(void **state)
{
	static const struct backtrace_frame made[] = {
		{.pc = 0x401000, .symbol = {.gap = SYMBOL_STRIPPED}},
		{.pc = 0x7f2c46012345, .symbol = {.gap = SYMBOL_PERF_MAP}, .guessed = true}};
	const struct backtrace b = {.n = 2, .frame = made};
	struct backtrace_line line;
	struct textbuf text = {0};

	(void)state;
	assert_int_equal(backtrace_made_gap(&b), SYMBOL_PERF_MAP);
	assert_int_equal(backtrace_made_gap(&all), SYMBOL_NO_GAP);
	assert_true(backtrace_line(&b, 1, &line));
	backtrace_line_print(&text, &line);
	assert_string_equal(text.bytes, "0x7f2c46012345 code made at run time (a guess)");
	textbuf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_inlined_has_a_line_of_its_own),
		cmocka_unit_test(names_of_a_target_are_made_printable),
		cmocka_unit_test(a_whole_one_has_no_reason),
		cmocka_unit_test(code_made_at_run_time_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
