/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen told as lines: what is left out, what is new, and keys as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fixtures/play.h"
#include "twintop/screen/lines.h"

static void expect_row(const char *drawn, bool ascii, const char *told)
{
	struct canvas *c = canvas_new(60, 1, false);
	struct textbuf out = {0};

	canvas_text(c, 0, 0, 60, STYLE_NORMAL, drawn);
	lines_row(c, 0, ascii, &out);
	assert_string_equal(out.bytes ? out.bytes : "", told);
	textbuf_free(&out);
	canvas_free(c);
}

static void frames_are_not_told(void **state)
{
	(void)state;
	expect_row("┌─ help ───────────┐", false, "help");
	expect_row("│ q   quit         │", false, "q  quit");
	expect_row("└──────────────────┘", false, "");
	expect_row(" A 1 x │ B 2 y", false, "A 1 x | B 2 y");
	expect_row("  └ child", false, "child");
	expect_row("══BB  ⣿⡇", false, "==BB");
	expect_row("█▄ 3 ≠ 4 …", true, "#= 3 ! 4 ~");
	expect_row("", false, "");
}

/* Nothing of a whole screen is a frame or a dot, whatever is shown. */
static void no_screen_has_frames(void **state)
{
	static const char *const keys[] = {
		"1", "2", "3", "4", "5", "6", "7", "8", "9", "?", "\033:"};
	struct app *a = play_start(false, true);

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct canvas *c = canvas_new(100, 40, false);
		struct lines l = {0};
		struct textbuf out = {0};
		uint32_t code;
		size_t n;

		for (const char *k = keys[i]; *k; k++)
			app_key(a, *k == '\033' ? (uint32_t)KEYS_ESCAPE : (uint32_t)*k, PLAY_NOW);
		app_draw(a, c, PLAY_NOW, 0);
		lines_take(&l, c, true, &out);
		assert_true(out.len > 100);
		for (size_t at = 0; at < out.len; at += n) {
			n = text_decode(out.bytes + at, out.len - at, &code);
			assert_true(n > 0);
			assert_false(code >= 0x2500 && code <= 0x259f);
			assert_false(code >= 0x2800 && code <= 0x28ff);
			assert_true(code >= ' ' || code == '\n');
		}
		/* The same once more is nothing new. */
		textbuf_clear(&out);
		lines_take(&l, c, true, &out);
		assert_int_equal(out.len, 0);
		lines_forget(&l);
		lines_take(&l, c, true, &out);
		assert_true(out.len > 100);
		textbuf_free(&out);
		lines_free(&l);
		canvas_free(c);
	}
	app_free(a);
}

static void take_some(struct lines *l, struct canvas *c, const char *const text[4], int cursor,
	bool figures, const char *told)
{
	struct textbuf out = {0};

	canvas_clear(c);
	for (int y = 0; y < 4; y++)
		canvas_text(c, 0, y, 30, STYLE_NORMAL, text[y]);
	canvas_cursor(c, 0, cursor);
	lines_take(l, c, figures, &out);
	assert_string_equal(out.bytes ? out.bytes : "", told);
	textbuf_free(&out);
}

static void take(
	struct lines *l, struct canvas *c, const char *const text[4], int cursor, const char *told)
{
	take_some(l, c, text, cursor, true, told);
}

static void only_what_is_new_is_told(void **state)
{
	struct canvas *c = canvas_new(30, 4, false);
	struct lines l = {0};

	(void)state;
	take(&l, c, (const char *const[]){"A 0.3% cpu", "", "one", "two"}, 2,
		"A 0.3% cpu\n> one\ntwo\n");
	/* The cursor goes: where it is now is told, and not where it was. */
	take(&l, c, (const char *const[]){"A 0.3% cpu", "", "one", "two"}, 3, "> two\n");
	/* Figures of the head that move all the time are not told, others and words are. */
	take(&l, c, (const char *const[]){"A 12.5% cpu", "", "one", "two"}, 3, "");
	take(&l, c, (const char *const[]){"B 12.5% cpu", "", "one", "two"}, 3, "B 12.5% cpu\n");
	take(&l, c, (const char *const[]){"B 12.5% cpu", "", "one 1.5%", "two"}, 3, "one 1.5%\n");
	/* What only moves is no news. */
	take(&l, c, (const char *const[]){"B 12.5% cpu", "", "two", "three"}, 2, "three\n");
	lines_free(&l);
	canvas_free(c);
}

