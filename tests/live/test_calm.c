/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read of processes that do not run, and that nothing is missed for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "denied.h"
#include "live.h"
#include "sampling.h"
#include "twintop/base/clock.h"

#define ROUNDS 60

/* Waits until a moment says so of A. */
static void until(struct sampling *f, bool (*is)(const struct side *a, pid_t number), pid_t number)
{
	uint64_t end = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	bool found = false;

	while (!found) {
		const struct moment *m = sampling_next(f);

		found = is(&m->snapshot->side[0], number);
		moment_put(m);
		assert_true(found || clock_monotonic_ns() < end);
	}
}

static bool is_asleep(const struct side *a, pid_t number)
{
	(void)number;
	return a->info && a->info->state == 'S' && a->threads && a->fds && a->memory;
}

/* Parts other than before, of those that were there. */
static unsigned news(const struct side *now, const struct side *before)
{
	static const enum part_kind kind[] = {PART_MAPPINGS, PART_FDS};
	unsigned n = 0;

	for (size_t i = 0; i < sizeof kind / sizeof *kind; i++)
		n += now->read_ns[kind[i]] != before->read_ns[kind[i]];
	return n;
}

/* Its mappings and files are not read at each of so many rounds, and what it is stays fresh. */
static void who_sleeps_is_seldom_read(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("cow", "anon", "4", NULL);
	unsigned read = 0;

	f->options.delay_ns = 50000000u;
	sampling_begin(f, specimen_pid(s), SIBLING_NONE);
	until(f, is_asleep, 0);
	for (int i = 0; i < ROUNDS; i++) {
		const struct moment *before = sampling_next(f), *m = sampling_next(f);
		const struct side *a = &m->snapshot->side[0];

		read += news(a, &before->snapshot->side[0]);
		assert_false(part_age(m->snapshot, PART_PROCESS, 0).late);
		assert_false(part_age(m->snapshot, PART_MAPPINGS, 0).late);
		moment_put(before);
		moment_put(m);
	}
	/* All would be two parts in each. */
	assert_true(read < ROUNDS);
	specimen_stop(s);
}

/* It runs again: that shows with all that it did. */
static void who_wakes_is_read(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("cow", "anon", "4", NULL);
	const struct moment *m;
	pid_t child;

	sampling_begin(f, specimen_pid(s), SIBLING_CHILD);
	until(f, is_asleep, 0);
	for (int i = 0; i < 10; i++)
		moment_put(sampling_next(f));
	specimen_say(s, "fork");
	child = (pid_t)specimen_number(s, "child");
	for (m = sampling_next(f); m->snapshot->sides < 2; m = sampling_next(f))
		moment_put(m);
	assert_int_equal(m->snapshot->side[1].id.pid, child);
	moment_put(m);
	specimen_stop(s);
}

static bool is_as_nice(const struct side *a, pid_t number)
{
	return a->threads && a->threads->n && thread_self_at(a->threads, 0)->nice == number;
}

static bool is_stopped(const struct side *a, pid_t number)
{
	(void)number;
	return a->info && a->info->state == 'T';
}

static bool has_pending(const struct side *a, pid_t number)
{
	return a->info && a->info->signals_pending & 1ull << (number - 1);
}

/* What others do to one that does not run shows all the same. */
static void what_others_do_is_seen(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("cow", "anon", "4", NULL);
	pid_t pid = specimen_pid(s);

	sampling_begin(f, pid, SIBLING_NONE);
	until(f, is_asleep, 0);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	until(f, is_stopped, 0);
	assert_int_equal(setpriority(PRIO_PROCESS, (id_t)pid, 7), 0);
	until(f, is_as_nice, 7);
	assert_int_equal(kill(pid, SIGUSR1), 0);
	until(f, has_pending, SIGUSR1);
	kill(pid, SIGKILL);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			who_sleeps_is_seldom_read, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			who_wakes_is_read, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			what_others_do_is_seen, sampling_setup, sampling_teardown),
	};

	return live_run(tests, NULL, NULL);
}
