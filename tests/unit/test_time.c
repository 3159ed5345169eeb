/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pausing, going through the moments kept, and from event to event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fixtures/play.h"
#include "twintop/record/history.h"

#define LOW_ROWS 24
#define MOMENTS	 600u
#define BOUNDS	 ((struct history_bounds){(MOMENTS - 1) * SCENE_STEP_NS, 1u << 30})

static void feed_steps(struct app *a, unsigned from, unsigned to)
{
	for (unsigned i = from; i <= to; i++)
		play_feed(a, (struct scene){.step = i});
}

static void time_can_be_stepped_through(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	assert_true(play_shows(a, "live 10 Hz"));
	play_keys(a, " ");
	assert_true(play_shows(a, " moment 2 of 2 "));
	play_feed(a, (struct scene){.step = 2});
	assert_true(play_shows(a, "paused"));
	assert_true(play_shows(a, "0.1 s back, moment 2 of 3"));
	app_key(a, KEYS_LEFT, PLAY_NOW);
	assert_true(play_shows(a, "0.2 s back, moment 1 of 3"));
	app_key(a, KEYS_LEFT, PLAY_NOW);
	assert_true(play_shows(a, "this is the oldest moment kept"));
	app_key(a, KEYS_RIGHT, PLAY_NOW);
	assert_false(play_shows(a, "this is the oldest moment kept"));
	app_key(a, KEYS_RIGHT, PLAY_NOW);
	assert_false(play_shows(a, " back"));
	assert_true(play_shows(a, " moment 3 of 3 "));
	app_key(a, KEYS_RIGHT, PLAY_NOW);
	assert_true(play_shows(a, "this is the newest moment"));
	app_key(a, KEYS_END, PLAY_NOW);
	assert_true(play_shows(a, "live 10 Hz"));
	assert_false(play_shows(a, "this is the newest moment"));
	assert_false(play_shows(a, "moment 3 of 3"));
	app_free(a);
}

static void events_of_any_view_are_in_the_overview(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "5");
	play_feed(a, (struct scene){.step = 2, .events = "f"});
	play_keys(a, "7");
	play_feed(a, (struct scene){.step = 3});
	play_feed(a, (struct scene){.step = 4, .events = "e"});
	play_keys(a, "1");
	assert_int_equal(play_count(a, PLAY_NOW, "4242 fork-cow forked 4243"), 1);
	assert_int_equal(play_count(a, PLAY_NOW, "4243 fork-cow ended: killed by SIGSEGV"), 1);
	/* To and fro: each is told once, and in the past what was not known yet is not told. */
	for (int i = 0; i < 3; i++) {
		play_keys(a, "[");
		assert_int_equal(play_count(a, PLAY_NOW, "forked 4243"), 1);
		assert_false(play_shows(a, "killed by"));
		play_keys(a, "[[");
		assert_false(play_shows(a, "EVENTS"));
		play_keys(a, "]]]");
		assert_int_equal(play_count(a, PLAY_NOW, "forked 4243"), 1);
		assert_int_equal(play_count(a, PLAY_NOW, "killed by SIGSEGV"), 1);
	}
	app_free(a);
}

/* Where their list has no room the newest stands on the last line, until one goes to the list. */
static void events_are_seen_on_a_low_screen(void **state)
{
	struct app *a = play_start(false, false);
	const char *ended = "4243 fork-cow ended: killed by SIGSEGV";

	(void)state;
	assert_int_equal(play_count_in(a, LOW_ROWS, PLAY_NOW, "fds "), 2);
	play_feed(a, (struct scene){.step = 2, .events = "f"});
	play_feed(a, (struct scene){.step = 3, .events = "e"});
	assert_int_equal(play_count_in(a, LOW_ROWS, PLAY_NOW, ended), 1);
	assert_int_equal(play_count_in(a, LOW_ROWS, PLAY_NOW, "COPY ON WRITE"), 1);
	app_click(a, 1, LOW_ROWS - 2, PLAY_NOW);
	assert_int_equal(play_count_in(a, LOW_ROWS, PLAY_NOW, ended), 1);
	assert_int_equal(play_count_in(a, LOW_ROWS, PLAY_NOW, "EVENTS"), 1);
	app_key(a, KEYS_DOWN, PLAY_NOW);
	assert_int_equal(play_count_in(a, LOW_ROWS, PLAY_NOW, "forked 4243"), 1);
	/* A higher screen leaves no line empty at its foot while rows stand above its top. */
	assert_true(play_shows(a, "COPY ON WRITE"));
	app_free(a);
}

