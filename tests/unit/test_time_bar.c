/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time bar: what stands in which column, and going along it by mouse and by typed times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <locale.h>

#include "tests/fixtures/play.h"
#include "twintop/draw/time_bar.h"
#include "twintop/model/event.h"

#define SECOND 1000000000ull
#define WIDTH  80

/* ---- what is drawn ---------------------------------------------------------- */

static void log_kind(struct event_log *log, uint64_t ns, enum event_kind kind)
{
	struct snapshot *s = snapshot_new();
	const struct moment *m = moment_new(s, NULL);
	struct event_sink sink = {0};

	s->sequence = s->monotonic_ns = ns;
	event_sink_add(&sink, (struct event){.kind = kind, .monotonic_ns = ns, .pid = 1},
		text_of(NULL), text_of(NULL));
	s->events = event_sink_seal(&sink);
	event_log_add(log, m);
	moment_put(m);
}

/* One hundred seconds kept; the track has its columns from 1 on. */
static struct time_bar bar_of(const struct event_log *log, uint64_t shown_s)
{
	return (struct time_bar){
		.position = {.n = 1000,
			.at = shown_s * 10,
			.first_ns = 1000 * SECOND,
			.shown_ns = (1000 + shown_s) * SECOND,
			.last_ns = 1100 * SECOND},
		.clock_ns = 0,
		.most_ns = 600 * SECOND,
		.bytes = 5 << 20,
		.most_bytes = 64 << 20,
		.events = log,
	};
}

static char *drawn(const struct time_bar *b, int w, bool ascii, struct rect *ret_track)
{
	struct canvas *c = canvas_new(w, 1, ascii);
	struct textbuf out = {0};

	time_bar_draw(b, c, (struct rect){0, 0, w, 1});
	*ret_track = time_bar_track(b, c, (struct rect){0, 0, w, 1});
	canvas_write_text(c, &out);
	canvas_free(c);
	return out.bytes;
}

/* What ASCII shows in the column of that second. */
static char at(const struct time_bar *b, uint64_t second)
{
	struct rect track;
	char *text = drawn(b, WIDTH, true, &track), c;
	const struct time_axis axis = {b->position.first_ns, b->position.last_ns, track.w};

	c = text[track.x + time_axis_column(&axis, (1000 + second) * SECOND)];
	free(text);
	return c;
}

static void each_main_kind_has_a_weight(void **state)
{
	(void)state;
	assert_int_equal(event_weight(EVENT_KINDS), 0);
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		assert_int_equal(event_weight(kind) > 0, event_is_main(kind));
	assert_true(event_weight(EVENT_EXIT) > event_weight(EVENT_FORK));
	assert_true(event_weight(EVENT_FORK) > event_weight(EVENT_FIRST_COPY));
	assert_true(event_weight(EVENT_FIRST_COPY) > event_weight(EVENT_THREAD));
	assert_true(event_weight(EVENT_THREAD) > event_weight(EVENT_COMM));
}

/* Of several in one column the most telling one; what is not main has no mark. */
static void marks_stand_where_it_was_told(void **state)
{
	struct event_log log = {0};
	struct time_bar b = bar_of(&log, 50);

	(void)state;
	log_kind(&log, 1010 * SECOND, EVENT_FORK);
	log_kind(&log, 1030 * SECOND, EVENT_THREAD);
	log_kind(&log, 1030 * SECOND + 1, EVENT_EXIT);
	log_kind(&log, 1030 * SECOND + 2, EVENT_COMM);
	log_kind(&log, 1070 * SECOND, EVENT_MAPPED);
	log_kind(&log, 1080 * SECOND, EVENT_FIRST_COPY);
	log_kind(&log, 1100 * SECOND, EVENT_EXEC);
	log_kind(&log, 900 * SECOND, EVENT_ZOMBIE); /* no longer kept */
	assert_int_equal(at(&b, 10), 'F');
	assert_int_equal(at(&b, 20), '=');
	assert_int_equal(at(&b, 30), 'x');
	assert_int_equal(at(&b, 50), '@');
	assert_int_equal(at(&b, 70), '-');
	assert_int_equal(at(&b, 80), 'W');
	assert_int_equal(at(&b, 100), 'E');
	assert_int_equal(at(&b, 0), '=');
	b.events = NULL;
	assert_int_equal(at(&b, 10), '=');
	event_log_clear(&log);
}