/* Ages go on in any row, totals and positions in the head: nobody is told each second. */
static void what_grows_by_itself_is_no_news(void **state)
{
	struct canvas *c = canvas_new(40, 4, false);
	struct lines l = {0};

	(void)state;
	take(&l, c, (const char *const[]){"1.2 s back, 3/9", "", "by B, 4s ago", "7 of 9"}, 2,
		"1.2 s back, 3/9\n> by B, 4s ago\n7 of 9\n");
	take(&l, c, (const char *const[]){"1:05 back, 3/10", "", "by B, 12 min ago", "7 of 9"}, 2,
		"");
	take(&l, c, (const char *const[]){"1:05 back, 4/10", "", "by A, 12 min ago", "7 of 10"}, 2,
		"1:05 back, 4/10\n> by A, 12 min ago\n7 of 10\n");
	lines_free(&l);
	canvas_free(c);
}

/* Rows of other figures come when these are wanted, with what they are then; words come at once. */
static void figures_alone_can_wait(void **state)
{
	struct canvas *c = canvas_new(40, 4, false);
	struct lines l = {0};

	(void)state;
	take(&l, c, (const char *const[]){"A", "B", "rss 10K", "S 3"}, 0, "> A\nB\nrss 10K\nS 3\n");
	take_some(&l, c, (const char *const[]){"A", "B", "rss 11K", "R 4"}, 0, false, "R 4\n");
	take_some(&l, c, (const char *const[]){"A", "B", "rss 12K", "R 4"}, 0, false, "");
	take(&l, c, (const char *const[]){"A", "B", "rss 12K", "R 4"}, 0, "rss 12K\n");
	/* Back where it was when it was told: nothing is. */
	take_some(&l, c, (const char *const[]){"A", "B", "rss 13K", "R 4"}, 0, false, "");
	take(&l, c, (const char *const[]){"A", "B", "rss 12K", "R 4"}, 0, "");
	lines_free(&l);
	canvas_free(c);
}

/* A shade over what is hidden says only that it is; one of another style is a sign. */
static void shades_that_hide_are_not_told(void **state)
{
	struct canvas *c = canvas_new(20, 1, false);
	struct textbuf out = {0};

	(void)state;
	canvas_repeat(c, 0, 0, 20, STYLE_DIM, "▒");
	canvas_text(c, 6, 0, 8, STYLE_STRONG, " hidden ");
	lines_row(c, 0, true, &out);
	assert_string_equal(out.bytes, "hidden");
	canvas_repeat(c, 0, 0, 20, STYLE_COW, "▒");
	textbuf_clear(&out);
	lines_row(c, 0, true, &out);
	assert_string_equal(out.bytes, "::::::::::::::::::::");
	textbuf_free(&out);
	canvas_free(c);
}

static void bytes_become_keys(void **state)
{
	static const struct {
		const char *bytes;
		size_t used;
		uint32_t key;
	} row[] = {
		{"q", 1, 'q'},
		{"\r", 1, KEYS_ENTER},
		{"\n", 1, KEYS_ENTER},
		{"\t", 1, KEYS_TAB},
		{"\x7f", 1, KEYS_BACKSPACE},
		{"\xc3\xa4x", 2, 0xe4},
		{"\xff", 1, KEY_NONE},
		{"\xc3", 1, KEY_NONE},
		{"\033", 1, KEYS_ESCAPE},
		{"\033x", 1, KEYS_ESCAPE},
		{"\033[A", 3, KEYS_UP},
		{"\033OBq", 3, KEYS_DOWN},
		{"\033[5~", 4, KEYS_PAGE_UP},
		{"\033[?2026;2$y", 11, KEY_NONE},
		{"\033[<0;1;1Mq", 9, KEY_NONE},
		{"\033[", 2, KEY_NONE},
	};
	size_t used = 9;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		assert_int_equal(lines_key(row[i].bytes, strlen(row[i].bytes), &used), row[i].key);
		assert_int_equal(used, row[i].used);
	}
	assert_int_equal(lines_key("", 0, &used), KEY_NONE);
	assert_int_equal(used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_not_told),
		cmocka_unit_test(no_screen_has_frames),
		cmocka_unit_test(only_what_is_new_is_told),
		cmocka_unit_test(what_grows_by_itself_is_no_news),
		cmocka_unit_test(figures_alone_can_wait),
		cmocka_unit_test(shades_that_hide_are_not_told),
		cmocka_unit_test(bytes_become_keys),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