static void one_goes_from_event_to_event(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "{");
	assert_true(play_shows(a, "no earlier event is kept"));
	assert_true(play_shows(a, "live 10 Hz"));
	play_feed(a, (struct scene){.step = 2, .events = "f"});
	feed_steps(a, 3, 7);
	play_feed(a, (struct scene){.step = 8, .events = "xt"});
	feed_steps(a, 9, 10);
	play_keys(a, "{");
	assert_true(play_shows(a, "0.2 s back, moment 9 of 11"));
	assert_true(play_shows(
		a, "event 2 of 3: 4242 bash executed another program: fork-cow, and 1 more"));
	play_keys(a, "{");
	assert_true(play_shows(a, "0.8 s back, moment 3 of 11"));
	assert_true(play_shows(a, "event 1 of 3: 4242 fork-cow forked 4243"));
	play_keys(a, "{");
	assert_true(play_shows(a, "no earlier event is kept"));
	assert_true(play_shows(a, "moment 3 of 11"));
	play_keys(a, "}{]");
	assert_true(play_shows(a, "moment 4 of 11"));
	assert_false(play_shows(a, "event 1 of 3"));
	play_keys(a, "}");
	assert_true(play_shows(a, "moment 9 of 11"));
	play_keys(a, "}");
	assert_true(play_shows(a, "no event is later"));
	assert_true(play_shows(a, "moment 9 of 11"));
	app_free(a);
}

/* Events outlive the moments that told of them: they are told, but nobody can go there. */
static void events_outlive_their_moments(void **state)
{
	struct app *a = play_start_bounded(BOUNDS);

	(void)state;
	play_feed(a, (struct scene){.step = 2, .events = "f"});
	feed_steps(a, 3, MOMENTS + 2);
	play_keys(a, "1{");
	assert_true(play_shows(a, "no earlier event is kept"));
	assert_true(play_shows(a, "forked 4243"));
	app_free(a);
}

static void one_leaps_by_ten_and_to_the_oldest(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	feed_steps(a, 2, 34);
	play_keys(a, "(");
	assert_true(play_shows(a, "1.0 s back, moment 25 of 35"));
	play_keys(a, "((");
	assert_true(play_shows(a, "3.0 s back, moment 5 of 35"));
	play_keys(a, "(");
	assert_true(play_shows(a, "3.4 s back, moment 1 of 35"));
	play_keys(a, "])");
	assert_true(play_shows(a, "2.3 s back, moment 12 of 35"));
	app_key(a, KEYS_HOME, PLAY_NOW);
	assert_true(play_shows(a, "3.4 s back, moment 1 of 35"));
	play_keys(a, "))))");
	assert_true(play_shows(a, " moment 35 of 35"));
	/* Live, Home is the view's; the keys that pause if need be do so. */
	app_key(a, KEYS_END, PLAY_NOW);
	app_key(a, KEYS_HOME, PLAY_NOW);
	assert_true(play_shows(a, "live 10 Hz"));
	play_keys(a, "[");
	assert_true(play_shows(a, "0.1 s back, moment 34 of 35"));
	app_free(a);
}

/* What is held when it makes room stays on the screen, and says that it is older than all. */
static void a_held_moment_outlives_the_history(void **state)
{
	struct app *a = play_start_bounded(BOUNDS);

	(void)state;
	play_keys(a, "4 ");
	feed_steps(a, 2, 620);
	assert_true(play_shows(a, "1:02 back, older than all kept"));
	assert_true(play_shows(a, "B wrote 1 page"));
	assert_false(play_shows(a, "B wrote 64 pages"));
	play_keys(a, "[");
	assert_true(play_shows(a, "nothing older is kept"));
	play_keys(a, "]");
	assert_true(play_shows(a, "59.9 s back, moment 1 of 600"));
	app_key(a, KEYS_END, PLAY_NOW);
	assert_true(play_shows(a, "B wrote 64 pages"));
	app_free(a);
}

/* The view's part of the screen. */
static char *view_text(struct app *a)
{
	struct canvas *c = canvas_new(120, 40, false);
	struct textbuf out = {0};
	char *text, *end;

	app_draw(a, c, PLAY_NOW, 0);
	canvas_write_text(c, &out);
	text = strchr(strchr(out.bytes, '\n') + 1, '\n');
	end = strrchr(text, '\n');
	*end = '\0'; /* the last line's end, then the footer's, then the time bar's */
	*strrchr(text, '\n') = '\0';
	*strrchr(text, '\n') = '\0';
	text = strdup(text);
	textbuf_free(&out);
	canvas_free(c);
	return text;
}

