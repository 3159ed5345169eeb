/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys that put a process's own past in B's place, move the mark and take it away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/play.h"
#include "twintop/view/view.h"

/* Whether B is A at an earlier moment. */
static bool is_past(struct app *a)
{
	return play_shows(a, " now ") && play_shows(a, "B 4242 fork-cow at ");
}

static struct app *begin(void)
{
	struct app *a = play_start(false, false);

	play_feed(a, (struct scene){.step = 2});
	return a;
}

static unsigned requests(struct app *a)
{
	struct app_request r;
	unsigned n = 0;

	while (app_next_request(a, &r))
		n += r.kind != REQUEST_LIST;
	return n;
}

static void the_mark_stands_beside_what_comes(void **state)
{
	struct app *a = begin();

	(void)state;
	assert_false(is_past(a));
	play_keys(a, "m");
	assert_true(play_shows(a, "B is A at "));
	assert_true(is_past(a));
	play_feed(a, (struct scene){.step = 3, .rows = 3});
	assert_true(is_past(a));
	assert_true(play_shows(a, "threads +3 -0"));
	assert_true(play_shows(a, "descriptors +3 -0"));
	/* A key is no word to anybody outside. */
	assert_int_equal(requests(a), 0);
	app_free(a);
}

static void each_m_moves_it_and_M_takes_it_away(void **state)
{
	struct app *a = begin();

	(void)state;
	play_keys(a, "m");
	play_feed(a, (struct scene){.step = 3, .rows = 3});
	play_keys(a, "m");
	assert_true(play_shows(a, "threads +0 -0"));
	play_feed(a, (struct scene){.step = 4, .rows = 1});
	assert_true(play_shows(a, "threads +0 -2"));
	play_keys(a, "M");
	assert_false(is_past(a));
	assert_true(play_shows(a, "B 4243 fork-cow child of A"));
	play_keys(a, "M");
	assert_false(is_past(a));
	app_free(a);
}

static void a_held_moment_is_marked_and_stepped_from(void **state)
{
	struct app *a = begin();

	(void)state;
	play_feed(a, (struct scene){.step = 3, .rows = 2});
	play_keys(a, "[m");
	assert_true(is_past(a));
	assert_true(play_shows(a, "threads +0 -0"));
	play_keys(a, "]");
	assert_true(play_shows(a, "threads +2 -0"));
	/* Before it there is no past of it yet. */
	play_keys(a, "[[");
	assert_false(is_past(a));
	assert_true(play_shows(a, "before the moment that is marked"));
	play_keys(a, "]");
	assert_true(is_past(a));
	app_free(a);
}

/* What B has at another moment has neither come nor gone just now. */
static void a_moved_mark_changes_nothing_by_itself(void **state)
{
	struct app *a = begin();

	(void)state;
	play_keys(a, "7m");
	play_feed(a, (struct scene){.step = 3, .rows = 3});
	assert_true(play_shows(a, "new since then"));
	play_keys(a, "m");
	assert_false(play_shows(a, "since then"));
	assert_false(play_shows(a, "closed in"));
	play_keys(a, "[m");
	assert_false(play_shows(a, "closed in"));
	play_keys(a, "M");
	assert_false(play_shows(a, "closed in"));
	app_free(a);
}

static void another_b_or_a_ends_it(void **state)
{
	struct app *a = begin();

	(void)state;
	/* Past and present do not change places. */
	play_keys(a, "mx");
	assert_int_equal(requests(a), 0);
	assert_true(is_past(a));
	/* Whoever chooses a B wants to see it. */
	play_keys(a, "P");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_int_equal(requests(a), 1);
	assert_false(is_past(a));
	play_keys(a, "m");
	assert_true(is_past(a));
	play_feed(a, (struct scene){.step = 3, .alone = true});
	assert_true(is_past(a));
	app_free(a);
}

/* No view, panel or key makes anything of it that is of two at one moment. */
static void every_view_stands_it(void **state)
{
	static const char *const untrue[] = {"copied by", "shared since fork", "= shared"};
	struct app *a = begin();

	(void)state;
	for (size_t i = 0; i < view_table_n; i++) {
		const char key[] = {view_table[i]->key, 0};

		/* In some Enter chooses a B, which takes the past away. */
		play_keys(a, "m");
		play_feed(a, (struct scene){.step = 3 + (unsigned)i,
				     .rows = 3 * (unsigned)i,
				     .written = i % 2});
		play_keys(a, key);
		for (size_t k = 0; k < sizeof untrue / sizeof *untrue; k++)
			if (play_shows(a, untrue[k]))
				fail_msg("%s says %s", view_table[i]->id, untrue[k]);
		app_key(a, KEYS_DOWN, PLAY_NOW);
		play_keys(a, "e");
		assert_true(play_shows(a, "fork-cow"));
		app_key(a, KEYS_ESCAPE, PLAY_NOW);
		app_key(a, KEYS_ENTER, PLAY_NOW);
		play_shows(a, "fork-cow");
		app_key(a, KEYS_ESCAPE, PLAY_NOW);
		play_keys(a, "sIDD");
		play_shows(a, "fork-cow");
	}
	play_keys(a, "mT");
	assert_true(play_shows(a, "earlier moment"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	play_keys(a, "Q");
	assert_true(play_shows(a, "two at one moment"));
	app_free(a);
}

/* Its pages and faults are wanted wherever one looks, as long as it stands there. */
static void what_it_needs_is_read(void **state)
{
	struct app *a = begin();
	unsigned beside, before, marked;

	(void)state;
	play_keys(a, "2");
	before = app_need(a, &beside);
	play_keys(a, "m");
	marked = app_need(a, &beside);
	assert_int_equal(before & NEED_LISTEN, 0);
	assert_int_equal(marked & (NEED_PAGES | NEED_LISTEN), NEED_PAGES | NEED_LISTEN);
	play_keys(a, "M");
	assert_int_equal(app_need(a, &beside), before);
	app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mark_stands_beside_what_comes),
		cmocka_unit_test(each_m_moves_it_and_M_takes_it_away),
		cmocka_unit_test(a_held_moment_is_marked_and_stepped_from),
		cmocka_unit_test(a_moved_mark_changes_nothing_by_itself),
		cmocka_unit_test(another_b_or_a_ends_it),
		cmocka_unit_test(every_view_stands_it),
		cmocka_unit_test(what_it_needs_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
