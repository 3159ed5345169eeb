/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "witness.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "live.h"
#include "twintop/base/clock.h"
#include "twintop/compare/writer_rows.h"

struct witness_sum witness_sum(
	const struct specimen *s, const struct writers *w, const char *code, pid_t pid, bool kernel)
{
	struct witness_sum sum = {0};
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

pid_t witness_pid(const struct specimen *s, const char *key)
{
	return (pid_t)specimen_number(s, key);
}

const struct moment *witness_begun(struct sampling *f)
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

const struct moment *witness_copied(struct sampling *f, uint64_t pages)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;

	for (;;) {
		const struct moment *m = witness_begun(f);
		const struct writers *w = m->snapshot->writers;

		if (w->copies >= pages)
			return m;
		if (clock_monotonic_ns() > until)
			fail_msg("%" PRIu64 " copies of %" PRIu64 " were seen, %" PRIu64
				 " have no writer, %" PRIu64 " faults were lost, %sscaled",
				w->copies, pages, w->untold, w->watch[0].lost,
				w->scaled ? "" : "not ");
		moment_put(m);
	}
}

bool witness_sees(struct sampling *f)
{
	const struct moment *m = witness_begun(f);
	const struct writers *w = m->snapshot->writers;
	bool sees = value_state_has_value(w->state);

	if (!sees)
		print_message("writers: %s\n", w->reason);
	assert_true(sees || w->reason);
	moment_put(m);
	return sees;
}

void witness_check(struct sampling *f, struct specimen *s, pid_t b)
{
	const struct moment *m = witness_copied(f, ALL);
	const struct writers *w = m->snapshot->writers;
	bool kernel = w->watch[0].kernel;
	struct witness_sum rows = witness_sum(s, w, "rows", b, false);
	struct witness_sum columns = witness_sum(s, w, "columns", b, false);

	assert_int_equal(w->state, VALUE_KNOWN);
	assert_int_equal(rows.copied, MAIN);
	assert_int_equal(rows.tid, witness_pid(s, "main"));
	assert_int_equal(columns.copied, THREAD);
	assert_int_equal(columns.tid, witness_pid(s, "thread"));
	assert_int_equal(columns.threads, 1);
	assert_int_equal(witness_sum(s, w, "reads", b, true).copied, kernel ? KERNEL : 0);
	assert_true(kernel || w->untold >= KERNEL);
	assert_int_equal(w->watch[0].lost, 0);
	assert_false(w->scaled);
	moment_put(m);
}

bool witness_named(const struct moment *m, const char *function, uint64_t copied)
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
