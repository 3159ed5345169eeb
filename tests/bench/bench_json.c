/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `twintop --json`: what a moment of a process with 10,000 threads costs, of which a tenth is
 * active, the memory that it takes, and how long an ordinary process beside its nearest relative
 * takes from start to end.
 */
#include <stdio.h>

#include "bench.h"
#include "load.h"
#include "twintop/base/clock.h"

#define THREADS	  10000
#define BEAT_NS	  100000000u
#define MOMENTS	  4 /* that the longer run has more of */
#define ROUNDS	  3
#define RUNS	  41
#define PAUSE_NS  100000000u
#define CPU_BOUND 120.0
#define MIB_BOUND 64.0
#define MS_BOUND  15.0

static void be_load(size_t n)
{
	load_threads(n, BEAT_NS);
}

static void be_ordinary(size_t n)
{
	(void)n;
}

/* One run of n moments, beside its nearest relative or alone. 0, or -1 unless all came. */
static int run(pid_t pid, int alone, unsigned n, struct bench_run *ret_run)
{
	char target[16], samples[16];
	const char *argv[] = {
		bench_twintop(), "--json", "-n", samples, target, alone ? "-snone" : NULL, NULL};

	snprintf(target, sizeof target, "%d", (int)pid);
	snprintf(samples, sizeof samples, "%u", n);
	if (!bench_run(argv, ret_run) && ret_run->lines == n)
		return 0;
	fprintf(stderr, "bench_json: twintop did not tell %u moments of %d\n", n, (int)pid);
	return -1;
}

struct moments {
	double megabytes; /* of text, each */
	struct bench_costs cpu, wall, most;
};

/* What more moments cost more: a moment without the start and end of the program. */
static int measure(pid_t pid, int alone, struct moments *m)
{
	struct bench_run one, many;

	for (int round = 0; round < ROUNDS; round++) {
		if (run(pid, alone, 1, &one) || run(pid, alone, 1 + MOMENTS, &many))
			return -1;
		bench_add(&m->cpu, (many.cpu_ms - one.cpu_ms) / MOMENTS);
		bench_add(&m->wall, (many.wall_ms - one.wall_ms) / MOMENTS);
		bench_add(&m->most, many.most_mib);
		m->megabytes = (double)many.bytes / (1 + MOMENTS) / 1e6;
	}
	return 0;
}

static void tell(const char *what, const struct moments *m)
{
	printf("%s: %.1f MB of text a moment, %.0f ms CPU, one each %.0f ms, %.0f MiB\n", what,
		m->megabytes, bench_median(&m->cpu), bench_median(&m->wall),
		bench_median(&m->most));
}

static int bench_moments(void)
{
	struct moments alone = {0}, pair = {0};
	pid_t pid = bench_start(be_load, THREADS, NULL);
	int failed = measure(pid, 1, &alone) || measure(pid, 0, &pair);

	bench_stop(pid);
	if (failed)
		return 1;
	tell("--json of 10,000 threads", &alone);
	tell("the same beside a relative, for comparison", &pair);
	failed = bench_limit(
		"a moment of 10,000 threads, --json", bench_median(&alone.cpu), CPU_BOUND, "ms");
	return failed | bench_limit("memory at its peak, the same", bench_median(&alone.most),
				MIB_BOUND, "MiB");
}

/*
 * The sibling is found by itself: the benchmark, as the target's parent of the same program. What
 * counts is a run that others on this machine did not hold up: a quarter of them is quicker.
 * Between two runs is a pause, as between two commands: what a first reader has to wait for in the
 * kernel, those right behind it need not.
 */
static int bench_start_to_end(void)
{
	struct bench_costs wall = {0}, cpu = {0}, least = {0}, peers = {0};
	pid_t pid = bench_start(be_ordinary, 0, NULL);
	int failed = 0;
	char number[16];
	const char *least_argv[] = {"true", NULL};
	const char *peer_argv[] = {"ps", "-L", "-p", number, NULL};

	snprintf(number, sizeof number, "%d", (int)pid);

	for (int i = 0; i < RUNS && !failed; i++) {
		struct bench_run one;

		clock_sleep_ns(PAUSE_NS);
		failed = run(pid, 0, 1, &one);
		if (failed)
			break;
		bench_add(&wall, one.wall_ms);
		bench_add(&cpu, one.cpu_ms);
		if (!bench_run(least_argv, &one))
			bench_add(&least, one.wall_ms);
		if (!bench_run(peer_argv, &one))
			bench_add(&peers, one.wall_ms);
	}
	bench_stop(pid);
	if (failed)
		return 1;
	printf("--json from start to end: %.1f ms CPU; median %.1f ms\n", bench_median(&cpu),
		bench_median(&wall));
	printf("the same of true: %.1f ms, of ps -L -p PID: %.1f ms, for comparison\n",
		bench_median(&least), bench_median(&peers));
	return bench_limit("start to end of --json PID, quickest quarter", bench_quartile(&wall),
		MS_BOUND, "ms");
}

int main(void)
{
	int over = bench_moments();

	return over | bench_start_to_end();
}
