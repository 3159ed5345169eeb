/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of what happened: each moment's events once, in order, bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twintop/record/event_log.h"

/* The same of some kind. */
static const struct moment *moment_of(uint64_t ns, pid_t first, unsigned n, enum event_kind kind)
{
	struct snapshot *s = snapshot_new();
	struct event_sink sink = {0};

	s->sequence = s->monotonic_ns = ns;
	for (unsigned i = 0; i < n; i++)
		event_sink_add(&sink,
			(struct event){.kind = kind, .monotonic_ns = ns, .pid = first + (pid_t)i},
			text_of(NULL), text_of(NULL));
	s->events = event_sink_seal(&sink);
	return moment_new(s, NULL);
}

/* A moment at that time whose events have the pids first, first + 1 …; n 0: none happened. */
static const struct moment *moment_at(uint64_t ns, pid_t first, unsigned n)
{
	return moment_of(ns, first, n, EVENT_FORK);
}

static void add(struct event_log *log, uint64_t ns, pid_t first, unsigned n)
{
	const struct moment *m = moment_at(ns, first, n);

	event_log_add(log, m);
	moment_put(m);
}

static size_t known_at(const struct event_log *log, uint64_t ns)
{
	const struct moment *m = moment_at(ns, 0, 0);
	size_t n = event_log_known(log, m);

	moment_put(m);
	return n;
}

static void expect_pids(const struct event_log *log, pid_t first, size_t n)
{
	struct logged_event e;

	assert_int_equal(log->n, n);
	for (size_t i = 0; i < n; i++) {
		assert_true(event_log_at(log, i, &e));
		assert_int_equal(e.event->pid, first + (pid_t)i);
	}
	assert_false(event_log_at(log, n, &e));
}

/* A caption is news; what else a step says stands with it, and an empty moment is none. */
static void what_steps_say_beside_is_left_out(void **state)
{
	static const enum event_kind told[] = {EVENT_STEP, EVENT_STEP_LINE, EVENT_FORK};
	struct event_log log = {0};
	struct logged_event e;

	(void)state;
	for (unsigned lines = 0; lines < 2; lines++) {
		struct snapshot *s = snapshot_new();
		struct event_sink sink = {0};
		const struct moment *m;

		s->sequence = s->monotonic_ns = 10 + lines;
		for (unsigned i = 0; i < 3; i++)
			event_sink_add(&sink,
				(struct event){.kind = lines ? EVENT_STEP_LINE : told[i],
					.monotonic_ns = 9},
				text_of("said"), text_of(NULL));
		s->events = event_sink_seal(&sink);
		m = moment_new(s, NULL);
		event_log_add(&log, m);
		moment_put(m);
	}
	assert_int_equal(log.n, 2);
	assert_true(event_log_at(&log, 0, &e));
	assert_int_equal(e.event->kind, EVENT_STEP);
	assert_true(text_equal(event_name(e.batch, e.event->name), text_of("said")));
	assert_true(event_log_at(&log, 1, &e));
	assert_int_equal(e.event->kind, EVENT_FORK);
	event_log_clear(&log);
}

static void what_was_known_grows_with_time(void **state)
{
	struct event_log log = {0};
	struct logged_event e;

	(void)state;
	expect_pids(&log, 0, 0);
	assert_int_equal(known_at(&log, 5), 0);
	add(&log, 10, 100, 2);
	add(&log, 20, 0, 0);
	add(&log, 30, 102, 3);
	expect_pids(&log, 100, 5);
	assert_int_equal(known_at(&log, 9), 0);
	assert_int_equal(known_at(&log, 10), 2);
	assert_int_equal(known_at(&log, 29), 2);
	assert_int_equal(known_at(&log, 30), 5);
	assert_true(event_log_at(&log, 2, &e));
	assert_int_equal(e.moment_ns, 30);
	event_log_clear(&log);
	expect_pids(&log, 0, 0);
}

/* Moments that are shown again and again, or that come by backwards, tell nothing twice. */
static void moments_come_by_in_any_order(void **state)
{
	struct event_log log = {0};

	(void)state;
	for (int round = 0; round < 3; round++) {
		add(&log, 30, 103, 2);
		add(&log, 10, 100, 1);
		add(&log, 20, 101, 2);
		expect_pids(&log, 100, 5);
		add(&log, 10, 100, 1);
	}
	expect_pids(&log, 100, 5);
	event_log_clear(&log);
}

