/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>

#include "twintop/draw/canvas.h"
#include "twintop/draw/panes.h"
#include "twintop/draw/sign_lesson.h"
#include "twintop/screen/svg.h"

static void expect_text(const struct canvas *c, const char *text)
{
	struct textbuf out = {0};

	canvas_write_text(c, &out);
	assert_string_equal(out.bytes, text);
	textbuf_free(&out);
}

/* Each wide cell is followed by its right half, and no half stands alone. */
static void expect_whole_cells(const struct canvas *c)
{
	for (int y = 0; y < c->h; y++)
		for (int x = 0; x < c->w; x++) {
			const struct cell *cell = canvas_at(c, x, y);
			const struct cell *next = canvas_at(c, x + 1, y);

			if (cell->width == 2)
				assert_true(next && next->width == 0);
			if (cell->width == 0)
				assert_true(x > 0 && canvas_at(c, x - 1, y)->width == 2);
			assert_true(cell->width == 0 || cell->code[0] >= ' ');
		}
}

static void text_is_cut_with_a_sign(void **state)
{
	struct canvas *c = canvas_new(8, 1, false);

	(void)state;
	assert_int_equal(canvas_text(c, 0, 0, 5, STYLE_NORMAL, "abcdefg"), 5);
	expect_text(c, "abcd…\n");
	assert_int_equal(canvas_text(c, 6, 0, 99, STYLE_NORMAL, "xyz"), 2);
	expect_text(c, "abcd… x…\n");
	assert_int_equal(canvas_text(c, 8, 0, 9, STYLE_NORMAL, "no"), 0);
	assert_int_equal(canvas_text(c, 0, 1, 9, STYLE_NORMAL, "no"), 0);
	assert_int_equal(canvas_text(c, 0, 0, 0, STYLE_NORMAL, "no"), 0);
	assert_int_equal(canvas_text(c, 0, 0, 3, STYLE_NORMAL, "abc"), 3);
	expect_text(c, "abcd… x…\n");
	canvas_free(c);
}

static void wide_characters_stay_whole(void **state)
{
	struct canvas *c = canvas_new(6, 1, false);

	(void)state;
	assert_int_equal(canvas_text(c, 0, 0, 6, STYLE_NORMAL, "你好吗"), 6);
	expect_text(c, "你好吗\n");
	expect_whole_cells(c);
	canvas_text(c, 1, 0, 1, STYLE_NORMAL, "x");
	expect_text(c, " x好吗\n");
	expect_whole_cells(c);
	canvas_text(c, 2, 0, 1, STYLE_NORMAL, "y");
	expect_text(c, " xy 吗\n");
	expect_whole_cells(c);
	canvas_text(c, 3, 0, 2, STYLE_NORMAL, "你");
	expect_text(c, " xy你\n");
	expect_whole_cells(c);
	canvas_clear(c);
	assert_int_equal(canvas_text(c, 0, 0, 4, STYLE_NORMAL, "a你好"), 4);
	expect_text(c, "a你…\n");
	canvas_clear(c);
	assert_int_equal(canvas_text(c, 0, 0, 3, STYLE_NORMAL, "你好"), 3);
	expect_text(c, "你…\n");
	expect_whole_cells(c);
	canvas_free(c);
}

static void combining_marks_share_a_cell(void **state)
{
	struct canvas *c = canvas_new(4, 1, false);

	(void)state;
	assert_int_equal(canvas_text(c, 0, 0, 4, STYLE_NORMAL, "e\u0301o\u0308\u0304\u0331x"), 3);
	assert_int_equal(canvas_at(c, 0, 0)->code[1], 0x301);
	assert_int_equal(canvas_at(c, 1, 0)->code[1], 0x308);
	assert_int_equal(canvas_at(c, 1, 0)->code[2], 0x304);
	assert_int_equal(canvas_at(c, 2, 0)->code[0], 'x');
	canvas_text(c, 0, 0, 4, STYLE_NORMAL, "\u0301ab");
	assert_int_equal(canvas_at(c, 0, 0)->code[0], 'a');
	assert_int_equal(canvas_at(c, 0, 0)->code[1], 0);
	canvas_text(c, 0, 0, 4, STYLE_NORMAL, "你\u0301");
	assert_int_equal(canvas_at(c, 0, 0)->code[1], 0x301);
	canvas_free(c);
}

