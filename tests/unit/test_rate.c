/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates: what follows from the counters of successive moments, and what does not. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/fixtures/threads.h"
#include "twintop/compare/compare.h"
#include "twintop/compare/rate.h"
#include "twintop/model/field.h"
#include "twintop/model/thread_roll.h"

#define MS  1000000ull
#define SEC (1000 * MS)
#define PID 700

/* One process as it goes on from moment to moment; a test sets what it likes before the next. */
struct world {
	struct rater *rater;
	struct thread_roll roll;
	struct task_id id;
	uint64_t now_ns, delay_ns;
	uint64_t user_ticks, system_ticks;
	uint64_t process_threads;
	bool no_threads; /* nobody read them at this moment */
	bool keep;	 /* what was read says the same as before: the old parts stand */
	bool no_status;
	const struct snapshot *snapshot;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	w->rater = rater_new();
	w->id = (struct task_id){PID, 1};
	w->roll.first = PID;
	w->now_ns = 1000 * SEC;
	w->delay_ns = SEC;
	w->process_threads = 1;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	part_put(w->snapshot);
	rater_free(w->rater);
	thread_roll_clear(&w->roll);
	free(w);
	return 0;
}

static void seat(struct world *w, const int *tid, size_t n)
{
	thread_roll_seat(&w->roll, tid, n);
	for (size_t i = 0; i < n; i++)
		w->roll.thread.item[i]->now.self.start_ticks = 1;
	w->process_threads = n;
}

static struct thread_record *thread(struct world *w, size_t i)
{
	w->roll.thread.item[i]->touched = THREAD_TOUCHED_ALL;
	return &w->roll.thread.item[i]->now;
}

/* Thread i has run so long in all, as read so long after the moment began. */
static void ran(struct world *w, size_t i, uint64_t run_ns, uint64_t after_ns)
{
	struct thread_record *t = thread(w, i);

	t->run.run_ns = run_ns;
	t->run.read_ns = w->now_ns + after_ns;
}

static const struct process_info *info_of(const struct world *w)
{
	struct process_info *info = part_make(PART_PROCESS);

	info->id = w->id;
	info->user_ticks = w->user_ticks;
	info->system_ticks = w->system_ticks;
	info->threads = w->process_threads;
	part_seal(&info->part, 0, 0);
	info->part.begin_ns = w->now_ns;
	info->part.end_ns = w->now_ns + MS;
	return info;
}

static const struct thread_list *list_of(struct world *w)
{
	struct thread_list *list = part_make(PART_THREADS);

	for (size_t c = 0; c < w->roll.cell.n; c++)
		w->roll.cell.item[c].window =
			(struct thread_window){w->now_ns, w->now_ns + 10 * MS};
	thread_roll_list(&w->roll, list);
	if (w->no_status)
		list->source[THREAD_STATUS] = VALUE_UNREAD;
	part_seal(&list->part, 0, 0);
	list->part.begin_ns = w->now_ns;
	list->part.end_ns = w->now_ns + 10 * MS;
	return list;
}

/* The parts of the moment before, found to be so once more. */
static void keep_parts(struct side *side, const struct side *before, uint64_t now_ns)
{
	side->info = part_get(before->info);
	side->threads = part_get(before->threads);
	side->read_ns[PART_PROCESS] = side->read_ns[PART_THREADS] = now_ns;
}

/* The moment now; the next one comes delay_ns later. */
static const struct rates *moment(struct world *w)
{
	struct snapshot *s = snapshot_new();

	s->monotonic_ns = w->now_ns + 10 * MS;
	s->delay_ns = w->delay_ns;
	s->host = (struct host){"", 4096, 100, 4, false};
	s->sides = 1;
	s->side[0].id = w->id;
	s->side[0].tid = w->id.pid;
	if (w->keep) {
		keep_parts(&s->side[0], &w->snapshot->side[0], w->now_ns);
	} else {
		s->side[0].info = info_of(w);
		if (!w->no_threads)
			s->side[0].threads = list_of(w);
	}
	rater_rate(w->rater, s);
	part_put(w->snapshot);
	w->snapshot = s;
	w->now_ns += w->delay_ns;
	return s->side[0].rates;
}

static struct value field(const struct world *w, const char *id, size_t i)
{
	struct moment m = {.snapshot = w->snapshot};
	const struct field *f = field_find(id);
	struct record r = {&m, f->kind, 0, i};

	return f->get(&r);
}

