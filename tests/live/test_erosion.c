/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast a specimen that copies so many pages a second is seen to, when half of them are copied,
 * and by which code each of its mappings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "at_once.h"
#include "denied.h"
#include "live.h"
#include "program.h"
#include "tests/fixtures/json_nulls.h"
#include "twintop/base/clock.h"
#include "twintop/compare/erosion.h"
#include "twintop/model/field.h"
#include "witness.h"

#define FIRST  12000
#define SECOND 6000
#define RATE   450.0 /* of both: 300 and 150; half are copied after 20 s */

static struct specimen *start(void)
{
	return specimen_start("erosion", "12000", "300", "6000", "150", NULL);
}

static bool is_near(double got, double want, double part)
{
	return got >= want * (1 - part) && got <= want * (1 + part);
}

/* The next moment that knows of the pair's erosion, with one reference. */
static const struct moment *known(struct sampling *f)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;

	for (;;) {
		const struct moment *m = sampling_next(f);

		if (!erosion_hidden(m))
			return m;
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
}

/* The next one of which no time to half is told for that reason. */
static const struct moment *known_as(struct sampling *f, enum erosion_gap gap)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;

	for (;;) {
		const struct moment *m = known(f);

		if (m->snapshot->erosion->now.gap == gap)
			return m;
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
}

/*
 * Loaded machines are late now and then: the rate is right some time before half are copied, or it
 * is to be tried again.
 */
static bool shows_rate(struct sampling *f)
{
	bool right = false;

	while (!right) {
		const struct moment *m = known(f);
		const struct erosion_state *e = &m->snapshot->erosion->now;

		bool past = e->gap == EROSION_PAST;

		assert_int_equal(e->shared, m->pair->verdicts->pages.cow_shared);
		assert_int_equal(e->copied, m->pair->verdicts->pages.copied);
		right = e->gap == EROSION_KNOWN && is_near(e->rate, RATE, 0.15);
		if (right)
			assert_true(is_near(e->half_s,
				((double)e->shared - (double)e->copied) / 2 / RATE, 0.2));
		moment_put(m);
		if (past)
			break;
	}
	return right;
}

static bool is_seen_to_erode(void)
{
	struct sampling *f = sampling_make();
	struct specimen *s;
	const struct moment *m;
	bool right;

	s = start();
	sampling_begin(f, witness_pid(s, "pid"), witness_pid(s, "child"));
	m = known(f);
	assert_true(m->snapshot->erosion->now.shared >= FIRST + SECOND);
	assert_false(m->snapshot->erosion->now.has_rate);
	moment_put(m);
	moment_put(known_as(f, EROSION_NOTHING));
	specimen_say(s, "erode");
	right = shows_rate(f);
	specimen_say(s, "stop");
	if (right) {
		m = known_as(f, EROSION_NOTHING);
		assert_true(
			m->snapshot->erosion->now.copied >=
			specimen_number(s, "copied_first") + specimen_number(s, "copied_second"));
		assert_true(m->snapshot->erosion->n > 3);
		moment_put(m);
	}
	assert_int_equal(sampling_unmake(f), 0);
	specimen_stop(s);
	return right;
}

static void give_up(void)
{
#ifdef __SANITIZE_ADDRESS__
	print_message(
		"skipped: under AddressSanitizer a busy machine looks too late to tell rates\n");
	skip();
#else
	fail_msg("the rate was never right before half were copied");
#endif
}

static void watch_erosion(void *context)
{
	unsigned tries = 3;

	(void)context;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	while (!is_seen_to_erode())
		if (!--tries)
			give_up();
}

static void watch_erosion_as_nobody(void *context)
{
	as_nobody(watch_erosion, context);
}