static void ascii_folds_all(void **state)
{
	static const char *const drawn = "─│┌┐└┘═╪━…·—●←→↑↓█▓▒░×µ";
	struct canvas *c = canvas_new(40, 2, true);

	(void)state;
	canvas_text(c, 0, 0, 40, STYLE_NORMAL, drawn);
	canvas_text(c, 0, 1, 5, STYLE_NORMAL, "é你e\u0301zzzz");
	for (int y = 0; y < 2; y++)
		for (int x = 0; x < c->w; x++) {
			const struct cell *cell = canvas_at(c, x, y);

			assert_in_range(cell->code[0], ' ', '~');
			assert_int_equal(cell->width, 1);
			assert_int_equal(cell->code[1], 0);
			if (y == 0)
				assert_int_not_equal(cell->code[0], '?');
		}
	assert_int_equal(canvas_at(c, 4, 1)->code[0], '~');
	canvas_free(c);
}

/*
 * A sign within a text is what it is between A and B; no sign of ours becomes "?", which says that
 * something is not known.
 */
static void signs_in_texts_keep_their_meaning(void **state)
{
	struct sign_lesson s;
	uint32_t code;

	(void)state;
	for (size_t i = 0; i < sign_lesson_count(); i++) {
		s = sign_lesson_at(i);
		text_decode(s.utf8, strlen(s.utf8), &code);
		if (code != '?' && code != 0xfffd && canvas_fold(code) == '?')
			fail_msg("%s becomes ?", s.utf8);
	}
	for (const char *at = "═◀▶╪"; *at; at += 3) {
		const char sign[4] = {at[0], at[1], at[2], 0};

		text_decode(sign, 3, &code);
		assert_true(sign_lesson_find(sign, SIGN_BETWEEN, &s));
		assert_int_equal(canvas_fold(code), s.ascii);
	}
	assert_int_equal(canvas_fold(0x21c4), '~');
}

static void names_are_made_harmless(void **state)
{
	static const char name[] = "a\033[2Jb\n\xff\xc2\x9b\0z";
	struct canvas *c = canvas_new(40, 1, false);

	(void)state;
	canvas_name(c, 0, 0, 40, STYLE_NORMAL, (struct text){name, sizeof name - 1});
	for (int x = 0; x < c->w; x++) {
		uint32_t code = canvas_at(c, x, 0)->code[0];

		assert_true(code >= 0x20 && code != 0x7f && !(code >= 0x80 && code < 0xa0));
	}
	canvas_clear(c);
	canvas_text(c, 0, 0, 40, STYLE_NORMAL,
		"a\033b\xff"
		"c");
	expect_text(c, "a?b?c\n");
	canvas_free(c);
}

static void alignment_boxes_and_wrapping(void **state)
{
	struct canvas *c = canvas_new(12, 4, false);
	struct rect inside = canvas_box(c, (struct rect){0, 0, 12, 4}, STYLE_DIM, "ti");

	(void)state;
	assert_int_equal(inside.x, 1);
	assert_int_equal(inside.w, 10);
	assert_int_equal(inside.h, 2);
	canvas_right(c, 1, 1, 10, STYLE_NORMAL, "12K");
	canvas_right(c, 1, 2, 4, STYLE_NORMAL, "123456");
	expect_text(c, "┌─ ti ─────┐\n│       12K│\n│123…      │\n└──────────┘\n");
	assert_int_equal(canvas_wrap(c, "one two three", 8), 8);
	assert_int_equal(canvas_wrap(c, "onetwothree", 4), 4);
	assert_int_equal(canvas_wrap(c, "你好", 1), 3);
	assert_int_equal(canvas_wrap(c, "", 5), 0);
	canvas_free(c);
}

