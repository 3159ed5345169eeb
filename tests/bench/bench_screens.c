/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the whole of twintop costs a second on 1,000 and on 10,000 threads, of which a tenth is
 * active, against `top -H`; Overview and House against Threads. All run at the same time and are
 * measured over the same stretches, so that what else the machine does meets all of them alike.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "load.h"
#include "terminal.h"
#include "twintop/base/clock.h"

#define BEAT_NS	   1000000000u
#define SETTLE_NS  5000000000u
#define STRETCH_NS 3000000000u
#define SECOND_NS  1000000000.0

#define TOP_BOUND  0.40
#define VIEW_BOUND 1.10 /* no dearer; two equal programs differ by up to a tenth here */

enum program { THREADS, OVERVIEW, HOUSE, TOP, HTOP, PROGRAMS };

static const char *const view[TOP] = {"threads", "overview", "house"};

static const char *const peer_argv[PROGRAMS][8] = {
	[TOP] = {"top", "-H", "-d", "1", "-p", NULL},
	[HTOP] = {"htop", "-d", "10", "-p", NULL},
};

static void be_target(size_t n)
{
	load_threads(n, BEAT_NS);
}

/* 0, or 1 when one could not be started that should be there. */
static int start(struct terminal t[PROGRAMS], enum program which, pid_t pid)
{
	const char *ours[] = {
		bench_twintop(), "-d", "1", "--view", which < TOP ? view[which] : NULL, NULL};
	const char *const *argv = which < TOP ? ours : peer_argv[which];
	int error = terminal_start(&t[which], argv, pid);

	if (!error)
		return 0;
	if (which >= TOP && error == -ENOENT) {
		printf("%s: skipped, it is not installed\n", argv[0]);
		return 0;
	}
	fprintf(stderr, "bench_screens: %s: %s\n", argv[0], strerror(-error));
	return 1;
}

/* 0, or 1 when one of ours failed; what a peer cost that failed does not count. */
static int stop(struct terminal *t, enum program which, struct bench_costs *cost)
{
	if (!terminal_stop(t))
		return 0;
	if (which < TOP) {
		fprintf(stderr, "bench_screens: twintop did not end in good order\n");
		return 1;
	}
	printf("%s: skipped, it does not run here\n", peer_argv[which][0]);
	cost->n = 0;
	return 0;
}

static void measure(struct terminal t[PROGRAMS], struct bench_costs cost[PROGRAMS])
{
	uint64_t cpu[PROGRAMS], begin;

	terminals_drain(t, PROGRAMS, SETTLE_NS);
	for (int round = 0; round < BENCH_ROUNDS; round++) {
		begin = clock_monotonic_ns();
		for (int i = 0; i < PROGRAMS; i++)
			cpu[i] = terminal_cpu_ns(&t[i]);
		terminals_drain(t, PROGRAMS, STRETCH_NS);
		for (int i = 0; i < PROGRAMS; i++) {
			double spent = (double)(terminal_cpu_ns(&t[i]) - cpu[i]) / 1e6;
			double seconds = (double)(clock_monotonic_ns() - begin) / SECOND_NS;

			if (t[i].launch)
				bench_add(&cost[i], spent / seconds);
		}
	}
}

static int report(size_t threads, const struct bench_costs cost[PROGRAMS])
{
	char what[64];
	int over = 0;

	snprintf(what, sizeof what, "a second of threads, %zu threads", threads);
	if (cost[TOP].n)
		over |= bench_report(what, &cost[THREADS], "top -H -d 1", &cost[TOP], TOP_BOUND);
	if (cost[HTOP].n)
		printf("%-44s %9.3f ms, for comparison\n", "a second of htop -d 10",
			bench_median(&cost[HTOP]));
	for (int i = OVERVIEW; i < TOP; i++) {
		snprintf(what, sizeof what, "a second of %s, %zu threads", view[i], threads);
		over |= bench_report(
			what, &cost[i], "twintop --view threads", &cost[THREADS], VIEW_BOUND);
	}
	return over;
}

static int bench_threads(size_t threads)
{
	struct bench_costs cost[PROGRAMS] = {{0}};
	struct terminal t[PROGRAMS] = {{0}};
	pid_t pid = bench_start(be_target, threads, NULL);
	int failed = 0;

	for (int i = 0; i < PROGRAMS; i++)
		failed |= start(t, (enum program)i, pid);
	if (!failed)
		measure(t, cost);
	for (int i = 0; i < PROGRAMS; i++)
		failed |= stop(&t[i], (enum program)i, &cost[i]);
	bench_stop(pid);
	return failed || report(threads, cost);
}

int main(void)
{
	int over = bench_threads(1000);

	return over | bench_threads(10000);
}
