/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child that copies pages by ways that are known: chain_one() calls chain_two(), and so on to
 * chain_six(), which writes; chain_four() is inlined where its compiler inlines. It is built in
 * many ways by the test of it. Prints "pid=N child=N tid=N", tid being the thread that wrote last.
 * Commands, each answered with the same line:
 *   chain    its main thread goes that way, and copies 64 pages
 *   thread   a thread of it does
 *   signal   a handler of a signal does, while the child was in chain_raise()
 *   read     read(2) copies them, called by chain_read(), for chain_ask()
 *   made     chain_made() has chain_one() called by code made at run time, which keeps no frame
 *   framed   the same by such code with a frame pointer
 *   deep     chain_deep() calls itself a hundred times, with a KiB each, and then chain_five()
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES  64
#define ROUNDS 16
/* A call is never the last thing that a function does: it would leave no frame. */
#ifdef __clang__
#define KEPT __attribute__((noinline))
#else
#define KEPT __attribute__((noinline, noclone))
#endif
#define BARRIER() __asm__ volatile("" ::: "memory")

static volatile unsigned char *pages; /* PAGES for each command, of both */
static unsigned rounds;
static size_t page;
static pid_t wrote;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

KEPT static void chain_six(size_t n)
{
	for (size_t i = 0; i < n; i++)
		pages[i * page] = (unsigned char)i;
	BARRIER();
}

KEPT static void chain_five(size_t n)
{
	char room[64];

	memset(room, (int)n, sizeof room);
	__asm__ volatile("" ::"r"(room) : "memory");
	chain_six(n);
	BARRIER();
}

static inline __attribute__((always_inline)) void chain_four(size_t n)
{
	chain_five(n);
	BARRIER();
}

KEPT static void chain_three(size_t n)
{
	chain_four(n);
	BARRIER();
}

KEPT static void chain_two(size_t n)
{
	char room[n]; /* as large as told: its frame needs another way to be found */

	memset(room, 1, n);
	__asm__ volatile("" ::"r"(room) : "memory");
	chain_three(n);
	BARRIER();
}

KEPT static void *chain_one(void *n)
{
	wrote = (pid_t)syscall(SYS_gettid);
	chain_two((size_t)(uintptr_t)n);
	BARRIER();
	return n;
}

static void handle(int number)
{
	(void)number;
	chain_one((void *)PAGES);
	BARRIER();
}

KEPT static void chain_raise(void)
{
	signal(SIGUSR1, handle);
	raise(SIGUSR1);
	BARRIER();
}

KEPT static ssize_t chain_read(int fd)
{
	ssize_t got = read(fd, (void *)(uintptr_t)pages, PAGES * page);

	BARRIER();
	return got;
}

KEPT static void chain_ask(void)
{
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	wrote = (pid_t)syscall(SYS_gettid);
	if (chain_read(zero) != (ssize_t)(PAGES * page))
		die("read");
	close(zero);
}

KEPT static void chain_deep(unsigned n)
{
	char room[1024];

	memset(room, (int)n, sizeof room);
	__asm__ volatile("" ::"r"(room) : "memory");
	if (n)
		chain_deep(n - 1);
	else
		chain_five(PAGES);
	BARRIER();
}

/* What calls its second argument with the first; by 'm' without a frame pointer, if that may be. */
#if defined __x86_64__
static const unsigned char made[] = {0x48, 0x83, 0xec, 0x08, 0xff, 0xd6, 0x48, 0x83, 0xc4, 8, 0xc3};
static const unsigned char framed[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd6, 0x5d, 0xc3};
#else
static const unsigned char made[] = {0xfd, 0x7b, 0xbf, 0xa9, 0xfd, 0x03, 0, 0x91, 0x20, 0, 0x3f,
	0xd6, 0xfd, 0x7b, 0xc1, 0xa8, 0xc0, 0x03, 0x5f, 0xd6};
#define framed made
#endif

KEPT static void chain_made(const unsigned char *code, size_t n)
{
	void *at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void (*call)(void *, void *(*)(void *));

	if (at == MAP_FAILED)
		die("mmap");
	memcpy(at, code, n);
	if (mprotect(at, page, PROT_READ | PROT_EXEC))
		die("mprotect");
	__builtin___clear_cache(at, (char *)at + n);
	memcpy(&call, &at, sizeof call);
	call((void *)PAGES, chain_one);
	BARRIER();
}

static void run_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, chain_one, (void *)PAGES))
		die("pthread_create");
	pthread_join(thread, NULL);
}

/* Each command has pages of its own. */
static void obey(char order)
{
	switch (order) {
	case 't':
		run_thread();
		break;
	case 's':
		chain_raise();
		break;
	case 'r':
		chain_ask();
		break;
	case 'm':
		chain_made(made, sizeof made);
		break;
	case 'f':
		chain_made(framed, sizeof framed);
		break;
	case 'd':
		wrote = (pid_t)syscall(SYS_gettid);
		chain_deep(100);
		break;
	default:
		chain_one((void *)PAGES);
	}
	if (++rounds < ROUNDS)
		pages += PAGES * page;
}

static void child_main(int channel)
{
	char order;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(channel, &order, 1) == 1) {
		obey(order);
		if (write(channel, &wrote, sizeof wrote) != (ssize_t)sizeof wrote)
			_exit(1);
	}
	_exit(0);
}

static void say(pid_t child)
{
	printf("pid=%d child=%d tid=%d\n", (int)getpid(), (int)child, (int)wrote);
	fflush(stdout);
}

int main(void)
{
	int channel[2];
	char line[64];
	void *at;
	pid_t child;

	alarm(120);
	page = (size_t)sysconf(_SC_PAGESIZE);
	at = mmap(NULL, ROUNDS * PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		-1, 0);
	if (at == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel))
		die("begin");
	madvise(at, ROUNDS * PAGES * page, MADV_NOHUGEPAGE);
	memset(at, 1, ROUNDS * PAGES * page);
	pages = at;
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		close(channel[0]);
		child_main(channel[1]);
	}
	close(channel[1]);
	say(child);
	while (fgets(line, sizeof line, stdin)) {
		if (write(channel[0], line, 1) != 1 ||
			read(channel[0], &wrote, sizeof wrote) != (ssize_t)sizeof wrote)
			die("child");
		say(child);
	}
	close(channel[0]);
	while (wait(NULL) > 0)
		;
	return 0;
}
