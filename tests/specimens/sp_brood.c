/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lives for a moment only, when it is told to; a line each:
 *
 * children N MS EVERY   N children one after the other, each living so many milliseconds and reaped
 *                       at once, the next one EVERY milliseconds (0 where that is left out) later;
 *                       number i ends with status i % 200, each tenth by SIGKILL
 * orphans N MS          the same by N children that end at once with status 200: the grandchildren
 *                       are reaped by this process
 * execs N               N children that execute this program anew, which ends with status 9
 * threads N             N threads one after the other
 * leave                 the main thread ends; another one ends the process with status 21 later
 *
 * It says "did" and N when that is over.
 */
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void rest(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	if (ms)
		nanosleep(&t, NULL);
}

static void live_and_end(int number, long ms)
{
	rest(ms);
	if (number % 10 == 9)
		raise(SIGKILL);
	_exit(number % 200);
}

static void make_children(int n, long ms, long every)
{
	for (int i = 0; i < n; i++) {
		pid_t child = fork();

		if (child < 0)
			exit(1);
		if (!child)
			live_and_end(i, ms);
		waitpid(child, NULL, 0);
		rest(every);
	}
}

static void make_orphans(int n, long ms)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int i = 0; i < n; i++) {
		pid_t child = fork();

		if (child < 0)
			exit(1);
		if (!child) {
			if (!fork())
				live_and_end(i, ms);
			_exit(200);
		}
		while (wait(NULL) > 0)
			;
	}
}

static void make_execs(int n)
{
	char self[] = "/proc/self/exe", word[] = "end", *argv[] = {self, word, NULL};

	for (int i = 0; i < n; i++) {
		pid_t child;

		if (posix_spawn(&child, self, NULL, NULL, argv, environ))
			exit(1);
		waitpid(child, NULL, 0);
	}
}

static void *nothing(void *arg)
{
	return arg;
}

static void make_threads(int n)
{
	pthread_t thread;

	for (int i = 0; i < n; i++)
		if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
			exit(1);
}

static void *end_late(void *arg)
{
	(void)arg;
	rest(200);
	syscall(SYS_exit_group, 21);
	return NULL;
}

static void leave(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, end_late, NULL))
		exit(1);
	syscall(SYS_exit, 0);
}

int main(int argc, char **argv)
{
	char line[64];
	long ms = 0, every = 0;
	int n = 0;

	if (argc > 1 && !strcmp(argv[1], "end"))
		return 9;
	alarm(120);
	printf("pid=%d\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		every = 0;
		if (sscanf(line, "children %d %ld %ld", &n, &ms, &every) >= 2)
			make_children(n, ms, every);
		else if (sscanf(line, "orphans %d %ld", &n, &ms) == 2)
			make_orphans(n, ms);
		else if (sscanf(line, "execs %d", &n) == 1)
			make_execs(n);
		else if (sscanf(line, "threads %d", &n) == 1)
			make_threads(n);
		else if (!strcmp(line, "leave\n"))
			leave();
		printf("pid=%d did=%d\n", (int)getpid(), n);
		fflush(stdout);
	}
	return 0;
}