/* Every event that is kept is in a column, at any width, and a click there leads to one of them. */
static void no_mark_is_lost_at_any_width(void **state)
{
	struct event_log log = {0};
	struct time_bar b = bar_of(&log, 100);

	(void)state;
	for (unsigned i = 0; i <= 100; i++)
		log_kind(&log, (1000 + i) * SECOND, i % 10 ? EVENT_COMM : EVENT_FORK);
	for (int w = 40; w < 300; w += 7) {
		struct rect track;
		char *text = drawn(&b, w, true, &track);
		unsigned forks = 0;

		assert_true(track.x > 0 && track.w > 0 && track.x + track.w < w);
		for (int x = track.x; x < track.x + track.w; x++) {
			uint64_t ns = time_bar_time(&b, track, x);

			forks += text[x] == 'F';
			assert_true(ns >= 1000 * SECOND && ns <= 1100 * SECOND);
			if (text[x] == 'F')
				assert_int_equal(ns % (10 * SECOND), 0);
		}
		assert_true(forks == 11 || track.w < 22);
		assert_int_equal(time_bar_time(&b, track, -5), 1000 * SECOND);
		assert_int_equal(time_bar_time(&b, track, w + 5), 1100 * SECOND);
		free(text);
	}
	event_log_clear(&log);
}

/* The moment that stands in B's place has its sign, whatever else happened then. */
static void what_is_marked_has_its_sign(void **state)
{
	struct event_log log = {0};
	struct time_bar b = bar_of(&log, 50);
	struct time_axis axis;
	struct rect track;

	(void)state;
	log_kind(&log, 1020 * SECOND, EVENT_FORK);
	b.marked_ns = 1010 * SECOND;
	assert_int_equal(at(&b, 10), 'M');
	assert_int_equal(at(&b, 5), '=');
	assert_int_equal(at(&b, 20), 'F');
	/* A click there leads to it. */
	track = time_bar_track(
		&b, &(const struct canvas){.ascii = true}, (struct rect){0, 0, WIDTH, 1});
	axis = (struct time_axis){b.position.first_ns, b.position.last_ns, track.w};
	assert_int_equal(time_bar_time(&b, track, track.x + time_axis_column(&axis, b.marked_ns)),
		b.marked_ns);
	b.marked_ns = 1020 * SECOND;
	assert_int_equal(at(&b, 20), 'M');
	b.marked_ns = 1050 * SECOND;
	assert_int_equal(at(&b, 50), 'M');
	b.marked_ns = 1100 * SECOND;
	assert_int_equal(at(&b, 100), 'M');
	assert_int_equal(at(&b, 50), '@');
	/* Before and after all that are kept it stands nowhere. */
	b.marked_ns = 999 * SECOND;
	assert_int_equal(at(&b, 0), '=');
	b.marked_ns = 1101 * SECOND;
	assert_int_equal(at(&b, 100), '-');
	event_log_clear(&log);
}

static void expect_text(
	const struct time_bar *b, int w, const char *begin, const char *last, const char *end)
{
	struct rect track;
	char *text = drawn(b, w, true, &track);
	size_t len = strlen(text);

	text[len - 1] = '\0'; /* the newline */
	assert_memory_equal(text, begin, strlen(begin));
	assert_memory_equal(text + track.x + track.w - 1, last, strlen(last));
	assert_string_equal(text + len - 1 - strlen(end), end);
	free(text);
}

static void its_ends_say_when_and_how_full(void **state)
{
	struct time_bar b = bar_of(NULL, 50);

	(void)state;
	b.clock_ns = (int64_t)(50400 * SECOND) - (int64_t)(1050 * SECOND);
	expect_text(&b, 120, " 14:00:00.0 [==", "-]", " 1m40s of 10m, 5M of 64M");
	expect_text(&b, 80, " 14:00:00.0 [==", "-]", " 1m40s/10m 5M/64M");
	expect_text(&b, 40, " 14:00:00.0 [==", "-]", " 1m40s/10m");
	b.live = true;
	expect_text(&b, 80, " live       [==", "@]", " 1m40s/10m 5M/64M");
	/* Older than all that is kept; and nothing but one moment. */
	b.live = false;
	b.position.shown_ns = 990 * SECOND;
	expect_text(&b, 80, " 13:59:00.0 <--", "-]", " 1m40s/10m 5M/64M");
	b.position.first_ns = b.position.shown_ns = b.position.last_ns;
	expect_text(&b, 80, " 14:00:50.0 [==", "@]", " 0ms/10m 5M/64M");
	/* A source without bounds has none to tell. */
	b.most_ns = b.most_bytes = 0;
	expect_text(&b, 80, " 14:00:50.0 [==", "@]", " 0ms");
}

