/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of the process-versus-thread table: its key, its needs, at every size. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/play.h"
#include "twintop/compare/textbook.h"

#define TITLE "process versus thread, measured"

static void it_opens_and_closes(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	assert_false(play_shows(a, TITLE));
	play_keys(a, "T");
	assert_true(play_shows(a, TITLE));
	assert_true(play_shows(a, "Address space"));
	play_keys(a, "T");
	assert_false(play_shows(a, TITLE));
	play_keys(a, "T4"); /* a view's key goes there */
	assert_false(play_shows(a, TITLE));
	play_keys(a, "?T"); /* over another panel it takes its place */
	assert_true(play_shows(a, TITLE));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_false(play_shows(a, TITLE));
	app_free(a);
}

static void it_scrolls_below_its_heading(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "T");
	assert_true(play_shows(a, "Identity"));
	app_key(a, KEYS_PAGE_DOWN, PLAY_NOW);
	assert_true(play_shows(a, "MEASURED"));
	assert_false(play_shows(a, "Identity"));
	app_key(a, KEYS_END, PLAY_NOW);
	assert_true(play_shows(a, "MEASURED"));
	assert_true(play_shows(a, "this pair cannot show it; a demo does"));
	app_key(a, KEYS_HOME, PLAY_NOW);
	assert_true(play_shows(a, "Identity"));
	app_free(a);
}

static void type_line(struct app *a, const char *keys)
{
	play_keys(a, keys);
	app_key(a, KEYS_ENTER, PLAY_NOW);
}

/* The page is searched, not the view that it hides. */
static void it_is_searched(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "T");
	assert_false(play_shows(a, "Signal mask"));
	type_line(a, "/signal MASK");
	assert_true(play_shows(a, "Signal mask"));
	assert_false(play_shows(a, "Signal handlers")); /* what is found comes first */
	type_line(a, "/sigblk");
	assert_true(play_shows(a, "SigBlk"));
	type_line(a, "/Textbook");
	assert_true(play_shows(a, "By what numbers"));
	play_keys(a, "nn");
	assert_false(play_shows(a, "By what numbers"));
	assert_true(play_shows(a, "One memory, or two?"));
	type_line(a, "/zqz");
	assert_true(play_shows(a, "not found: zqz"));
	play_keys(a, "?");
	assert_false(play_shows(a, "B wrote: the kernel"));
	type_line(a, "/B wrote: the kernel"); /* other panels are, too */
	assert_true(play_shows(a, "B wrote: the kernel"));
	app_free(a);
}

/* While it is open all that it shows is read as often as what a view shows. */
static void what_it_shows_is_read(void **state)
{
	struct app *a = play_start(false, false);
	unsigned beside, before = app_need(a, &beside);

	(void)state;
	assert_true(textbook_need() & ~before);
	play_keys(a, "T");
	assert_int_equal(app_need(a, &beside) & textbook_need(), textbook_need());
	play_keys(a, "T");
	assert_int_equal(app_need(a, &beside), before);
	app_free(a);
}

/* What was not read then is told so, of now it is on its way. */
static void a_held_moment_is_told_as_such(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_feed(a, (struct scene){.step = 1, .lacks = 1u << PART_FDS});
	play_keys(a, "T");
	assert_true(play_shows(a, TITLE)); /* how long a page is, the first drawing tells */
	app_key(a, KEYS_PAGE_DOWN, PLAY_NOW);
	assert_true(play_shows(a, "? not read yet"));
	play_keys(a, " ");
	assert_true(play_shows(a, "? not read at this"));
	app_free(a);
}

static void nothing_to_measure_is_said(void **state)
{
	struct app *a = app_new(&(struct app_options){0});
	struct canvas *c = canvas_new(80, 24, true);
	struct textbuf text = {0};

	(void)state;
	app_key(a, 'T', PLAY_NOW);
	app_draw(a, c, PLAY_NOW, 0);
	canvas_write_text(c, &text);
	assert_non_null(strstr(text.bytes, "there is nothing to measure yet"));
	textbuf_free(&text);
	canvas_free(c);
	app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_opens_and_closes),
		cmocka_unit_test(it_scrolls_below_its_heading),
		cmocka_unit_test(it_is_searched),
		cmocka_unit_test(what_it_shows_is_read),
		cmocka_unit_test(a_held_moment_is_told_as_such),
		cmocka_unit_test(nothing_to_measure_is_said),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("textbook page", tests, NULL, NULL);
}
