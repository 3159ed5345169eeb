/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three threads that are found at many stack pointers. `fibers` runs four user-level threads in
 * turn, each on a stack of its own (stack0 … stack3, size bytes each), and each waits a while;
 * told "compute", each computes instead, and told "block", each of them reads from a pipe that
 * nobody writes to. `signal` is now and then in a
 * handler on its alternate signal stack, at several depths. `deep` is on its own stack alone, at
 * depths that lie far apart.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define FIBERS	 4
#define SIZE	 (16u << 10)
#define WAIT_MS	 30
#define FRAME	 (4u << 10) /* of a function that calls itself */
#define DEPTHS	 8
#define ALT_SIZE (128u << 10)

static ucontext_t fiber[FIBERS], begin;
static char stacks[FIBERS][SIZE] __attribute__((aligned(64)));
static int silent[2];
static atomic_bool blocks, computes;
static pid_t tid[3];
static pthread_barrier_t told;

static void wait_a_while(void)
{
	poll(NULL, 0, WAIT_MS);
}

__attribute__((noinline)) static void compute_a_while(void)
{
	struct timespec begin_at, now;

	clock_gettime(CLOCK_MONOTONIC, &begin_at);
	do {
		for (volatile unsigned i = 0; i < 100000; i++)
			;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (
		(now.tv_sec - begin_at.tv_sec) * 1000 + (now.tv_nsec - begin_at.tv_nsec) / 1000000 <
		WAIT_MS / 2);
}

/* Leaves it to the next one each time; blocked, none of them goes on. */
static void run_fiber(int i)
{
	char c;

	for (;;) {
		if (atomic_load(&blocks))
			(void)!read(silent[0], &c, 1);
		if (atomic_load(&computes))
			compute_a_while();
		else
			wait_a_while();
		swapcontext(&fiber[i], &fiber[(i + 1) % FIBERS]);
	}
}

static void be_fibers(void)
{
	for (int i = 0; i < FIBERS; i++) {
		getcontext(&fiber[i]);
		fiber[i].uc_stack.ss_sp = stacks[i];
		fiber[i].uc_stack.ss_size = SIZE;
		fiber[i].uc_link = &begin;
		makecontext(&fiber[i], (void (*)(void))run_fiber, 1, i);
	}
	swapcontext(&begin, &fiber[0]);
}

static void descend(unsigned depth)
{
	volatile char frame[FRAME];

	frame[0] = (char)depth;
	if (depth)
		descend(depth - 1);
	else
		wait_a_while();
	frame[FRAME - 1] = frame[0];
}

static void handle(int signal)
{
	static unsigned depth;

	(void)signal;
	descend(depth++ % DEPTHS * 2);
}

static void be_signal(void)
{
	stack_t alternate = {.ss_sp = malloc(ALT_SIZE), .ss_size = ALT_SIZE};

	if (!alternate.ss_sp || sigaltstack(&alternate, NULL))
		exit(1);
	for (;;) {
		pthread_kill(pthread_self(), SIGUSR1);
		wait_a_while();
	}
}

static void be_deep(void)
{
	for (unsigned depth = 0;; depth++)
		descend(depth % DEPTHS * 2);
}

static void (*const body[3])(void) = {be_fibers, be_signal, be_deep};

static void *run(void *arg)
{
	size_t i = (size_t)(pid_t *)arg - (size_t)tid;

	i /= sizeof *tid;
	tid[i] = (pid_t)syscall(SYS_gettid);
	pthread_barrier_wait(&told);
	body[i]();
	return NULL;
}

static void report(void)
{
	printf("pid=%d fibers=%d signal=%d deep=%d size=%u", (int)getpid(), (int)tid[0],
		(int)tid[1], (int)tid[2], SIZE);
	for (int i = 0; i < FIBERS; i++)
		printf(" stack%d=%p", i, (void *)stacks[i]);
	putchar('\n');
	fflush(stdout);
}

int main(void)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
	pthread_t thread;
	char line[64];

	alarm(120);
	sigaction(SIGUSR1, &action, NULL);
	pthread_barrier_init(&told, NULL, 4);
	if (pipe(silent))
		return 1;
	for (size_t i = 0; i < 3; i++)
		if (pthread_create(&thread, NULL, run, &tid[i]))
			return 1;
	pthread_barrier_wait(&told);
	report();
	while (fgets(line, sizeof line, stdin)) {
		atomic_store(&computes, !strcmp(line, "compute\n"));
		atomic_store(&blocks, !strcmp(line, "block\n"));
		report();
	}
	return 0;
}