static void assert_percent(const struct world *w, const char *id, size_t i, double percent)
{
	struct value v = field(w, id, i);

	assert_int_equal(v.state, VALUE_KNOWN);
	if (fabs(v.real - percent) > 0.001)
		fail_msg("%s is %f, not %f", id, v.real, percent);
}

static void assert_gap(const struct world *w, const char *id, size_t i, enum rate_gap gap)
{
	struct value v = field(w, id, i);

	assert_int_equal(v.state, VALUE_NONE);
	assert_string_equal(v.reason, rate_gap_reason(gap));
}

#define CPU	    "thread.cpu_percent"
#define WAIT	    "thread.wait_percent"
#define PROCESS_CPU "process.cpu_percent"

static void the_first_sight_tells_no_rate(void **state)
{
	struct world *w = *state;

	seat(w, (int[]){PID}, 1);
	ran(w, 0, 5 * SEC, 0);
	moment(w);
	assert_gap(w, CPU, 0, RATE_FIRST);
	assert_gap(w, WAIT, 0, RATE_FIRST);
	assert_gap(w, "thread.voluntary_rate", 0, RATE_FIRST);
	assert_gap(w, PROCESS_CPU, 0, RATE_FIRST);
}

static void two_samples_tell_rates(void **state)
{
	struct world *w = *state;

	seat(w, (int[]){PID, PID + 1}, 2);
	ran(w, 0, 0, 2 * MS);
	ran(w, 1, 0, 3 * MS);
	moment(w);
	ran(w, 0, 110 * MS, 2 * MS);
	thread(w, 0)->run.wait_ns = 20 * MS;
	thread(w, 0)->run.voluntary_switches = 30;
	thread(w, 0)->run.involuntary_switches = 4;
	ran(w, 1, 50 * MS, 3 * MS);
	moment(w);
	assert_percent(w, CPU, 0, 11);
	assert_percent(w, WAIT, 0, 2);
	assert_percent(w, "thread.voluntary_rate", 0, 30);
	assert_percent(w, "thread.involuntary_rate", 0, 4);
	assert_percent(w, CPU, 1, 5);
	assert_percent(w, "thread.voluntary_rate", 1, 0);
	assert_percent(w, PROCESS_CPU, 0, 16);
}

/* Each read of a thread has its own time: one read late took no longer than it did. */
static void a_busy_thread_shows_a_hundred_whenever_it_is_read(void **state)
{
	static const uint64_t after_ms[] = {0, 9, 1, 5, 0, 9};
	struct world *w = *state;

	w->delay_ns = 100 * MS;
	seat(w, (int[]){PID}, 1);
	for (int i = 0; i < 6; i++) {
		uint64_t at_ns = w->now_ns + after_ms[i] * MS;

		ran(w, 0, at_ns - 999 * SEC, after_ms[i] * MS);
		moment(w);
		if (i)
			assert_percent(w, CPU, 0, 100);
	}
}

/* The kernel books the time of a running thread with a tick: more than passed may show. */
static void nobody_runs_more_than_all_the_time(void **state)
{
	struct world *w = *state;

	w->delay_ns = 100 * MS;
	seat(w, (int[]){PID}, 1);
	ran(w, 0, 0, 0);
	moment(w);
	ran(w, 0, 104900000, 0);
	thread(w, 0)->run.wait_ns = 300 * MS;
	moment(w);
	assert_true(field(w, CPU, 0).real == 100.0);
	assert_true(field(w, WAIT, 0).real == 100.0);
	assert_true(field(w, PROCESS_CPU, 0).real == 100.0);
}

/*
 * Of those that stood still only the time of their chunk's reads is known. One that then runs all
 * the time comes near 100 % and not above.
 */
static void who_wakes_is_measured_from_its_last_look(void **state)
{
	struct world *w = *state;
	double percent;

	seat(w, (int[]){PID, PID + 1}, 2);
	ran(w, 0, 10 * MS, 0);
	ran(w, 1, 10 * MS, 0);
	moment(w);
	for (int i = 0; i < 5; i++)
		moment(w); /* nothing moves */
	ran(w, 1, 10 * MS + SEC, 7 * MS);
	moment(w);
	assert_percent(w, CPU, 0, 0);
	percent = field(w, CPU, 1).real;
	assert_true(percent > 99.0 && percent <= 100.0);
}

