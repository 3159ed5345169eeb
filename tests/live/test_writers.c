/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who copied the pages of a specimen that says which code of it copies how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "twintop/base/clock.h"
#include "witness.h"

static bool exact(const struct sampling *f)
{
	return f->options.access.state[ACCESS_FRAMES] == VALUE_KNOWN;
}

static void watch_copies(void *context)
{
	struct sampling *f = sampling_make();
	struct specimen *s = specimen_start("writers", "1000", "500", "100", NULL);
	bool skipped = false;

	(void)context;
	sampling_begin(f, witness_pid(s, "pid"), witness_pid(s, "child"));
	if (witness_sees(f)) {
		specimen_say(s, "copy");
		witness_check(f, s, witness_pid(s, "child"));
	} else {
		skipped = true;
	}
	sampling_unmake(f);
	if (skipped)
		skip();
}

static void each_copy_has_its_writer(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	watch_copies(NULL);
}

static void an_ordinary_user_knows_the_writers_of_his_own_code(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	as_nobody(watch_copies, NULL);
}

/* Which page it was, by whom, when. */
static void each_page_has_its_writer(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("writers", "64", "32", "0", NULL);
	uint64_t before = clock_monotonic_ns();
	const struct moment *m;

	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	sampling_begin(f, witness_pid(s, "pid"), witness_pid(s, "child"));
	if (!witness_sees(f))
		skip();
	specimen_say(s, "copy");
	m = witness_copied(f, 96);
	for (unsigned i = 0; i < 96; i++) {
		const char *area = i < 64 ? "rows" : "columns";
		uint64_t address = specimen_number(s, area) + (i < 64 ? i : i - 64) * 4096;
		const struct writer_page *page = writers_page(m->snapshot->writers, address);

		assert_non_null(page);
		assert_int_equal(page->tid, witness_pid(s, i < 64 ? "main" : "thread"));
		assert_in_range(page->time_ns, before, clock_monotonic_ns());
	}
	moment_put(m);
}

/* Names are looked for when a place has been seen: they come a little later. */
static void writers_are_named(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("writers", "1000", "500", "0", NULL);
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	bool named = false;

	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	sampling_begin(f, witness_pid(s, "pid"), witness_pid(s, "child"));
	if (!witness_sees(f))
		skip();
	specimen_say(s, "copy");
	while (!named) {
		const struct moment *m = witness_begun(f);

		named = witness_named(m, "fill_rows", MAIN) &&
			witness_named(m, "fill_columns", THREAD);
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
}

/* What nobody shared is no copy. */
static void first_touches_are_counted_apart(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("writers", "1000", "500", "0", NULL);
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	struct witness_sum sum = {0};

	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	sampling_begin(f, witness_pid(s, "pid"), witness_pid(s, "child"));
	if (!witness_sees(f))
		skip();
	specimen_say(s, "new");
	while (sum.touched < MAIN) {
		const struct moment *m = witness_begun(f);

		sum = witness_sum(s, m->snapshot->writers, "rows", witness_pid(s, "child"), false);
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	assert_int_equal(sum.touched, MAIN);
	assert_int_equal(sum.copied, 0);
}

/* A child that is chosen after it has copied: A was watched, and so its faults were told. */
static void a_childs_first_copies_have_their_writers(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("writers", "1000", "500", "100", NULL);
	pid_t b = witness_pid(s, "child");

	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_FRAMES);
	if (!exact(f))
		skip();
	sampling_begin(f, witness_pid(s, "pid"), b);
	if (!witness_sees(f))
		skip();
	specimen_say(s, "fork");
	b = witness_pid(s, "child");
	assert_int_equal(source_watch(f->source, witness_pid(s, "pid"), b, NULL), 0);
	witness_check(f, s, b);
}

static void without_perf_it_says_why(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("writers", "1000", "500", "100", NULL);
	const struct moment *m;

	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	f->options.access.state[ACCESS_PERF] = VALUE_DENIED;
	sampling_begin(f, witness_pid(s, "pid"), witness_pid(s, "child"));
	assert_false(witness_sees(f));
	specimen_say(s, "copy");
	m = witness_copied(f, 1);
	assert_int_equal(m->snapshot->writers->state, VALUE_DENIED);
	assert_non_null(strstr(m->snapshot->writers->reason, "perf"));
	assert_int_equal(m->snapshot->writers->n, 0);
	moment_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_copy_has_its_writer),
		cmocka_unit_test(an_ordinary_user_knows_the_writers_of_his_own_code),
		cmocka_unit_test_setup_teardown(
			each_page_has_its_writer, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			writers_are_named, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			first_touches_are_counted_apart, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(a_childs_first_copies_have_their_writers,
			sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			without_perf_it_says_why, sampling_setup, sampling_teardown),
	};

	return live_run(tests, NULL, NULL);
}
