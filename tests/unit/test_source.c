/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments from a publisher to its subscribers, and what a source can be asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>

#include "twintop/base/clock.h"
#include "twintop/model/publisher.h"
#include "twintop/model/source.h"

#define MANY 5000u

static const struct moment *moment_at(uint64_t sequence, bool event)
{
	struct snapshot *s = snapshot_new();

	s->sequence = sequence;
	if (event) {
		struct event_sink sink = {0};

		event_sink_add(
			&sink, (struct event){.kind = EVENT_FORK}, text_of(NULL), text_of(NULL));
		s->events = event_sink_seal(&sink);
	}
	part_seal(&s->part, 0, 0);
	return moment_new(s, NULL);
}

static void publish(struct publisher *p, uint64_t sequence, bool event)
{
	const struct moment *m = moment_at(sequence, event);

	publisher_publish(p, m);
	moment_put(m);
}

/* The sequence of the next moment; 0: none waits. */
static uint64_t take(struct subscriber *s)
{
	const struct moment *m = subscriber_next(s);
	uint64_t sequence = m ? m->snapshot->sequence : 0;

	moment_put(m);
	return sequence;
}

static bool is_readable(const struct subscriber *s, int timeout_ms)
{
	struct pollfd p = {.fd = subscriber_fd(s), .events = POLLIN};

	return poll(&p, 1, timeout_ms) == 1;
}

static void each_gets_all_from_then_on(void **state)
{
	struct publisher *p = publisher_new(NULL, NULL);
	struct subscriber *a, *b;

	(void)state;
	publish(p, 1, false);
	assert_int_equal(subscriber_new(p, true, &a), 0);
	assert_false(is_readable(a, 0));
	publish(p, 2, false);
	assert_int_equal(subscriber_new(p, true, &b), 0);
	publish(p, 3, false);
	assert_true(is_readable(a, 0));
	assert_int_equal(publisher_waiting(p), 2);
	assert_int_equal(take(a), 2);
	assert_int_equal(take(a), 3);
	assert_int_equal(take(a), 0);
	assert_false(is_readable(a, 0));
	assert_int_equal(publisher_waiting(p), 1);
	subscriber_free(a);
	publish(p, 4, false);
	assert_int_equal(take(b), 3);
	assert_int_equal(take(b), 4);
	subscriber_free(b);
	publisher_free(p);
}

static void the_end_is_told(void **state)
{
	struct publisher *p = publisher_new(NULL, NULL);
	struct subscriber *s;

	(void)state;
	assert_int_equal(subscriber_new(p, false, &s), 0);
	publish(p, 1, false);
	publisher_end(p);
	assert_false(subscriber_done(s));
	assert_int_equal(take(s), 1);
	assert_true(subscriber_done(s));
	assert_true(is_readable(s, 0));
	assert_null(subscriber_next(s));
	subscriber_free(s);
	publisher_free(p);
}

/* A screen that hangs for long: what happened is kept, the moments between make room. */
static void events_are_never_dropped(void **state)
{
	struct publisher *p = publisher_new(NULL, NULL);
	struct subscriber *s, *all;
	uint64_t events = 0, taken = 0, last = 0;
	const struct moment *m;

	(void)state;
	assert_int_equal(subscriber_new(p, false, &s), 0);
	assert_int_equal(subscriber_new(p, true, &all), 0);
	for (uint64_t i = 1; i <= MANY; i++)
		publish(p, i, i % 50 == 0);
	while ((m = subscriber_next(s))) {
		assert_true(m->snapshot->sequence > last);
		last = m->snapshot->sequence;
		events += moment_tells_events(m);
		taken++;
		moment_put(m);
	}
	assert_int_equal(last, MANY);
	assert_int_equal(events, MANY / 50);
	assert_int_equal(taken, SUBSCRIBER_MOMENTS);
	for (uint64_t i = 1; i <= MANY; i++)
		assert_int_equal(take(all), i);
	subscriber_free(s);
	subscriber_free(all);
	publisher_free(p);
}

/* What waits for a subscriber that goes, goes with it. */
static void a_subscriber_goes_with_its_queue(void **state)
{
	struct publisher *p = publisher_new(NULL, NULL);
	const struct moment *m = moment_at(1, false);
	struct subscriber *s;

	(void)state;
	assert_int_equal(subscriber_new(p, true, &s), 0);
	publisher_publish(p, m);
	assert_int_equal(m->part.references, 2);
	subscriber_free(s);
	assert_int_equal(m->part.references, 1);
	moment_put(m);
	publisher_free(p);
}

/* ---- from thread to thread ------------------------------------------------ */

struct reader {
	struct subscriber *subscriber;
	uint64_t pause_ns; /* between two moments */
	uint64_t taken, out_of_order;
};