/* Parts that were found to be the same again and again: what they tell is known, and held on. */
static void what_stands_still_is_known_to(void **state)
{
	struct world *w = *state;

	w->delay_ns = 100 * MS;
	seat(w, (int[]){PID, PID + 1}, 2);
	ran(w, 0, 3 * SEC, 0);
	ran(w, 1, 3 * SEC, 0);
	moment(w);
	w->keep = true;
	for (int i = 1; i < 50; i++) {
		const struct rates *before = part_get(w->snapshot->side[0].rates);

		moment(w);
		assert_percent(w, CPU, 0, 0);
		assert_percent(w, PROCESS_CPU, 0, 0);
		if (i > 12)
			assert_ptr_equal(w->snapshot->side[0].rates, before);
		part_put(before);
	}
	w->keep = false;
	ran(w, 1, 3 * SEC + 100 * MS, 0);
	w->user_ticks += 10;
	moment(w);
	/* Of the last second, in which it stood still before. */
	assert_percent(w, CPU, 0, 0);
	assert_true(fabs(field(w, CPU, 1).real - 10) < 0.2);
	w->keep = true;
	for (int i = 1; i < 9; i++) {
		moment(w);
		assert_true(fabs(field(w, CPU, 1).real - 10) < 0.5);
	}
	for (int i = 0; i < 4; i++)
		moment(w);
	assert_percent(w, CPU, 1, 0);
	assert_percent(w, PROCESS_CPU, 0, 0);
}

/* The ticks of a process that slept long are those of the last second when it wakes. */
static void ticks_held_while_nothing_moved(void **state)
{
	struct world *w = *state;

	w->delay_ns = 200 * MS;
	w->no_threads = true;
	moment(w);
	w->keep = true;
	for (int i = 0; i < 30; i++)
		moment(w);
	assert_percent(w, PROCESS_CPU, 0, 0);
	w->keep = false;
	w->user_ticks += 20;
	moment(w);
	assert_percent(w, PROCESS_CPU, 0, 20);
}

/* At ten samples a second a figure is still one of the last second: it does not flicker. */
static void all_figures_are_of_one_second(void **state)
{
	struct world *w = *state;
	uint64_t run_ns = 0;

	w->delay_ns = 100 * MS;
	seat(w, (int[]){PID}, 1);
	for (int i = 0; i < 40; i++) {
		run_ns += i % 2 ? 22 * MS : 0;
		w->user_ticks = run_ns / (10 * MS);
		ran(w, 0, run_ns, 0);
		moment(w);
		if (i < 10)
			continue;
		assert_true(fabs(field(w, CPU, 0).real - 11) < 1.3);
		assert_true(field(w, CPU, 0).real == field(w, PROCESS_CPU, 0).real);
	}
}

static void a_stopped_process_takes_nothing(void **state)
{
	struct world *w = *state;

	seat(w, (int[]){PID, PID + 1}, 2);
	ran(w, 0, 3 * SEC, 0);
	moment(w);
	thread(w, 0)->run.state = thread(w, 1)->run.state = 'T';
	for (int i = 0; i < 3; i++) {
		moment(w);
		assert_percent(w, CPU, 0, 0);
		assert_percent(w, PROCESS_CPU, 0, 0);
	}
}

static void a_counter_that_went_back_tells_nothing(void **state)
{
	struct world *w = *state;

	seat(w, (int[]){PID, PID + 1}, 2);
	ran(w, 0, 3 * SEC, 0);
	ran(w, 1, 0, 0);
	thread(w, 0)->run.voluntary_switches = 9;
	moment(w);
	ran(w, 0, 2 * SEC, 0);
	ran(w, 1, SEC / 2, 0);
	thread(w, 0)->run.voluntary_switches = 8;
	moment(w);
	assert_gap(w, CPU, 0, RATE_BACKWARDS);
	assert_gap(w, "thread.voluntary_rate", 0, RATE_BACKWARDS);
	assert_percent(w, PROCESS_CPU, 0, 50); /* of the other one */
}

/* Another thread under a number that was used before; and what it ran counts for the process. */
static void a_number_given_anew_begins_anew(void **state)
{
	struct world *w = *state;

	seat(w, (int[]){PID, PID + 1}, 2);
	ran(w, 1, 5 * SEC, 0);
	moment(w);
	ran(w, 1, 300 * MS, 0);
	thread(w, 1)->self.start_ticks = 77;
	moment(w);
	assert_gap(w, CPU, 1, RATE_FIRST);
	assert_percent(w, PROCESS_CPU, 0, 30);
	ran(w, 1, 400 * MS, 0);
	moment(w);
	assert_percent(w, CPU, 1, 10);
}

