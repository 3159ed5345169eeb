/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How one mapping of the scene eroded, of the moments that are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/view/erosion_internal.h"
#include "../../src/view/memory_internal.h"
#include "tests/fixtures/scene.h"

#define ARRAY 0x7f2c40000000ull
#define HEAP  0x55d0a3f10000ull
#define PAGES 64u
#define PAGE  4096u

static const struct list_row array = {
	.id = {(ARRAY + PAGES * PAGE) | 1, (ARRAY + PAGES * PAGE) | 1}, .index = {5, 5}, .pair = 5};
static const struct list_row heap = {.id = {HEAP, HEAP}, .index = {4, 4}, .pair = 4};

static void keep(struct history *h, const struct scene *scene)
{
	const struct moment *m = scene_moment(scene);

	history_add(h, m);
	moment_put(m);
}

static void keep_steps(struct history *h, unsigned from, unsigned to)
{
	for (unsigned step = from; step <= to; step++)
		keep(h, &(struct scene){.step = step});
}

static struct view_env env_at(const struct history *h, size_t i)
{
	return (struct view_env){.moment = history_at(h, i), .history = h};
}

static void follow(
	struct memory_trace *t, const struct history *h, size_t i, const struct list_row *row)
{
	struct view_env env = env_at(h, i);

	memory_trace_follow(t, &env, row);
}

static void assert_points(const struct memory_trace *t, size_t n, uint64_t first, uint64_t last)
{
	const struct series *s = &t->track.series;

	assert_int_equal(s->n, n);
	assert_int_equal(s->point[0].value[EROSION_COPIED], first);
	assert_int_equal(s->point[n - 1].value[EROSION_COPIED], last);
	assert_int_equal(s->point[n - 1].value[EROSION_SHARED], PAGES - last);
	for (size_t i = 0; i < n; i++)
		assert_false(s->point[i].gap);
}

/* Selected late, it knows all that is kept; then each moment once. */
static void it_looks_back_and_goes_on(void **state)
{
	struct memory_trace t = {0};
	struct history h = {0};

	(void)state;
	keep_steps(&h, 1, 10);
	follow(&t, &h, 9, &array);
	assert_points(&t, 10, 1, 10);
	keep_steps(&h, 11, 12);
	follow(&t, &h, 11, &array);
	assert_points(&t, 12, 1, 12);
	follow(&t, &h, 11, &array);
	assert_points(&t, 12, 1, 12);
	memory_trace_clear(&t);
	history_clear(&h);
}

/* A moment gone by shows what was known then, and coming back all again. */
static void the_past_has_its_own(void **state)
{
	struct memory_trace t = {0};
	struct history h = {0};

	(void)state;
	keep_steps(&h, 1, 10);
	follow(&t, &h, 9, &array);
	follow(&t, &h, 3, &array);
	assert_points(&t, 4, 1, 4);
	assert_int_equal(t.track.state.copied, 4);
	follow(&t, &h, 6, &array);
	assert_points(&t, 7, 1, 7);
	follow(&t, &h, 9, &array);
	assert_points(&t, 10, 1, 10);
	memory_trace_clear(&t);
	history_clear(&h);
}

static void another_mapping_is_another(void **state)
{
	struct memory_trace t = {0};
	struct history h = {0};

	(void)state;
	keep_steps(&h, 1, 10);
	follow(&t, &h, 9, &array);
	follow(&t, &h, 9, &heap);
	assert_int_equal(t.track.series.n, 1); /* nothing of it was copied meanwhile */
	assert_int_equal(t.track.state.copied, 4);
	follow(&t, &h, 9, &array);
	assert_points(&t, 10, 1, 10);
	memory_trace_clear(&t);
	history_clear(&h);
}

/* What was not read is a gap, and after an end nothing comes. */
static void gaps_and_ends_are_told(void **state)
{
	struct memory_trace t = {0};
	struct history h = {0};

	(void)state;
	keep_steps(&h, 1, 5);
	keep(&h, &(struct scene){.step = 6, .lacks = 1u << PART_PAGES});
	keep_steps(&h, 7, 9);
	follow(&t, &h, 8, &array);
	assert_int_equal(t.track.series.n, 8);
	assert_false(t.track.series.point[4].gap);
	assert_true(t.track.series.point[5].gap);
	keep(&h, &(struct scene){.step = 10, .b_killed = true});
	follow(&t, &h, 9, &array);
	assert_int_equal(t.track.series.n, 8);
	assert_int_equal(t.track.state.gap, EROSION_ENDED);
	assert_int_equal(t.track.state.copied, 9);
	memory_trace_clear(&t);
	history_clear(&h);
}

/* Without any that are kept the moment shown is all there is. */
static void alone_it_knows_the_moment(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 3});
	struct view_env env = {.moment = m};
	struct memory_trace t = {0};

	(void)state;
	memory_trace_follow(&t, &env, &array);
	assert_points(&t, 1, 3, 3);
	memory_trace_clear(&t);
	moment_put(m);
}

/* It would be drawn again each second, for nothing. */
static void what_stands_still_is_no_plot(void **state)
{
	const struct series_point point[] = {{1, 5, {9, 0}, false}, {6, 7, {8, 1}, false}};
	struct history h = {0};
	struct erosion_plot plot;
	struct view_env env;

	(void)state;
	keep_steps(&h, 0, 0);
	env = env_at(&h, 0);
	erosion_plot_set(&plot, &env, point, 1, 5);
	assert_int_equal(plot.plot.lines_n, 0);
	erosion_plot_set(&plot, &env, point, 2, 7);
	assert_int_equal(plot.plot.lines_n, 1);
	history_clear(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stands_still_is_no_plot),
		cmocka_unit_test(it_looks_back_and_goes_on),
		cmocka_unit_test(the_past_has_its_own),
		cmocka_unit_test(another_mapping_is_another),
		cmocka_unit_test(gaps_and_ends_are_told),
		cmocka_unit_test(alone_it_knows_the_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
