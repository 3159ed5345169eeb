/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lecture mode: what it puts around each view, what it leaves out, and that it can be read. */
#include <ctype.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/scene.h"
#include "twintop/draw/digits.h"
#include "twintop/draw/grid.h"
#include "twintop/draw/layout.h"
#include "twintop/draw/mark.h"
#include "twintop/view/view.h"

/* ---- figures of blocks ----------------------------------------------------- */

static unsigned cells_with(const struct canvas *c, const char *utf8)
{
	uint32_t code;
	unsigned n = 0;

	text_decode(utf8, strlen(utf8), &code);
	for (int i = 0; i < c->w * c->h; i++)
		n += c->cell[i].code[0] == code;
	return n;
}

static void digits_are_of_blocks(void **state)
{
	static const char all[] = "0123456789KMGT%.-/?<";

	(void)state;
	for (int ascii = 0; ascii < 2; ascii++)
		for (int size = DIGITS_SMALL; size <= DIGITS_LARGE; size++)
			for (const char *at = all; *at; at++) {
				const char text[] = {*at, 0};
				struct canvas *c = canvas_new(16, 6, ascii);
				int w = digits_draw(c, 0, 0, size, STYLE_NORMAL, text);
				unsigned blank = cells_with(c, " ");

				assert_int_equal(w, digits_width(text, size));
				assert_true(blank < 16 * 6);
				if (ascii)
					assert_int_equal(blank + cells_with(c, "#"), 16 * 6);
				for (int y = 0; y < 6; y++)
					for (int x = 0; x < 16; x++)
						if (x >= w || y >= digits_rows(ascii, size))
							assert_int_equal(
								canvas_at(c, x, y)->code[0], ' ');
				canvas_free(c);
			}
}

/* No two figures look the same. */
static void digits_differ(void **state)
{
	static const char all[] = "0123456789KMGT%.-/?<";
	struct textbuf text[sizeof all] = {{0}};

	(void)state;
	for (size_t i = 0; all[i]; i++) {
		const char one[] = {all[i], 0};
		struct canvas *c = canvas_new(6, 3, false);

		digits_draw(c, 0, 0, DIGITS_SMALL, STYLE_NORMAL, one);
		canvas_write_text(c, &text[i]);
		canvas_free(c);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(text[i].bytes, text[k].bytes);
	}
	for (size_t i = 0; all[i]; i++)
		textbuf_free(&text[i]);
}

static void what_has_no_blocks_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(digits_width("x", DIGITS_SMALL), digits_width("?", DIGITS_SMALL));
}

static const struct band some_band = {
	.item = {{BAND_A, 0, STYLE_SIDE_A, "threads", "12", NULL},
		{BAND_A, 2, STYLE_SIDE_A, "resident", "800K", NULL},
		{BAND_PAIR, 1, STYLE_COW, "shared", "1024", NULL},
		{BAND_B, 0, STYLE_SIDE_B, "threads", "1", NULL},
		{BAND_B, 2, STYLE_SIDE_B, "resident", "?", "nobody looked"}},
	.n = 5,
};

/* In every width what is shown is whole, and the first figure of each side is always there. */
static void band_drops_what_matters_least(void **state)
{
	(void)state;
	for (int w = 40; w < 200; w++)
		for (int form = BAND_LINE; form <= BAND_LARGE; form++) {
			struct canvas *c = canvas_new(w, 8, false);
			struct textbuf text = {0};

			band_draw(&some_band, c, (struct rect){0, 0, w, 8}, form, w / 2);
			canvas_write_text(c, &text);
			assert_non_null(strstr(text.bytes, "A threads"));
			assert_non_null(strstr(text.bytes, "B threads"));
			assert_non_null(strstr(text.bytes, "?: nobody looked"));
			assert_null(strstr(text.bytes, "…"));
			assert_int_equal(strstr(text.bytes, "A resident") != NULL,
				strstr(text.bytes, "B resident") != NULL);
			if (strstr(text.bytes, "resident"))
				assert_non_null(strstr(text.bytes, "shared"));
			textbuf_free(&text);
			canvas_free(c);
		}
}