/* New within the second: measured against the first moment that knew it. */
static void who_came_lately_is_known_from_the_next_sample_on(void **state)
{
	struct world *w = *state;

	w->delay_ns = 200 * MS;
	seat(w, (int[]){PID}, 1);
	moment(w);
	moment(w);
	seat(w, (int[]){PID, PID + 5}, 2);
	ran(w, 1, 0, 0);
	moment(w);
	assert_gap(w, CPU, 1, RATE_FIRST);
	assert_percent(w, CPU, 0, 0);
	ran(w, 1, 100 * MS, 0);
	moment(w);
	assert_percent(w, CPU, 1, 50);
}

/* What ended took its clock with it: the process's ticks prove what it ran. Never negative. */
static void ended_threads_are_told_by_the_ticks(void **state)
{
	struct world *w = *state;
	double percent;

	seat(w, (int[]){PID, PID + 1, PID + 2}, 3);
	ran(w, 0, 0, 0);
	ran(w, 1, 70 * SEC, 0);
	moment(w);
	seat(w, (int[]){PID}, 1);
	ran(w, 0, 100 * MS, 0);
	moment(w);
	assert_percent(w, PROCESS_CPU, 0, 10);
	ran(w, 0, 200 * MS, 0);
	w->user_ticks = 60; /* of threads that came and went between the two samples */
	w->system_ticks = 20;
	moment(w);
	percent = field(w, PROCESS_CPU, 0).real;
	assert_true(percent > 77 && percent <= 80);
}

/* The processors bound it, and so do its threads where the ticks do not prove others. */
static void a_process_takes_no_more_than_there_is(void **state)
{
	struct world *w = *state;

	w->no_threads = true;
	w->process_threads = 2;
	moment(w);
	w->user_ticks = 201;
	moment(w);
	assert_percent(w, PROCESS_CPU, 0, 200);
	w->user_ticks += 900;
	moment(w);
	assert_percent(w, PROCESS_CPU, 0, 400);
}

static void ticks_need_a_second(void **state)
{
	struct world *w = *state;

	w->delay_ns = 100 * MS;
	w->no_threads = true;
	moment(w);
	assert_gap(w, PROCESS_CPU, 0, RATE_FIRST);
	for (int i = 1; i < 40; i++) {
		w->user_ticks = (uint64_t)(i * 11 / 10); /* 11 %, in whole ticks */
		moment(w);
		if (i < 9)
			assert_gap(w, PROCESS_CPU, 0, RATE_COARSE);
		else
			assert_true(fabs(field(w, PROCESS_CPU, 0).real - 11) < 1.3);
		assert_true(w->snapshot->side[0].rates->by_ticks);
	}
	w->user_ticks = 0;
	moment(w);
	assert_gap(w, PROCESS_CPU, 0, RATE_BACKWARDS);
}

/* Threads that nobody reads any more tell nothing of now: the ticks take over, at once. */
static void unread_threads_leave_it_to_the_ticks(void **state)
{
	struct world *w = *state;
	uint64_t run_ns = 0;

	w->delay_ns = 500 * MS;
	seat(w, (int[]){PID}, 1);
	for (int i = 0; i < 20; i++) {
		w->no_threads = i >= 6;
		run_ns += 100 * MS;
		w->user_ticks = run_ns / (10 * MS);
		ran(w, 0, run_ns, 0);
		moment(w);
		if (i < 3)
			continue;
		assert_percent(w, PROCESS_CPU, 0, 20);
		assert_int_equal(w->snapshot->side[0].rates->by_ticks, i >= 6);
	}
}

static void switches_need_two_samples_that_asked(void **state)
{
	struct world *w = *state;

	seat(w, (int[]){PID}, 1);
	w->no_status = true;
	ran(w, 0, 0, 0);
	moment(w);
	ran(w, 0, 500 * MS, 0);
	thread(w, 0)->run.voluntary_switches = 50;
	w->no_status = false;
	moment(w);
	assert_percent(w, CPU, 0, 50);
	assert_gap(w, "thread.voluntary_rate", 0, RATE_FIRST);
	ran(w, 0, 500 * MS, 0);
	thread(w, 0)->run.voluntary_switches = 70;
	moment(w);
	assert_percent(w, "thread.voluntary_rate", 0, 20);
}

