/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far back the history goes: by time and by memory, at any delay. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/scene.h"
#include "twintop/record/history.h"

#define SECOND_NS 1000000000ull

static void add(struct history *h, uint64_t ns)
{
	struct snapshot *s = snapshot_new();
	const struct moment *m = moment_new(s, NULL);

	s->monotonic_ns = ns;
	history_add(h, m);
	moment_put(m);
}

static uint64_t time_at(const struct history *h, size_t i)
{
	return history_at(h, i)->snapshot->monotonic_ns;
}

static uint64_t span(const struct history *h)
{
	return time_at(h, h->n - 1) - time_at(h, 0);
}

/* Ten minutes, however many moments that is. */
static void any_delay_goes_back_as_far(void **state)
{
	static const struct {
		uint64_t delay_ns;
		size_t n;
	} row[] = {
		{SECOND_NS / 100, 60001}, /* -d 0.01, the least there is */
		{SECOND_NS / 10, 6001},
		{SECOND_NS, 601},
		{90 * SECOND_NS, 8}, /* 630 s: at 540 s it would not reach far enough */
		{3600 * SECOND_NS, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct history h = {.most.bytes = 1u << 30};

		for (size_t k = 1; k <= row[i].n + 100; k++)
			add(&h, k * row[i].delay_ns);
		assert_int_equal(h.n, row[i].n);
		assert_int_equal(h.gone, 100);
		assert_true(span(&h) >= 600 * SECOND_NS);
		assert_true(time_at(&h, h.n - 1) - time_at(&h, 1) < 600 * SECOND_NS);
		assert_int_equal(time_at(&h, 0), 101 * row[i].delay_ns);
		history_clear(&h);
		assert_int_equal(h.bytes, 0);
	}
}

/* A sampler that is late, or a delay that is changed: what counts is the time. */
static void uneven_moments_go_back_as_far(void **state)
{
	struct history h = {.most.ns = 10 * SECOND_NS};
	uint64_t ns = SECOND_NS;

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		ns += i % 7 == 0 ? SECOND_NS / 2 : i % 500 == 0 ? 4 * SECOND_NS : SECOND_NS / 100;
		add(&h, ns);
		assert_true(h.n < 2 || ns - time_at(&h, 1) < 10 * SECOND_NS);
		assert_true(ns < 12 * SECOND_NS || span(&h) >= 10 * SECOND_NS);
	}
	/* After a pause that is longer than all of it the last one before that is still there. */
	add(&h, ns + 3600 * SECOND_NS);
	assert_int_equal(h.n, 2);
	assert_int_equal(time_at(&h, 0), ns);
	history_clear(&h);
}

/* Sixty thousand moments and more: each is found by its time. */
static void a_time_is_found_among_many(void **state)
{
	struct history h = {.most = {3600 * SECOND_NS, 1u << 30}};
	struct source *s;
	struct position p;

	(void)state;
	for (size_t i = 1; i <= 70000; i++)
		add(&h, i * 10);
	s = history_source_new(&h);
	for (size_t i = 1; i < 70000; i = i * 3 + 1) {
		const struct seek seek = {.kind = SEEK_TIME, .monotonic_ns = i * 10 + 3};

		assert_int_equal(source_seek(s, seek), 0);
		assert_true(source_position(s, &p));
		assert_int_equal(p.at, i - 1);
		assert_int_equal(p.shown_ns, i * 10);
		assert_int_equal(source_seek(s, seek), -ENOENT);
	}
	source_free(s);
	history_clear(&h);
}

static void memory_is_bounded(void **state)
{
	struct history h = {.most.bytes = 8u << 20};
	size_t most = 0;

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		const struct moment *m = scene_moment(&(struct scene){.step = i, .rows = 1000});

		history_add(&h, m);
		moment_put(m);
		most = h.bytes > most ? h.bytes : most;
		assert_ptr_equal(history_at(&h, h.n - 1), m);
	}
	assert_null(history_at(&h, h.n));
	assert_true(h.n >= 1 && h.n < 60 && h.gone == 60 - h.n);
	assert_true(most <= 8u << 20);
	history_clear(&h);
	assert_int_equal(h.bytes, 0);
	/* A single moment that is larger than all of it is kept all the same. */
	h.most.bytes = 1000;
	for (unsigned i = 0; i < 3; i++) {
		const struct moment *m = scene_moment(&(struct scene){.step = i});

		history_add(&h, m);
		moment_put(m);
		assert_int_equal(h.n, 1);
	}
	history_clear(&h);
}

/* What is counted is what the heap gave, not what is used of it. */
static void small_moments_are_counted_whole(void **state)
{
	struct history h = {0};

	(void)state;
	for (uint64_t i = 1; i <= 1000; i++)
		add(&h, i);
	assert_true(h.bytes >= 1000 * (sizeof(struct snapshot) + sizeof(struct moment)));
	assert_true(h.bytes <= 1000 * (sizeof(struct snapshot) + sizeof(struct moment) + 1024));
	history_clear(&h);
}

static void bounds_have_defaults(void **state)
{
	struct history h = {0};

	(void)state;
	assert_int_equal(history_most(&h).ns, 600 * SECOND_NS);
	assert_int_equal(history_most(&h).bytes, 64u << 20);
	h.most = (struct history_bounds){5, 6};
	assert_int_equal(history_most(&h).ns, 5);
	assert_int_equal(history_most(&h).bytes, 6);
	history_clear(&h);
	history_clear(&h);
	assert_int_equal(history_most(&h).ns, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_delay_goes_back_as_far),
		cmocka_unit_test(uneven_moments_go_back_as_far),
		cmocka_unit_test(a_time_is_found_among_many),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(small_moments_are_counted_whole),
		cmocka_unit_test(bounds_have_defaults),
	};

	return cmocka_run_group_tests_name("history_bounds", tests, NULL, NULL);
}
