/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key that begins and ends recordings, and what the screen says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>

#include "tests/fixtures/play.h"

/* Whether a recording was asked for, or its end: *ret_on. */
static bool is_asked(struct app *a, bool *ret_on)
{
	struct app_request r;
	bool asked = false;

	while (app_next_request(a, &r))
		if (r.kind == REQUEST_RECORD) {
			asked = true;
			*ret_on = r.on;
		}
	return asked;
}

static void look(struct app *a, enum tape_state state, uint64_t seconds, uint64_t bytes)
{
	app_tape(a, &(const struct tape_look){
			    .state = state, .span_ns = seconds * 1000000000, .bytes = bytes});
}

static void a_name_is_offered_and_taken(void **state)
{
	struct app *a = play_start(false, false);
	bool on = false;

	(void)state;
	play_keys(a, "r");
	assert_true(play_shows(a, "record to: twintop-fork-cow-4242-20260921-143000.twin"));
	assert_false(is_asked(a, &on));
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(is_asked(a, &on) && on);
	assert_string_equal(app_tape_path(a), "twintop-fork-cow-4242-20260921-143000.twin");
	assert_non_null(history_at(app_history(a), 1));
	play_keys(a, "r\x15");
	play_keys(a, "q r/x");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(is_asked(a, &on) && on);
	assert_string_equal(app_tape_path(a), "q r/x");
	app_free(a);
}

static void no_name_is_no_recording(void **state)
{
	struct app *a = play_start(false, false);
	bool on;

	(void)state;
	play_keys(a, "r");
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_false(is_asked(a, &on));
	assert_false(play_shows(a, "record to"));
	play_keys(a, "r\x15");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_false(is_asked(a, &on));
	assert_true(play_shows(a, "give the name of a file"));
	app_free(a);
}

static void a_running_one_is_ended(void **state)
{
	struct app *a = play_start(false, false);
	bool on = true;

	(void)state;
	look(a, TAPE_ON, 12, 348160);
	assert_true(play_shows(a, "rec 12s 340K"));
	play_keys(a, "r");
	assert_true(is_asked(a, &on) && !on);
	assert_false(play_shows(a, "record to"));
	look(a, TAPE_OFF, 0, 0);
	assert_false(play_shows(a, "rec "));
	look(a, TAPE_FAILED, 0, 0);
	assert_true(play_shows(a, "rec failed"));
	/* It may be tried again. */
	play_keys(a, "r");
	assert_true(play_shows(a, "record to"));
	app_free(a);
}

static void it_is_drawn_when_it_says_something_else(void **state)
{
	static const struct {
		struct tape_look look;
		bool anew;
	} row[] = {
		{{TAPE_OFF, 0, 0, 0}, false},
		{{TAPE_ON, 0, 1, 100}, true},
		{{TAPE_ON, 900000000, 9, 100}, false},
		{{TAPE_ON, 1000000000, 10, 100}, true},
		{{TAPE_ON, 1000000000, 10, 5000}, true},
		{{TAPE_ON, 61500000000, 600, 5000}, true},
		{{TAPE_ON, 61900000000, 603, 5000}, false},
		{{TAPE_FAILED, 0, 0, 0}, true},
		{{TAPE_FAILED, 0, 0, 0}, false},
		{{TAPE_OFF, 0, 0, 0}, true},
	};
	struct app *a = play_start(false, false);

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		assert_int_equal(app_tape(a, &row[i].look), row[i].anew);
	app_free(a);
}

/* What is seen elsewhere, such as a recording, is not recorded here. */
static void elsewhere_nothing_is_recorded(void **state)
{
	struct app *a = play_start_bounded((struct history_bounds){0});
	bool on;

	(void)state;
	play_keys(a, "r");
	assert_false(is_asked(a, &on));
	assert_true(play_shows(a, "nothing is recorded here"));
	app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_offered_and_taken),
		cmocka_unit_test(no_name_is_no_recording),
		cmocka_unit_test(a_running_one_is_ended),
		cmocka_unit_test(it_is_drawn_when_it_says_something_else),
		cmocka_unit_test(elsewhere_nothing_is_recorded),
	};

	setenv("TZ", "UTC0", 1);
	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
