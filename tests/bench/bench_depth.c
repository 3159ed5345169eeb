/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads with all that is told in depth of 10,000 of them, of which a tenth is active: what each
 * waits for, and how it came there (`b`). What the whole program costs a second, the processes
 * that help it counted in, against `top -H`; and how soon keys are answered meanwhile. Then how
 * long the first moment of such a process takes that has nothing to go by.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "load.h"
#include "terminal.h"
#include "twintop/base/clock.h"

#define THREADS	   10000
#define BEAT_NS	   1000000000u
#define SETTLE_NS  8000000000u /* all have been looked at, and their functions named */
#define STRETCH_NS 3000000000u
#define SECOND_NS  1000000000.0
#define TOP_BOUND  0.40
#define KEYS	   40
#define KEY_STEP   37000000u /* keys meet each part of a second */
#define KEY_NS	   90000000u
#define KEY_BOUND  50.0
#define FIRST_RUNS 3

enum program { OURS, TOP, PROGRAMS };

static void be_target(size_t n)
{
	load_threads(n, BEAT_NS);
}

/* 0, or 1 when one could not be started that should be there. */
static int start(struct terminal *t, const char *const argv[], pid_t pid, int needed)
{
	int error = terminal_start(t, argv, pid);

	if (error && (needed || error != -ENOENT))
		fprintf(stderr, "bench_depth: %s: %s\n", argv[0], strerror(-error));
	else if (error)
		printf("%s: skipped, it is not installed\n", argv[0]);
	return error && (needed || error != -ENOENT);
}

static void measure_cost(struct terminal t[PROGRAMS], struct bench_costs cost[PROGRAMS])
{
	uint64_t cpu[PROGRAMS], begin;

	for (int round = 0; round < BENCH_ROUNDS; round++) {
		begin = clock_monotonic_ns();
		for (int i = 0; i < PROGRAMS; i++)
			cpu[i] = terminal_all_cpu_ns(&t[i]);
		terminals_drain(t, PROGRAMS, STRETCH_NS);
		for (int i = 0; i < PROGRAMS; i++) {
			double spent = (double)(terminal_all_cpu_ns(&t[i]) - cpu[i]) / 1e6;
			double seconds = (double)(clock_monotonic_ns() - begin) / SECOND_NS;

			if (t[i].launch)
				bench_add(&cost[i], spent / seconds);
		}
	}
}

/* The selection goes down by one and up again. */
static void measure_keys(struct terminal t[PROGRAMS], struct bench_costs *ret_keys)
{
	for (int i = 0; i < KEYS; i++) {
		terminals_drain(t, PROGRAMS, KEY_NS + (uint64_t)(i % 4) * KEY_STEP);
		bench_add(ret_keys, terminal_answer_ms(&t[OURS], i % 2 ? 'k' : 'j'));
	}
}

static double worst(const struct bench_costs *c)
{
	double most = 0;

	for (size_t i = 0; i < (size_t)c->n; i++)
		most = c->ms[i] > most ? c->ms[i] : most;
	return most;
}

static int report(const struct bench_costs cost[PROGRAMS], const struct bench_costs *keys)
{
	int over = 0;

	if (cost[TOP].n)
		over = bench_report("a second of Threads with waits and backtraces", &cost[OURS],
			"top -H -d 1", &cost[TOP], TOP_BOUND);
	else
		printf("a second of Threads with waits and backtraces: %.1f ms\n",
			bench_median(&cost[OURS]));
	printf("keys meanwhile are answered within %.1f ms at the median\n", bench_median(keys));
	return over | bench_limit("the slowest answer to a key", worst(keys), KEY_BOUND, "ms");
}

static int bench_screen(pid_t pid)
{
	const char *ours[] = {bench_twintop(), "-d", "1", "-s", "none", "--view", "threads", NULL};
	static const char *const top[] = {"top", "-H", "-d", "1", "-p", NULL};
	struct bench_costs cost[PROGRAMS] = {{0}}, keys = {0};
	struct terminal t[PROGRAMS] = {{0}};
	int failed = start(&t[OURS], ours, pid, 1) | start(&t[TOP], top, pid, 0);

	if (!failed) {
		terminals_drain(t, PROGRAMS, SECOND_NS);
		terminal_answer_ms(&t[OURS], 'b');
		terminals_drain(t, PROGRAMS, SETTLE_NS);
		measure_cost(t, cost);
		measure_keys(t, &keys);
	}
	failed |= terminal_stop(&t[OURS]);
	if (terminal_stop(&t[TOP]))
		cost[TOP].n = 0;
	return failed || report(cost, &keys);
}

static int bench_first(pid_t pid)
{
	struct bench_costs wall = {0}, cpu = {0};
	struct bench_run run;
	char target[16];
	const char *argv[] = {bench_twintop(), "--json", "-s", "none", "-n", "1", target, NULL};

	snprintf(target, sizeof target, "%d", (int)pid);
	for (int i = 0; i < FIRST_RUNS; i++) {
		if (bench_run(argv, &run))
			return 1;
		bench_add(&wall, run.wall_ms);
		bench_add(&cpu, run.cpu_ms);
	}
	printf("the first moment, --json: %.0f ms, %.0f ms CPU\n", bench_median(&wall),
		bench_median(&cpu));
	return 0;
}

int main(void)
{
	pid_t pid = bench_start(be_target, THREADS, NULL);
	int failed = bench_screen(pid);

	failed |= bench_first(pid);
	bench_stop(pid);
	return failed;
}
