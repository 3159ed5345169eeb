/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Amounts over time as columns of blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/draw/plot.h"

#define SECOND	     1000000000ull
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *print(char out[UNITS_MAX], double value)
{
	return units_count(out, (uint64_t)value);
}

static struct plot plot_of(const struct plot_point *point, size_t n, uint64_t seconds)
{
	return (struct plot){.to_ns = seconds * SECOND,
		.high = 8,
		.print = print,
		.until = "now",
		.lines_n = 1,
		.line = {{NULL, STYLE_COW, n, point}}};
}

static void assert_drawn(const struct plot *p, int w, int h, bool ascii, const char *want)
{
	struct canvas *c = canvas_new(w, h, ascii);
	struct textbuf out = {0};

	plot_draw(p, c, (struct rect){0, 0, w, h});
	canvas_write_text(c, &out);
	assert_string_equal(out.bytes, want);
	textbuf_free(&out);
	canvas_free(c);
}

static void assert_spark(const struct plot *p, int w, const char *want)
{
	struct canvas *c = canvas_new(w, 1, false);
	struct textbuf out = {0};

	plot_spark(p, c, (struct rect){0, 0, w, 1});
	canvas_write_text(c, &out);
	assert_string_equal(out.bytes, want);
	textbuf_free(&out);
	canvas_free(c);
}

static void a_value_stands_between_looks(void **state)
{
	static const struct plot_point point[] = {
		{2, 4, 10, false}, {8, 8, 20, false}, {12, 14, 5, true}};
	const struct plot_line line = {NULL, STYLE_COW, COUNT(point), point};
	double v = 0;

	(void)state;
	assert_false(plot_value(&line, 1, &v));
	assert_true(plot_value(&line, 3, &v) && v > 9.9 && v < 10.1);
	assert_true(plot_value(&line, 6, &v) && v > 14.9 && v < 15.1);
	assert_true(plot_value(&line, 8, &v) && v > 19.9);
	assert_false(plot_value(&line, 9, &v));
	assert_true(plot_value(&line, 14, &v) && v < 5.1);
	assert_false(plot_value(&line, 15, &v));
	assert_false(plot_value(&(const struct plot_line){NULL, STYLE_COW, 0, NULL}, 3, &v));
}

static void the_range_is_of_what_is_in_sight(void **state)
{
	static const struct plot_point point[] = {
		{2, 4, 10, false}, {8, 8, 20, false}, {12, 14, 5, true}};
	const struct plot_line line = {NULL, STYLE_COW, COUNT(point), point};
	double least, most;

	(void)state;
	assert_true(plot_range(&line, 0, 20, &least, &most));
	assert_true(least > 4.9 && least < 5.1 && most > 19.9);
	assert_true(plot_range(&line, 0, 9, &least, &most));
	assert_true(least > 9.9 && most > 19.9);
	assert_false(plot_range(&line, 15, 20, &least, &most));
}

static void columns_rise_and_fall(void **state)
{
	static const struct plot_point point[] = {
		{0, 4 * SECOND, 8, false}, {8 * SECOND, 8 * SECOND, 0, false}};
	struct plot p = plot_of(point, COUNT(point), 8);

	(void)state;
	assert_drawn(&p, 8, 2, false, "████▆▄▂\n────────\n");
	assert_drawn(&p, 8, 3, false, "████▄\n██████▄\n────────\n");
	/* ASCII has likenesses of them. */
	assert_drawn(&p, 8, 2, true, "####==_\n--------\n");
	/* Without a row for the axis. */
	assert_drawn(&p, 8, 1, false, "████▆▄▂\n");
	assert_spark(&p, 8, "████▆▄▂\n");
}

/* A little is not nothing; nothing is an empty column over an axis that says it is known. */
static void little_is_seen(void **state)
{
	static const struct plot_point point[] = {
		{0, 3 * SECOND, 0.001, false}, {4 * SECOND, 8 * SECOND, 0, false}};
	struct plot p = plot_of(point, COUNT(point), 8);

	(void)state;
	assert_drawn(&p, 8, 3, false, "\n▁▁▁\n────────\n");
}

/* What is not known is neither 0 nor what it was. */
static void gaps_are_seen(void **state)
{
	static const struct plot_point point[] = {{0, 2 * SECOND, 8, false},
		{6 * SECOND, 7 * SECOND, 4, true}, {8 * SECOND, 8 * SECOND, 4, false}};
	struct plot p = plot_of(point, COUNT(point), 8);

	(void)state;
	assert_drawn(&p, 8, 2, false, "██    ▄▄\n──????──\n");
	assert_drawn(&p, 8, 2, true,
		"##    ==\n--???"
		"?--\n");
	assert_spark(&p, 8, "██????▄▄\n");
	/* A look that stands alone is seen. */
	assert_drawn(&(struct plot){.to_ns = 80 * SECOND,
			     .high = 8,
			     .print = print,
			     .until = "now",
			     .lines_n = 1,
			     .line = {{NULL, STYLE_COW, 3,
				     (const struct plot_point[]){{0, 11 * SECOND, 8, false},
					     {48 * SECOND, 48 * SECOND, 4, true},
					     {70 * SECOND, 80 * SECOND, 8, true}}}}},
		8, 2, false, "█   ▄  █\n─??????─\n");
	/* One much shorter than a column is marked below it. */
	assert_drawn(&(struct plot){.to_ns = 80 * SECOND,
			     .high = 8,
			     .print = print,
			     .until = "now",
			     .lines_n = 1,
			     .line = {{NULL, STYLE_COW, 2,
				     (const struct plot_point[]){{0, 25 * SECOND, 8, false},
					     {28 * SECOND, 80 * SECOND, 8, true}}}}},
		8, 2, false, "████████\n──?─────\n");
	/* And one that lasts until now. */
	p.to_ns = 12 * SECOND;
	assert_drawn(&p, 12, 2, false, "██    ▄▄\n──????──????\n");
}

