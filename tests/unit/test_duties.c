/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a thread does with its time, added up moment by moment: also of one that is new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/fixtures/threads.h"
#include "twintop/compare/duties.h"
#include "twintop/model/duty.h"
#include "twintop/model/thread_roll.h"

#define MS    1000000ull
#define SEC   (1000 * MS)
#define PID   700
#define NEWER 701
#define HERTZ 100

/* One process as it goes on from moment to moment; a test sets what it likes before the next. */
struct world {
	struct duty_counter *counter;
	struct thread_roll roll;
	uint64_t now_ns;
	const struct snapshot *snapshot;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	w->counter = duty_counter_new();
	w->roll.first = PID;
	w->now_ns = 1000 * SEC;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	part_put(w->snapshot);
	duty_counter_free(w->counter);
	thread_roll_clear(&w->roll);
	free(w);
	return 0;
}

static void seat(struct world *w, size_t n)
{
	static const int tid[] = {PID, NEWER};

	thread_roll_seat(&w->roll, tid, n);
}

/* Thread i began then, sleeps or is ready, and has run and waited for a CPU so long in all. */
static void set(
	struct world *w, size_t i, uint64_t began_ns, char state, uint64_t run_ns, uint64_t wait_ns)
{
	struct thread_record *t = &w->roll.thread.item[i]->now;

	w->roll.thread.item[i]->touched = THREAD_TOUCHED_ALL;
	t->self.start_ticks = began_ns / (SEC / HERTZ);
	t->run.state = state;
	t->run.run_ns = run_ns;
	t->run.wait_ns = wait_ns;
	t->run.read_ns = w->now_ns;
}

/* The moment now. */
static void look(struct world *w)
{
	struct thread_list *list = part_make(PART_THREADS);
	struct snapshot *s = snapshot_new();

	thread_roll_list(&w->roll, list);
	part_seal(&list->part, 0, 0);
	list->part.begin_ns = list->part.end_ns = w->now_ns;
	s->monotonic_ns = w->now_ns;
	s->host = (struct host){"", 4096, HERTZ, 4, false};
	s->sides = 1;
	s->side[0].id = (struct task_id){PID, 1};
	s->side[0].threads = list;
	s->side[0].read_ns[PART_THREADS] = w->now_ns;
	duty_counter_see(w->counter, s);
	part_put(w->snapshot);
	w->snapshot = s;
}

static struct thread_duty duty(const struct world *w, size_t i, enum duty_span span)
{
	struct thread_duty d;
	const char *reason;

	assert_int_equal(duty_of(w->snapshot, 0, i, &d, &reason), span);
	return d;
}

/* The main thread sleeps all the while. */
static void sleep_on(struct world *w, uint64_t ns)
{
	for (uint64_t until = w->now_ns + ns; w->now_ns < until; w->now_ns += 100 * MS) {
		set(w, 0, 10 * SEC, 'S', 5 * MS, 0);
		look(w);
	}
}

static void who_sleeps_is_told_of_the_window(void **state)
{
	struct world *w = *state;
	struct thread_duty d;

	seat(w, 1);
	sleep_on(w, 3 * SEC);
	d = duty(w, 0, DUTY_LATELY);
	assert_int_equal(d.ns, 2900 * MS);
	assert_int_equal(d.run_ns + d.queued_ns, 0);
}

/* It runs from its first moment: nothing is said of the time before. */
static void who_is_new_has_no_time_before_it_began(void **state)
{
	struct world *w = *state;
	struct thread_duty d;
	uint64_t began;

	seat(w, 1);
	sleep_on(w, 8 * SEC);
	began = w->now_ns - 50 * MS;
	seat(w, 2);
	set(w, 1, began, 'R', 40 * MS, 10 * MS);
	look(w);
	d = duty(w, 1, DUTY_SINCE_START);
	assert_int_equal(d.ns, 50 * MS);
	assert_int_equal(d.run_ns, 40 * MS);
	assert_int_equal(duty_blocked_ns(&d), 0);
	for (unsigned i = 1; i <= 10; i++) {
		w->now_ns += 100 * MS;
		set(w, 1, began, 'R', (40 + 90 * i) * MS, (10 + 10 * i) * MS);
		look(w);
	}
	d = duty(w, 1, DUTY_LATELY);
	assert_int_equal(d.ns, 1050 * MS);
	assert_int_equal(d.run_ns, 940 * MS);
	assert_int_equal(d.queued_ns, 110 * MS);
	assert_string_equal(duty_sort(&d), "CPU-bound");
}