/* Every view shows the held moment, whichever was open and whatever came since. */
static void all_views_are_held_at_one_moment(void **state)
{
	struct app *held = play_start(false, false), *at_once = play_start(false, false),
		   *live = play_start(false, false);
	unsigned differ = 0;

	(void)state;
	feed_steps(held, 2, 4);
	feed_steps(at_once, 2, 4);
	feed_steps(live, 2, 20);
	play_keys(held, "2 ");
	play_keys(at_once, "2 ");
	feed_steps(held, 5, 19);
	play_feed(held, (struct scene){.step = 20, .b_killed = true});
	for (size_t i = 0; i < view_table_n; i++) {
		uint32_t key = (unsigned char)view_table[i]->key;
		char *a, *b, *now;

		app_key(held, key, PLAY_NOW);
		app_key(at_once, key, PLAY_NOW);
		app_key(live, key, PLAY_NOW);
		a = view_text(held);
		b = view_text(at_once);
		now = view_text(live);
		assert_string_equal(a, b);
		differ += strcmp(a, now) != 0;
		free(a);
		free(b);
		free(now);
	}
	assert_true(differ >= 4); /* what moves in the scene is seen to be held */
	app_free(held);
	app_free(at_once);
	app_free(live);
}

/* A key for each character, Enter for a newline. */
static void press(struct app *a, const char *keys)
{
	for (; *keys; keys++)
		app_key(a, *keys == '\n' ? (uint32_t)KEYS_ENTER : (unsigned char)*keys, PLAY_NOW);
}

/* Presses keys in a view of two apps: in one where it stayed, in one that went on and came back. */
static void expect_same_past(char view, const char *keys)
{
	struct app *back = play_start(false, false), *stayed = play_start(false, false);
	const char first[2] = {view};
	char *a, *b;

	press(back, first);
	press(stayed, first);
	feed_steps(back, 2, 4);
	feed_steps(stayed, 2, 4);
	press(stayed, " ");
	play_feed(back, (struct scene){.step = 5, .events = "xt"});
	feed_steps(back, 6, 9);
	play_feed(back, (struct scene){.step = 10, .b_killed = true, .events = "e"});
	press(back, "[[[[[[");
	press(back, keys);
	press(stayed, keys);
	a = view_text(back);
	b = view_text(stayed);
	assert_string_equal(a, b);
	free(a);
	free(b);
	app_free(back);
	app_free(stayed);
}

/* What one who steps back sees and does is what one saw and did who stayed there. */
static void each_view_is_in_the_past_as_it_was(void **state)
{
	/* As it is, sorted, what differs, filtered, searched, details, an explanation, a lecture.
	 */
	static const char *const keys[] = {"", "s", "sssI", "D", "f4\n", "/4\n", "jj\n", "jjle",
		"jjlle", "L", "T", "jj\n/a\n"};

	(void)state;
	for (size_t i = 0; i < view_table_n; i++)
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
			expect_same_past(view_table[i]->key, keys[k]);
}

/* A source that knows how many map any frame, and how often it was asked. */
struct answering {
	struct source source;
	unsigned asked;
	bool slow; /* its answers are on their way */
};

static void answer(struct source *source, const struct question *question, struct answer *ret)
{
	((struct answering *)source)->asked++;
	assert_int_equal(question->kind, QUESTION_FRAME_USERS);
	assert_int_equal(question->address, 0x140000);
	*ret = (struct answer){VALUE_KNOWN, NULL, 3};
	if (((struct answering *)source)->slow)
		*ret = (struct answer){VALUE_UNREAD, "on its way", 0};
}

/* The living are asked about the newest moment alone. */
static void a_past_moment_asks_nobody(void **state)
{
	static const struct source_ops ops = {.id = "double", .ask = answer};
	struct answering live = {{&ops}, 0, false};
	const struct app_options options = {.delay_ns = SCENE_STEP_NS, .live = &live.source};
	struct app *a = app_new(&options);

	(void)state;
	play_feed(a, (struct scene){.step = 0});
	play_keys(a, "5");
	assert_true(play_shows(a, "A frame 140000 mapped 3×  B frame 140000 mapped 3×"));
	assert_int_equal(live.asked, 2);
	play_keys(a, " ");
	assert_true(play_shows(a,
		"A frame 140000 mapped ?×  B frame 140000 mapped ?×  ?: not asked at this moment"));
	assert_int_equal(live.asked, 2);
	app_key(a, KEYS_END, PLAY_NOW);
	assert_true(play_shows(a, "mapped 3×"));
	/* Soon there will be an answer, though no moment brings anything new. */
	assert_false(app_fading(a));
	live.slow = true;
	assert_false(play_shows(a, "mapped"));
	assert_true(app_fading(a));
	app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_can_be_stepped_through),
		cmocka_unit_test(events_of_any_view_are_in_the_overview),
		cmocka_unit_test(events_are_seen_on_a_low_screen),
		cmocka_unit_test(one_goes_from_event_to_event),
		cmocka_unit_test(events_outlive_their_moments),
		cmocka_unit_test(one_leaps_by_ten_and_to_the_oldest),
		cmocka_unit_test(a_held_moment_outlives_the_history),
		cmocka_unit_test(all_views_are_held_at_one_moment),
		cmocka_unit_test(each_view_is_in_the_past_as_it_was),
		cmocka_unit_test(a_past_moment_asks_nobody),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
