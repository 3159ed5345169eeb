/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When threads of known duty were on a CPU, against their own clocks and the kernel's counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "live.h"
#include "sampling.h"
#include "specimen.h"
#include "twintop/base/clock.h"
#include "twintop/model/duty.h"

#define MS    1000000u
#define LEAST (300 * (uint64_t)MS) /* of CPU time that is compared: the machine may be busy */

struct bench {
	struct specimen *s;
	struct sampling *f;
	const struct moment *m;
};

static const struct lane_batch *told(const struct bench *b)
{
	return lanes_newest(b->m ? b->m->snapshot->lanes : NULL);
}

static void next(struct bench *b)
{
	moment_put(b->m);
	b->m = sampling_next(b->f);
}

/* Moments until all that was before that time has been told. */
static void sample_until(struct bench *b, uint64_t ns)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;

	while (!told(b) || told(b)->part.begin_ns < ns ||
		(told(b)->until_ns && told(b)->until_ns < ns)) {
		assert_true(clock_monotonic_ns() < until);
		next(b);
	}
}

static bool is_exact(const struct bench *b)
{
	const struct lane_watch *w = lane_watch_of(told(b), specimen_pid(b->s));

	assert_non_null(w);
	assert_true(value_state_has_value(w->state) == !w->reason);
	return value_state_has_value(w->state);
}

static void begin(struct bench *b, struct sampling *f)
{
	b->f = f;
	b->s = specimen_start("duty", NULL);
	f->options.delay_ns = SAMPLING_DELAY_NS;
	f->need = NEED_SWITCHES | NEED_FDS;
	sampling_begin(f, specimen_pid(b->s), SIBLING_NONE);
	sample_until(b, 0);
	sample_until(b, clock_monotonic_ns() + 1);
}

static void end(struct bench *b)
{
	moment_put(b->m);
	b->m = NULL;
}

/* ---- time on a CPU ---------------------------------------------------------- */

struct clocks {
	uint64_t ns, burner, half, reader;
};

static struct clocks clocks_of(struct bench *b)
{
	specimen_say(b->s, "times");
	return (struct clocks){specimen_number(b->s, "ns"), specimen_number(b->s, "burner_ns"),
		specimen_number(b->s, "half_ns"), specimen_number(b->s, "reader_ns")};
}

/*
 * Within 2 %: of what is sampled as far as the looks at both ends may be apart. A thread's own
 * clock leaves out what interrupts and a hypervisor took, which on a busy machine is more now and
 * then: it is tried again.
 */
static bool is_time(struct bench *b, pid_t tid, const struct clocks *from, const struct clocks *to,
	uint64_t own)
{
	struct lane_sum sum = lanes_sum(b->m->snapshot->lanes, tid, from->ns, to->ns);
	uint64_t slack = own / 50 + (is_exact(b) ? 3 : 400) * MS;
	bool is = sum.run_ns <= own + slack && sum.run_ns + slack >= own;

	if (!is)
		print_message("%d: %llu ns told, %llu ns by its own clock\n", (int)tid,
			(unsigned long long)sum.run_ns, (unsigned long long)own);
	return is;
}

static bool times_are_told(struct bench *b, pid_t burner, pid_t half, pid_t reader)
{
	struct clocks from, to;

	from = clocks_of(b);
	do {
		sample_until(b, clock_monotonic_ns() + 100 * MS);
		to = clocks_of(b);
	} while (to.burner - from.burner < LEAST);
	sample_until(b, to.ns + 1);
	return is_time(b, burner, &from, &to, to.burner - from.burner) &&
	       is_time(b, half, &from, &to, to.half - from.half) &&
	       is_time(b, reader, &from, &to, to.reader - from.reader);
}

static void time_on_cpus_is_that_of_the_threads_own_clocks(void **state)
{
	struct bench b = {0};
	unsigned tries = 8;
	pid_t burner, half, reader;

	begin(&b, *state);
	burner = (pid_t)specimen_number(b.s, "burner");
	half = (pid_t)specimen_number(b.s, "half");
	reader = (pid_t)specimen_number(b.s, "reader");
	specimen_say(b.s, "go");
	while (!times_are_told(&b, burner, half, reader))
		assert_int_not_equal(--tries, 0);
	specimen_say(b.s, "halt");
	end(&b);
}

