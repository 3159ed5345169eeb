/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>

#include "twintop/app/console.h"

static struct console *written(const char *bytes)
{
	struct console *c = console_new();

	console_write(c, bytes, strlen(bytes));
	return c;
}

/* What the program writes, byte by byte too, and the line that is left unfinished. */
static void expect_current(const char *bytes, const char *line)
{
	struct console *c = written(bytes), *slow = console_new();

	for (const char *b = bytes; *b; b++)
		console_write(slow, b, 1);
	assert_string_equal(console_current(c), line);
	assert_string_equal(console_current(slow), line);
	assert_int_equal(console_count(c), 0);
	console_free(c);
	console_free(slow);
}

static void controls_move(void **state)
{
	(void)state;
	expect_current("abc\rX", "Xbc");
	expect_current("abc\b\bX", "aXc");
	expect_current("\b\bX", "X");
	expect_current("a\tb", "a       b");
	expect_current("10%\r\033[K9%", "9%");
	expect_current("a\a\016\017b\x7f", "ab");
}

static void escapes_are_dropped(void **state)
{
	(void)state;
	expect_current("\033[31mred\033[0m", "red");
	expect_current("\033]0;title\ax", "x");
	expect_current("\033]0;title\033\\x", "x");
	expect_current("\033(Bx", "x");
	expect_current("\033[2J\033[1;1Hx", "x");
	expect_current("\033Pq#0\033\\x", "x");
	expect_current("\033", "");
}

static void bytes_that_are_no_text(void **state)
{
	(void)state;
	expect_current("a\xff"
		       "b",
		"a\\xffb");
	expect_current("\xc3\xa9", "é");
	expect_current("\xc3(", "\\xc3(");
	expect_current("\xed\xa0\x80", "\\xed\\xa0\\x80");
	expect_current("\xf0\x9f\x98\x80", "😀");
	expect_current("\xe4\xbd\xc3\xa9", "\\xe4\\xbdé");
	expect_current("\xc2\x9b", "\xef\xbf\xbd");
}

static void lines_are_bounded(void **state)
{
	struct console *c = written("one\ntwo\nthree");

	(void)state;
	assert_int_equal(console_count(c), 2);
	assert_string_equal(console_line(c, 1), "two");
	assert_string_equal(console_line(c, 2), "");
	console_note(c, "ended");
	assert_int_equal(console_count(c), 4);
	assert_string_equal(console_line(c, 2), "three");
	for (int i = 0; i < 2 * CONSOLE_LINES; i++)
		console_write(c, "x\n", 2);
	assert_int_equal(console_count(c), CONSOLE_LINES);
	for (int i = 0; i < CONSOLE_COLUMNS + 1; i++)
		console_write(c, "y", 1);
	assert_string_equal(console_current(c), "y");
	assert_int_equal(strlen(console_line(c, CONSOLE_LINES - 1)), CONSOLE_COLUMNS);
	console_free(c);
}

static void the_last_lines_are_drawn(void **state)
{
	struct console *c = written("one\ntwo\na long line here\nlast");
	struct canvas *canvas = canvas_new(10, 3, false);
	struct textbuf out = {0};

	(void)state;
	console_draw(c, canvas, (struct rect){0, 0, 10, 3}, true);
	canvas_write_text(canvas, &out);
	assert_string_equal(out.bytes, "a long\nline here\nlast\n");
	assert_int_equal(canvas->cursor_x, 4);
	assert_int_equal(canvas->cursor_y, 2);
	textbuf_free(&out);
	canvas_free(canvas);
	console_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls_move),
		cmocka_unit_test(escapes_are_dropped),
		cmocka_unit_test(bytes_that_are_no_text),
		cmocka_unit_test(lines_are_bounded),
		cmocka_unit_test(the_last_lines_are_drawn),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
