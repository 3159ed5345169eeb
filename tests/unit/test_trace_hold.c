/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread is held only where somebody said so twice; and what is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/json_text.h"
#include "tests/fixtures/play.h"
#include "twintop/model/backtraces.h"
#include "twintop/report/report.h"

/* ---- keys ------------------------------------------------------------------------ */

static struct app *begin(const char *keys)
{
	struct app *a = play_start(false, false);
	struct app_request r;

	play_feed(a, (struct scene){.step = 2, .held = true});
	while (app_next_request(a, &r))
		continue;
	play_keys(a, keys);
	return a;
}

static void expect_none(struct app *a)
{
	struct app_request r;

	assert_false(app_next_request(a, &r));
}

static void expect_wish(struct app *a, pid_t tid)
{
	struct app_request r;

	assert_true(app_next_request(a, &r));
	assert_int_equal(r.kind, REQUEST_HOLD);
	assert_int_equal(r.pid, tid);
	assert_int_equal(r.process.pid, tid ? 4242 : 0);
	expect_none(a);
}

static void it_is_asked_about_before(void **state)
{
	struct app *a = begin("2B");

	(void)state;
	expect_none(a);
	assert_true(play_shows(a, "HOLD thread 4242"));
	assert_true(play_shows(a, "epoll_wait"));
	play_keys(a, "Y");
	expect_wish(a, 4242);
	assert_false(play_shows(a, "HOLD thread"));
	play_keys(a, "Y");
	expect_none(a);
	app_free(a);
}

static void any_other_key_leaves_it_alone(void **state)
{
	static const char other[] = {'b', 'B', 'j', 'J', 's'};

	(void)state;
	for (size_t i = 0; i < sizeof other; i++) {
		const char keys[] = {'2', 'B', other[i], '\0'};
		struct app *a = begin(keys);

		expect_none(a);
		if (other[i] != 'B') {
			play_keys(a, "Y");
			expect_none(a);
		}
		app_free(a);
	}
}

static void escape_leaves_it_alone(void **state)
{
	struct app *a = begin("2B");

	(void)state;
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_false(play_shows(a, "HOLD thread"));
	play_keys(a, "Y");
	expect_none(a);
	app_free(a);
}

/* What is told of it stays until the pane closes. */
static void with_the_pane_it_is_over(void **state)
{
	struct app *a = begin("2jjBY");

	(void)state;
	expect_wish(a, 4251);
	play_keys(a, "jk");
	expect_none(a);
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	expect_wish(a, 0);
	play_keys(a, "bbb");
	expect_none(a);
	app_free(a);
}

static void a_moment_gone_by_holds_nobody(void **state)
{
	struct app *a = begin("2 B");

	(void)state;
	assert_false(play_shows(a, "HOLD thread"));
	assert_true(play_shows(a, "that moment has gone by"));
	play_keys(a, "Y");
	expect_none(a);
	app_free(a);
}

/* Asked about live, answered while paused. */
static void a_pause_between_leaves_it_alone(void **state)
{
	struct app *a = begin("3B Y");

	(void)state;
	expect_none(a);
	app_free(a);
}

/* ---- words ------------------------------------------------------------------------ */

static void it_is_said_how_it_was_come_by(void **state)
{
	struct thread_backtrace t = {.taken_ns = 1000000000};
	struct textbuf text = {0};

	(void)state;
	backtrace_means_print(&text, &t, 2000000000);
	assert_int_equal(text.len, 0);
	t.means = BACKTRACE_SAMPLED;
	backtrace_means_print(&text, &t, 1350000000);
	assert_string_equal(text.bytes, "sampled 0.3 s ago");
	textbuf_clear(&text);
	t.means = BACKTRACE_HELD;
	t.held_ns = 8001;
	backtrace_means_print(&text, &t, 13000000000);
	assert_string_equal(text.bytes, "held for 9 µs at most, 12.0 s ago");
	textbuf_clear(&text);
	/* Of a moment before. */
	backtrace_means_print(&text, &t, 1);
	assert_string_equal(text.bytes, "held for 9 µs at most, 0.0 s ago");
	textbuf_clear(&text);
	t.gap = BACKTRACE_LEFT;
	backtrace_means_print(&text, &t, 1);
	assert_int_equal(text.len, 0);
	textbuf_free(&text);
}

