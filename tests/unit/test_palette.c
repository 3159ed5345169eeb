/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The palette: what answers to some letters, and that it is done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>

#include "tests/fixtures/play.h"
#include "twintop/app/action.h"
#include "twintop/app/fuzzy.h"

static void letters_in_their_order_answer(void **state)
{
	(void)state;
	assert_int_equal(fuzzy_score("step back", ""), 0);
	assert_int_equal(fuzzy_score("", ""), 0);
	assert_int_equal(fuzzy_score("", "a"), -1);
	assert_int_equal(fuzzy_score("step back", "kb"), -1);
	assert_int_equal(fuzzy_score("step back", "step back and more"), -1);
	assert_true(fuzzy_score("step back", "sb") > 0);
	assert_true(fuzzy_score("Step Back", "STEPB") > 0);
	/* Words beat what lies in them, one piece beats several. */
	assert_true(fuzzy_score("step back", "sb") > fuzzy_score("dismissable", "sb"));
	assert_true(fuzzy_score("pause", "pau") > fuzzy_score("page up", "pau"));
	assert_true(fuzzy_score("sort", "so") > fuzzy_score("resort", "so"));
	assert_true(fuzzy_score("save svg", "svg") > fuzzy_score("sort reverse going", "svg"));
	assert_true(fuzzy_score("\033[2J\xff", "2J") > 0);
}

/* The kind of the last request, and no other. */
static enum app_request_kind asked(struct app *a)
{
	struct app_request r, last = {0};

	while (app_next_request(a, &r))
		last = r;
	return last.kind;
}

static void what_is_typed_is_done(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, ":");
	assert_true(play_shows(a, "all that can be done"));
	play_keys(a, "save svg");
	assert_true(play_shows(a, "> S"));
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_int_equal(asked(a), REQUEST_SAVE_SVG);
	assert_false(play_shows(a, "all that can be done"));
	play_keys(a, ":signals");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(play_shows(a, "[8 Signals]"));
	/* Keys of other views open these first. */
	play_keys(a, ":threads: waits");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(play_shows(a, "[2 Threads]"));
	play_keys(a, ":quit");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_int_equal(asked(a), REQUEST_QUIT);
	app_free(a);
}

static void what_cannot_be_done_says_where_it_can(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, ":oldest");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(play_shows(a, "oldest: only while paused"));
	play_keys(a, " :oldest");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_false(play_shows(a, "oldest: only while paused"));
	play_keys(a, ":zzzzqx");
	assert_true(play_shows(a, "nothing answers to that"));
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(play_shows(a, "nothing answers to that"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_false(play_shows(a, "nothing answers to that"));
	app_free(a);
}

/* Each row of the tables that is no other overlay's is there, and keys of all kinds do no harm. */
static void every_action_is_in_it(void **state)
{
	static const uint32_t hostile[] = {0x1b, 0x01, 0x7f, 0x9b, 0x202e, 0x10ffff, KEYS_F1,
		KEYS_DELETE, KEYS_NUL, KEYS_WHEEL_DOWN, KEYS_PAGE_DOWN, KEYS_END, KEYS_UP,
		KEYS_HOME, 0x17, 0x15};
	struct app *a = play_start(true, true);

	(void)state;
	for (size_t i = 0; i < action_table_n; i++) {
		const struct action_row *row = &action_table[i];

		if (row->scope == SCOPE_CHOOSER || row->scope == SCOPE_QUIZ ||
			row->scope == SCOPE_TYPING || row->scope == SCOPE_PALETTE ||
			row->action == ACTION_PALETTE)
			continue;
		app_key(a, ':', PLAY_NOW);
		play_keys(a, row->id);
		assert_false(play_shows(a, "nothing answers to that"));
		app_key(a, KEYS_ESCAPE, PLAY_NOW);
	}
	app_key(a, ':', PLAY_NOW);
	for (size_t i = 0; i < 2000; i++) {
		app_key(a, hostile[i * 7 % (sizeof hostile / sizeof *hostile)], PLAY_NOW);
		if (i % 50 == 0)
			play_shows(a, "x");
	}
	app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_in_their_order_answer),
		cmocka_unit_test(what_is_typed_is_done),
		cmocka_unit_test(what_cannot_be_done_says_where_it_can),
		cmocka_unit_test(every_action_is_in_it),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