static void layout_leaves_room_for_the_view(void **state)
{
	(void)state;
	for (int w = 1; w < 220; w += 3)
		for (int h = 1; h < 60; h++)
			for (int i = 0; i < 4; i++) {
				const struct rect area = {0, 2, w, h};
				struct lecture_layout l =
					lecture_layout_of(area, i & 1, BAND_LARGE, i & 2);

				assert_true(l.band.y == 2 && l.body.y >= 2 + l.band.h);
				assert_int_equal(l.legend.y, l.body.y + l.body.h);
				assert_int_equal(l.legend.y + l.legend.h, 2 + h);
				assert_true(l.body.h >= 1 && l.body.h * 5 >= h * 2);
				assert_true(w < 40 || h < 18 || l.form >= BAND_SMALL);
			}
}

/* ---- signs ----------------------------------------------------------------- */

static void every_verdict_and_kind_is_in_the_legend(void **state)
{
	unsigned verdicts = 0, kinds = 0;

	(void)state;
	for (size_t i = 0; i < sign_lesson_count(); i++) {
		const struct sign_lesson s = sign_lesson_at(i);

		verdicts += !strcmp(s.place, SIGN_PAGES) && s.words;
		kinds += !strcmp(s.place, SIGN_KINDS) && s.words;
		assert_true(!s.title || s.words);
	}
	assert_int_equal(verdicts, PAGE_VERDICTS);
	assert_int_equal(kinds, PAGE_KINDS);
}

/* The legend tells of what is seen, once, and of nothing else. */
static void legend_is_of_what_is_seen(void **state)
{
	static const char *const places[] = {SIGN_BETWEEN, NULL};
	struct canvas *c = canvas_new(80, 6, false);
	struct textbuf text = {0};

	(void)state;
	canvas_text(c, 0, 0, 1, STYLE_SAME, "═");
	canvas_text(c, 2, 0, 1, STYLE_DIM, "◀");
	canvas_text(c, 4, 0, 1, STYLE_CHANGED, "7");
	canvas_text(c, 6, 0, 1, STYLE_WARN, "●");
	sign_legend(places, c, (struct rect){0, 0, 80, 2}, (struct rect){0, 4, 80, 2});
	canvas_write_text(c, &text);
	assert_non_null(strstr(text.bytes, "═ the same in A and B   ● changed just now\n"));
	assert_null(strstr(text.bytes, "only A"));
	textbuf_free(&text);
	canvas_free(c);
}

/* ---- boxes ----------------------------------------------------------------- */

static void check_boxes(uint64_t pages, int w, int h, bool fill)
{
	struct grid g = {.pages = pages};

	grid_shape(&g, w, h, fill);
	assert_true(g.cols * g.cell_w <= w && g.rows * g.cell_h <= h);
	assert_true(!g.boxes || (uint64_t)g.cols * (uint64_t)g.rows >= pages);
	if (g.boxes && !fill)
		assert_true(g.cell_w >= 9 && g.cell_h >= 3);
	for (uint64_t i = 0; i < pages && i < (uint64_t)g.cols * (uint64_t)g.rows; i++) {
		int x = 5 + (int)(i % (uint64_t)g.cols) * g.cell_w;
		int y = 3 + (int)(i / (uint64_t)g.cols) * g.cell_h;
		uint64_t first = UINT64_MAX, last = UINT64_MAX;

		assert_true(grid_hit(&g, 5, 3, x, y, &first));
		assert_true(grid_hit(&g, 5, 3, x + g.cell_w - 1, y + g.cell_h - 1, &last));
		assert_true(first == i && last == i);
	}
	assert_false(grid_hit(&g, 5, 3, 4, 3, &(uint64_t){0}));
	assert_false(grid_hit(&g, 5, 3, 5, 2, &(uint64_t){0}));
}

static void boxes_hold_every_page(void **state)
{
	(void)state;
	for (uint64_t pages = 1; pages < 130; pages++)
		for (int w = 1; w < 120; w += 7)
			for (int h = 1; h < 40; h += 3) {
				check_boxes(pages, w, h, false);
				check_boxes(pages, w, h, true);
			}
}