static void each_end_of_a_wish_has_words(void **state)
{
	struct thread_backtrace t = {
		.hold = HOLD_TRACED, .tracer = 7, .tracer_name = text_of("s\033trace")};
	struct textbuf text = {0};

	(void)state;
	assert_null(hold_end_words(HOLD_NONE));
	for (unsigned end = 1; end < HOLD_ENDS; end++)
		assert_non_null(hold_end_words((enum hold_end)end));
	hold_end_print(&text, &t);
	assert_non_null(strstr(text.bytes, "by 7 s\\etrace"));
	textbuf_clear(&text);
	t.tracer = 0;
	hold_end_print(&text, &t);
	assert_string_equal(text.bytes, hold_end_words(HOLD_TRACED));
	textbuf_clear(&text);
	t.hold = HOLD_NONE;
	hold_end_print(&text, &t);
	assert_int_equal(text.len, 0);
	textbuf_free(&text);
}

static void one_that_runs_says_why_it_was_not_sampled(void **state)
{
	static const enum value_state why[] = {
		VALUE_KNOWN, VALUE_DENIED, VALUE_UNSUPPORTED, VALUE_NONE, VALUE_LATE};
	struct thread_backtrace t = {.gap = BACKTRACE_RUNS};
	const char *before = "";

	(void)state;
	for (size_t i = 0; i < sizeof why / sizeof *why; i++) {
		t.hidden = why[i];
		assert_non_null(backtraces_gap(&t));
		assert_string_not_equal(backtraces_gap(&t), before);
		before = backtraces_gap(&t);
	}
}

/* ---- told --------------------------------------------------------------------------- */

static json_t *trace_of(json_t *object, size_t thread)
{
	json_t *threads =
		json_object_get(json_array_get(json_object_get(object, "processes"), 0), "threads");

	return json_object_get(json_array_get(threads, thread), "backtrace");
}

static void json_and_report_tell_it(void **state)
{
	const struct scene scene = {.step = 2, .held = true};
	const struct moment *m = scene_moment(&scene);
	json_t *object = json_text_read(m), *trace = trace_of(object, 2);
	struct textbuf text = {0};

	(void)state;
	assert_string_equal(json_string_value(json_object_get(trace, "means")), "held");
	assert_int_equal(json_integer_value(json_object_get(trace, "held_ns")), 33500);
	trace = trace_of(object, 1);
	assert_string_equal(json_string_value(json_object_get(trace, "means")), "sampled");
	assert_true(json_is_null(json_object_get(trace, "held_ns")));
	trace = trace_of(object, 0);
	assert_string_equal(json_string_value(json_object_get(trace, "means")), "blocked");
	report_moment(m, "threads", false, &text);
	assert_non_null(strstr(text.bytes, "held for 34 µs at most, 2.1 s ago\n"));
	assert_non_null(strstr(text.bytes, "sampled 0.2 s ago\n"));
	textbuf_free(&text);
	json_decref(object);
	moment_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_asked_about_before),
		cmocka_unit_test(any_other_key_leaves_it_alone),
		cmocka_unit_test(escape_leaves_it_alone),
		cmocka_unit_test(with_the_pane_it_is_over),
		cmocka_unit_test(a_moment_gone_by_holds_nobody),
		cmocka_unit_test(a_pause_between_leaves_it_alone),
		cmocka_unit_test(it_is_said_how_it_was_come_by),
		cmocka_unit_test(each_end_of_a_wish_has_words),
		cmocka_unit_test(one_that_runs_says_why_it_was_not_sampled),
		cmocka_unit_test(json_and_report_tell_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
