/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/app/app_internal.h"

static void a_key_means_one_thing_in_a_scope(void **state)
{
	(void)state;
	for (size_t i = 0; i < action_table_n; i++)
		for (size_t k = 0; k < ACTION_KEYS && action_table[i].keys[k]; k++)
			assert_int_equal(
				action_of_key(action_table[i].keys[k], action_table[i].scope),
				action_table[i].action);
}

static void every_action_has_a_key_and_help(void **state)
{
	(void)state;
	for (int action = ACTION_NONE + 1; action < ACTION_OWN_1; action++)
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
		for (size_t k = 0; k < ACTION_KEYS && action_table[i].keys[k]; k++)
			assert_true(*key_title(action_table[i].keys[k], out));
	assert_string_equal(key_title('q', out), "q");
	assert_string_equal(key_title(' ', out), "Space");
	assert_string_equal(key_title(KEYS_F10, out), "F10");
	assert_string_equal(key_title(0x0c, out), "^L");
	assert_int_equal(action_of_key(KEY_NONE, SCOPE_ALL), ACTION_NONE);
	assert_int_equal(action_of_key('~', SCOPE_ALL), ACTION_NONE);
}

static void views_are_opened_by_their_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < view_table_n; i++) {
		assert_int_equal(action_of_key((unsigned char)view_table[i]->key, SCOPE_ALL),
			ACTION_VIEW(i));
		assert_ptr_equal(view_find(view_table[i]->id), view_table[i]);
	}
	assert_null(view_find("nothing"));
}

/* What a view's own key may hide: the sampling rate can be changed in all the other views, and a view
 * without a tab is opened from them. */
static bool may_hide(enum action action)
{
	for (size_t i = 0; i < view_table_n; i++)
		if (action == ACTION_VIEW(i) && view_table[i]->aside)
			return true;
	return action == ACTION_NONE || action == ACTION_FASTER || action == ACTION_SLOWER;
}

/* A view's own row: complete, and each of its keys free of all that holds at the same time. */
static void check_own(const struct view_ops *view, const struct action_row *row)
{
	assert_int_equal(row->scope, SCOPE_VIEW);
	assert_true(row->id && *row->id);
	assert_true(row->help && row->help[strlen(row->help) - 1] == '.');
	assert_true(row->keys[0]);
	for (size_t i = 0; i < action_table_n; i++)
		assert_string_not_equal(row->id, action_table[i].id);
	for (size_t k = 0; k < ACTION_KEYS && row->keys[k]; k++) {
		assert_ptr_equal(
			keymap_find(view->keymap, view->keymap_n, row->keys[k], SCOPE_VIEW), row);
		for (int scope = 0; scope < SCOPES; scope++) {
			enum action other = action_of_key(row->keys[k], (enum action_scope)scope);

			if (!may_hide(other))
				print_error("%s takes the key of action %d\n", row->id, (int)other);
			assert_true(may_hide(other));
		}
	}
}

static void a_views_own_keys_hide_nothing(void **state)
{
	size_t own = 0;

	(void)state;
	for (size_t i = 0; i < view_table_n; i++)
		for (size_t k = 0; k < view_table[i]->keymap_n; k++, own++)
			check_own(view_table[i], &view_table[i]->keymap[k]);
	assert_true(own > 0);
	for (size_t i = 0; i < action_table_n; i++)
		assert_int_not_equal(action_table[i].scope, SCOPE_VIEW);
}

/* Whether a line of the help screen has those texts. */
static bool helped(const struct panel *p, const char *keys, const char *help)
{
	for (size_t i = 0; i < p->row.n; i++) {
		const struct panel_row *row = &p->row.item[i];

		if (row->text[0] && row->text[1] && !strncmp(row->text[0], keys, strlen(keys)) &&
			!strcmp(row->text[1], help))
			return true;
	}
	return false;
}

static void the_help_screen_has_every_view_and_its_keys(void **state)
{
	struct panel p = {0};
	char name[8];

	(void)state;
	help_fill(&p, NULL, true);
	for (size_t i = 0; i < view_table_n; i++) {
		const struct view_ops *view = view_table[i];
		const char key[] = {view->key, 0};

		assert_true(helped(&p, key, view->help));
		for (size_t k = 0; k < view->keymap_n; k++)
			assert_true(helped(&p, key_title(view->keymap[k].keys[0], name),
				view->keymap[k].help));
	}
	for (size_t i = 0; i < action_table_n; i++)
		assert_true(
			helped(&p, key_title(action_table[i].keys[0], name), action_table[i].help));
	panel_free(&p);
}

/* Takes roff's escapes of dashes and of leading dots out of a text. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '\\' && from[1] == '&')
			from += 2;
		else if (from[0] == '\\' && from[1] == '-')
			from++;
		*to++ = *from;
	}
	*to = '\0';
}

/* The man page as it was built. */
static char *read_man(void)
{
	const size_t room = 1 << 20;
	char *page = mem_alloc(room);
	FILE *f = fopen(TWINTOP_MAN, "r");
	size_t n;

	assert_non_null(f);
	n = fread(page, 1, room - 1, f);
	fclose(f);
	page[n] = '\0';
	unescape(page);
	return page;
}

static void assert_page_has(const char *page, const char *key, const char *help)
{
	struct textbuf bold = {0}, line = {0};
	const char *entry;

	textbuf_addf(&bold, "\\fB%s\\fR", key);
	textbuf_addf(&line, "\n%s\n", help);
	entry = strstr(page, line.bytes);
	if (!entry)
		print_error("the man page lacks: %s\n", help);
	assert_non_null(entry);
	/* The keys stand in the line before. */
	while (entry > page && entry[-1] != '\n')
		entry--;
	assert_non_null(strstr(entry, bold.bytes));
	assert_true(strstr(entry, bold.bytes) < strstr(entry, line.bytes));
	textbuf_free(&bold);
	textbuf_free(&line);
}

static void the_man_page_has_every_view_and_its_keys(void **state)
{
	char *page = read_man();
	char name[8];

	(void)state;
	for (size_t i = 0; i < view_table_n; i++) {
		const struct view_ops *view = view_table[i];
		const char key[] = {view->key, 0};

		assert_page_has(page, key, view->help);
		for (size_t k = 0; k < view->keymap_n; k++)
			assert_page_has(page, key_title(view->keymap[k].keys[0], name),
				view->keymap[k].help);
	}
	for (size_t i = 0; i < action_table_n; i++)
		assert_non_null(strstr(page, action_table[i].help));
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_means_one_thing_in_a_scope),
		cmocka_unit_test(every_action_has_a_key_and_help),
		cmocka_unit_test(every_key_has_a_name),
		cmocka_unit_test(views_are_opened_by_their_keys),
		cmocka_unit_test(a_views_own_keys_hide_nothing),
		cmocka_unit_test(the_help_screen_has_every_view_and_its_keys),
		cmocka_unit_test(the_man_page_has_every_view_and_its_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
