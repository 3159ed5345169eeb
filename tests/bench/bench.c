/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void bench_add(struct bench_costs *c, double ms)
{
	if (c->n < BENCH_ROUNDS)
		c->ms[c->n++] = ms;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

double bench_median(const struct bench_costs *c)
{
	double sorted[BENCH_ROUNDS];

	if (!c->n)
		return 0;
	memcpy(sorted, c->ms, c->n * sizeof *sorted);
	qsort(sorted, c->n, sizeof *sorted, compare);
	return sorted[c->n / 2];
}

int bench_report(const char *what, const struct bench_costs *ours, const char *peer,
	const struct bench_costs *theirs, double bound)
{
	double a = bench_median(ours), b = bench_median(theirs);
	int over = !(b > 0) || a / b > bound;

	printf("%-44s %9.3f ms  %-28s %9.3f ms  ratio %6.3f  bound %5.2f  %s\n", what, a, peer, b,
		b > 0 ? a / b : 0, bound, over ? "OVER" : "ok");
	fflush(stdout);
	return over;
}

static double ms_of(const struct timeval *t)
{
	return (double)t->tv_sec * 1e3 + (double)t->tv_usec / 1e3;
}

double bench_command_ms(const char *const argv[])
{
	struct rusage usage;
	int status, null;
	pid_t pid = fork();

	if (!pid) {
		null = open("/dev/null", O_RDWR);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		setenv("TERM", "dumb", 1);
		execvp(argv[0], (char **)(uintptr_t)argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status)
		return -1;
	return ms_of(&usage.ru_utime) + ms_of(&usage.ru_stime);
}

void bench_stop(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
