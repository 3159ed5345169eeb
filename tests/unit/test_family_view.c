/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Family view on the scene's family: its tree, its dead, and whom its keys choose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/play.h"

static struct app *open_family(const struct scene *scene)
{
	const struct app_options options = {.view = "family", .delay_ns = SCENE_STEP_NS};
	struct app *a = app_new(&options);

	play_feed(a, *scene);
	return a;
}

static void assert_asked(struct app *a, unsigned side, pid_t pid)
{
	struct app_request r;

	assert_true(app_next_request(a, &r));
	assert_int_equal(r.kind, REQUEST_WATCH);
	assert_int_equal(r.side, side);
	assert_int_equal(r.pid, pid);
	assert_int_equal(r.other, 0);
	assert_false(app_next_request(a, &r));
}

static void assert_not_asked(struct app *a, const char *why)
{
	struct app_request r;

	assert_false(app_next_request(a, &r));
	assert_true(play_shows(a, why));
}

/* ---- choosing ----------------------------------------------------------------- */

/* The rows are: A, B, worker-a, sh, a zombie, a dead one, its orphan, another dead one. */
static void keys_make_a_member_a_or_b(void **state)
{
	static const struct {
		uint32_t key;
		unsigned side;
	} row[] = {{KEYS_ENTER, 1}, {'P', 1}, {'p', 0}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct app *a = open_family(&(struct scene){0});

		play_keys(a, "jjj");
		app_key(a, row[i].key, PLAY_NOW);
		assert_asked(a, row[i].side, 4261);
		play_keys(a, "jjj");
		app_key(a, row[i].key, PLAY_NOW);
		assert_asked(a, row[i].side, 4264);
		app_free(a);
	}
}

static void who_is_that_already_or_dead_is_told(void **state)
{
	struct app *a = open_family(&(struct scene){0});

	(void)state;
	play_keys(a, "p");
	assert_not_asked(a, "that is A already");
	play_keys(a, "j");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_not_asked(a, "that is B already");
	play_keys(a, "jjjP");
	assert_not_asked(a, "that process has ended"); /* the zombie */
	play_keys(a, "jp");
	assert_not_asked(a, "that process has ended");
	app_free(a);
}

static void assert_lifted(struct app *a, unsigned generations)
{
	struct app_request r;

	assert_true(app_next_request(a, &r));
	assert_int_equal(r.kind, REQUEST_LIFT);
	assert_int_equal(r.generations, generations);
	assert_false(app_next_request(a, &r));
}

static void keys_go_through_the_generations(void **state)
{
	struct app *a = open_family(&(struct scene){0});

	(void)state;
	play_keys(a, "U");
	assert_not_asked(a, "the family is that of A");
	play_keys(a, "u");
	assert_lifted(a, 1);
	play_feed(a, (struct scene){.step = 1, .lifted = 1});
	play_keys(a, "u");
	assert_lifted(a, 2);
	play_feed(a, (struct scene){.step = 2, .lifted = 2});
	play_keys(a, "u");
	assert_not_asked(a, "nobody is above the first one");
	play_keys(a, "U");
	assert_lifted(a, 1);
	app_free(a);
}

/* Keys that come before the next moment go on from what was asked for, not from what is shown. */
static void generations_are_counted_before_they_are_shown(void **state)
{
	struct app *a = open_family(&(struct scene){0});

	(void)state;
	play_keys(a, "u");
	assert_lifted(a, 1);
	play_keys(a, "u");
	assert_lifted(a, 2);
	play_keys(a, "U");
	assert_lifted(a, 1);
	play_keys(a, "U");
	assert_lifted(a, 0);
	play_keys(a, "U");
	assert_not_asked(a, "the family is that of A");
	/* Fewer are there than were asked for. */
	for (unsigned i = 1; i < 5; i++) {
		play_keys(a, "u");
		assert_lifted(a, i);
	}
	play_feed(a, (struct scene){.step = 1, .lifted = 2});
	play_keys(a, "u");
	assert_not_asked(a, "nobody is above the first one");
	play_keys(a, "U");
	assert_lifted(a, 1);
	play_keys(a, "u");
	assert_lifted(a, 2);
	app_free(a);
}

