/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "twintop/app/action.h"
#include "twintop/view/view.h"

#define ROW_KEYS (sizeof action_table->keys / sizeof *action_table->keys)

static void a_key_means_one_thing_in_a_scope(void **state)
{
	(void)state;
	for (size_t i = 0; i < action_table_n; i++)
		for (size_t k = 0; k < ROW_KEYS && action_table[i].keys[k]; k++)
			assert_int_equal(
				action_of_key(action_table[i].keys[k], action_table[i].scope),
				action_table[i].action);
}

static void every_action_has_a_key_and_help(void **state)
{
	(void)state;
	for (int action = ACTION_NONE + 1; action < ACTIONS; action++)
		assert_non_null(action_find((enum action)action));
	for (size_t i = 0; i < action_table_n; i++) {
		const struct action_row *row = &action_table[i];

		assert_true(row->id && *row->id);
		assert_true(row->help && row->help[strlen(row->help) - 1] == '.');
		assert_true(row->keys[0]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(row->id, action_table[k].id);
	}
}

static void every_key_has_a_name(void **state)
{
	char out[8];

	(void)state;
	for (size_t i = 0; i < action_table_n; i++)
		for (size_t k = 0; k < ROW_KEYS && action_table[i].keys[k]; k++)
			assert_true(*key_title(action_table[i].keys[k], out));
	assert_string_equal(key_title('q', out), "q");
	assert_string_equal(key_title(' ', out), "Space");
	assert_string_equal(key_title(KEYS_F10, out), "F10");
	assert_string_equal(key_title(0x0c, out), "^L");
	assert_int_equal(action_of_key(KEY_NONE, SCOPE_ALL), ACTION_NONE);
	assert_int_equal(action_of_key('~', SCOPE_ALL), ACTION_NONE);
}

/* The view's key in its own table is the one that opens it. */
static void views_are_opened_by_their_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < view_table_n; i++)
		assert_int_equal(action_of_key((unsigned char)view_table[i]->key, SCOPE_ALL),
			view_table[i]->action);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_means_one_thing_in_a_scope),
		cmocka_unit_test(every_action_has_a_key_and_help),
		cmocka_unit_test(every_key_has_a_name),
		cmocka_unit_test(views_are_opened_by_their_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
