/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal.h"

#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "twintop/base/clock.h"
#include "twintop/sample/launch.h"

#define COLUMNS	    200
#define ROWS	    50
#define WORDS_MOST  24
#define PROGRAMS    8
#define END_NS	    2000000000u
#define END_STEP_NS 20000000u
#define ANSWER_MS   5000

/* env(1) becomes the program: a terminal that everybody knows, and nobody's settings. */
static const char *const surroundings[] = {"env", "-u", "COLUMNS", "-u", "LINES", "-u", "NO_COLOR",
	"TERM=xterm-256color", "LC_ALL=C.UTF-8", "HOME=/nonexistent"};
#define SURROUNDINGS (sizeof surroundings / sizeof *surroundings)

static int is_there(const char *name)
{
	char *path = NULL;
	int error = launch_find(name, &path);

	free(path);
	return error;
}

int terminal_start(struct terminal *t, const char *const argv[], pid_t pid)
{
	const char *word[WORDS_MOST] = {0};
	char number[16];
	size_t n = SURROUNDINGS;
	int error = is_there(argv[0]);

	*t = (struct terminal){0};
	if (error)
		return error;
	memcpy(word, surroundings, sizeof surroundings);
	for (; *argv && n < WORDS_MOST - 2; argv++)
		word[n++] = *argv;
	snprintf(number, sizeof number, "%d", (int)pid);
	word[n] = number;
	error = launch_start((char *const *)(uintptr_t)word, "dumb", COLUMNS, ROWS, &t->launch);
	if (!error)
		error = launch_release(t->launch);
	return error ? error : -clock_getcpuclockid(launch_pid(t->launch), &t->clock);
}

/* All that is there to be read now. */
static void take(struct terminal *t)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(launch_fd(t->launch), bytes, sizeof bytes)) > 0)
		t->bytes += (uint64_t)n;
}

void terminals_drain(struct terminal *t, size_t n, uint64_t ns)
{
	uint64_t end = clock_monotonic_ns() + ns, now;
	struct pollfd p[PROGRAMS];

	while ((now = clock_monotonic_ns()) < end) {
		struct timespec left = {
			(time_t)((end - now) / 1000000000u), (long)((end - now) % 1000000000u)};

		for (size_t i = 0; i < n; i++)
			p[i] = (struct pollfd){
				.fd = t[i].launch ? launch_fd(t[i].launch) : -1, .events = POLLIN};
		if (ppoll(p, n, &left, NULL) <= 0)
			continue;
		for (size_t i = 0; i < n; i++)
			if (p[i].revents & POLLIN)
				take(&t[i]);
		/* One that hung up is always ready. */
		for (size_t i = 0; i < n; i++)
			if (p[i].revents && !(p[i].revents & POLLIN))
				clock_sleep_ns(END_STEP_NS);
	}
}

uint64_t terminal_cpu_ns(const struct terminal *t)
{
	struct timespec cpu;

	if (!t->launch || clock_gettime(t->clock, &cpu))
		return 0;
	return (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec;
}

static uint64_t cpu_ns_of(pid_t pid)
{
	struct timespec cpu;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &cpu))
		return 0;
	return (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec;
}

/* Of all whom a thread of pid has forked; where the kernel does not tell of children: 0. */
static uint64_t children_cpu_ns(pid_t pid)
{
	char pattern[64];
	uint64_t sum = 0;
	glob_t found;

	snprintf(pattern, sizeof pattern, "/proc/%d/task/*/children", (int)pid);
	if (glob(pattern, 0, NULL, &found))
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *file = fopen(found.gl_pathv[i], "re");
		int child;

		while (file && fscanf(file, "%d", &child) == 1)
			sum += cpu_ns_of(child) + children_cpu_ns(child);
		if (file)
			fclose(file);
	}
	globfree(&found);
	return sum;
}

uint64_t terminal_all_cpu_ns(const struct terminal *t)
{
	return t->launch ? terminal_cpu_ns(t) + children_cpu_ns(launch_pid(t->launch)) : 0;
}

double terminal_answer_ms(struct terminal *t, char key)
{
	struct pollfd p = {.fd = launch_fd(t->launch), .events = POLLIN};
	uint64_t begin;

	take(t);
	begin = clock_monotonic_ns();
	if (write(p.fd, &key, 1) != 1 || poll(&p, 1, ANSWER_MS) != 1)
		return ANSWER_MS;
	return (double)(clock_monotonic_ns() - begin) / 1e6;
}

/* Whether it ends in time; what it writes meanwhile must not hold it up. */
static int ends(struct terminal *t, int *ret_status)
{
	uint64_t end = clock_monotonic_ns() + END_NS;

	while (!launch_reap(t->launch, ret_status)) {
		if (clock_monotonic_ns() > end)
			return 0;
		take(t);
		clock_sleep_ns(END_STEP_NS);
	}
	return 1;
}

int terminal_stop(struct terminal *t)
{
	int status = -1, early;

	if (!t->launch)
		return 0;
	early = launch_reap(t->launch, &status);
	if (!early && write(launch_fd(t->launch), "q", 1) == 1 && !ends(t, &status)) {
		kill(launch_pid(t->launch), SIGTERM);
		ends(t, &status);
	}
	launch_free(t->launch);
	t->launch = NULL;
	return early || !WIFEXITED(status) || WEXITSTATUS(status);
}