static void eight_pages_are_eight_large_boxes(void **state)
{
	struct grid g = {.pages = 8};

	(void)state;
	grid_shape(&g, 39, 10, true);
	assert_true(g.boxes && g.cols == 4 && g.cell_w == 9 && g.cell_h == 5);
}

/* A flat box and a high one that somebody's letter stands in still say which page they are. */
static void a_letter_leaves_the_number(void **state)
{
	(void)state;
	for (uint64_t pages = 8; pages <= 64; pages *= 8) {
		struct grid g = {.pages = pages, .page_size = 4096};
		struct canvas *c = canvas_new(39, 10, false);
		unsigned before;

		grid_shape(&g, 39, 10, true);
		assert_true(g.boxes);
		grid_count_pair(&g, &(struct verdicts){0});
		grid_draw(&g, c, 0, 0, 0);
		before = cells_with(c, "6");
		grid_letter(&g, c, 0, 0, 5, STYLE_COPIED_B, "k");
		assert_true(cells_with(c, "k") >= 1);
		assert_int_equal(cells_with(c, "6"), before);
		canvas_free(c);
		grid_free(&g);
	}
}

/* ---- the views ------------------------------------------------------------- */

struct shown {
	const struct view_ops *ops;
	void *view;
	struct view_env env;
	struct view_focus focus;
	struct canvas *canvas;
	struct textbuf text;
};

static void open_view(struct shown *s, size_t i, int w, int h, bool ascii)
{
	memset(s, 0, sizeof *s);
	s->ops = view_table[i];
	s->view = s->ops->create();
	s->canvas = canvas_new(w, h, ascii);
	s->env.focus = &s->focus;
}

static void close_view(struct shown *s)
{
	s->ops->destroy(s->view);
	canvas_free(s->canvas);
	textbuf_free(&s->text);
	moment_put(s->env.moment);
}

static void step(struct shown *s, unsigned n)
{
	const struct moment *old = s->env.moment;

	s->env.moment = scene_moment(&(struct scene){.step = n});
	s->env.now_ns = s->env.moment->snapshot->monotonic_ns;
	s->ops->update(s->view, &s->env);
	moment_put(old);
}

static void redraw(struct shown *s, bool lecture)
{
	s->env.lecture = lecture;
	canvas_clear(s->canvas);
	view_draw(s->ops, s->view, &s->env, s->canvas,
		(struct rect){0, 0, s->canvas->w, s->canvas->h});
	textbuf_clear(&s->text);
	canvas_write_text(s->canvas, &s->text);
}

/* "0x7f…", or so many digits in a row that it must be an address. */
static bool has_address(const char *text)
{
	unsigned digits = 0, decimal = 0;

	if (strstr(text, "0x"))
		return true;
	for (; *text && (digits < 9 || !decimal); text++) {
		bool hex = strchr("0123456789abcdef", *text);

		digits = hex ? digits + 1 : 0;
		decimal = hex ? decimal + (isdigit((unsigned char)*text) != 0) : 0;
	}
	return digits >= 9 && decimal;
}

static void expect_figures(const struct shown *s)
{
	size_t seen = 0;

	assert_in_range(s->ops->figures_n, 2, 5);
	for (size_t i = 0; i < s->ops->figures_n; i++)
		seen += strstr(s->text.bytes, s->ops->figures[i].label) != NULL;
	assert_true(seen >= 2);
	assert_true(s->ops->figures[0].of_one || strstr(s->text.bytes, s->ops->figures[0].label));
	if (s->canvas->ascii)
		assert_true(cells_with(s->canvas, "#") > 20);
	else
		assert_true(cells_with(s->canvas, "▀") + cells_with(s->canvas, "█") > 8);
}

/* The legend stands in the last lines of the view and tells what a sign means. */
static void expect_legend(const struct shown *s)
{
	unsigned told = 0;

	for (size_t i = 0; i < sign_lesson_count(); i++) {
		const struct sign_lesson sign = sign_lesson_at(i);

		for (size_t k = 0; s->ops->signs[k]; k++)
			told += !strcmp(sign.place, s->ops->signs[k]) && sign.words &&
				strstr(s->text.bytes, sign.words);
	}
	if (!told)
		fail_msg("%s has no legend:\n%s", s->ops->id, s->text.bytes);
}