/* What is executed anew shares nothing of what was: another series, or none. */
static void watch_an_exec(void *context)
{
	uint64_t since, until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	const struct moment *m;
	struct sampling *f;
	struct specimen *s;
	bool anew = false;

	(void)context;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	f = sampling_make();
	s = start();
	sampling_begin(f, witness_pid(s, "pid"), witness_pid(s, "child"));
	m = known(f);
	since = m->snapshot->erosion->since_ns;
	moment_put(m);
	specimen_say(s, "exec");
	while (!anew) {
		m = known(f);
		anew = m->snapshot->erosion->since_ns != since;
		assert_true(!anew || m->snapshot->erosion->now.shared < FIRST);
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	assert_int_equal(sampling_unmake(f), 0);
}

/* ---- writers of a mapping -------------------------------------------------------- */

static ptrdiff_t mapping_of(const struct moment *m, const struct specimen *s, const char *area)
{
	const struct memory_map *map = m->snapshot->side[1].memory;

	return map ? memory_find(map, specimen_number(s, area)) : -1;
}

static struct value value_of(
	const struct moment *m, const struct specimen *s, const char *area, const char *id)
{
	const struct record r = {m, RECORD_MAPPING, 1, (size_t)mapping_of(m, s, area)};
	const struct field *field = field_find(id);

	assert_non_null(field);
	return field->get(&r);
}

static bool is_by(const struct moment *m, const struct specimen *s, const char *area,
	const char *id, const char *function)
{
	const struct value v = value_of(m, s, area, id);

	return value_state_has_value(v.state) && text_has_prefix(v.text, function);
}

/* Function, then file and line. */
static bool all_named(const struct moment *m, const struct specimen *s)
{
	return mapping_of(m, s, "first") >= 0 &&
	       is_by(m, s, "first", "mapping.writers.last", "erode_first sp_erosion.c:") &&
	       is_by(m, s, "first", "mapping.writers.greatest", "erode_first sp_erosion.c:") &&
	       is_by(m, s, "second", "mapping.writers.last", "erode_first sp_erosion.c:") &&
	       is_by(m, s, "second", "mapping.writers.greatest", "erode_second sp_erosion.c:");
}

static void watch_mappings(void *context)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	struct sampling *f;
	struct specimen *s;
	bool named = false;

	(void)context;
	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	f = sampling_make();
	s = start();
	sampling_begin(f, witness_pid(s, "pid"), witness_pid(s, "child"));
	if (!witness_sees(f))
		skip();
	specimen_say(s, "erode");
	moment_put(witness_copied(f, 200));
	specimen_say(s, "stop");
	specimen_say(s, "cross");
	while (!named) {
		const struct moment *m = witness_begun(f);

		named = all_named(m, s);
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	assert_int_equal(sampling_unmake(f), 0);
}

static void watch_mappings_as_nobody(void *context)
{
	as_nobody(watch_mappings, context);
}

static void without_perf_each_says_why(void *context)
{
	const struct moment *m;
	struct sampling *f;
	struct specimen *s;
	struct value v;

	(void)context;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	f = sampling_make();
	s = start();
	f->options.access.state[ACCESS_PERF] = VALUE_DENIED;
	sampling_begin(f, witness_pid(s, "pid"), witness_pid(s, "child"));
	assert_false(witness_sees(f));
	specimen_say(s, "erode");
	m = witness_copied(f, 50);
	v = value_of(m, s, "first", "mapping.writers.greatest");
	assert_int_equal(v.state, VALUE_DENIED);
	assert_non_null(strstr(v.reason, "perf"));
	moment_put(m);
	assert_int_equal(sampling_unmake(f), 0);
}

/* ---- JSON --------------------------------------------------------------------------- */

/* The last of so many samples. */
static json_t *last_sample(const struct specimen *s, const char *samples)
{
	char a[16], b[16];
	const char *const argv[] = {
		"twintop", "--json", "--view", "memory", "-n", samples, "-d", "0.5", a, b, NULL};
	const char *line;
	struct run run;
	json_t *sample;

	snprintf(a, sizeof a, "%d", (int)witness_pid(s, "pid"));
	snprintf(b, sizeof b, "%d", (int)witness_pid(s, "child"));
	run = program_run(argv);
	program_expect(&run, 0);
	line = memrchr(run.out.bytes, '\n', run.out.len - 1);
	line = line ? line + 1 : run.out.bytes;
	sample = sample_parse(line, (size_t)(run.out.bytes + run.out.len - line));
	program_run_free(&run);
	return sample;
}

static const json_t *erosion_of(const json_t *sample, const char *name)
{
	return json_object_get(json_object_get(json_object_get(sample, "pair"), "erosion"), name);
}

static void json_tells_it(void *context)
{
	struct specimen *s;
	json_t *sample;
	double share;

	(void)context;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	s = start();
	sample = last_sample(s, "1");
	share = json_number_value(erosion_of(sample, "shared_share"));
	assert_true(share > 0.9 && share <= 1);
	assert_true(json_is_null(erosion_of(sample, "half_in_s")));
	assert_non_null(json_reason(sample, "pair.erosion.half_in_s"));
	assert_non_null(json_reason(sample, "pair.erosion.copied_bytes_per_s"));
	json_decref(sample);
	specimen_say(s, "erode");
	sample = last_sample(s, "8");
	assert_true(json_number_value(erosion_of(sample, "shared_share")) < share);
	assert_true(is_near(json_number_value(erosion_of(sample, "copied_bytes_per_s")),
		RATE * (double)specimen_number(s, "page"), 0.3));
	assert_true(json_is_real(erosion_of(sample, "half_in_s")) ||
		    json_reason(sample, "pair.erosion.half_in_s"));
	json_decref(sample);
}

/* ---- all, some beside each other -------------------------------------------------- */

static void the_rate_and_the_time_to_half_are_right(void **state)
{
	static void (*const body[])(void *) = {
		watch_erosion, watch_erosion_as_nobody, watch_an_exec, json_tells_it};

	(void)state;
	at_once(body, sizeof body / sizeof *body);
}

static void each_mapping_has_its_writers(void **state)
{
	static void (*const body[])(void *) = {
		watch_mappings, watch_mappings_as_nobody, without_perf_each_says_why};

	(void)state;
	at_once(body, sizeof body / sizeof *body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rate_and_the_time_to_half_are_right),
		cmocka_unit_test(each_mapping_has_its_writers),
	};

	return live_run(tests, NULL, NULL);
}
