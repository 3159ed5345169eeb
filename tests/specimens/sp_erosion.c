/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sp_erosion FIRST RATE SECOND RATE - a child copies the pages of two mappings, each by code of its
 * own, so many a second: of FIRST pages in erode_first(), of SECOND pages in erode_second().
 *
 * Prints "pid=N child=N first=0xN second=0xN page=N copied_first=N copied_second=N". Commands, each
 * answered with the same line:
 *
 *   erode   the child begins
 *   stop    it stops
 *   cross   stopped, erode_first() writes the last page of the second mapping
 *   exec    the child executes itself anew, and shares nothing any more
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 5

struct area {
	volatile unsigned char *at;
	size_t pages, copied;
	double rate; /* pages a second */
};

static struct area first, second;
static size_t page;
static int channel[2];
static pid_t child;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Each is told by its own line. */
__attribute__((noinline)) static void erode_first(volatile unsigned char *at)
{
	*at = 1;
}

__attribute__((noinline)) static void erode_second(volatile unsigned char *at)
{
	*at = 2;
}

/* With a page behind it that parts it from its neighbour. */
static struct area map(const char *pages, const char *rate)
{
	struct area a = {.pages = strtoul(pages, NULL, 10), .rate = strtod(rate, NULL)};
	size_t bytes = a.pages * page;
	char *p = mmap(
		NULL, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + bytes, page, PROT_NONE))
		die("mmap");
	madvise(p, bytes, MADV_NOHUGEPAGE);
	memset(p, 7, bytes);
	a.at = (volatile unsigned char *)p;
	return a;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* As many as are due since the beginning; the last page is left to cross. */
static void erode(struct area *a, double seconds, void (*write_page)(volatile unsigned char *at))
{
	while (a->copied + 1 < a->pages && (double)a->copied < a->rate * seconds)
		write_page(a->at + page * a->copied++);
}

static void answer(void)
{
	const size_t copied[] = {first.copied, second.copied};

	if (write(channel[1], copied, sizeof copied) != (ssize_t)sizeof copied)
		_exit(1);
}

static void child_main(char *const argv[])
{
	struct pollfd fd = {.fd = channel[1], .events = POLLIN};
	double begun = 0;
	char order;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(channel[0]);
	for (;;) {
		if (poll(&fd, 1, begun > 0 ? TICK_MS : -1) > 0) {
			if (read(channel[1], &order, 1) != 1)
				_exit(0);
			begun = order == 'e' ? now() : 0;
			if (order == 'c')
				erode_first(second.at + page * (second.pages - 1));
			answer();
			if (order == 'x')
				execv("/proc/self/exe", argv);
		}
		if (begun > 0) {
			erode(&first, now() - begun, erode_first);
			erode(&second, now() - begun, erode_second);
		}
	}
}

static void order(char what)
{
	size_t copied[2];

	if (write(channel[0], &what, 1) != 1 ||
		read(channel[0], copied, sizeof copied) != (ssize_t)sizeof copied)
		die("child");
	first.copied = copied[0];
	second.copied = copied[1];
}

static void say(void)
{
	printf("pid=%d child=%d first=%p second=%p page=%zu copied_first=%zu copied_second=%zu\n",
		(int)getpid(), (int)child, (void *)(uintptr_t)first.at,
		(void *)(uintptr_t)second.at, page, first.copied, second.copied);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char *const anew[] = {argv[0], NULL};
	char line[64];

	alarm(120);
	page = (size_t)sysconf(_SC_PAGESIZE);
	if (argc < 5) { /* what the child became: it waits for its end */
		pause();
		return 0;
	}
	first = map(argv[1], argv[2]);
	second = map(argv[3], argv[4]);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, channel))
		die("socketpair");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child)
		child_main(anew);
	close(channel[1]);
	say();
	while (fgets(line, sizeof line, stdin)) {
		order(line[0] == 'e' && line[1] == 'x' ? 'x' : line[0]);
		say();
	}
	kill(child, SIGKILL);
	while (wait(NULL) > 0)
		;
	return 0;
}
