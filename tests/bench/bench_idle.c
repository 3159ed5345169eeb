/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A parent and its child that both sleep, watched ten times a second: what twintop takes of a
 * core, and what it writes to its terminal once all has settled, though there is nothing to tell.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench.h"
#include "terminal.h"
#include "twintop/base/clock.h"

#define SETTLE_NS     6000000000u
#define STRETCH_NS    2000000000u
#define PERCENT_BOUND 1.0

static const char *const view[] = {"overview", "threads"};
#define VIEWS (sizeof view / sizeof *view)

static void be_pair(size_t n)
{
	pid_t child = fork();

	(void)n;
	if (child < 0)
		_exit(1);
	if (child)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static int start(struct terminal *t, const char *name, pid_t pid)
{
	const char *argv[] = {bench_twintop(), "-d", "0.1", "--view", name, NULL};
	int error = terminal_start(t, argv, pid);

	if (error)
		fprintf(stderr, "bench_idle: %s: %s\n", argv[0], strerror(-error));
	return error != 0;
}

/* Costs are in percent of a core. */
static void measure(struct terminal t[VIEWS], struct bench_costs cost[VIEWS])
{
	uint64_t cpu[VIEWS], begin;

	for (int round = 0; round < BENCH_ROUNDS; round++) {
		begin = clock_monotonic_ns();
		for (size_t i = 0; i < VIEWS; i++)
			cpu[i] = terminal_cpu_ns(&t[i]);
		terminals_drain(t, VIEWS, STRETCH_NS);
		for (size_t i = 0; i < VIEWS; i++)
			bench_add(&cost[i], 100.0 * (double)(terminal_cpu_ns(&t[i]) - cpu[i]) /
						    (double)(clock_monotonic_ns() - begin));
	}
}

static int report(size_t i, const struct bench_costs *cost, uint64_t bytes)
{
	char what[64];
	int over;

	snprintf(what, sizeof what, "an idle pair at 10 Hz, %s", view[i]);
	over = bench_limit(what, bench_median(cost), PERCENT_BOUND, "%");
	snprintf(what, sizeof what, "what it wrote in %d s, %s",
		(int)(BENCH_ROUNDS * (STRETCH_NS / 1000000000u)), view[i]);
	return over | bench_limit(what, (double)bytes, 0, "B");
}

int main(void)
{
	struct bench_costs cost[VIEWS] = {{0}};
	struct terminal t[VIEWS] = {{0}};
	uint64_t before[VIEWS];
	pid_t pid = bench_start(be_pair, 0, NULL);
	int failed = 0;

	for (size_t i = 0; i < VIEWS; i++)
		failed |= start(&t[i], view[i], pid);
	terminals_drain(t, VIEWS, SETTLE_NS);
	for (size_t i = 0; i < VIEWS; i++)
		before[i] = t[i].bytes;
	if (!failed)
		measure(t, cost);
	for (size_t i = 0; i < VIEWS; i++) {
		uint64_t bytes = t[i].bytes - before[i];

		if (terminal_stop(&t[i]) || !before[i]) {
			fprintf(stderr, "bench_idle: twintop did not run in good order\n");
			failed = 1;
		} else {
			failed |= report(i, &cost[i], bytes);
		}
	}
	bench_stop(pid);
	return failed;
}