/* Everything at every place, also outside: nothing is written past the cells (ASan watches). */
/* What is cut in the middle keeps what its ends say: numbers, names, ports of both ends. */
static void both_ends_stay(void **state)
{
	static const struct {
		int w;
		const char *text, *shown;
	} row[] = {
		{11, "pipe:[9001]", "pipe:[9001]\n"},
		{10, "pipe:[123456]", "pip…23456]\n"},
		{12, "/usr/lib/x86_64/libc.so.6", "/us…ibc.so.6\n"},
		{16, "127.0.0.1:40000 -> 10.0.0.12:443", "…:40000->…12:443\n"},
		{18, "127.0.0.1:40000 -> [::1]:443", "…1:40000->…:1]:443\n"},
		{16, "127.0.0.1:40000 -> 10.0.0.12:51234", "…:40000->…:51234\n"},
		{24, "127.0.0.1:40000 -> 10.0.0.12:51234", "….0.1:40000->…0.12:51234\n"},
		{5, "a:1 -> b:22", "a…:22\n"},
		{1, "abc", "…\n"},
		{7, "你你你你你你", "你…你你\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct canvas *c = canvas_new(40, 1, false);

		assert_true(panes_ends(c, 0, 0, row[i].w, STYLE_NORMAL, row[i].text) <= row[i].w);
		expect_whole_cells(c);
		expect_text(c, row[i].shown);
		canvas_free(c);
	}
}

static void nothing_overflows(void **state)
{
	static const char *const texts[] = {"", "a", "你", "e\u0301", "a你b好…", "\xff\xfe"};

	(void)state;
	for (int w = 1; w < 6; w++)
		for (int h = 1; h < 3; h++)
			for (int x = -3; x < 8; x++)
				for (int y = -1; y < 4; y++)
					for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
						struct canvas *c = canvas_new(w, h, t % 2);

						canvas_text(c, x, y, w, STYLE_NORMAL, texts[t]);
						canvas_right(c, x, y, 3, STYLE_NORMAL, texts[t]);
						canvas_repeat(c, x, y, 9, STYLE_DIM, "─");
						canvas_text(c, x, y, 4, STYLE_NORMAL, "好好");
						canvas_box(c, (struct rect){x, y, 5, 3}, STYLE_DIM,
							texts[t]);
						canvas_fill(c, (struct rect){x + 1, y, 1, 9},
							STYLE_SAME);
						canvas_restyle(c, (struct rect){x, y, 99, 99},
							STYLE_SELECTED);
						canvas_cursor(c, x, y);
						assert_in_range(c->cursor_x + 1, 0, w);
						expect_whole_cells(c);
						canvas_free(c);
					}
}

static void svg_is_escaped_and_placed(void **state)
{
	struct canvas *c = canvas_new(10, 1, false);
	struct textbuf out = {0};

	(void)state;
	canvas_text(c, 0, 0, 10, STYLE_NORMAL, "a<b>&\"你 x");
	svg_write(c, theme_find("dark"), "</title>'\xff", "\x1b]]>\xef\xbf\xbf&amp;", &out);
	assert_non_null(strstr(out.bytes, "<title>&lt;/title&gt;'\xef\xbf\xbd</title>"));
	assert_non_null(strstr(out.bytes, "<desc>\xef\xbf\xbd]]&gt;\xef\xbf\xbd&amp;amp;</desc>"));
	assert_non_null(strstr(out.bytes, "a&lt;b&gt;&amp;&quot;"));
	assert_non_null(strstr(out.bytes, "你"));
	assert_non_null(strstr(out.bytes, "</svg>"));
	assert_null(strstr(out.bytes, "<b>"));
	textbuf_free(&out);
	canvas_free(c);
}

static void themes_are_whole(void **state)
{
	(void)state;
	assert_int_equal(theme_table_n, 5);
	assert_null(theme_find("none"));
	for (size_t t = 0; t < theme_table_n; t++) {
		const struct theme *theme = &theme_table[t];

		assert_ptr_equal(theme_find(theme->name), theme);
		assert_true(theme->look[STYLE_SELECTED].mono);
		for (int s = 0; s < STYLES; s++) {
			const struct look *look = &theme->look[s];

			assert_in_range(look->basic + 1, 0, 16);
			assert_in_range(look->basic_back + 1, 0, 16);
			assert_true(look->rgb <= 0xffffff && look->rgb_back <= 0xffffff);
			if (!strcmp(theme->name, "mono"))
				assert_int_equal(look->rgb, COLOUR_DEFAULT);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut_with_a_sign),
		cmocka_unit_test(wide_characters_stay_whole),
		cmocka_unit_test(combining_marks_share_a_cell),
		cmocka_unit_test(ascii_folds_all),
		cmocka_unit_test(signs_in_texts_keep_their_meaning),
		cmocka_unit_test(names_are_made_harmless),
		cmocka_unit_test(alignment_boxes_and_wrapping),
		cmocka_unit_test(both_ends_stay),
		cmocka_unit_test(nothing_overflows),
		cmocka_unit_test(svg_is_escaped_and_placed),
		cmocka_unit_test(themes_are_whole),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