/* ---- on the screen ------------------------------------------------------------ */

static void feed_steps(struct app *a, unsigned from, unsigned to)
{
	for (unsigned i = from; i <= to; i++)
		play_feed(a, (struct scene){.step = i});
}

#define LIVE_BAR   " live       ├━"
#define PAUSED_BAR " 14:30:0"

static void it_is_there_while_paused_and_where_wanted(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	assert_false(play_shows(a, LIVE_BAR));
	play_keys(a, " ");
	assert_true(play_shows(a, PAUSED_BAR));
	play_keys(a, " t");
	assert_true(play_shows(a, LIVE_BAR));
	assert_true(play_shows(a, " time: "));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_false(play_shows(a, LIVE_BAR));
	assert_false(play_shows(a, " time: "));
	/* Twice: it stays; and twice more: it goes. */
	play_keys(a, "tt");
	assert_true(play_shows(a, LIVE_BAR));
	assert_false(play_shows(a, " time: "));
	play_keys(a, "t");
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_true(play_shows(a, LIVE_BAR));
	play_keys(a, "t");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_false(play_shows(a, LIVE_BAR));
	/* While paused it only says so. */
	play_keys(a, " tt");
	assert_true(play_shows(a, "the time bar stays when live data go on"));
	play_keys(a, " ");
	assert_true(play_shows(a, LIVE_BAR));
	/* Whoever types sees it; a key that is of no time does what it ever does. */
	play_keys(a, "tt");
	assert_false(play_shows(a, LIVE_BAR));
	play_keys(a, "t[");
	assert_true(play_shows(a, "moment 1 of 2"));
	assert_false(play_shows(a, " time: "));
	app_free(a);
}

static void type(struct app *a, const char *text)
{
	play_keys(a, "t");
	play_keys(a, text);
	app_key(a, KEYS_ENTER, PLAY_NOW);
}

static void a_typed_time_is_gone_to(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	feed_steps(a, 2, 40);
	type(a, "-1.5s");
	assert_true(play_shows(a, "1.5 s back, moment 26 of 41"));
	type(a, "-1.52s"); /* the nearest */
	assert_true(play_shows(a, "1.5 s back, moment 26 of 41"));
	type(a, "14:30:03");
	assert_true(play_shows(a, "1.0 s back, moment 31 of 41"));
	assert_true(play_shows(a, " 14:30:03.0 ├"));
	type(a, "14:30:00.2");
	assert_true(play_shows(a, "moment 3 of 41"));
	type(a, "-0");
	assert_true(play_shows(a, " moment 41 of 41"));
	type(a, "-5m");
	assert_true(play_shows(a, "moment 1 of 41"));
	assert_true(play_shows(a, "nothing so old is kept: this is the oldest moment"));
	type(a, "14:29");
	assert_true(play_shows(a, "nothing so old is kept"));
	app_key(a, KEYS_END, PLAY_NOW);
	assert_false(play_shows(a, LIVE_BAR));
	app_free(a);
}

/* Nothing moves, what was typed stays to be mended, and the line says what is wrong. */
static void what_is_no_time_is_told(void **state)
{
	static const char *const wrong[] = {"abc", "-12x", "25:00", "12", "-1m30"};
	struct app *a = play_start(false, false);

	(void)state;
	feed_steps(a, 2, 40);
	play_keys(a, "[");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		type(a, wrong[i]);
		assert_true(play_shows(a, "is no time: give one such as -12s, -1m30s or 14:03:22"));
		assert_true(play_shows(a, wrong[i]));
		assert_true(play_shows(a, "moment 40 of 41"));
		app_key(a, KEYS_BACKSPACE, PLAY_NOW);
		assert_false(play_shows(a, "is no time"));
		app_key(a, KEYS_ESCAPE, PLAY_NOW);
		assert_true(play_shows(a, "moment 40 of 41"));
	}
	type(a, "14:31");
	assert_true(play_shows(a, "14:31   has not come yet") || play_shows(a, "has not come yet"));
	for (int i = 0; i < 5; i++)
		app_key(a, KEYS_BACKSPACE, PLAY_NOW);
	play_keys(a, "-1s");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(play_shows(a, "1.0 s back, moment 31 of 41"));
	app_free(a);
}

/* ---- by mouse ------------------------------------------------------------------ */

