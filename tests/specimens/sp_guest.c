/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One that notices whether somebody disturbs it: threads that wait in calls which the kernel does
 * not begin anew after a stop or a signal, with all signals held back, and children one after the
 * other, each of which ends with one SIGCHLD. Says "ready"; told "children N", it makes so many
 * that live for a millisecond; told anything else, it says how often calls were interrupted, how
 * many SIGCHLDs came, and how many other signals.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_int interrupted;
static int closed[2];

static void note(long result)
{
	if (result < 0 && errno == EINTR)
		interrupted++;
}

static void *wait_in_epoll(void *arg)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event e;

	for (;;)
		note(epoll_wait(fd, &e, 1, 50));
	return arg;
}

static void *wait_for_signal(void *arg)
{
	const struct timespec most = {0, 50000000};
	sigset_t none;

	sigemptyset(&none);
	for (;;)
		note(sigtimedwait(&none, NULL, &most));
	return arg;
}

/* This one would be begun anew; that it ever comes to an end counts. */
static void *wait_in_read(void *arg)
{
	char c;

	if (read(closed[0], &c, 1) != 1)
		interrupted++;
	interrupted++;
	return arg;
}

static void start(void *(*body)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, body, NULL))
		exit(1);
}

static int take(int signal)
{
	const struct timespec at_once = {0, 0};
	sigset_t set;
	int n = 0;

	sigemptyset(&set);
	sigaddset(&set, signal);
	while (sigtimedwait(&set, NULL, &at_once) == signal)
		n++;
	return n;
}

static int make_children(int n)
{
	const struct timespec moment = {0, 1000000};
	int told = 0;

	for (int i = 0; i < n; i++) {
		pid_t child = fork();

		if (child < 0)
			exit(1);
		if (!child) {
			nanosleep(&moment, NULL);
			_exit(i % 200);
		}
		if (waitpid(child, NULL, 0) != child)
			interrupted++;
		told += take(SIGCHLD);
	}
	return told;
}

static int count_others(void)
{
	int n = 0;

	for (int signal = 1; signal < SIGRTMAX; signal++)
		if (signal != SIGKILL && signal != SIGSTOP && (signal < 32 || signal >= SIGRTMIN))
			n += take(signal);
	return n;
}

int main(void)
{
	int children = 0, n, told = 0;
	char line[64];
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (pipe(closed))
		return 1;
	start(wait_in_epoll);
	start(wait_for_signal);
	start(wait_in_read);
	printf("pid=%d ready=1\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "children %d", &n) == 1) {
			told += make_children(n);
			children += n;
		}
		printf("interrupted=%d children=%d told=%d others=%d\n", atomic_load(&interrupted),
			children, told, count_others());
		fflush(stdout);
	}
	return 0;
}