/* What lies before the first look is no gap: nobody was there. */
static void before_the_first_look_is_nothing(void **state)
{
	static const struct plot_point point[] = {{6 * SECOND, 8 * SECOND, 8, false}};
	struct plot p = plot_of(point, COUNT(point), 8);

	(void)state;
	assert_drawn(&p, 8, 2, false, "      ██\n      ──\n");
	assert_spark(&p, 8, "      ██\n");
	p.line[0].n = 0;
	assert_drawn(&p, 8, 2, false, "\n\n");
}

static void the_axes_have_labels(void **state)
{
	static const struct plot_point point[] = {{0, 90 * SECOND, 4, false}};
	struct plot p = plot_of(point, COUNT(point), 90);

	(void)state;
	assert_drawn(&p, 24, 4, false,
		"    8 │\n"
		"      │▄▄▄▄▄▄▄▄▄▄▄▄▄\n"
		"    0 │█████████████\n"
		"-1:30 └───────────── now\n");
	assert_drawn(&p, 24, 4, true,
		"    8 |\n"
		"      |=============\n"
		"    0 |#############\n"
		"-1:30 +------------- now\n");
}

/* Without a scale it goes from the least to the most that is in sight. */
static void a_scale_can_be_found(void **state)
{
	static const struct plot_point point[] = {
		{0, SECOND, 1000, false}, {9 * SECOND, 10 * SECOND, 3000, false}};
	struct plot p = plot_of(point, COUNT(point), 10);

	(void)state;
	p.high = 0;
	assert_drawn(&p, 24, 3, false,
		"3000 │       ▁▃▄▆▇██\n"
		"1000 │ ▁▂▄▅▇████████\n"
		"-10s └────────────── now\n");
	/* Of one value only: it is there. */
	p.line[0].n = 1;
	p.to_ns = SECOND;
	assert_drawn(&p, 8, 2, false, "████████\n────────\n");
}

static void lines_have_bands_of_their_own(void **state)
{
	static const struct plot_point a[] = {{0, 8 * SECOND, 8, false}};
	static const struct plot_point b[] = {
		{0, 4 * SECOND, 4, false}, {6 * SECOND, 8 * SECOND, 2, true}};
	struct plot p = plot_of(a, COUNT(a), 8);

	(void)state;
	p.lines_n = 2;
	p.line[0].label = "A";
	p.line[1] = (struct plot_line){"B", STYLE_SIDE_B, COUNT(b), b};
	assert_int_equal(plot_rows(&p), 3);
	assert_drawn(&p, 24, 5, false,
		"   A │██████████████\n"
		"  ≤8 │██████████████\n"
		"   B │\n"
		"  ≤8 │███████    ▄▄▄\n"
		" -8s └───────????─── now\n");
	assert_drawn(&p, 8, 2, false, "████████\n▄▄▄▄  ▂▂\n");
	/* In one row only the first. */
	assert_drawn(&p, 8, 1, false, "████████\n");
}

static void any_area_will_do(void **state)
{
	static const struct plot_point point[] = {{0, 8 * SECOND, 8, false}};
	struct plot p = plot_of(point, COUNT(point), 8);

	(void)state;
	for (int w = 0; w < 40; w++)
		for (int h = 0; h < 6; h++) {
			struct canvas *c = canvas_new(40, 8, false);

			plot_draw(&p, c, (struct rect){1, 1, w, h});
			for (int y = 0; y < 8; y++)
				for (int x = 0; x < 40; x++)
					if (x < 1 || y < 1 || x > w || y > h)
						assert_int_equal(canvas_at(c, x, y)->code[0], ' ');
			canvas_free(c);
		}
	/* One look, at one time. */
	p.to_ns = 0;
	assert_drawn(&p, 4, 2, false, "████\n────\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_stands_between_looks),
		cmocka_unit_test(the_range_is_of_what_is_in_sight),
		cmocka_unit_test(columns_rise_and_fall),
		cmocka_unit_test(little_is_seen),
		cmocka_unit_test(gaps_are_seen),
		cmocka_unit_test(before_the_first_look_is_nothing),
		cmocka_unit_test(the_axes_have_labels),
		cmocka_unit_test(a_scale_can_be_found),
		cmocka_unit_test(lines_have_bands_of_their_own),
		cmocka_unit_test(any_area_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
