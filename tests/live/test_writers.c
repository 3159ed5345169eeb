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
#include "sampling.h"
#include "twintop/base/clock.h"
#include "twintop/compare/writer_rows.h"
#include "twintop/model/writers.h"

#define MAIN   1000
#define THREAD 500
#define KERNEL 100
#define ALL    (MAIN + THREAD + KERNEL)

/* Pages of a kind that were written from code between two addresses. */
struct sum {
	uint64_t copied, touched, threads;
	pid_t tid;
};

static struct sum sum_of(
	const struct specimen *s, const struct writers *w, const char *code, pid_t pid, bool kernel)
{
	struct sum sum = {0};
	char key[32];
	uint64_t from, to;

	snprintf(key, sizeof key, "%s_from", code);
	from = specimen_number(s, key);
	snprintf(key, sizeof key, "%s_to", code);
	to = specimen_number(s, key);
	for (size_t i = 0; i < w->n; i++) {
		const struct writer *one = &w->writer[i];

		if (one->ip < from || one->ip > to || one->pid != pid || one->kernel != kernel)
			continue;
		sum.copied += one->copied;
		sum.touched += one->touched;
		sum.threads += one->threads_n;
		sum.tid = one->threads_n ? one->thread[0].tid : 0;
	}
	return sum;
}

static pid_t number(const struct specimen *s, const char *key)
{
	return (pid_t)specimen_number(s, key);
}

static bool exact(const struct sampling *f)
{
	return f->options.access.state[ACCESS_FRAMES] == VALUE_KNOWN;
}

/* The next moment in which pages are judged and faults listened to, with one reference. */
static const struct moment *begun(struct sampling *f)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;

	for (;;) {
		const struct moment *m = sampling_next(f);
		const struct writers *w = m->snapshot->writers;

		if (w && m->pair && value_state_has_value(m->pair->verdicts->pages_state))
			return m;
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
}

/* The moment in which so many pages were seen to be copied. */
static const struct moment *copied(struct sampling *f, uint64_t pages)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;

	for (;;) {
		const struct moment *m = begun(f);

		if (m->snapshot->writers->copies >= pages)
			return m;
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
}

/* False: nothing can be seen here; the test ends. */
static bool sees(struct sampling *f)
{
	const struct moment *m = begun(f);
	const struct writers *w = m->snapshot->writers;
	bool sees = value_state_has_value(w->state);

	if (!sees)
		print_message("writers: %s\n", w->reason);
	assert_true(sees || w->reason);
	moment_put(m);
	return sees;
}

static void check(struct sampling *f, struct specimen *s, pid_t b)
{
	const struct moment *m = copied(f, ALL);
	const struct writers *w = m->snapshot->writers;
	bool kernel = w->watch[0].kernel;
	struct sum rows = sum_of(s, w, "rows", b, false);
	struct sum columns = sum_of(s, w, "columns", b, false);

	assert_int_equal(w->state, VALUE_KNOWN);
	assert_int_equal(rows.copied, MAIN);
	assert_int_equal(rows.tid, number(s, "main"));
	assert_int_equal(columns.copied, THREAD);
	assert_int_equal(columns.tid, number(s, "thread"));
	assert_int_equal(columns.threads, 1);
	assert_int_equal(sum_of(s, w, "reads", b, true).copied, kernel ? KERNEL : 0);
	assert_true(kernel || w->untold >= KERNEL);
	assert_int_equal(w->watch[0].lost, 0);
	assert_false(w->scaled);
	moment_put(m);
}

static void watch_copies(void *context)
{
	struct sampling *f = sampling_make();
	struct specimen *s = specimen_start("writers", "1000", "500", "100", NULL);
	bool skipped = false;

	(void)context;
	sampling_begin(f, number(s, "pid"), number(s, "child"));
	if (sees(f)) {
		specimen_say(s, "copy");
		check(f, s, number(s, "child"));
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
	sampling_begin(f, number(s, "pid"), number(s, "child"));
	if (!sees(f))
		skip();
	specimen_say(s, "copy");
	m = copied(f, 96);
	for (unsigned i = 0; i < 96; i++) {
		const char *area = i < 64 ? "rows" : "columns";
		uint64_t address = specimen_number(s, area) + (i < 64 ? i : i - 64) * 4096;
		const struct writer_page *page = writers_page(m->snapshot->writers, address);

		assert_non_null(page);
		assert_int_equal(page->tid, number(s, i < 64 ? "main" : "thread"));
		assert_in_range(page->time_ns, before, clock_monotonic_ns());
	}
	moment_put(m);
}

/* Whether a function of the specimen's own source is told by name and line, with so many pages. */
static bool is_named(const struct moment *m, const char *function, uint64_t copied)
{
	const struct writer_row *row;
	struct arena arena = {0};
	size_t n = writer_rows(m->snapshot, &arena, &row);
	bool named = false;

	for (size_t i = 0; i < n; i++)
		named |= text_equal(row[i].function, text_of(function)) && row[i].side == 1 &&
			 row[i].copied == copied && row[i].line &&
			 text_has_suffix(row[i].file, "sp_writers.c");
	arena_free(&arena);
	return named;
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
	sampling_begin(f, number(s, "pid"), number(s, "child"));
	if (!sees(f))
		skip();
	specimen_say(s, "copy");
	while (!named) {
		const struct moment *m = begun(f);

		named = is_named(m, "fill_rows", MAIN) && is_named(m, "fill_columns", THREAD);
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
	struct sum sum = {0};

	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	sampling_begin(f, number(s, "pid"), number(s, "child"));
	if (!sees(f))
		skip();
	specimen_say(s, "new");
	while (sum.touched < MAIN) {
		const struct moment *m = begun(f);

		sum = sum_of(s, m->snapshot->writers, "rows", number(s, "child"), false);
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
	pid_t b = number(s, "child");

	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_FRAMES);
	if (!exact(f))
		skip();
	sampling_begin(f, number(s, "pid"), b);
	if (!sees(f))
		skip();
	specimen_say(s, "fork");
	b = number(s, "child");
	assert_int_equal(source_watch(f->source, number(s, "pid"), b, NULL), 0);
	check(f, s, b);
}

static void without_perf_it_says_why(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("writers", "1000", "500", "100", NULL);
	const struct moment *m;

	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	f->options.access.state[ACCESS_PERF] = VALUE_DENIED;
	sampling_begin(f, number(s, "pid"), number(s, "child"));
	assert_false(sees(f));
	specimen_say(s, "copy");
	m = copied(f, 1);
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