/* ---- switches --------------------------------------------------------------- */

/* As /proc/PID/status counts them. */
static void counts_of(const struct bench *b, pid_t tid, uint64_t ret[2])
{
	static const char *const name[] = {
		"\nvoluntary_ctxt_switches:", "\nnonvoluntary_ctxt_switches:"};
	char path[64], text[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "/proc/%d/task/%d/status", (int)specimen_pid(b->s), (int)tid);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = 0;
	for (unsigned i = 0; i < 2; i++) {
		const char *at = strstr(text, name[i]);

		assert_non_null(at);
		ret[i] = strtoull(at + strlen(name[i]), NULL, 10);
	}
}

/*
 * A time at which those were the counts. The kernel counts a switch before it tells of it: a
 * thread that rests for a while has been told of, too.
 */
static uint64_t counted_at(const struct bench *b, pid_t tid, uint64_t ret[2])
{
	uint64_t again[2], ns;

	counts_of(b, tid, again);
	do {
		memcpy(ret, again, sizeof again);
		clock_sleep_ns(50 * MS);
		ns = clock_monotonic_ns();
		counts_of(b, tid, again);
	} while (memcmp(ret, again, sizeof again) != 0);
	return ns;
}

/* The cycler waits before and after: all its switches lie in between. */
static void switches_are_those_that_the_kernel_counts(void **state)
{
	struct bench b = {0};
	uint64_t before[2], after[2], from, to;
	struct lane_sum sum;
	pid_t tid;

	begin(&b, *state);
	tid = (pid_t)specimen_number(b.s, "cycler");
	from = counted_at(&b, tid, before);
	specimen_say(b.s, "cycle 50");
	to = counted_at(&b, tid, after);
	sample_until(&b, clock_monotonic_ns());
	sum = lanes_sum(b.m->snapshot->lanes, tid, from, is_exact(&b) ? to : UINT64_MAX);
	assert_true(after[0] - before[0] >= 50);
	if (is_exact(&b) && !told(&b)->ears.lost) {
		assert_false(sum.sampled);
		assert_int_equal(sum.voluntary, after[0] - before[0]);
		assert_int_equal(sum.involuntary, after[1] - before[1]);
	} else {
		assert_true(sum.sampled);
	}
	end(&b);
}

static void other_cpus_are_migrations(void **state)
{
	struct bench b = {0};
	struct lane_sum sum;
	uint64_t from, moved;
	pid_t tid;

	begin(&b, *state);
	tid = (pid_t)specimen_number(b.s, "burner");
	specimen_say(b.s, "go");
	from = clock_monotonic_ns();
	specimen_say(b.s, "move 6");
	moved = specimen_number(b.s, "moved");
	sample_until(&b, clock_monotonic_ns());
	specimen_say(b.s, "halt");
	sum = lanes_sum(b.m->snapshot->lanes, tid, from, UINT64_MAX);
	if (!moved)
		skip();
	/* The first CPU may be where it was; where all are busy it may not get to one in time. */
	if (is_exact(&b))
		assert_in_range(sum.migrations, moved / 2, 1000);
	end(&b);
}

/* ---- who ends in between ---------------------------------------------------- */

static void threads_that_end_in_between_are_told_of(void **state)
{
	uint64_t run = 0, ends = 0, own, from;
	const struct thread_list *before;
	struct bench b = {0};
	const struct lanes *lanes;

	begin(&b, *state);
	before = part_get(b.m->snapshot->side[0].threads);
	from = clock_monotonic_ns();
	specimen_say(b.s, "brief 5");
	own = specimen_number(b.s, "brief_ns");
	sample_until(&b, clock_monotonic_ns());
	lanes = b.m->snapshot->lanes;
	for (size_t i = 0; i < lanes->n; i++)
		for (size_t k = 0; k < lanes->batch[i]->n; k++) {
			const struct lane_span *s = &lanes->batch[i]->span[k];

			if (s->begin_ns < from || thread_find(before, s->tid) >= 0)
				continue;
			run += s->run_ns;
			ends += s->end == LANE_LEFT;
		}
	if (is_exact(&b)) {
		assert_int_equal(ends, 5);
		/* On a busy machine they run in many short stretches, each of which their own
		 * clocks begin some microseconds sooner. */
		assert_in_range(run, own - own / 50 - 5 * MS, own + own / 10 + 5 * MS);
	}
	part_put(before);
	end(&b);
}