static void check_view(size_t i, int w, int h, bool ascii)
{
	struct shown s;
	struct textbuf plain = {0};

	open_view(&s, i, w, h, ascii);
	for (unsigned n = 0; n < 3; n++)
		step(&s, n);
	redraw(&s, false);
	textbuf_add(&plain, s.text.bytes, s.text.len);
	redraw(&s, true);
	if (has_address(s.text.bytes))
		fail_msg("%s shows an address:\n%s", s.ops->id, s.text.bytes);
	assert_string_not_equal(plain.bytes, s.text.bytes);
	expect_figures(&s);
	/* What Sharing and others tell in words alone at the top needs none. */
	if (strcmp(s.ops->id, "sharing") != 0 && strcmp(s.ops->id, "writers") != 0)
		expect_legend(&s);
	redraw(&s, false);
	assert_string_equal(plain.bytes, s.text.bytes);
	textbuf_free(&plain);
	close_view(&s);
}

static void each_view_changes_visibly(void **state)
{
	(void)state;
	for (size_t i = 0; i < view_table_n; i++)
		for (int ascii = 0; ascii < 2; ascii++) {
			check_view(i, 80, 21, ascii);
			check_view(i, 120, 33, ascii);
			check_view(i, 200, 47, ascii);
		}
}

/* Addresses are nowhere, however far one scrolls. */
static void no_row_has_an_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < view_table_n; i++) {
		struct shown s;

		open_view(&s, i, 80, 21, false);
		step(&s, 1);
		redraw(&s, true);
		for (int n = 0; n < 12; n++) {
			s.ops->act(s.view, &s.env, ACTION_PAGE_DOWN);
			redraw(&s, true);
			if (has_address(s.text.bytes))
				fail_msg("%s shows an address:\n%s", s.ops->id, s.text.bytes);
		}
		close_view(&s);
	}
}

static unsigned marked(const struct shown *s)
{
	unsigned n = 0;

	for (int i = 0; i < s->canvas->w * s->canvas->h; i++)
		n += s->canvas->cell[i].style == STYLE_CHANGED;
	return n;
}

static void changes_stay_marked_for_longer(void **state)
{
	const char *const id[] = {"files", "memory", "pages"};

	(void)state;
	for (size_t i = 0; i < view_table_n; i++) {
		struct shown s;
		bool marks = false;

		for (size_t k = 0; k < sizeof id / sizeof *id; k++)
			marks |= !strcmp(view_table[i]->id, id[k]);
		if (!marks)
			continue;
		open_view(&s, i, 120, 33, false);
		step(&s, 1);
		redraw(&s, true);
		step(&s, 2);
		redraw(&s, true);
		assert_true(marked(&s) > 0);
		s.env.now_ns += MARK_NS + (MARK_LECTURE_NS - MARK_NS) / 2;
		redraw(&s, true);
		assert_true(marked(&s) > 0);
		redraw(&s, false);
		assert_true(marked(&s) == 0 || !strcmp(s.ops->id, "pages"));
		s.env.now_ns += MARK_LECTURE_NS;
		redraw(&s, true);
		assert_true(marked(&s) == 0 || !strcmp(s.ops->id, "pages"));
		close_view(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_are_of_blocks),
		cmocka_unit_test(digits_differ),
		cmocka_unit_test(what_has_no_blocks_is_unknown),
		cmocka_unit_test(band_drops_what_matters_least),
		cmocka_unit_test(layout_leaves_room_for_the_view),
		cmocka_unit_test(every_verdict_and_kind_is_in_the_legend),
		cmocka_unit_test(legend_is_of_what_is_seen),
		cmocka_unit_test(boxes_hold_every_page),
		cmocka_unit_test(eight_pages_are_eight_large_boxes),
		cmocka_unit_test(a_letter_leaves_the_number),
		cmocka_unit_test(each_view_changes_visibly),
		cmocka_unit_test(no_row_has_an_address),
		cmocka_unit_test(changes_stay_marked_for_longer),
	};

	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
