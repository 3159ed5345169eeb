/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Workers: who runs which lane, while one hangs, and once they are dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/sample/lane.h"
#include "twintop/base/clock.h"

#define BOUND_NS 20000000000u
#define LANES	 5

/* A job that waits until its pipe is closed, if it has one. */
struct job {
	int wait_fd; /* -1: none */
	pthread_t ran_by;
	unsigned runs;
	unsigned *freed; /* counted there */
};

static void run(void *job)
{
	struct job *j = job;
	char c;

	if (j->wait_fd >= 0 && read(j->wait_fd, &c, 1) < 0)
		return;
	j->ran_by = pthread_self();
	j->runs++;
}

static void count_freed(void *job)
{
	__atomic_fetch_add(((struct job *)job)->freed, 1, __ATOMIC_RELEASE);
}

static const struct lane_ops ops = {run, count_freed};

static void begin(struct lane *lane)
{
	pthread_mutex_lock(&lane->hub->lock);
	if (lane_begin(lane))
		hub_wake(lane->hub);
	pthread_mutex_unlock(&lane->hub->lock);
}

/* Takes what the lane did, once it came home. */
static void settle(struct lane *lane)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	bool settled;

	pthread_mutex_lock(&lane->hub->lock);
	while (!(settled = lane_settle(lane)) && hub_wait(lane->hub, until))
		;
	pthread_mutex_unlock(&lane->hub->lock);
	assert_true(settled);
}

static void drop(struct lane *lane)
{
	struct hub *hub = lane->hub;

	pthread_mutex_lock(&hub->lock);
	lane_drop(lane);
	pthread_mutex_unlock(&hub->lock);
}

static void await_freed(const unsigned *freed, unsigned n)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;

	while (__atomic_load_n(freed, __ATOMIC_ACQUIRE) != n) {
		assert_true(clock_monotonic_ns() < until);
		clock_sleep_ns(1000000);
	}
}

static void one_worker_runs_them_in_turn(void **state)
{
	struct hub *hub = hub_new();
	struct job job[LANES];
	struct lane *lane[LANES];
	unsigned freed = 0;

	(void)state;
	for (int i = 0; i < LANES; i++) {
		job[i] = (struct job){.wait_fd = -1, .freed = &freed};
		lane[i] = lane_new(hub, &ops, &job[i]);
	}
	for (unsigned round = 1; round <= 3; round++) {
		for (int i = 0; i < LANES; i++) {
			begin(lane[i]);
			settle(lane[i]);
			assert_int_equal(job[i].runs, round);
			assert_true(pthread_equal(job[i].ran_by, job[0].ran_by));
		}
	}
	for (int i = 0; i < LANES; i++)
		drop(lane[i]);
	assert_int_equal(hub_close(hub, BOUND_NS), 0);
	assert_int_equal(freed, LANES);
}

static void who_hangs_holds_up_nobody(void **state)
{
	struct hub *hub = hub_new();
	unsigned freed = 0;
	int held[2];
	struct job hangs = {.freed = &freed}, other = {.wait_fd = -1, .freed = &freed};
	struct lane *first = lane_new(hub, &ops, &hangs), *second = lane_new(hub, &ops, &other);

	(void)state;
	assert_int_equal(pipe(held), 0);
	hangs.wait_fd = held[0];
	begin(first);
	for (unsigned round = 1; round <= 3; round++) {
		begin(second);
		settle(second);
		assert_int_equal(other.runs, round);
	}
	pthread_mutex_lock(&hub->lock);
	assert_false(lane_settle(first));
	pthread_mutex_unlock(&hub->lock);
	close(held[1]);
	settle(first);
	assert_int_equal(hangs.runs, 1);
	drop(first);
	drop(second);
	assert_int_equal(hub_close(hub, BOUND_NS), 0);
	assert_int_equal(freed, 2);
	close(held[0]);
}

static void who_was_dropped_in_line_is_not_run(void **state)
{
	struct hub *hub = hub_new();
	unsigned freed = 0;
	int held[2];
	struct job hangs = {.freed = &freed}, other = {.wait_fd = -1, .freed = &freed};
	struct lane *first = lane_new(hub, &ops, &hangs), *second = lane_new(hub, &ops, &other);

	(void)state;
	assert_int_equal(pipe(held), 0);
	hangs.wait_fd = held[0];
	pthread_mutex_lock(&hub->lock);
	lane_begin(first);
	lane_begin(second);
	lane_drop(second);
	lane_drop(first);
	pthread_mutex_unlock(&hub->lock);
	/* Both are freed, the first one when it has come home, if it was run. */
	close(held[1]);
	assert_int_equal(hub_close(hub, BOUND_NS), 0);
	assert_int_equal(freed, 2);
	assert_int_equal(other.runs, 0);
	close(held[0]);
}

static void who_hangs_in_the_end_is_left_behind(void **state)
{
	struct hub *hub = hub_new();
	unsigned freed = 0;
	int held[2];
	struct job hangs = {.freed = &freed}, other = {.wait_fd = -1, .freed = &freed};
	struct lane *first = lane_new(hub, &ops, &hangs), *second = lane_new(hub, &ops, &other);
	uint64_t until = clock_monotonic_ns() + BOUND_NS;

	(void)state;
	assert_int_equal(pipe(held), 0);
	hangs.wait_fd = held[0];
	begin(first);
	pthread_mutex_lock(&hub->lock);
	while (!first->run_ns && hub_wait(hub, until))
		;
	pthread_mutex_unlock(&hub->lock);
	begin(second);
	settle(second);
	drop(first);
	drop(second);
	assert_int_equal(hub_close(hub, 200000000u), 1);
	await_freed(&freed, 1);
	close(held[1]);
	await_freed(&freed, 2);
	close(held[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_worker_runs_them_in_turn),
		cmocka_unit_test(who_hangs_holds_up_nobody),
		cmocka_unit_test(who_was_dropped_in_line_is_not_run),
		cmocka_unit_test(who_hangs_in_the_end_is_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