static void *read_all(void *context)
{
	struct reader *r = context;
	uint64_t last = 0;

	while (!subscriber_done(r->subscriber)) {
		const struct moment *m = subscriber_next(r->subscriber);

		if (!m) {
			is_readable(r->subscriber, 1000);
			continue;
		}
		r->out_of_order += m->snapshot->sequence != last + 1;
		last = m->snapshot->sequence;
		r->taken++;
		moment_put(m);
		if (r->pause_ns)
			clock_sleep_ns(r->pause_ns);
	}
	return NULL;
}

static void count_taken(void *context)
{
	__atomic_fetch_add((uint64_t *)context, 1, __ATOMIC_RELAXED);
}

/* One that is slow holds up nobody and loses none. */
static void a_slow_one_loses_none(void **state)
{
	uint64_t taken = 0;
	struct publisher *p = publisher_new(count_taken, &taken);
	struct reader reader[2] = {{.pause_ns = 20000}, {0}};
	pthread_t thread[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(subscriber_new(p, true, &reader[i].subscriber), 0);
		assert_int_equal(pthread_create(&thread[i], NULL, read_all, &reader[i]), 0);
	}
	for (uint64_t i = 1; i <= MANY; i++)
		publish(p, i, false);
	publisher_end(p);
	for (int i = 0; i < 2; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(reader[i].taken, MANY);
		assert_int_equal(reader[i].out_of_order, 0);
		subscriber_free(reader[i].subscriber);
	}
	assert_int_equal(taken, 2 * MANY);
	publisher_free(p);
}

/* ---- a source that does what it is told ----------------------------------- */

struct told {
	struct source base;
	uint64_t at, n;
	unsigned now, beside;
	bool freed;
};

static const struct moment *told_next(struct source *source)
{
	struct told *t = (struct told *)source;

	return t->at < t->n ? moment_at(++t->at, false) : NULL;
}

static bool told_done(const struct source *source)
{
	const struct told *t = (const struct told *)source;

	return t->at == t->n;
}

static void told_need(struct source *source, unsigned now, unsigned beside)
{
	struct told *t = (struct told *)source;

	t->now = now;
	t->beside = beside;
}

static void told_free(struct source *source)
{
	((struct told *)source)->freed = true;
}

/* Whatever a source cannot do is said, not done. */
static void what_a_source_lacks_is_said(void **state)
{
	static const struct source_ops least = {
		.id = "least", .next = told_next, .free = told_free};
	struct told t = {.base = {&least}, .n = 1};
	const struct question question = {.kind = QUESTION_FRAME_USERS};
	struct position position;
	struct answer answer;
	int which = 7;

	(void)state;
	assert_int_equal(source_fd(&t.base), -1);
	assert_int_equal(source_fd(NULL), -1);
	assert_false(source_done(&t.base));
	source_need(&t.base, NEED_ALL, 0);
	assert_int_equal(source_watch(&t.base, 1, 2, &which), -EOPNOTSUPP);
	assert_int_equal(source_seek(&t.base, (struct seek){.kind = SEEK_FIRST}), -EOPNOTSUPP);
	assert_false(source_position(&t.base, &position));
	source_ask(&t.base, &question, &answer);
	assert_int_equal(answer.state, VALUE_UNSUPPORTED);
	assert_non_null(answer.reason);
	source_free(&t.base);
	assert_true(t.freed);
	source_free(NULL);
}

static void a_source_gives_what_it_has(void **state)
{
	static const struct source_ops ops = {.id = "told",
		.next = told_next,
		.done = told_done,
		.need = told_need,
		.free = told_free};
	struct told t = {.base = {&ops}, .n = 2};
	const struct moment *m;

	(void)state;
	source_need(&t.base, NEED_PROCESS, NEED_FDS);
	assert_int_equal(t.now, NEED_PROCESS);
	assert_int_equal(t.beside, NEED_FDS);
	for (uint64_t i = 1; i <= 2; i++) {
		assert_false(source_done(&t.base));
		m = source_wait(&t.base, 1000000);
		assert_int_equal(m->snapshot->sequence, i);
		moment_put(m);
	}
	assert_true(source_done(&t.base));
	assert_null(source_wait(&t.base, UINT64_MAX / 4));
}

/* A wait for a source that neither ends nor brings anything has its bound. */
static void a_wait_ends(void **state)
{
	static const struct source_ops ops = {.id = "none", .next = told_next, .free = told_free};
	struct told t = {.base = {&ops}};
	uint64_t before = clock_monotonic_ns();

	(void)state;
	assert_null(source_wait(&t.base, 5000000));
	assert_true(clock_monotonic_ns() - before >= 5000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_gets_all_from_then_on),
		cmocka_unit_test(the_end_is_told),
		cmocka_unit_test(events_are_never_dropped),
		cmocka_unit_test(a_subscriber_goes_with_its_queue),
		cmocka_unit_test(a_slow_one_loses_none),
		cmocka_unit_test(what_a_source_lacks_is_said),
		cmocka_unit_test(a_source_gives_what_it_has),
		cmocka_unit_test(a_wait_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
