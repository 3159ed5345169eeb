/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that wait for one another and for a child:
 *
 *   one two three   each holds a mutex and waits for the next one's: a ring
 *   outside         waits for the mutex of one: for the ring, without being of it
 *   pair_a pair_b   the same ring of two
 *   reader          reads from a pipe whose writing end the child alone has, as descriptor 40
 *   reaper          waits for the child (child) by wait4(2)
 *   any             waits for any child
 *   napper          sleeps
 *   poller          polls one descriptor for 100 s
 *
 * Prints the TIDs, the mutexes' addresses, the child's PID, the pipe's reading end (pipe_fd).
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILD_FD 40
#define RING	 3

static pthread_mutex_t ring[RING] = {
	PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_mutex_t pair[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static atomic_int held, paired, ready;
static int pipe_fd[2];
static pid_t child;
static char byte;

static void in_ring(unsigned i)
{
	pthread_mutex_lock(&ring[i]);
	atomic_fetch_add(&held, 1);
	while (atomic_load(&held) < RING)
		usleep(1000);
	pthread_mutex_lock(&ring[(i + 1) % RING]);
}

static void one(void)
{
	in_ring(0);
}

static void two(void)
{
	in_ring(1);
}

static void three(void)
{
	in_ring(2);
}

static void outside(void)
{
	while (atomic_load(&held) < RING)
		usleep(1000);
	pthread_mutex_lock(&ring[0]);
}

static void in_pair(unsigned i)
{
	pthread_mutex_lock(&pair[i]);
	atomic_fetch_add(&paired, 1);
	while (atomic_load(&paired) < 2)
		usleep(1000);
	pthread_mutex_lock(&pair[!i]);
}

static void pair_a(void)
{
	in_pair(0);
}

static void pair_b(void)
{
	in_pair(1);
}

static void reader(void)
{
	(void)!read(pipe_fd[0], &byte, 1);
}

static void reaper(void)
{
	waitpid(child, NULL, 0);
}

static void any(void)
{
	waitpid(-1, NULL, 0);
}

static void napper(void)
{
	sleep(1000);
}

static void poller(void)
{
	struct pollfd p = {.fd = pipe_fd[0], .events = POLLIN};

	poll(&p, 1, 100000);
}

static struct member {
	const char *key;
	void (*body)(void);
	pid_t tid;
} members[] = {
	{"one", one, 0},
	{"two", two, 0},
	{"three", three, 0},
	{"outside", outside, 0},
	{"pair_a", pair_a, 0},
	{"pair_b", pair_b, 0},
	{"reader", reader, 0},
	{"reaper", reaper, 0},
	{"any", any, 0},
	{"napper", napper, 0},
	{"poller", poller, 0},
};
#define MEMBERS (sizeof members / sizeof *members)

static void *body(void *arg)
{
	struct member *m = arg;

	m->tid = (pid_t)syscall(SYS_gettid);
	prctl(PR_SET_NAME, m->key);
	atomic_fetch_add(&ready, 1);
	m->body();
	pause();
	return NULL;
}

/* The child keeps the writing end under another number, and nothing of the pipe besides. */
static void fork_child(void)
{
	child = fork();
	if (child < 0)
		exit(1);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, 9);
		dup2(pipe_fd[1], CHILD_FD);
		close(pipe_fd[0]);
		close(pipe_fd[1]);
		for (;;)
			pause();
	}
	close(pipe_fd[1]);
}

static void report(void)
{
	printf("pid=%d child=%d pipe_fd=%d child_fd=%d mutex_one=%p mutex_two=%p", (int)getpid(),
		(int)child, pipe_fd[0], CHILD_FD, (void *)&ring[0], (void *)&ring[1]);
	for (size_t i = 0; i < MEMBERS; i++)
		printf(" %s=%d", members[i].key, (int)members[i].tid);
	putchar('\n');
	fflush(stdout);
}

int main(void)
{
	char line[64];
	pthread_t thread;

	alarm(120);
	if (pipe(pipe_fd))
		return 1;
	fork_child();
	for (size_t i = 0; i < MEMBERS; i++)
		if (pthread_create(&thread, NULL, body, &members[i]))
			return 1;
	while (atomic_load(&ready) < (int)MEMBERS || atomic_load(&held) < RING ||
		atomic_load(&paired) < 2)
		usleep(1000);
	report();
	while (fgets(line, sizeof line, stdin))
		report();
	_exit(0);
}