static void events_are_found_by_time(void **state)
{
	struct event_log log = {0};

	(void)state;
	assert_null(event_log_after(&log, 0));
	assert_null(event_log_before(&log, UINT64_MAX));
	add(&log, 10, 100, 1);
	add(&log, 20, 101, 2);
	assert_int_equal(event_log_after(&log, 0)->moment_ns, 10);
	assert_int_equal(event_log_after(&log, 10)->moment_ns, 20);
	assert_null(event_log_after(&log, 20));
	assert_null(event_log_before(&log, 10));
	assert_int_equal(event_log_before(&log, 11)->moment_ns, 10);
	assert_int_equal(event_log_before(&log, UINT64_MAX)->batch->n, 2);
	event_log_clear(&log);
}

static void the_oldest_go(void **state)
{
	const unsigned each = 100, moments = 3 * EVENT_LOG_MOST / each;
	struct event_log log = {0};
	struct logged_event e;

	(void)state;
	for (unsigned i = 0; i < moments; i++) {
		add(&log, 1 + i, (pid_t)(i * each), each);
		assert_true(log.n <= EVENT_LOG_MOST);
	}
	assert_true(log.n >= EVENT_LOG_MOST / 2);
	expect_pids(&log, (pid_t)(moments * each - log.n), log.n);
	assert_int_equal(known_at(&log, moments), log.n);
	assert_int_equal(known_at(&log, 1), 0);
	/* One moment may tell more than the bound: it stays whole. */
	add(&log, moments + 1, 0, EVENT_LOG_MOST + 1);
	assert_int_equal(log.n, EVENT_LOG_MOST + 1);
	assert_true(event_log_at(&log, EVENT_LOG_MOST, &e));
	event_log_clear(&log);
}

static void add_kind(struct event_log *log, uint64_t ns, pid_t first, enum event_kind kind)
{
	const struct moment *m = moment_of(ns, first, 2, kind);

	event_log_add(log, m);
	moment_put(m);
}

static size_t main_known_at(const struct event_log *log, uint64_t ns)
{
	const struct moment *m = moment_at(ns, 0, 0);
	size_t n = event_log_main_known(log, m);

	moment_put(m);
	return n;
}

/* What programs do all the time stands in the log, and those who look for the rest pass it by. */
static void main_events_are_found_among_others(void **state)
{
	static const enum event_kind kind[] = {EVENT_OPENED, EVENT_FORK, EVENT_MAPPED,
		EVENT_SIGNAL_ACTION, EVENT_COPIES, EVENT_CLOSED, EVENT_ZOMBIE, EVENT_UNMAPPED};
	static const pid_t pid[] = {2, 3, 8, 9, 12, 13};
	struct event_log log = {0};
	struct logged_event e;

	(void)state;
	assert_false(event_log_main_at(&log, 0, &e));
	for (size_t i = 0; i < sizeof kind / sizeof *kind; i++)
		add_kind(&log, 10 * (i + 1), (pid_t)(2 * i), kind[i]);
	assert_int_equal(log.n, 16);
	assert_int_equal(log.main_n, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_true(event_log_main_at(&log, i, &e));
		assert_int_equal(e.event->pid, pid[i]);
	}
	assert_false(event_log_main_at(&log, 6, &e));
	assert_int_equal(main_known_at(&log, 10), 0);
	assert_int_equal(main_known_at(&log, 49), 2);
	assert_int_equal(main_known_at(&log, 90), 6);
	assert_int_equal(event_log_after(&log, 0)->moment_ns, 20);
	assert_int_equal(event_log_after(&log, 20)->moment_ns, 50);
	assert_null(event_log_after(&log, 70));
	assert_int_equal(event_log_before(&log, 90)->moment_ns, 70);
	assert_null(event_log_before(&log, 20));
	event_log_clear(&log);
}

/* Descriptors that come and go by thousands do not push out a fork. */
static void others_go_first(void **state)
{
	struct event_log log = {0};
	struct logged_event e;

	(void)state;
	add(&log, 1, 100, 1);
	for (unsigned i = 0; i < 2 * EVENT_LOG_MOST; i++)
		add_kind(&log, 2 + i, 0, i % 2 ? EVENT_OPENED : EVENT_CLOSED);
	assert_true(log.n <= EVENT_LOG_MOST);
	assert_int_equal(log.main_n, 1);
	assert_true(event_log_main_at(&log, 0, &e));
	assert_int_equal(e.event->pid, 100);
	assert_int_equal(known_at(&log, 1), 1);
	event_log_clear(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_steps_say_beside_is_left_out),
		cmocka_unit_test(what_was_known_grows_with_time),
		cmocka_unit_test(moments_come_by_in_any_order),
		cmocka_unit_test(events_are_found_by_time),
		cmocka_unit_test(the_oldest_go),
		cmocka_unit_test(main_events_are_found_among_others),
		cmocka_unit_test(others_go_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
