/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The launched program's terminal: what its output does, what its keys send, and what gets out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>

#include "twintop/app/console.h"
#include "twintop/draw/key.h"

#define COLUMNS 12
#define ROWS	4

/* What the console shows in so many rows; the cursor is left in the canvas. */
static struct canvas *drawn(struct console *c, int rows)
{
	struct canvas *canvas = canvas_new(COLUMNS, rows, false);

	console_draw(c, canvas, (struct rect){0, 0, COLUMNS, rows}, true);
	return canvas;
}

static void expect_rows(struct console *c, int rows, const char *text)
{
	struct canvas *canvas = drawn(c, rows);
	struct textbuf out = {0};

	canvas_write_text(canvas, &out);
	assert_string_equal(out.bytes, text);
	textbuf_free(&out);
	canvas_free(canvas);
}

/* What comes of the bytes, at once and byte by byte. */
static void expect_screen(const char *bytes, const char *text)
{
	struct console *c = console_new(COLUMNS, ROWS), *slow = console_new(COLUMNS, ROWS);

	console_write(c, bytes, strlen(bytes));
	for (const char *b = bytes; *b; b++)
		console_write(slow, b, 1);
	expect_rows(c, ROWS, text);
	expect_rows(slow, ROWS, text);
	console_free(c);
	console_free(slow);
}

static void output_moves_as_on_a_terminal(void **state)
{
	(void)state;
	expect_screen("abc\rX", "Xbc\n\n\n\n");
	expect_screen("abc\b\bX", "aXc\n\n\n\n");
	expect_screen("a\tb", "a       b\n\n\n\n");
	expect_screen("10%\r\033[K9%", "9%\n\n\n\n");
	expect_screen("one\r\ntwo\r\n\033[1;5Hthree", "one three\ntwo\n\n\n");
	expect_screen("gone\033[2J\033[3;3Hx", "\n\n  x\n\n");
	expect_screen("1\r\n2\r\n3\r\n4\r\n5", "2\n3\n4\n5\n");
	expect_screen("\033[2;3r\033[3;1Hin\r\nside\033[r\033[4;1Hfoot", "\nin\nside\nfoot\n");
	expect_screen("a\033[;;;;;;;;;;;;;;;;;;;;;;;;mb", "ab\n\n\n\n");
	expect_screen("a\033[3bb", "aaaab\n\n\n\n");
	expect_screen("\033[b\r\n\033[9999bx", "\nx\n\n\n");
	expect_screen("1\r\n2\r\n3\033[H\033[2Lnew", "new\n\n1\n2\n");
	expect_screen("1\r\n2\r\n3\033[99Sx", "\n\n x\n\n");
	expect_screen("1\r\n2\033[999999999999Tx", "\n x\n\n\n");
	expect_screen("abcdef\033[1;2H\033[3P\033[2@-", "a- ef\n\n\n\n");
	expect_screen("twelve columns are a line", "twelve colum\nns are a lin\ne\n\n");
}

static void a_program_has_a_screen_of_its_own(void **state)
{
	static const char full[] = "shell\r\n\033[?1049h\033[Hediting\033[4;1Hstatus";
	struct console *c = console_new(COLUMNS, ROWS);

	(void)state;
	console_write(c, full, strlen(full));
	expect_rows(c, ROWS, "editing\n\n\nstatus\n");
	console_write(c, "\033[?1049l", 8);
	expect_rows(c, ROWS, "shell\n\n\n\n");
	/* One that ended in the midst of that leaves what was there before, and how it ended. */
	console_write(c, full + 7, strlen(full + 7));
	console_note(c, "killed");
	expect_rows(c, ROWS, "shell\nkilled\n\n\n");
	console_free(c);
}

/* Nothing of it is obeyed, and nothing that is no character is drawn. */
static void hostile_output_stays_inside(void **state)
{
	(void)state;
	expect_screen("\033]0;title\ax", "x\n\n\n\n");
	expect_screen("\033]52;c;aGk=\033\\x", "x\n\n\n\n");
	expect_screen("\033Pq#0\033\\x", "x\n\n\n\n");
	expect_screen("\033P$qnonsense\033\\x", "x\n\n\n\n");
	expect_screen("a\033P$q\033[7mb", "ab\n\n\n\n");
	expect_screen("a\033\033Pdropped\030b", "ab\n\n\n\n");
	expect_screen("\033]0;title\033Pdropped\033\\c", "c\n\n\n\n");
	expect_screen("\033[31mred\033[0m", "red\n\n\n\n");
	expect_screen("a\xff"
		      "b",
		"a\xef\xbf\xbd"
		"b\n\n\n\n");
	expect_screen("\xc3\xa9\xf0\x9f\x98\x80", "é😀\n\n\n\n");
	expect_screen("x\xe2\x80\xaey", "xy\n\n\n\n");
}

static void attributes_that_say_something_are_shown(void **state)
{
	static const char bytes[] = "a\033[7mb\033[m\033[1mc\033[m\033[31md";
	static const enum style style[] = {
		STYLE_CONSOLE, STYLE_SELECTED, STYLE_STRONG, STYLE_CONSOLE};
	struct console *c = console_new(COLUMNS, ROWS);
	struct canvas *canvas;

	(void)state;
	console_write(c, bytes, strlen(bytes));
	canvas = drawn(c, ROWS);
	for (int x = 0; x < 4; x++)
		assert_int_equal(canvas_at(canvas, x, 0)->style, style[x]);
	canvas_free(canvas);
	console_free(c);
}

