/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps of code that was made at run time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/symbols/perf_map.h"

static struct perf_map parse(const char *text)
{
	struct perf_map map;

	perf_map_parse(text_of(text), &map);
	return map;
}

static void expect(const struct perf_map *map, uint64_t address, const char *name)
{
	const struct perf_map_entry *e = perf_map_find(map, address);

	if (!name)
		assert_null(e);
	else
		assert_true(e && text_equal(e->name, text_of(name)));
}

static void finds_what_covers_an_address(void **state)
{
	struct perf_map map = parse("1000 10 py::fill_row:/home/me/table.py\n0x2000 0x8 a b\n");

	(void)state;
	expect(&map, 0xfff, NULL);
	expect(&map, 0x1000, "py::fill_row:/home/me/table.py");
	expect(&map, 0x100f, "py::fill_row:/home/me/table.py");
	expect(&map, 0x1010, NULL);
	expect(&map, 0x2007, "a b");
	expect(&map, 0x2008, NULL);
	perf_map_free(&map);
}

static void takes_the_last_that_was_written(void **state)
{
	struct perf_map map = parse("1000 100 first\n1040 10 second\n1000 8 third\n");

	(void)state;
	expect(&map, 0x1000, "third");
	expect(&map, 0x1008, "first");
	expect(&map, 0x1044, "second");
	perf_map_free(&map);
}

static void skips_what_is_no_line_of_its_form(void **state)
{
	struct perf_map map =
		parse("\n1000\n1000 10\n1000 10 \nx 10 a\n1000 0 empty\n-1 10 b\n"
		      "11111111111111111 10 large\nffffffffffffff00 ffffffffffffffff end\n"
		      "3000 10 last, cut");

	(void)state;
	assert_int_equal(map.n, 2);
	expect(&map, 0x1000, NULL);
	expect(&map, UINT64_MAX, "end");
	expect(&map, 0x10, NULL);
	expect(&map, 0x3001, "last, cut");
	perf_map_free(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_covers_an_address),
		cmocka_unit_test(takes_the_last_that_was_written),
		cmocka_unit_test(skips_what_is_no_line_of_its_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
