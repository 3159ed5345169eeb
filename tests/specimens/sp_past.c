/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sp_past - grows, rewrites pages, leaks descriptors, starts and ends threads, as it is told.
 *
 * Prints "pid=N page=N array=0xN pages=N child=N fd=N tid=N". Commands, each answered with the same
 * line:
 *
 *   grow N     the heap is longer by N pages, which are written
 *   fork       a child, which waits
 *   end        it ends and is reaped
 *   write N    the first N pages of the array are written
 *   drop N     and dropped: they have no pages any more
 *   map N      a mapping of N pages, which are written
 *   unmap      it goes
 *   leak N     N descriptors are opened; fd is the last one
 *   close      the last one is closed
 *   turn       the last one becomes a pipe's end
 *   again      the last one is closed, and the same file is opened under the same number
 *   start N    N threads begin; tid is the last one's
 *   join       the last one ends
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES	64u
#define THREADS 16u

static size_t page, mapped;
static volatile unsigned char *array;
static void *mapping;
static pid_t child;
static int last_fd = -1;

static struct worker {
	pthread_t thread;
	sem_t told, ready;
	pid_t tid;
} worker[THREADS];
static unsigned workers;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void *map(size_t pages)
{
	void *p = mmap(
		NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise(p, pages * page, MADV_NOHUGEPAGE);
	memset(p, 7, pages * page);
	return p;
}

static void grow(size_t pages)
{
	char *p = sbrk((intptr_t)(pages * page));

	if (p == (char *)-1)
		die("sbrk");
	for (size_t i = 0; i < pages; i++)
		p[i * page] = 1;
}

static void begin_child(void)
{
	child = fork();
	if (child < 0)
		die("fork");
	if (child)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void end_child(void)
{
	if (child <= 0)
		return;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	child = 0;
}

static void leak(unsigned n)
{
	while (n--) {
		last_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (last_fd < 0)
			die("open");
	}
}

static void turn(void)
{
	int ends[2];

	if (pipe(ends) || dup2(ends[0], last_fd) < 0)
		die("pipe");
	close(ends[0]);
	close(ends[1]);
}

static void open_again(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || dup2(fd, last_fd) < 0)
		die("open");
	close(fd);
}

static void *work(void *context)
{
	struct worker *w = context;

	w->tid = gettid();
	sem_post(&w->ready);
	while (sem_wait(&w->told))
		;
	return NULL;
}

static void start(unsigned n)
{
	for (; n-- && workers < THREADS; workers++) {
		struct worker *w = &worker[workers];

		sem_init(&w->told, 0, 0);
		sem_init(&w->ready, 0, 0);
		if (pthread_create(&w->thread, NULL, work, w))
			die("pthread_create");
		while (sem_wait(&w->ready))
			;
	}
}

static void join(void)
{
	if (!workers)
		return;
	workers--;
	sem_post(&worker[workers].told);
	pthread_join(worker[workers].thread, NULL);
}

static void change_map(size_t pages)
{
	if (mapping)
		munmap(mapping, mapped * page);
	mapped = pages;
	mapping = pages ? map(pages) : NULL;
}

static void obey(const char *what, unsigned n)
{
	if (!strcmp(what, "grow"))
		grow(n);
	else if (!strcmp(what, "fork"))
		begin_child();
	else if (!strcmp(what, "end"))
		end_child();
	else if (!strcmp(what, "write"))
		for (unsigned i = 0; i < n; i++)
			array[i * page]++;
	else if (!strcmp(what, "drop"))
		madvise((void *)array, n * page, MADV_DONTNEED);
	else if (!strcmp(what, "map"))
		change_map(n);
	else if (!strcmp(what, "unmap"))
		change_map(0);
	else if (!strcmp(what, "leak"))
		leak(n);
	else if (!strcmp(what, "close"))
		close(last_fd--);
	else if (!strcmp(what, "turn"))
		turn();
	else if (!strcmp(what, "again"))
		open_again();
	else if (!strcmp(what, "start"))
		start(n);
	else if (!strcmp(what, "join"))
		join();
}

static void tell(void)
{
	printf("pid=%d page=%zu array=0x%lx pages=%u child=%d fd=%d tid=%d\n", (int)getpid(), page,
		(unsigned long)array, PAGES, (int)child, last_fd,
		workers ? (int)worker[workers - 1].tid : 0);
	fflush(stdout);
}

int main(void)
{
	char line[64], what[16];
	unsigned n;

	page = (size_t)sysconf(_SC_PAGESIZE);
	array = map(PAGES);
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* Of what it needs for itself all is there before anybody looks. */
	start(1);
	join();
	tell();
	while (fgets(line, sizeof line, stdin)) {
		n = 0;
		if (sscanf(line, "%15s %u", what, &n) >= 1)
			obey(what, n);
		tell();
	}
	end_child();
	return 0;
}