/* It ran at once and sleeps ever since: that is its life, not the window's. */
static void who_is_new_and_sleeps_is_told_of_since_it_began(void **state)
{
	struct world *w = *state;
	struct thread_duty d;
	uint64_t began;

	seat(w, 1);
	sleep_on(w, 8 * SEC);
	began = w->now_ns - 20 * MS;
	seat(w, 2);
	for (unsigned i = 0; i < 10; i++) {
		set(w, 1, began, 'S', 10 * MS, 0);
		look(w);
		w->now_ns += 100 * MS;
	}
	d = duty(w, 1, DUTY_SINCE_START);
	assert_int_equal(d.ns, 920 * MS);
	assert_int_equal(d.run_ns, 10 * MS);
	assert_int_equal(duty_blocked_ns(&d), 910 * MS);
}

/* The kernel books a wait for a CPU when it is over: till then who did not sleep was ready. */
static void who_never_sleeps_is_ready_while_it_does_not_run(void **state)
{
	struct world *w = *state;
	struct thread_duty d;

	seat(w, 1);
	for (unsigned i = 0; i < 6; i++) {
		set(w, 0, 10 * SEC, 'R', (i > 3 ? 60 : i * 20) * MS, i > 3 ? 240 * MS : 0);
		look(w);
		w->now_ns += 100 * MS;
	}
	d = duty(w, 0, DUTY_LATELY);
	assert_int_equal(d.ns, 500 * MS);
	assert_int_equal(d.run_ns, 60 * MS);
	assert_int_equal(duty_blocked_ns(&d), 0);
	assert_string_equal(duty_sort(&d), "waits for a CPU");
}

/* One voluntary switch more, and it was blocked meanwhile: nobody saw in what. */
static void who_slept_between_looks_was_blocked(void **state)
{
	struct world *w = *state;
	struct thread_duty d;

	seat(w, 1);
	for (unsigned i = 0; i < 6; i++) {
		set(w, 0, 10 * SEC, 'R', i * 20 * MS, 0);
		w->roll.thread.item[0]->now.run.voluntary_switches = i;
		look(w);
		w->now_ns += 100 * MS;
	}
	d = duty(w, 0, DUTY_LATELY);
	assert_int_equal(d.run_ns, 100 * MS);
	assert_int_equal(duty_blocked_ns(&d), 400 * MS);
	assert_int_equal(d.other_ns, 400 * MS);
}

/* Ticks that count the machine's sleep, too, lie ahead of the clock: they are not gone by. */
static void where_ticks_lie_ahead_the_window_stands(void **state)
{
	struct world *w = *state;
	struct thread_duty d;

	seat(w, 1);
	for (unsigned i = 0; i < 10; i++) {
		set(w, 0, 5000 * SEC, 'S', 0, 0);
		look(w);
		w->now_ns += 100 * MS;
	}
	d = duty(w, 0, DUTY_LATELY);
	assert_int_equal(d.ns, 900 * MS);
	assert_int_equal(d.run_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_sleeps_is_told_of_the_window, setup, teardown),
		cmocka_unit_test_setup_teardown(
			who_is_new_has_no_time_before_it_began, setup, teardown),
		cmocka_unit_test_setup_teardown(
			who_is_new_and_sleeps_is_told_of_since_it_began, setup, teardown),
		cmocka_unit_test_setup_teardown(
			who_never_sleeps_is_ready_while_it_does_not_run, setup, teardown),
		cmocka_unit_test_setup_teardown(
			who_slept_between_looks_was_blocked, setup, teardown),
		cmocka_unit_test_setup_teardown(
			where_ticks_lie_ahead_the_window_stands, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
