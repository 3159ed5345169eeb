/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <sys/types.h>

/*
 * What the benchmarks share. Times drift from run to run, so two costs are
 * measured in turns and judged by the ratio of their medians.
 */
#define BENCH_ROUNDS 7

struct bench_costs {
	size_t n;
	double ms[BENCH_ROUNDS];
};
void bench_add(struct bench_costs *c, double ms);
double bench_median(const struct bench_costs *c);

/* Prints both medians and their ratio beside its bound; 0, or 1 when the ratio is beyond it. */
int bench_report(const char *what, const struct bench_costs *ours, const char *peer,
	const struct bench_costs *theirs, double bound);
/* CPU time, user and system, of a command run with its output thrown away; negative: it failed. */
double bench_command_ms(const char *const argv[]);
/* Ends a child that the benchmark forked and reaps it. */
void bench_stop(pid_t child);

#endif
