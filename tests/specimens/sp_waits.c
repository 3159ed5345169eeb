/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads of a parent and of its child that wait for one another, and some that only seem to:
 *
 *   left right       a ring of two mutexes of the parent
 *   r0 r1 r2         a ring of three: a mutex, a read-write lock, an errorcheck mutex
 *   self             it locks what it has locked
 *   joiner joined    one joins the other, which wants a mutex of the first
 *   ours theirs      a ring of two shared mutexes, theirs in the child
 *   patient hasty    the same as left and right, but one of them waits for 1000 s at most
 *   queue0 queue1    they wait for what left has, without being of its ring
 *   pipe             it reads from a pipe whose other end its process has itself
 *   child            the child's first thread: it wants a mutex that holder had at the fork
 *
 * Prints pid, child and the TID of each under its name, the pipe's descriptors, and locks'
 * addresses.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum lock { L_LEFT, L_RIGHT, L_R0, L_R2, L_SELF, L_JOINER, L_PATIENT, L_HASTY, L_HELD, LOCKS };

static pthread_mutex_t lock[LOCKS];
static pthread_rwlock_t r1 = PTHREAD_RWLOCK_INITIALIZER;
static int pipe_fd[2];
static pthread_t joined;

/* What parent and child share. */
static struct shared {
	pthread_mutex_t lock[2];
	atomic_int ready, go;
	pid_t theirs;
} * shared;

static void meet(void)
{
	atomic_fetch_add(&shared->ready, 1);
	while (!atomic_load(&shared->go))
		usleep(1000);
}

static void take_two(enum lock first, enum lock second)
{
	pthread_mutex_lock(&lock[first]);
	meet();
	pthread_mutex_lock(&lock[second]);
}

static void run_left(void)
{
	take_two(L_LEFT, L_RIGHT);
}

static void run_right(void)
{
	take_two(L_RIGHT, L_LEFT);
}

static void run_r0(void)
{
	pthread_mutex_lock(&lock[L_R0]);
	meet();
	pthread_rwlock_rdlock(&r1);
}

static void run_r1(void)
{
	pthread_rwlock_wrlock(&r1);
	meet();
	pthread_mutex_lock(&lock[L_R2]);
}

static void run_r2(void)
{
	take_two(L_R2, L_R0);
}

static void run_self(void)
{
	take_two(L_SELF, L_SELF);
}

static void run_joined(void)
{
	meet();
	pthread_mutex_lock(&lock[L_JOINER]);
}

static void run_joiner(void)
{
	pthread_mutex_lock(&lock[L_JOINER]);
	meet();
	pthread_join(joined, NULL);
}

static void run_ours(void)
{
	pthread_mutex_lock(&shared->lock[0]);
	meet();
	pthread_mutex_lock(&shared->lock[1]);
}

static void run_patient(void)
{
	take_two(L_PATIENT, L_HASTY);
}

static void run_hasty(void)
{
	struct timespec end;

	pthread_mutex_lock(&lock[L_HASTY]);
	meet();
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += 1000;
	pthread_mutex_timedlock(&lock[L_PATIENT], &end);
}

static void run_queue(void)
{
	meet();
	pthread_mutex_lock(&lock[L_LEFT]);
}

static void run_pipe(void)
{
	char c;

	meet();
	(void)!read(pipe_fd[0], &c, 1);
}

static void run_holder(void)
{
	pthread_mutex_lock(&lock[L_HELD]);
	meet();
	pause();
}

static struct member {
	const char *key;
	void (*body)(void);
	pthread_t thread;
	pid_t tid;
} members[] = {
	{.key = "holder", .body = run_holder},
	{.key = "left", .body = run_left},
	{.key = "right", .body = run_right},
	{.key = "r0", .body = run_r0},
	{.key = "r1", .body = run_r1},
	{.key = "r2", .body = run_r2},
	{.key = "self", .body = run_self},
	{.key = "joined", .body = run_joined},
	{.key = "joiner", .body = run_joiner},
	{.key = "ours", .body = run_ours},
	{.key = "patient", .body = run_patient},
	{.key = "hasty", .body = run_hasty},
	{.key = "queue0", .body = run_queue},
	{.key = "queue1", .body = run_queue},
	{.key = "pipe", .body = run_pipe},
};
#define MEMBERS (sizeof members / sizeof *members)

static void *body(void *arg)
{
	struct member *m = arg;

	m->tid = gettid();
	prctl(PR_SET_NAME, m->key);
	m->body();
	return NULL;
}

static void start(struct member *m)
{
	int before = atomic_load(&shared->ready);

	if (pthread_create(&m->thread, NULL, body, m))
		exit(1);
	while (atomic_load(&shared->ready) == before)
		usleep(1000);
	if (m->body == run_joined)
		joined = m->thread;
}

/* ---- the child ----------------------------------------------------------------- */

static void *run_theirs(void *unused)
{
	shared->theirs = gettid();
	pthread_mutex_lock(&shared->lock[1]);
	meet();
	pthread_mutex_lock(&shared->lock[0]);
	return unused;
}

static void run_child(void)
{
	pthread_t theirs;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(0);
	if (pthread_create(&theirs, NULL, run_theirs, NULL))
		_exit(1);
	pthread_mutex_lock(&lock[L_HELD]);
	_exit(0);
}

/* ---- both ---------------------------------------------------------------------- */

static void init(void)
{
	pthread_mutexattr_t attr;

	shared = mmap(
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pipe(pipe_fd))
		exit(1);
	pthread_mutexattr_init(&attr);
	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_init(&lock[i], &attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&lock[L_R2], &attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_NORMAL);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	for (int i = 0; i < 2; i++)
		pthread_mutex_init(&shared->lock[i], &attr);
}

/* Whether the thread is past all that sleeps for a while; true where that is not told. */
static bool has_settled(pid_t tid)
{
	char path[64], line[32] = "running";
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)tid);
	f = fopen(path, "re");
	if (!f || !fgets(line, sizeof line, f))
		snprintf(line, sizeof line, "-");
	if (f)
		fclose(f);
	return strncmp(line, "running", 7) != 0 && atoi(line) != SYS_clock_nanosleep;
}

static void settle(pid_t tid)
{
	while (!has_settled(tid))
		usleep(1000);
}

int main(void)
{
	pid_t child;
	char line[16];
	int before;

	alarm(120);
	init();
	for (size_t i = 0; i < MEMBERS; i++)
		start(&members[i]);
	before = atomic_load(&shared->ready);
	child = fork();
	if (child < 0)
		return 1;
	if (!child)
		run_child();
	while (atomic_load(&shared->ready) == before)
		usleep(1000);
	atomic_store(&shared->go, 1);
	usleep(100000);
	for (size_t i = 0; i < MEMBERS; i++)
		settle(members[i].tid);
	printf("pid=%d child=%d theirs=%d pipe_in=%d pipe_out=%d held=%p", (int)getpid(),
		(int)child, (int)shared->theirs, pipe_fd[0], pipe_fd[1], (void *)&lock[L_HELD]);
	for (size_t i = 0; i < MEMBERS; i++)
		printf(" %s=%d", members[i].key, (int)members[i].tid);
	putchar('\n');
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		puts("ok=1");
		fflush(stdout);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	_exit(0);
}