static void the_cursor_is_the_programs(void **state)
{
	struct console *c = console_new(COLUMNS, ROWS);
	struct canvas *canvas;

	(void)state;
	console_write(c, "\033[3;5H", 6);
	canvas = drawn(c, ROWS);
	assert_int_equal(canvas->cursor_x, 4);
	assert_int_equal(canvas->cursor_y, 2);
	canvas_free(canvas);
	console_write(c, "\033[?25l", 6);
	canvas = drawn(c, ROWS);
	assert_int_equal(canvas->cursor_x, -1);
	canvas_free(canvas);
	console_free(c);
}

/* Lines that scrolled away come back as it grows, and what does not fit goes there. */
static void sizes_come_and_go(void **state)
{
	struct console *c = console_new(COLUMNS, ROWS);

	(void)state;
	for (int i = 0; i < 9; i++) {
		char line[] = {(char)('1' + i), '\r', '\n'};

		console_write(c, line, i < 8 ? 3 : 1);
	}
	expect_rows(c, 4, "6\n7\n8\n9\n");
	expect_rows(c, 1, "9\n");
	expect_rows(c, 6, "4\n5\n6\n7\n8\n9\n");
	expect_rows(c, 2, "8\n9\n");
	/* One row is a look at two, to where the cursor is; what is below it stays. */
	console_write(c, "\033[H", 3);
	expect_rows(c, 1, "8\n");
	expect_rows(c, 2, "8\n9\n");
	/* Where it shrinks the cursor stays, though there is text below it. */
	expect_rows(c, 3, "7\n8\n9\n");
	console_write(c, "\033[H", 3);
	expect_rows(c, 2, "7\n\n");
	for (int i = 0; i < 3 * CONSOLE_LINES; i++)
		console_write(c, "x\r\n", 3);
	expect_rows(c, 3, "x\nx\n\n");
	console_free(c);
}

static void expect_one_row(struct console *c, const char *text)
{
	struct canvas *canvas = canvas_new(COLUMNS, 1, false);
	struct textbuf out = {0};

	console_draw(c, canvas, (struct rect){0, 0, COLUMNS, 1}, false);
	canvas_write_text(canvas, &out);
	assert_string_equal(out.bytes, text);
	textbuf_free(&out);
	canvas_free(canvas);
}

/* The last line with text is in sight, and none is lost that was written then. */
static void one_row_shows_the_last_line(void **state)
{
	struct console *c = console_new(COLUMNS, ROWS);

	(void)state;
	console_write(c, "1\r\n2\r\n", 6);
	expect_rows(c, 4, "1\n2\n\n\n");
	expect_one_row(c, "2\n");
	console_write(c, "3\r\n4", 4);
	expect_one_row(c, "4\n");
	console_note(c, "ended");
	expect_one_row(c, "ended\n");
	expect_rows(c, 6, "1\n2\n3\n4\nended\n\n");
	console_free(c);
}

static void expect_answer(struct console *c, const char *bytes)
{
	char got[64] = "";
	size_t n = console_answer(c, got, sizeof got - 1);

	assert_int_equal(n, strlen(bytes));
	assert_memory_equal(got, bytes, n);
	assert_int_equal(console_answer(c, got, sizeof got), 0);
}

static void keys_are_sent_as_a_terminal_sends_them(void **state)
{
	static const struct {
		uint32_t key;
		const char *bytes;
	} row[] = {{'q', "q"}, {0x03, "\003"}, {0x1a, "\032"}, {0x13, "\023"}, {0x1c, "\034"},
		{'\n', "\n"}, {'\b', "\b"}, {0xe9, "é"}, {0x1f600, "😀"}, {KEYS_ENTER, "\r"},
		{KEYS_TAB, "\t"}, {KEYS_BACK_TAB, "\033[Z"}, {KEYS_BACKSPACE, "\177"},
		{KEYS_ESCAPE, "\033"}, {KEYS_UP, "\033[A"}, {KEYS_LEFT, "\033[D"},
		{KEYS_DELETE, "\033[3~"}, {KEYS_PAGE_UP, "\033[5~"}, {KEYS_F1, "\033OP"},
		{KEYS_F5, "\033[15~"}, {KEYS_F10, "\033[21~"}, {KEYS_WHEEL_UP, ""}};
	struct console *c = console_new(COLUMNS, ROWS);
	char byte = 'x';

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		console_key(c, row[i].key);
		expect_answer(c, row[i].bytes);
	}
	console_key(c, KEYS_NUL);
	assert_int_equal(console_answer(c, &byte, 1), 1);
	assert_int_equal(byte, 0);
	/* Programs that ask for it get the other cursor keys. */
	console_write(c, "\033[?1h", 5);
	console_key(c, KEYS_UP);
	expect_answer(c, "\033OA");
	console_free(c);
}

static void questions_are_answered(void **state)
{
	struct console *c = console_new(COLUMNS, ROWS);
	char bytes[8];
	size_t all = 0, n;

	(void)state;
	console_write(c, "\033[2;3H\033[6n", 10);
	expect_answer(c, "\033[2;3R");
	/* Without end, where nobody takes the answers. */
	for (int i = 0; i < 10000; i++)
		console_write(c, "\033[6n", 4);
	while ((n = console_answer(c, bytes, sizeof bytes)))
		all += n;
	assert_true(all > 0 && all <= 4096);
	console_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_moves_as_on_a_terminal),
		cmocka_unit_test(a_program_has_a_screen_of_its_own),
		cmocka_unit_test(hostile_output_stays_inside),
		cmocka_unit_test(attributes_that_say_something_are_shown),
		cmocka_unit_test(the_cursor_is_the_programs),
		cmocka_unit_test(sizes_come_and_go),
		cmocka_unit_test(one_row_shows_the_last_line),
		cmocka_unit_test(keys_are_sent_as_a_terminal_sends_them),
		cmocka_unit_test(questions_are_answered),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
