/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An axis of time: which column holds a time, what stands above it, how long it may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/draw/time_axis.h"

#define MS     1000000ull
#define SECOND (1000 * MS)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)

static const uint64_t spans[] = {10 * MS, 1 * SECOND, 7 * SECOND + 3, 60 * SECOND, HOUR, 40 * DAY};
static const int widths[] = {1, 7, 40, 119, 200};

/* Each column begins where the one before ends, and holds its own first and last nanosecond. */
static void columns_hold_their_times(void **state)
{
	(void)state;
	for (size_t s = 0; s < sizeof spans / sizeof *spans; s++)
		for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
			struct time_axis a = {5 * DAY, 5 * DAY + spans[s], widths[i]};

			assert_int_equal(time_axis_begin(&a, 0), a.from_ns);
			assert_int_equal(time_axis_begin(&a, a.w), a.to_ns);
			assert_int_equal(time_axis_column(&a, a.from_ns - 1), -1);
			assert_int_equal(time_axis_column(&a, 0), -1);
			assert_int_equal(time_axis_column(&a, a.to_ns), a.w - 1);
			assert_int_equal(time_axis_column(&a, a.to_ns + 1), a.w);
			assert_int_equal(time_axis_column(&a, UINT64_MAX), a.w);
			for (int x = 0; x < a.w; x++) {
				assert_int_equal(time_axis_column(&a, time_axis_begin(&a, x)), x);
				assert_int_equal(
					time_axis_column(&a, time_axis_begin(&a, x + 1) - 1), x);
			}
		}
}

/* Nothing overlaps, nothing is cut, the end has its word, and there is a time beside it. */
static void labels_have_room(void **state)
{
	(void)state;
	for (size_t s = 0; s < sizeof spans / sizeof *spans; s++)
		for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
			for (int by_clock = 0; by_clock < 2; by_clock++) {
				struct time_axis a = {50 * DAY, 50 * DAY + spans[s], widths[i]};
				struct time_words words = {
					by_clock, 20000 * (int64_t)DAY, by_clock ? NULL : "now"};
				struct time_tick tick[TIME_TICKS_MOST];
				size_t n = time_axis_ticks(&a, &words, tick);
				int free_from = 0;

				assert_true(n <= TIME_TICKS_MOST);
				assert_true(n >= 3 || a.w < 100 || by_clock);
				assert_true(n || a.w < 40);
				for (size_t k = 0; k < n; k++) {
					int w = (int)strlen(tick[k].text);
					int x = tick[k].x == a.w ? a.w - w : tick[k].x;

					assert_true(x >= free_from && x + w <= a.w);
					assert_true(k + 1 == n ||
						    time_axis_column(&a, tick[k].ns) == x);
					free_from = x + w + 1;
				}
				if (n)
					assert_int_equal(tick[n - 1].ns, a.to_ns);
			}
}

static void expect_line(
	const struct time_axis *a, const struct time_words *words, const char *wanted)
{
	struct canvas *c = canvas_new(a->w, 1, true);
	struct textbuf text = {0};

	time_axis_draw(a, words, c, (struct rect){0, 0, a->w, 1});
	canvas_write_text(c, &text);
	textbuf_chomp(&text);
	assert_string_equal(text.bytes, wanted);
	textbuf_free(&text);
	canvas_free(c);
}

static void times_are_told_before_the_end_or_by_the_clock(void **state)
{
	const struct time_words now = {.end = "now"};
	/* 1970-01-02 03:04:05 UTC at 90 s. */
	const struct time_words clock = {
		true, (int64_t)(DAY + 3 * HOUR + 245 * SECOND - 90 * SECOND), NULL};
	const struct time_words ended = {.clock_ns = clock.clock_ns};

	(void)state;
	expect_line(&(struct time_axis){30 * SECOND, 90 * SECOND, 60}, &now,
		"-1m       -50s      -40s      -30s      -20s      -10s   now");
	expect_line(&(struct time_axis){80 * SECOND, 90 * SECOND, 40}, &clock,
		"03:03:55            03:04:00    03:04:05");
	expect_line(&(struct time_axis){90 * SECOND - 20 * MS, 90 * SECOND, 40}, &ended,
		"-20ms     -15ms     -10ms   03:04:05.000");
}

static void lengths_are_those_people_count_in(void **state)
{
	char text[TIME_TICK_TEXT];

	(void)state;
	assert_int_equal(time_span_holding(0), 10 * MS);
	assert_int_equal(time_span_holding(10 * MS), 10 * MS);
	assert_int_equal(time_span_holding(10 * MS + 1), 20 * MS);
	assert_int_equal(time_span_holding(61 * SECOND), 120 * SECOND);
	assert_int_equal(time_span_holding(UINT64_MAX), 1000 * DAY);
	assert_int_equal(time_span_beside(SECOND, 1), 2 * SECOND);
	assert_int_equal(time_span_beside(SECOND, -1), 500 * MS);
	assert_int_equal(time_span_beside(10 * MS, -3), 10 * MS);
	assert_int_equal(time_span_beside(900 * DAY, 5), 1000 * DAY);
	assert_string_equal(time_span_text(text, 0), "0ms");
	assert_string_equal(time_span_text(text, 250 * MS), "250ms");
	assert_string_equal(time_span_text(text, 1300000), "1.3ms");
	assert_string_equal(time_span_text(text, 1500 * MS), "1.5s");
	assert_string_equal(time_span_text(text, 90 * SECOND), "1m30s");
	assert_string_equal(time_span_text(text, 2 * HOUR), "2h");
	assert_string_equal(time_span_text(text, 36 * HOUR), "1d12h");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_hold_their_times),
		cmocka_unit_test(labels_have_room),
		cmocka_unit_test(times_are_told_before_the_end_or_by_the_clock),
		cmocka_unit_test(lengths_are_those_people_count_in),
	};

	setenv("TZ", "UTC0", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
