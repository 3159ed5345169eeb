/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of the Family view: what it shows, by kind, process and text, and where Enter leads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>

#include "../../src/app/app_internal.h"
#include "tests/fixtures/play.h"

/* The Family view with the log of the scene's family, the keys in the log where in_log. */
static struct app *start(bool in_log)
{
	struct app *a = play_start(false, false);

	play_feed(a, (struct scene){.step = 2, .events = "h"});
	play_feed(a, (struct scene){.step = 3, .events = "f"});
	play_feed(a, (struct scene){.step = 4});
	play_keys(a, "9");
	if (in_log)
		app_key(a, KEYS_TAB, PLAY_NOW);
	return a;
}

static struct app_request last_request(struct app *a)
{
	struct app_request r = {.kind = REQUEST_NONE}, next;

	while (app_next_request(a, &next))
		r = next;
	return r;
}

static void the_newest_stand_first(void **state)
{
	struct app *a = start(true);

	(void)state;
	assert_true(play_shows(a, "EVENTS 12"));
	assert_true(play_shows(a, "┳ A 4242 fork-cow forked 4243"));
	assert_true(play_shows(a, "x   4262 x\\e[31m\\n\\xff"));
	assert_true(play_shows(a, "A process made another one"));
	app_key(a, KEYS_DOWN, PLAY_NOW);
	assert_true(play_shows(a, "A process ended: its memory is gone"));
	app_key(a, KEYS_END, PLAY_NOW);
	assert_true(play_shows(a, "A process made another one"));
	app_free(a);
}

/* What is selected stays so as others come; the newest one is followed. */
static void the_selected_one_stays(void **state)
{
	struct app *a = start(true);

	(void)state;
	app_key(a, KEYS_DOWN, PLAY_NOW);
	play_feed(a, (struct scene){.step = 5, .events = "xt"});
	assert_true(play_shows(a, "EVENTS 14"));
	assert_true(play_shows(a, "A process ended: its memory is gone"));
	app_key(a, KEYS_HOME, PLAY_NOW);
	play_feed(a, (struct scene){.step = 6, .events = "n"});
	assert_true(play_shows(a, "A thread took another name"));
	app_free(a);
}

static void kinds_are_gone_through(void **state)
{
	struct app *a = start(true);

	(void)state;
	play_keys(a, "c");
	assert_true(play_shows(a, "EVENTS 8 of 12 · fork"));
	assert_false(play_shows(a, "worker-b ended"));
	play_keys(a, "c");
	assert_true(play_shows(a, "EVENTS 1 of 12 · exec"));
	play_keys(a, "c");
	assert_true(play_shows(a, "EVENTS 3 of 12 · exit"));
	play_feed(a, (struct scene){.step = 5, .events = "ex"});
	assert_true(play_shows(a, "EVENTS 4 of 14 · exit"));
	play_keys(a, "c");
	assert_true(play_shows(a, "EVENTS 14"));
	play_keys(a, "cc");
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_false(play_shows(a, " of 14"));
	app_free(a);
}

/* Of one process: what happened to it, and who made it; the log follows the selected member. */
static void one_process_is_picked(void **state)
{
	struct app *a = start(false);

	(void)state;
	app_key(a, KEYS_DOWN, PLAY_NOW);
	app_key(a, KEYS_DOWN, PLAY_NOW);
	play_keys(a, "a");
	assert_true(play_shows(a, "EVENTS 3 of 12 · of 4260"));
	assert_true(play_shows(a, "4260 worker-a forked 4262"));
	assert_true(play_shows(a, "4242 fork-cow forked 4260"));
	assert_false(play_shows(a, "worker-b ended"));
	app_key(a, KEYS_DOWN, PLAY_NOW);
	assert_true(play_shows(a, "EVENTS 2 of 12 · of 4261"));
	play_keys(a, "ac");
	assert_true(play_shows(a, "EVENTS 8 of 12 · fork"));
	app_free(a);
}

