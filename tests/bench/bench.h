/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What the benchmarks share. Times drift from run to run, so two costs are
 * measured in turns and judged by the ratio of their medians.
 */
#define BENCH_ROUNDS 7
#define BENCH_MOST   100 /* of what is measured more often, by itself */

struct bench_costs {
	size_t n;
	double ms[BENCH_MOST];
};
void bench_add(struct bench_costs *c, double ms);
double bench_median(const struct bench_costs *c);
double bench_quartile(const struct bench_costs *c); /* the lower one */

/* Prints both medians and their ratio beside its bound; 0, or 1 when the ratio is beyond it. */
int bench_report(const char *what, const struct bench_costs *ours, const char *peer,
	const struct bench_costs *theirs, double bound);
/* Prints a figure beside the bound that it has to keep by itself; 0, or 1 when it is beyond it. */
int bench_limit(const char *what, double figure, double bound, const char *unit);
/* CPU time, user and system, of a command run with its output thrown away; negative: it failed. */
double bench_command_ms(const char *const argv[]);
/* A command that was run: what it took, and how much it wrote to a pipe that was read at once. */
struct bench_run {
	double wall_ms, cpu_ms;
	double most_mib; /* resident at its peak */
	uint64_t bytes, lines;
};
/* 0, or -1 where it did not end in good order. */
int bench_run(const char *const argv[], struct bench_run *ret_run);
/*
 * Forks a process to look at: it runs body(size), waits from then on, and dies with us. Returns
 * its PID when it is ready, with the number that body gave to bench_ready (else 0; ret_number may
 * be NULL). Where it cannot be made the benchmark ends.
 */
pid_t bench_start(void (*body)(size_t), size_t size, uint64_t *ret_number);
/* In body: says that all is made, and waits. */
_Noreturn void bench_ready(uint64_t number);
/* Ends a child that the benchmark forked and reaps it. */
void bench_stop(pid_t child);
/* The twintop to measure: $TWINTOP, or that of the tree where the benchmark was built. */
const char *bench_twintop(void);

#endif