static void what_did_not_change_is_shared(void **state)
{
	struct world *w = *state;
	const struct rates *first, *next;
	int tid[600];

	for (int i = 0; i < 600; i++)
		tid[i] = PID + i;
	seat(w, tid, 600);
	moment(w);
	first = part_get(moment(w));
	ran(w, 599, 10 * MS, 0);
	next = moment(w);
	assert_ptr_equal(next->thread[0], first->thread[0]);
	assert_ptr_not_equal(next->thread[2], first->thread[2]);
	assert_int_equal(next->thread[2]->packed, 1);
	assert_true(rates_bytes(next, first) < 1000);
	part_put(first);
}

/* After a reset the same moments tell the same as they did: for going back in time. */
static void a_reset_forgets_all(void **state)
{
	struct world *w = *state;

	seat(w, (int[]){PID}, 1);
	ran(w, 0, 0, 0);
	moment(w);
	ran(w, 0, 500 * MS, 0);
	moment(w);
	assert_percent(w, CPU, 0, 50);
	rater_reset(w->rater);
	ran(w, 0, 900 * MS, 0);
	moment(w);
	assert_gap(w, CPU, 0, RATE_FIRST);
	ran(w, 0, 1000 * MS, 0);
	moment(w);
	assert_percent(w, CPU, 0, 10);
}

static void a_seeded_moment_is_one_to_compare_with(void **state)
{
	struct world *w = *state;

	seat(w, (int[]){PID}, 1);
	ran(w, 0, 0, 0);
	moment(w);
	ran(w, 0, 500 * MS, 0);
	moment(w);
	rater_reset(w->rater);
	rater_seed(w->rater, w->snapshot);
	ran(w, 0, 750 * MS, 0);
	moment(w);
	assert_percent(w, CPU, 0, 25);
	assert_percent(w, "process.cpu_percent", 0, 25);
}

/* A and B are remembered each for itself, also when they change places. */
static void sides_are_told_apart(void **state)
{
	struct world *w = *state;
	struct comparer *c = comparer_new();
	struct world b = {.id = {PID + 50, 3}, .roll.first = PID + 50};
	const struct pair *pair;

	seat(w, (int[]){PID}, 1);
	seat(&b, (int[]){PID + 50}, 1);
	for (int i = 0; i < 4; i++) {
		struct snapshot *s = snapshot_new();
		struct world *side[2] = {i < 2 ? w : &b, i < 2 ? &b : w};
		struct moment m = {.snapshot = s};

		b.now_ns = w->now_ns;
		ran(w, 0, (uint64_t)i * 300 * MS, 0);
		ran(&b, 0, (uint64_t)i * 600 * MS, 0);
		s->sides = 2;
		s->delay_ns = w->delay_ns;
		s->monotonic_ns = w->now_ns + 10 * MS;
		for (int k = 0; k < 2; k++) {
			s->side[k].id = side[k]->id;
			s->side[k].tid = side[k]->id.pid;
			s->side[k].info = info_of(side[k]);
			s->side[k].threads = list_of(side[k]);
		}
		pair = comparer_pair(c, s);
		for (unsigned k = 0; k < 2 && i; k++) {
			struct record r = {&m, RECORD_THREAD, k, 0};
			double percent = field_find(CPU)->get(&r).real;

			assert_true(fabs(percent - (side[k] == w ? 30 : 60)) < 0.01);
		}
		assert_ptr_equal(s->pair_threads, pair->threads);
		part_put(pair);
		part_put(s);
		w->now_ns += SEC;
	}
	comparer_reset(c);
	comparer_free(c);
	thread_roll_clear(&b.roll);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_sight_tells_no_rate),
		TEST(two_samples_tell_rates),
		TEST(a_busy_thread_shows_a_hundred_whenever_it_is_read),
		TEST(nobody_runs_more_than_all_the_time),
		TEST(who_wakes_is_measured_from_its_last_look),
		TEST(what_stands_still_is_known_to),
		TEST(ticks_held_while_nothing_moved),
		TEST(all_figures_are_of_one_second),
		TEST(a_stopped_process_takes_nothing),
		TEST(a_counter_that_went_back_tells_nothing),
		TEST(a_number_given_anew_begins_anew),
		TEST(who_came_lately_is_known_from_the_next_sample_on),
		TEST(ended_threads_are_told_by_the_ticks),
		TEST(a_process_takes_no_more_than_there_is),
		TEST(ticks_need_a_second),
		TEST(unread_threads_leave_it_to_the_ticks),
		TEST(switches_need_two_samples_that_asked),
		TEST(what_did_not_change_is_shared),
		TEST(a_reset_forgets_all),
		TEST(a_seeded_moment_is_one_to_compare_with),
		TEST(sides_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