/* Whoever is chosen as A from all processes begins with a family of his own. */
static void another_a_begins_with_his_own_family(void **state)
{
	struct app *a = open_family(&(struct scene){0});
	const struct process_list *list = scene_list();
	struct app_request r;

	(void)state;
	play_keys(a, "4p");
	assert_true(app_next_request(a, &r)); /* for the list */
	app_process_list(a, list);
	part_put(list);
	play_keys(a, "4300");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(app_next_request(a, &r)); /* no list any more */
	assert_true(app_next_request(a, &r));
	assert_int_equal(r.kind, REQUEST_LIFT);
	assert_int_equal(r.generations, 0);
	assert_asked(a, 0, 4300);
	app_free(a);
}

/* Elsewhere the keys are those of all views. */
static void other_views_keep_their_keys(void **state)
{
	struct app *a = open_family(&(struct scene){0});
	struct app_request r;

	(void)state;
	play_keys(a, "4p");
	assert_true(app_next_request(a, &r));
	assert_int_equal(r.kind, REQUEST_LIST);
	app_free(a);
}

static void details_are_shown_by_o(void **state)
{
	struct app *a = open_family(&(struct scene){.step = 1});

	(void)state;
	play_keys(a, "jjo");
	assert_true(play_shows(a, "efficiency_percent") || play_shows(a, "KEPT"));
	assert_true(play_shows(a, "worker-a"));
	app_free(a);
}

/* ---- the tree ------------------------------------------------------------------- */

static void branches_stand_before_names(void **state)
{
	struct app *a = open_family(&(struct scene){0});

	(void)state;
	assert_true(play_shows(a, "4243  ├ fork-cow"));
	assert_true(play_shows(a, "4261  │ ├ sh"));
	assert_true(play_shows(a, "4262  │ └ x"));
	assert_true(play_shows(a, "4264  │ └ worker-c"));
	assert_true(play_shows(a, "4265  └ worker-d"));
	app_free(a);
}

/* Who is left out leaves no gap: what hung below hangs below the next one above. */
static void what_is_left_out_leaves_no_gap(void **state)
{
	struct app *a = open_family(&(struct scene){0});

	(void)state;
	play_keys(a, "fworker");
	assert_true(play_shows(a, "4260  worker-a"));
	assert_true(play_shows(a, "4264  └ worker-c"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	play_keys(a, "d");
	assert_true(play_shows(a, "4264  └ worker-c"));
	assert_true(play_shows(a, "4262  │ └ x")); /* a zombie is there */
	app_free(a);
}

static void sorted_rows_are_no_tree(void **state)
{
	struct app *a = open_family(&(struct scene){0});

	(void)state;
	assert_true(play_shows(a, "├"));
	play_keys(a, "ss");
	assert_true(play_shows(a, "4261  sh"));
	app_free(a);
}

/* ---- the dead ------------------------------------------------------------------ */

static void the_dead_stay_until_dismissed(void **state)
{
	struct app *a = open_family(&(struct scene){0});

	(void)state;
	assert_true(play_shows(a, "SIGSEGV"));
	assert_true(play_shows(a, "exit 3"));
	assert_true(play_shows(a, "2 ended, d dismisses"));
	play_keys(a, "d");
	play_feed(a, (struct scene){.step = 1});
	assert_false(play_shows(a, "worker-b"));
	assert_false(play_shows(a, "worker-d"));
	assert_true(play_shows(a, "exit 3"));
	app_free(a);
}

/* Another A or B of the same family is no other family. */
static void rows_stay_when_others_are_watched(void **state)
{
	struct app *a = open_family(&(struct scene){0});

	(void)state;
	play_keys(a, "djj");
	play_feed(a, (struct scene){.step = 1, .b = 4260});
	assert_true(play_shows(a, "B     4260  ├ worker-a"));
	assert_false(play_shows(a, "worker-b"));
	assert_true(play_shows(a, "3/6"));
	app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_make_a_member_a_or_b),
		cmocka_unit_test(who_is_that_already_or_dead_is_told),
		cmocka_unit_test(keys_go_through_the_generations),
		cmocka_unit_test(generations_are_counted_before_they_are_shown),
		cmocka_unit_test(another_a_begins_with_his_own_family),
		cmocka_unit_test(other_views_keep_their_keys),
		cmocka_unit_test(details_are_shown_by_o),
		cmocka_unit_test(branches_stand_before_names),
		cmocka_unit_test(what_is_left_out_leaves_no_gap),
		cmocka_unit_test(sorted_rows_are_no_tree),
		cmocka_unit_test(the_dead_stay_until_dismissed),
		cmocka_unit_test(rows_stay_when_others_are_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
