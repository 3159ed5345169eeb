/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lives of the family's members beside their tree: what keys make of them, and how time goes
 * on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/app/app_internal.h"
#include "tests/fixtures/play.h"

static struct app *start(void)
{
	struct app *a = play_start(false, false);

	play_feed(a, (struct scene){.step = 2, .events = "h"});
	play_feed(a, (struct scene){.step = 3});
	play_keys(a, "9");
	return a;
}

static bool shows_narrow(struct app *a, const char *text)
{
	struct canvas *c = canvas_new(80, 24, true);
	struct textbuf out = {0};
	bool shown;

	app_draw(a, c, PLAY_NOW, 0);
	canvas_write_text(c, &out);
	shown = strstr(out.bytes, text);
	textbuf_free(&out);
	canvas_free(c);
	return shown;
}

/* Where there is room they stand beside the figures; in place of them where somebody asks. */
static void lives_stand_beside_figures_or_in_their_place(void **state)
{
	struct app *a = start();

	(void)state;
	assert_true(play_shows(a, "PRIVATE"));
	assert_true(play_shows(a, "  now"));
	assert_false(shows_narrow(a, "  now"));
	assert_true(shows_narrow(a, "PRIVATE"));
	play_keys(a, "l");
	assert_true(shows_narrow(a, "-20s   now"));
	assert_false(shows_narrow(a, "PRIVATE"));
	assert_true(shows_narrow(a, "SIGSEGV"));
	assert_false(play_shows(a, "PRIVATE"));
	play_keys(a, "L");
	assert_true(shows_narrow(a, "-20s   now"));
	play_keys(a, "l");
	assert_false(shows_narrow(a, "-20s   now"));
	assert_true(shows_narrow(a, "PRIVATE"));
	app_free(a);
}

/* A longer time has the first one's birth in it, a shorter one clips all; back is where it was. */
static void time_is_zoomed(void **state)
{
	struct app *a = start();

	(void)state;
	play_keys(a, "l");
	assert_true(shows_narrow(a, "S        - <====")); /* the first one was there before */
	play_keys(a, "-");
	assert_true(shows_narrow(a, "-2m "));
	assert_true(shows_narrow(a, "[==="));
	assert_false(shows_narrow(a, "<==="));
	play_keys(a, "+");
	assert_int_equal(a->focus->span_ns, 0);
	play_keys(a, "+++");
	assert_true(shows_narrow(a, "-10s "));
	assert_true(shows_narrow(a, "X  SIGSEGV <=")); /* it ended 2.7 s ago */
	for (unsigned i = 0; i < 40; i++)
		play_keys(a, "+");
	assert_true(shows_narrow(a, "-10ms "));
	assert_true(shows_narrow(a, "X  SIGSEGV <\n")); /* it ended before all that */
	for (unsigned i = 0; i < 60; i++)
		play_keys(a, "-");
	assert_true(shows_narrow(a, "d ")); /* days */
	app_free(a);
}

static void times_are_told_by_the_clock(void **state)
{
	struct app *a = start();

	(void)state;
	play_keys(a, "lC");
	assert_true(shows_narrow(a, "14:29:30"));
	assert_true(shows_narrow(a, "14:29:57.500 x")); /* the events' times, too */
	play_keys(a, "C[");
	assert_true(shows_narrow(a, "-40s"));
	assert_false(shows_narrow(a, " now"));
	assert_true(shows_narrow(a, "14:30:00")); /* of the moment that is shown */
	app_free(a);
}

/* What stands still is drawn anew each second, for time goes on; other views are not. */
static void time_goes_on(void **state)
{
	static const char *const keys[] = {"9", "4"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct app *a = start();
		const struct moment *m = moment_get(a->latest);
		unsigned drawn = 0;

		play_keys(a, keys[i]);
		for (unsigned step = 1; step <= 30; step++) {
			const struct moment *again =
				moment_new(scene_again(m, step * SCENE_STEP_NS), part_get(m->pair));

			drawn += app_moment(a, again);
			moment_put(again);
		}
		if (i)
			assert_int_equal(drawn, 0);
		else
			assert_in_range(drawn, 2, 4);
		moment_put(m);
		app_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lives_stand_beside_figures_or_in_their_place),
		cmocka_unit_test(time_is_zoomed),
		cmocka_unit_test(times_are_told_by_the_clock),
		cmocka_unit_test(time_goes_on),
	};

	setenv("TZ", "UTC0", 1);
	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
