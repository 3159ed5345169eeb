/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live.h"

#include <ctype.h>
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SWEEPS 2000 /* of 5 ms at most */

static pid_t runner;
static bool skipped;

void live_skip(const char *file, int line)
{
	skipped = true;
	_skip(file, line);
	abort();
}

/* A child of as_nobody() whose body came to no end tells its parent so. */
static void end_child(void)
{
	if (!runner || runner == getpid())
		return;
	fflush(NULL);
	_exit(skipped ? AS_NOBODY_SKIPPED : 1);
}

int live_begin(void **state)
{
	(void)state;
	end_child();
	skipped = false;
	return 0;
}

/* Field 4 of /proc/PID/stat, behind the name. */
static pid_t parent_of(const char *pid)
{
	char path[300], text[512], *end = NULL;
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	f = fopen(path, "re");
	if (f) {
		text[fread(text, 1, sizeof text - 1, f)] = 0;
		end = strrchr(text, ')');
		fclose(f);
	}
	if (!end || sscanf(end, ") %*c %d", &parent) != 1)
		return 0;
	return parent;
}

static void kill_children(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]) && parent_of(e->d_name) == getpid())
			kill(atoi(e->d_name), SIGKILL);
	if (d)
		closedir(d);
}

/* Reaps what has ended; whether there is more. */
static bool have_children(void)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		;
	return pid == 0;
}

/* Children of children become ours when their parents end. */
int live_end(void **state)
{
	const struct timespec pause = {0, 5000000};

	(void)state;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	specimens_stop();
	for (int i = 0; i < SWEEPS && have_children(); i++) {
		kill_children();
		nanosleep(&pause, NULL);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	return 0;
}

int live_run_group(const struct CMUnitTest *tests, size_t n, int (*setup)(void **state),
	int (*teardown)(void **state))
{
	struct CMUnitTest *all = calloc(n, sizeof *all);
	int failed;

	runner = getpid();
	memcpy(all, tests, n * sizeof *all);
	for (size_t i = 0; i < n; i++) {
		if (!all[i].setup_func)
			all[i].setup_func = live_begin;
		if (!all[i].teardown_func)
			all[i].teardown_func = live_end;
	}
	failed = _cmocka_run_group_tests("tests", all, n, setup, teardown);
	end_child();
	free(all);
	return failed;
}