#define BAR_ROW	   (PLAY_ROWS - 2)
#define TRACK_LEFT 13
#define TRACK_W	   (PLAY_COLUMNS - TRACK_LEFT - 30)

static int column_of(double share)
{
	return TRACK_LEFT + (int)(share * TRACK_W);
}

static void the_mouse_goes_along_it(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	feed_steps(a, 2, 20);
	play_feed(a, (struct scene){.step = 21, .events = "f"});
	feed_steps(a, 22, 40);
	play_keys(a, "4tt");
	assert_true(play_shows(a, LIVE_BAR));
	app_drag(a, column_of(0.1), BAR_ROW); /* nobody pressed it */
	assert_true(play_shows(a, LIVE_BAR));
	app_click(a, 0, BAR_ROW, PLAY_NOW);
	assert_true(play_shows(a, "moment 1 of 41"));
	app_drag(a, column_of(0.25), BAR_ROW);
	assert_true(play_shows(a, "moment 11 of 41"));
	app_drag(a, column_of(0.75), 3);
	assert_true(play_shows(a, "moment 31 of 41"));
	app_drag(a, PLAY_COLUMNS + 50, BAR_ROW);
	assert_true(play_shows(a, " moment 41 of 41"));
	app_drag(a, -3, BAR_ROW);
	assert_true(play_shows(a, "moment 1 of 41"));
	app_drop(a);
	app_drag(a, column_of(0.75), BAR_ROW);
	assert_true(play_shows(a, "moment 1 of 41"));
	/* A mark leads to what it stands for. */
	for (int x = column_of(0.5); x <= column_of(0.55); x++) {
		app_click(a, x, BAR_ROW, PLAY_NOW);
		if (play_shows(a, "event 1 of 1: 4242 fork-cow forked 4243"))
			break;
	}
	assert_true(play_shows(a, "moment 22 of 41"));
	/* A click elsewhere takes the mouse off it. */
	app_click(a, 5, 10, PLAY_NOW);
	app_drag(a, column_of(0.75), BAR_ROW);
	assert_true(play_shows(a, "moment 22 of 41"));
	app_free(a);
}

static void a_click_ends_what_is_typed(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	feed_steps(a, 2, 40);
	play_keys(a, "t-1");
	assert_true(play_shows(a, " time: -1"));
	app_click(a, column_of(0.25), BAR_ROW, PLAY_NOW);
	assert_false(play_shows(a, " time: "));
	assert_true(play_shows(a, "moment 11 of 41"));
	/* Other lines that are typed stay. */
	play_keys(a, "/abc");
	app_click(a, column_of(0.75), BAR_ROW, PLAY_NOW);
	assert_true(play_shows(a, " search: abc"));
	assert_true(play_shows(a, "moment 11 of 41"));
	app_free(a);
}

/* A live bar moves once a second where nothing else does. */
static void it_asks_for_few_drawings(void **state)
{
	struct app *a = app_new(&(struct app_options){.delay_ns = SCENE_STEP_NS, .view = "memory"});
	const struct moment *first = scene_moment(&(struct scene){.step = 1}), *m;
	unsigned without = 0, with = 0;

	(void)state;
	app_moment(a, first);
	for (unsigned i = 1; i <= 60; i++) {
		m = moment_new(scene_again(first, i * SCENE_STEP_NS), part_get(first->pair));
		if (i <= 30)
			without += app_moment(a, m);
		else
			with += app_moment(a, m);
		moment_put(m);
		if (i == 30)
			play_keys(a, "tt");
	}
	assert_true(without <= 3);
	assert_true(with >= 3 && with <= 6);
	moment_put(first);
	app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_main_kind_has_a_weight),
		cmocka_unit_test(marks_stand_where_it_was_told),
		cmocka_unit_test(no_mark_is_lost_at_any_width),
		cmocka_unit_test(what_is_marked_has_its_sign),
		cmocka_unit_test(its_ends_say_when_and_how_full),
		cmocka_unit_test(it_is_there_while_paused_and_where_wanted),
		cmocka_unit_test(a_typed_time_is_gone_to),
		cmocka_unit_test(what_is_no_time_is_told),
		cmocka_unit_test(the_mouse_goes_along_it),
		cmocka_unit_test(a_click_ends_what_is_typed),
		cmocka_unit_test(it_asks_for_few_drawings),
	};

	setenv("TZ", "UTC0", 1);
	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 77;
	return cmocka_run_group_tests_name("time_bar", tests, NULL, NULL);
}
