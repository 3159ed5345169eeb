/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that are blocked in a call each, at the end of a way that is known: wait_NAME(), called
 * by way_two(), way_one() and begin(). It is built in many ways by the test of it. Prints "pid=N"
 * and NAME=TID of each:
 *   read sleep mutex cond poll     blocked in that call
 *   epoll    the same, which a stop of any kind ends with EINTR; then it waits again
 *   deep     at the end of DEPTH calls of recurse(), with a KiB each
 *   abyss    at the end of ten thousand calls of sink()
 *   switch   in read, called by a function that is called runtime.mcall; built with -DGOES the
 *            program looks as if Go had built it
 *   made     in read, called by code made at run time behind a mapping of a file, which keeps a
 * frame pointer and, among its locals, the address of a call in stale() wide     below a quarter of
 * a MiB of locals that were never touched handler  in a handler of a signal, which came while it
 * was in wait_signal() other    the same, the handler having a stack of its own busy     wakes up
 * and sleeps again a thousand times a second, by two ways of one depth runs     computes Each line
 * that it is told is answered with "interrupted=N": of all these calls so many have failed with
 * EINTR that no signal of its own came into.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEPTH 40
#define ABYSS 10000
#define WIDE  (256 << 10)
#define PAGE  4096
/* A call is never the last thing that a function does: it would leave no frame. */
#ifdef __clang__
#define KEPT __attribute__((noinline))
#else
#define KEPT __attribute__((noinline, noclone))
#endif
#define BARRIER() __asm__ volatile("" ::: "memory")
/* More than a function of its own name: so no two become one. */
#define MARK(n) __asm__ volatile("" ::"i"(n) : "memory")

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, of_cond = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int silent[2];
static atomic_int interrupted;
static volatile unsigned long computed;

static void note(long result)
{
	if (result < 0 && errno == EINTR)
		interrupted++;
}

KEPT static void wait_read(void)
{
	char byte;

	note(read(silent[0], &byte, 1));
	MARK(1);
}

KEPT static void wait_sleep(void)
{
	const struct timespec long_time = {100000, 0};

	note(nanosleep(&long_time, NULL));
	MARK(2);
}

KEPT static void wait_mutex(void)
{
	pthread_mutex_lock(&held);
	MARK(3);
}

KEPT static void wait_cond(void)
{
	pthread_mutex_lock(&of_cond);
	pthread_cond_wait(&never, &of_cond);
	MARK(4);
}

KEPT static void wait_poll(void)
{
	struct pollfd p = {.fd = silent[0], .events = POLLIN};

	note(poll(&p, 1, -1));
	MARK(5);
}

KEPT static void wait_epoll(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;

	for (;;)
		note(epoll_wait(fd, &event, 1, -1));
}

KEPT static void recurse(unsigned depth)
{
	volatile char room[1024];

	room[0] = (char)depth;
	if (depth > 1)
		recurse(depth - 1);
	else
		wait_read();
	room[1] = room[0];
}

KEPT static void wait_deep(void)
{
	recurse(DEPTH);
	MARK(6);
}

KEPT static void sink(unsigned depth)
{
	if (depth > 1)
		sink(depth - 1);
	else
		wait_read();
	BARRIER();
}

KEPT static void wait_abyss(void)
{
	sink(ABYSS);
	MARK(11);
}

#ifdef GOES
__attribute__((section(".gopclntab"), used)) static const char table[8] = "table";
#endif
__attribute__((used, noinline)) static void switch_stack(void) __asm__("runtime.mcall");
static void switch_stack(void)
{
	wait_read();
	MARK(12);
}

KEPT static void wait_switch(void)
{
	switch_stack();
	MARK(13);
}

KEPT static void *stale_inner(void)
{
	MARK(14);
	return __builtin_return_address(0);
}

KEPT static void *stale(void)
{
	volatile char room[64];
	void *place;

	room[0] = 1;
	place = stale_inner();
	room[1] = room[0];
	return place;
}

/* push %rbp; mov %rsp,%rbp; sub $0x20,%rsp; mov %rsi,8(%rsp); call *%rdi; leave; ret */
KEPT static void wait_made(void)
{
	static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x20, 0x48,
		0x89, 0x74, 0x24, 0x08, 0xff, 0xd7, 0xc9, 0xc3};
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char *at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void (*made)(void (*)(void), void *);

	if (fd < 0 || at == MAP_FAILED ||
		mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED)
		exit(1);
	close(fd);
	memcpy(at + PAGE, code, sizeof code);
	*(void **)&made = at + PAGE;
#if defined __x86_64__
	made(wait_read, stale());
#else
	wait_read();
#endif
	MARK(15);
}

KEPT static void wait_wide(void)
{
	volatile char room[WIDE];

	room[WIDE - 1] = 1;
	wait_read();
	room[0] = room[WIDE - 1];
}

KEPT static void wait_signal(void)
{
	pthread_kill(pthread_self(), SIGUSR1);
	MARK(7);
}

KEPT static void wait_other(void)
{
	pthread_kill(pthread_self(), SIGUSR2);
	MARK(8);
}

static void handle(int signal)
{
	(void)signal;
	wait_read();
	BARRIER();
}

KEPT static void busy_left(const struct timespec *t)
{
	nanosleep(t, NULL);
	MARK(9);
}

KEPT static void busy_right(const struct timespec *t)
{
	nanosleep(t, NULL);
	MARK(10);
}

KEPT static void wait_busy(void)
{
	const struct timespec a_while = {0, 1000000};

	for (;;) {
		busy_left(&a_while);
		busy_right(&a_while);
	}
}

KEPT static void wait_runs(void)
{
	for (;;)
		computed++;
}

static const struct wait {
	const char *name;
	void (*wait)(void);
} waits[] = {{"read", wait_read}, {"sleep", wait_sleep}, {"mutex", wait_mutex}, {"cond", wait_cond},
	{"poll", wait_poll}, {"epoll", wait_epoll}, {"deep", wait_deep}, {"abyss", wait_abyss},
	{"switch", wait_switch}, {"made", wait_made}, {"wide", wait_wide}, {"handler", wait_signal},
	{"other", wait_other}, {"busy", wait_busy}, {"runs", wait_runs}};
#define WAITS (sizeof waits / sizeof *waits)
static atomic_int tid[WAITS];

KEPT static void way_two(const struct wait *w)
{
	w->wait();
	BARRIER();
}

KEPT static void way_one(const struct wait *w)
{
	way_two(w);
	BARRIER();
}

static void *begin(void *wait)
{
	static char room[1 << 16];
	const stack_t own = {.ss_sp = room, .ss_size = sizeof room};
	const struct wait *w = wait;

	if (!strcmp(w->name, "other") && sigaltstack(&own, NULL))
		return NULL;
	tid[w - waits] = (int)syscall(SYS_gettid);
	way_one(w);
	return NULL;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handle};
	char line[100];

	sigaction(SIGUSR1, &action, NULL);
	action.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR2, &action, NULL);
	pthread_mutex_lock(&held);
	if (pipe(silent))
		return 1;
	for (size_t i = 0; i < WAITS; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, begin, (void *)&waits[i]))
			return 1;
		while (!tid[i])
			usleep(1000);
	}
	printf("pid=%d", (int)getpid());
	for (size_t i = 0; i < WAITS; i++)
		printf(" %s=%d", waits[i].name, (int)tid[i]);
	printf("\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		printf("interrupted=%d\n", (int)interrupted);
		fflush(stdout);
	}
	return 0;
}
