/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When keyframes come: by time, and sooner where much has changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "tests/fixtures/hour.h"
#include "twintop/record/moment_code.h"
#include "twintop/record/recorder.h"
#include "twintop/record/seeds.h"

#define DELAY_NS 100000000u
#define KEY_EACH (RECORDER_KEY_NS / DELAY_NS)
#define LARGE	 524288u /* pages of each side */
#define SMALL	 64u

static int nowhere(void *context, const char *bytes, size_t n)
{
	(void)context;
	(void)bytes;
	(void)n;
	return 0;
}

struct tape {
	struct hour *hour;
	struct recorder *recorder;
	unsigned moments;
};

static struct tape begin(size_t pages, unsigned copied_each)
{
	const struct hour_size size = {
		.threads = 2, .pages = pages, .copied_each = copied_each, .delay_ns = DELAY_NS};
	const struct recorder_options options = {.write = nowhere, .program = "a test"};
	struct tape t = {.hour = hour_new(&size)};

	assert_int_equal(recorder_new(&options, &t.recorder), 0);
	return t;
}

static void add(struct tape *t, const char *seed)
{
	const struct moment *m = moment_new(hour_next(t->hour), NULL);

	if (seed)
		recorder_seed(t->recorder, &(const struct recorder_seed){seed, 1, NULL});
	assert_int_equal(recorder_add(t->recorder, m), 0);
	moment_put(m);
	t->moments++;
}

static void end(struct tape *t)
{
	assert_int_equal(recorder_end(t->recorder), 0);
	hour_free(t->hour);
}

/* All that a reader makes from a keyframe on is bounded, and a moment before it is due it was not.
 */
static void much_that_changes_wants_one(void **state)
{
	struct tape t = begin(LARGE, 1);
	unsigned each = RECORDER_KEY_BYTES / (2 * LARGE * sizeof(uint64_t));

	(void)state;
	while (!recorder_key_due(t.recorder))
		add(&t, NULL);
	assert_in_range(t.moments, each / 2, each + 1);
	assert_true(t.moments < KEY_EACH / 2);
	/* It is due until it comes, */
	add(&t, NULL);
	assert_true(recorder_key_due(t.recorder));
	/* with whatever is known of the time before; */
	add(&t, "\x01");
	assert_false(recorder_key_due(t.recorder));
	/* and where nobody knows anything it comes by itself. */
	t.moments = 0;
	while (!recorder_key_due(t.recorder))
		add(&t, NULL);
	while (recorder_key_due(t.recorder) && t.moments < KEY_EACH)
		add(&t, NULL);
	assert_in_range(t.moments, each, 2 * each + 2);
	end(&t);
}

static void little_that_changes_wants_none(void **state)
{
	struct tape small = begin(SMALL, 1), still = begin(LARGE, 0);

	(void)state;
	for (unsigned i = 0; i < 2 * KEY_EACH; i++) {
		add(&small, NULL);
		add(&still, NULL);
		assert_false(recorder_key_due(small.recorder) || recorder_key_due(still.recorder));
	}
	end(&small);
	end(&still);
}

/* Threads that run take a reader longer than as many bytes of pages. */
static void records_weigh_more_than_pages(void **state)
{
	const struct hour_size threads = {.threads = 1000, .pages = 1, .active_percent = 100};
	const struct hour_size pages = {.threads = 1, .pages = 262144, .copied_each = 1};
	const struct hour_size *const size[] = {&threads, &pages};
	uint64_t weight[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct hour *hour = hour_new(size[i]);
		struct snapshot *a = hour_next(hour), *b = hour_next(hour);
		uint64_t bytes = i ? part_bytes(PART_PAGES, &b->side[0].pages->part, NULL)
				   : part_bytes(PART_THREADS, &b->side[0].threads->part, NULL);

		weight[i] = moment_code_weight(b, a) / (2 * bytes);
		assert_int_equal(moment_code_weight(a, a), 0);
		part_put(a);
		part_put(b);
		hour_free(hour);
	}
	assert_true(weight[0] > weight[1] && weight[1]);
}

/* ---- seeds ----------------------------------------------------------------- */

static void grow(struct seeds *s, uint64_t sequence)
{
	struct textbuf bytes = {0};

	textbuf_adds(&bytes, "seed");
	seeds_put(s, sequence, &bytes);
}

static void one_can_be_had_sooner(void **state)
{
	struct seeds *s = seeds_new();
	struct textbuf bytes = {0};

	(void)state;
	/* Nobody wants any. */
	seeds_hurry(s);
	assert_false(seeds_due(s, 1));
	seeds_want(s, true);
	assert_true(seeds_due(s, 1));
	grow(s, 1);
	assert_false(seeds_due(s, 2));
	/* The one that waits is what is wanted; */
	seeds_hurry(s);
	assert_false(seeds_due(s, 2));
	assert_true(seeds_take(s, 1, &bytes));
	textbuf_free(&bytes);
	seeds_hurry(s);
	assert_true(seeds_due(s, 3));
	assert_false(seeds_due(s, 4));
	/* from then on as ever. */
	assert_true(seeds_due(s, 3 + RECORDER_KEY_NS));
	seeds_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(much_that_changes_wants_one),
		cmocka_unit_test(little_that_changes_wants_none),
		cmocka_unit_test(records_weigh_more_than_pages),
		cmocka_unit_test(one_can_be_had_sooner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
