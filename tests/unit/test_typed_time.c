/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times as people type them, and when that was. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "../../src/app/typed_time.h"

#define MS     1000000ull
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static void times_are_understood(void **state)
{
	static const struct {
		const char *text;
		bool by_clock;
		uint64_t ns;
	} row[] = {
		{"-12s", false, 12 * SECOND},
		{"-1m30s", false, 90 * SECOND},
		{"-12", false, 12 * SECOND},
		{"-0.5", false, 500 * MS},
		{"-250ms", false, 250 * MS},
		{"-1h", false, HOUR},
		{"-2:05", false, 125 * SECOND},
		{"-1:02:03", false, HOUR + 123 * SECOND},
		{"-90:00.5", false, 90 * MINUTE + 500 * MS},
		{"12s", false, 12 * SECOND},
		{"1m30s", false, 90 * SECOND},
		{"  -12s ", false, 12 * SECOND},
		{"14:03", true, 14 * HOUR + 3 * MINUTE},
		{"14:03:22", true, 14 * HOUR + 3 * MINUTE + 22 * SECOND},
		{"14:03:22.25", true, 14 * HOUR + 3 * MINUTE + 22250 * MS},
		{"4:03", true, 4 * HOUR + 3 * MINUTE},
		{"00:00:00", true, 0},
		{"23:59:59", true, DAY - SECOND},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct typed_time t;

		assert_int_equal(typed_time_parse(row[i].text, &t), 0);
		assert_int_equal(t.by_clock, row[i].by_clock);
		assert_int_equal(t.ns, row[i].ns);
	}
}

static void others_are_refused(void **state)
{
	static const char *const text[] = {"", " ", "-", "--12s", "- 12s", "12", "abc", "-12x",
		"-1m30", "-30s1m", "s", "-s", "24:00", "14:60", "14:03:60", "14:3", "14:", ":03",
		"14:03:", "14:03:22.", "14:03.5", "14:03:22:11", "14.03", "99999999999999999999:00",
		"-2:5", "-2:60", "-99999:00", "-99999999999999999999s", "14:03:22 x", "1e3s",
		"+12s", "14:03:22s"};

	(void)state;
	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		struct typed_time t = {.ns = 7};

		assert_int_equal(typed_time_parse(text[i], &t), -EINVAL);
		assert_int_equal(t.ns, 7);
	}
}

/* 2026-11-27 00:05:00 UTC, and ten minutes before. */
#define NOW   1795737900ull
#define FIRST (NOW - 600)

static void expect_found(const char *text, uint64_t first_s, uint64_t now_s, uint64_t at_ns)
{
	struct typed_time t;
	uint64_t ns = 0;

	assert_int_equal(typed_time_parse(text, &t), 0);
	assert_int_equal(typed_time_find(&t, first_s * SECOND, now_s * SECOND, &ns), 0);
	assert_int_equal(ns, at_ns);
}

static void expect_none(const char *text, uint64_t first_s, uint64_t now_s)
{
	struct typed_time t;
	uint64_t ns = 7;

	assert_int_equal(typed_time_parse(text, &t), 0);
	assert_int_equal(typed_time_find(&t, first_s * SECOND, now_s * SECOND, &ns), -ERANGE);
	assert_int_equal(ns, 7);
}

static void the_clock_is_of_today_or_of_what_is_kept(void **state)
{
	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	expect_found("-12s", FIRST, NOW, (NOW - 12) * SECOND);
	expect_found("-9999d", 0, 5, 0);
	expect_found("00:04:58.5", FIRST, NOW, (NOW - 2) * SECOND + 500 * MS);
	expect_found("00:05", FIRST, NOW, NOW * SECOND);
	/* Before midnight: of yesterday, as long as that is kept. */
	expect_found("23:59:58", FIRST, NOW, (NOW - 302) * SECOND);
	expect_none("23:50", FIRST, NOW);
	/* Today, and no longer kept. */
	expect_found("00:01", NOW - 60, NOW, (NOW - 240) * SECOND);
	/* Not yet. */
	expect_none("00:05:01", FIRST, NOW);
	expect_none("14:03:22", FIRST, NOW);
}

/* The hour that the clock skips in spring is none of the last day's end; local time is the wall's.
 */
static void the_clock_is_the_one_on_the_wall(void **state)
{
	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	/* 2026-07-01 12:00:00 UTC. */
	expect_found("14:00", 1782907200 - 60, 1782907200, 1782907200 * SECOND);
	expect_found("13:59:30", 1782907200 - 60, 1782907200, (1782907200ull - 30) * SECOND);
	/* 2026-11-27 00:05:00 UTC. */
	expect_found("01:04", FIRST, NOW, (NOW - 60) * SECOND);
	setenv("TZ", "UTC0", 1);
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_understood),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(the_clock_is_of_today_or_of_what_is_kept),
		cmocka_unit_test(the_clock_is_the_one_on_the_wall),
	};

	return cmocka_run_group_tests_name("typed_time", tests, NULL, NULL);
}
