/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lengths of time and sizes as people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/base/span.h"

#define MS 1000000ull
#define S  (1000 * MS)

static void spans(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
		const char *rest;
	} row[] = {
		{"12", 12 * S, ""},
		{"12s", 12 * S, ""},
		{"0.5", 500 * MS, ""},
		{"1.25s", 1250 * MS, ""},
		{"250ms", 250 * MS, ""},
		{"1m30s", 90 * S, ""},
		{"1min30s", 90 * S, ""},
		{"1m500ms", 60 * S + 500 * MS, ""},
		{"1.5h", 5400 * S, ""},
		{"1d2h3m4s5ms6us", 93784 * S + 5 * MS + 6000, ""},
		{"10m,64M", 600 * S, ",64M"},
		{"5s ago", 5 * S, " ago"},
		{"0.1234567891234s", 123456789, ""},
		{"0", 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct scan s = scan_of(row[i].text, strlen(row[i].text));
		uint64_t ns = 1;

		assert_true(scan_span(&s, &ns));
		assert_int_equal(ns, row[i].ns);
		assert_string_equal(s.at, row[i].rest);
	}
}

static void no_spans(void **state)
{
	static const char *const text[] = {"", "s", "-5", ".5", "5.", "5.s", "1m30", "30s1m",
		"1m1m", "1m1min", "99999999999999999999s", "300000d", "1h213504d",
		"18446744073709551615"};

	(void)state;
	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		struct scan s = scan_of(text[i], strlen(text[i]));
		uint64_t ns = 7;

		assert_false(scan_span(&s, &ns));
		assert_int_equal(ns, 7);
		assert_ptr_equal(s.at, text[i]);
	}
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
		const char *rest;
	} row[] = {
		{"65536", 65536, ""},
		{"64K", 65536, ""},
		{"64k", 65536, ""},
		{"64KiB", 65536, ""},
		{"64M", 64ull << 20, ""},
		{"1.5G", 3ull << 29, ""},
		{"2tB", 2ull << 40, ""},
		{"7B", 7, ""},
		{"1Mx", 1 << 20, "x"},
	};
	static const char *const none[] = {"", "M", "1.5", "1.M", "-1M", "99999999999T"};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct scan s = scan_of(row[i].text, strlen(row[i].text));
		uint64_t bytes = 1;

		assert_true(scan_bytes(&s, &bytes));
		assert_int_equal(bytes, row[i].bytes);
		assert_string_equal(s.at, row[i].rest);
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		struct scan s = scan_of(none[i], strlen(none[i]));
		uint64_t bytes = 7;

		assert_false(scan_bytes(&s, &bytes));
		assert_int_equal(bytes, 7);
		assert_ptr_equal(s.at, none[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans),
		cmocka_unit_test(no_spans),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
