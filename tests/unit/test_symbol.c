/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What addresses are called: the list of them, and why some have no name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twintop/model/symbol.h"

static void every_gap_has_a_state_without_a_value_and_a_reason(void **state)
{
	(void)state;
	assert_int_equal(symbol_gap_state(SYMBOL_NO_GAP), VALUE_KNOWN);
	assert_null(symbol_gap_reason(SYMBOL_NO_GAP));
	for (unsigned gap = SYMBOL_NO_GAP + 1; gap < SYMBOL_GAPS; gap++) {
		assert_false(value_state_has_value(symbol_gap_state((enum symbol_gap)gap)));
		assert_non_null(symbol_gap_reason((enum symbol_gap)gap));
	}
}

static void a_list_finds_what_it_has(void **state)
{
	struct symbol symbol[] = {{.address = 1}, {.address = 5}, {.address = UINT64_MAX}};
	const struct symbol_list list = {.n = 3, .symbol = symbol}, none = {0};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_ptr_equal(symbol_list_find(&list, symbol[i].address), &symbol[i]);
	assert_null(symbol_list_find(&list, 0));
	assert_null(symbol_list_find(&list, 4));
	assert_null(symbol_list_find(&list, 6));
	assert_null(symbol_list_find(&none, 1));
	assert_null(symbol_list_find(NULL, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_gap_has_a_state_without_a_value_and_a_reason),
		cmocka_unit_test(a_list_finds_what_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