static void texts_narrow_the_pane_in_focus(void **state)
{
	struct app *a = start(true);

	(void)state;
	play_keys(a, "fsigsegv");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(play_shows(a, "EVENTS 1 of 12 · with “sigsegv"));
	assert_true(play_shows(a, "worker-d")); /* the members stay */
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_true(play_shows(a, "EVENTS 12"));
	play_keys(a, "fzqz");
	assert_true(play_shows(a, "no event is of that kind, process and text"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	play_keys(a, "/worker-d");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	app_key(a, 'e', PLAY_NOW);
	assert_true(play_shows(a, "ended"));
	app_free(a);
}

/* Two that live and are not A and B become that. */
static void enter_puts_two_side_by_side(void **state)
{
	struct app *a = start(true);
	struct app_request r;

	(void)state;
	play_keys(a, "fforked 4260");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	last_request(a);
	app_key(a, KEYS_ENTER, PLAY_NOW);
	r = last_request(a);
	assert_int_equal(r.kind, REQUEST_WATCH);
	assert_int_equal(r.pid, 4242);
	assert_int_equal(r.other, 4260);
	assert_true(play_shows(a, "4242 and 4260 are A and B now"));
	assert_true(play_shows(a, "live 10 Hz"));
	app_free(a);
}

/* Those that are A and B, one that has ended, one alone: then it is the moment that is shown. */
static void enter_leads_to_the_moment(void **state)
{
	static const char *const filter[] = {
		"fforked 4243", "fforked 4263", "fexecuted", "fforked 4260"};

	(void)state;
	for (size_t i = 0; i < sizeof filter / sizeof *filter; i++) {
		struct app *a = start(true);

		play_keys(a, filter[i]);
		app_key(a, KEYS_ENTER, PLAY_NOW);
		last_request(a);
		app_key(a, i == 3 ? 'J' : KEYS_ENTER, PLAY_NOW);
		assert_int_equal(last_request(a).kind, REQUEST_NONE);
		assert_true(play_shows(a, "paused"));
		assert_true(play_shows(a, i ? "event 1 of 12" : "event 12 of 12"));
		app_free(a);
	}
}

/* The footer says what keys do in the pane that has them, and no other pane's. */
static void the_footer_is_that_of_the_pane(void **state)
{
	static const char *const of_log[] = {"Enter go there"},
				*const of_tree[] = {"Enter as B", "p as A", "s sort"};

	(void)state;
	for (int in_log = 0; in_log < 2; in_log++) {
		struct app *a = start(in_log);

		assert_int_equal(play_shows(a, of_log[0]), in_log);
		for (size_t i = 0; i < sizeof of_tree / sizeof *of_tree; i++)
			assert_int_equal(play_shows(a, of_tree[i]), !in_log);
		assert_false(play_shows(a, "Enter detail"));
		play_keys(a, "s");
		assert_int_equal(play_shows(a, "nothing to sort in this pane"), in_log);
		app_free(a);
	}
}

/* A moment gone by knows only what was told then, whatever came later. */
static void the_past_has_its_own_log(void **state)
{
	struct app *a = start(true);

	(void)state;
	play_keys(a, "[");
	assert_true(play_shows(a, "EVENTS 12"));
	play_keys(a, "[");
	assert_true(play_shows(a, "EVENTS 11"));
	assert_true(play_shows(a, "worker-b ended"));
	play_keys(a, "[");
	assert_true(play_shows(a, "EVENTS 0"));
	assert_true(play_shows(a, "nothing"));
	play_feed(a, (struct scene){.step = 5, .events = "x"});
	assert_true(play_shows(a, "EVENTS 0"));
	app_free(a);
}

/* More than the log holds: numbers change, and what is shown stays what is asked for. */
static void a_full_log_goes_on(void **state)
{
	struct app *a = start(true);

	(void)state;
	play_keys(a, "fexecuted");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	for (unsigned i = 0; i < 2 * EVENT_LOG_MOST / 12; i++) {
		play_feed(a, (struct scene){.step = 5 + i, .events = "htttt"});
		if (i % 500 == 0)
			assert_true(play_shows(a, "with “executed"));
	}
	assert_true(a->events.renumbered > 0);
	assert_true(play_count(a, PLAY_NOW, "4261 executed another program: sh") > 3);
	assert_int_equal(play_count(a, PLAY_NOW, "new thread"), 0);
	app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_stand_first),
		cmocka_unit_test(the_selected_one_stays),
		cmocka_unit_test(kinds_are_gone_through),
		cmocka_unit_test(one_process_is_picked),
		cmocka_unit_test(texts_narrow_the_pane_in_focus),
		cmocka_unit_test(enter_puts_two_side_by_side),
		cmocka_unit_test(enter_leads_to_the_moment),
		cmocka_unit_test(the_footer_is_that_of_the_pane),
		cmocka_unit_test(the_past_has_its_own_log),
		cmocka_unit_test(a_full_log_goes_on),
	};

	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