/* ---- a busy one ------------------------------------------------------------- */

/* However many switches: few stretches, said to be merged, and the time all there. */
static void a_busy_switcher_is_told_in_few_stretches(void **state)
{
	struct bench b = {0};
	struct lane_sum sum;
	uint64_t from, to, spans = 0;
	pid_t tid;

	begin(&b, *state);
	specimen_say(b.s, "busy");
	tid = (pid_t)specimen_number(b.s, "busy");
	from = clock_monotonic_ns();
	sample_until(&b, from + 600 * MS);
	to = told(&b)->until_ns;
	specimen_say(b.s, "calm");
	if (is_exact(&b)) {
		sum = lanes_sum(b.m->snapshot->lanes, tid, from, to);
		for (size_t i = 0; i < b.m->snapshot->lanes->n; i++)
			spans += b.m->snapshot->lanes->batch[i]->n;
		assert_true(sum.run_ns > 0);
		assert_true(spans <= LANES_SPANS_MOST + LANE_SPANS_MOST);
		assert_true(spans < (sum.voluntary + sum.involuntary) / 2 + 5000);
	}
	end(&b);
}

/* ---- what its time makes of a thread ---------------------------------------- */

static void expect_sort(struct bench *b, pid_t tid, const char *sort, enum wait_kind kind)
{
	const struct snapshot *s = b->m->snapshot;
	ptrdiff_t at = thread_find(s->side[0].threads, tid);
	struct thread_duty d;
	struct thread t;
	const char *reason;

	assert_true(at >= 0);
	t = thread_at(s->side[0].threads, (size_t)at);
	/* Where neither its call nor its memory may be read nobody knows for what it waits. */
	if (wait_of(&t).kind != kind)
		return;
	assert_int_equal(duty_of(s, 0, (size_t)at, &d, &reason), DUTY_LATELY);
	assert_string_equal(duty_sort(&d), sort);
	assert_int_equal(d.wait[0].kind, kind);
}

/* Those whom a busy machine cannot make something else of. */
static void time_makes_a_sort_of_thread(void **state)
{
	pid_t locked, sleeper, cycler;
	struct bench b = {0};

	begin(&b, *state);
	locked = (pid_t)specimen_number(b.s, "locked");
	sleeper = (pid_t)specimen_number(b.s, "sleeper");
	cycler = (pid_t)specimen_number(b.s, "cycler");
	specimen_say(b.s, "go");
	sample_until(&b, clock_monotonic_ns() + 500 * MS);
	expect_sort(&b, locked, "waits for a lock", WAIT_MUTEX);
	expect_sort(&b, sleeper, "sleeps", WAIT_SLEEP);
	expect_sort(&b, cycler, "waits", WAIT_CONDITION);
	specimen_say(b.s, "halt");
	end(&b);
}

static void compare_as_nobody(void *context)
{
	void *f = sampling_make();

	(void)context;
	time_on_cpus_is_that_of_the_threads_own_clocks(&f);
	sampling_unmake(f);
}

static void an_ordinary_users_own_are_told_of(void **state)
{
	(void)state;
	as_nobody(compare_as_nobody, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(time_on_cpus_is_that_of_the_threads_own_clocks,
			sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(switches_are_those_that_the_kernel_counts,
			sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			other_cpus_are_migrations, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			threads_that_end_in_between_are_told_of, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(a_busy_switcher_is_told_in_few_stretches,
			sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			an_ordinary_users_own_are_told_of, live_begin, live_end),
		cmocka_unit_test_setup_teardown(
			time_makes_a_sort_of_thread, sampling_setup, sampling_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
