/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "twintop/base/clock.h"

void bench_add(struct bench_costs *c, double ms)
{
	if (c->n < BENCH_MOST)
		c->ms[c->n++] = ms;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

/* The cost that part of all are below; 0 where there is none. */
static double quantile(const struct bench_costs *c, double part)
{
	double sorted[BENCH_MOST];

	if (!c->n)
		return 0;
	memcpy(sorted, c->ms, c->n * sizeof *sorted);
	qsort(sorted, c->n, sizeof *sorted, compare);
	return sorted[(size_t)((double)c->n * part)];
}

double bench_median(const struct bench_costs *c)
{
	return quantile(c, 0.5);
}

double bench_quartile(const struct bench_costs *c)
{
	return quantile(c, 0.25);
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

int bench_limit(const char *what, double figure, double bound, const char *unit)
{
	int over = !(figure <= bound);

	printf("%-44s %9.3f %-4s%57sbound %5g  %s\n", what, figure, unit, "", bound,
		over ? "OVER" : "ok");
	fflush(stdout);
	return over;
}

static double ms_of(const struct timeval *t)
{
	return (double)t->tv_sec * 1e3 + (double)t->tv_usec / 1e3;
}

/* Runs argv with nothing to read; what it writes goes to out. */
static pid_t start_command(const char *const argv[], int out)
{
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(out < 0 ? null : out, STDOUT_FILENO);
	setenv("TERM", "dumb", 1);
	execvp(argv[0], (char **)(uintptr_t)argv);
	_exit(127);
}

static int end_command(pid_t pid, struct rusage *ret_usage)
{
	int status;

	return pid < 0 || wait4(pid, &status, 0, ret_usage) != pid || status ? -1 : 0;
}

double bench_command_ms(const char *const argv[])
{
	struct rusage usage;

	if (end_command(start_command(argv, -1), &usage))
		return -1;
	return ms_of(&usage.ru_utime) + ms_of(&usage.ru_stime);
}

static void count_output(int fd, struct bench_run *run)
{
	static char bytes[1 << 16];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof bytes)) > 0) {
		run->bytes += (uint64_t)n;
		for (const char *at = bytes; (at = memchr(at, '\n', (size_t)(bytes + n - at)));
			at++)
			run->lines++;
	}
}

int bench_run(const char *const argv[], struct bench_run *ret_run)
{
	struct bench_run run = {0};
	uint64_t begin = clock_monotonic_ns();
	struct rusage usage;
	int out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		return -1;
	pid = start_command(argv, out[1]);
	close(out[1]);
	count_output(out[0], &run);
	close(out[0]);
	if (end_command(pid, &usage))
		return -1;
	run.wall_ms = (double)(clock_monotonic_ns() - begin) / 1e6;
	run.cpu_ms = ms_of(&usage.ru_utime) + ms_of(&usage.ru_stime);
	run.most_mib = (double)usage.ru_maxrss / 1024;
	*ret_run = run;
	return 0;
}

static int ready_fd = -1;

_Noreturn void bench_ready(uint64_t number)
{
	if (write(ready_fd, &number, sizeof number) != (ssize_t)sizeof number)
		_exit(1);
	for (;;)
		pause();
}

pid_t bench_start(void (*body)(size_t), size_t size, uint64_t *ret_number)
{
	uint64_t number;
	int channel[2];
	pid_t pid;

	if (pipe(channel) || (pid = fork()) < 0) {
		perror("bench");
		exit(1);
	}
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(300);
		close(channel[0]);
		ready_fd = channel[1];
		body(size);
		bench_ready(0);
	}
	close(channel[1]);
	if (read(channel[0], &number, sizeof number) != (ssize_t)sizeof number) {
		fprintf(stderr, "bench: the target could not be made\n");
		exit(1);
	}
	close(channel[0]);
	if (ret_number)
		*ret_number = number;
	return pid;
}

void bench_stop(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

const char *bench_twintop(void)
{
	static const char below[] = "../../src/twintop";
	static char path[4096];
	const char *named = getenv("TWINTOP");
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof below);
	char *slash;

	if (named)
		return named;
	path[n > 0 ? n : 0] = 0;
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, below);
	return path;
}
