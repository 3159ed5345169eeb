/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads of which everything is known: each tells its TID, its stack and guard
 * as pthread_getattr_np(3) gives them, and what it is about to block in.
 * "spin" and "rest" start and end a thread's busy loop.
 */
#include <alloca.h>
#include <dirent.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define DEPTH	   (200u << 10)
#define OWN_STACK  (256u << 10)
#define COROUTINE  (64u << 10)
#define SLOTS	   2u
#define SLOT_GUARD (16u << 10)
#define SLOT_STACK (64u << 10)

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

static int pipe_fd[2], epoll_fd, guard_pages;
static char buffer[64];
static struct epoll_event events[3];
static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER, robust, inheriting, recursive, checked;
static pthread_rwlock_t written = PTHREAD_RWLOCK_INITIALIZER,
			being_read = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_mutex_t cond_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static pthread_t owner;
static atomic_int ready, spinning, own_word;
static uintptr_t deepest;
static char *coroutine_stack;
static ucontext_t coroutine, thread_context;

static void block_pipe(void)
{
	(void)!read(pipe_fd[0], buffer, 7);
}

static void block_nap(void)
{
	struct timespec t = {1000, 0};

	nanosleep(&t, NULL);
}

static void block_epoll(void)
{
	epoll_wait(epoll_fd, events, 3, -1);
}

static void hold_mutexes(void)
{
	pthread_mutex_lock(&plain);
	pthread_mutex_lock(&robust);
	pthread_mutex_lock(&inheriting);
	pthread_mutex_lock(&recursive);
	pthread_mutex_lock(&checked);
	pthread_rwlock_wrlock(&written);
	pthread_rwlock_rdlock(&being_read);
	atomic_store(&own_word, (int)syscall(SYS_gettid));
	atomic_fetch_add(&ready, 1);
	pause();
}

static void wait_plain(void)
{
	pthread_mutex_lock(&plain);
}

static void wait_robust(void)
{
	pthread_mutex_lock(&robust);
}

static void wait_inheriting(void)
{
	pthread_mutex_lock(&inheriting);
}

static void wait_recursive(void)
{
	pthread_mutex_lock(&recursive);
}

static void wait_checked(void)
{
	pthread_mutex_lock(&checked);
}

static void wait_to_read(void)
{
	pthread_rwlock_rdlock(&written);
}

static void wait_to_write(void)
{
	pthread_rwlock_wrlock(&written);
}

static void wait_for_readers(void)
{
	pthread_rwlock_wrlock(&being_read);
}

static void wait_barrier(void)
{
	pthread_barrier_wait(&barrier);
}

static void wait_join(void)
{
	pthread_join(owner, NULL);
}

/* A lock of our own, whose word holds the TID of whoever has it. */
static void wait_word(void)
{
	for (;;)
		syscall(SYS_futex, &own_word, FUTEX_WAIT, atomic_load(&own_word), NULL, NULL, 0);
}

static void wait_word_in_private(void)
{
	for (;;)
		syscall(SYS_futex, &own_word, FUTEX_WAIT_PRIVATE, atomic_load(&own_word), NULL,
			NULL, 0);
}

static void wait_cond(void)
{
	pthread_mutex_lock(&cond_mutex);
	pthread_cond_wait(&cond, &cond_mutex);
}

static void wait_semaphore(void)
{
	sem_wait(&semaphore);
}

static void spin(void)
{
	for (;;) {
		struct timespec t = {0, 10000000};

		while (atomic_load(&spinning))
			;
		nanosleep(&t, NULL);
	}
}

static __attribute__((noinline)) void go_deep(void)
{
	volatile char *p = alloca(DEPTH);

	for (size_t i = 0; i < DEPTH; i += 1024)
		p[i] = 1;
	deepest = (uintptr_t)p;
}

static void been_deep(void)
{
	go_deep();
	atomic_fetch_add(&ready, 1);
	pause();
}

static void in_coroutine(void)
{
	pause();
}

static void run_coroutine(void)
{
	coroutine_stack = malloc(COROUTINE);
	getcontext(&coroutine);
	coroutine.uc_stack.ss_sp = coroutine_stack;
	coroutine.uc_stack.ss_size = COROUTINE;
	coroutine.uc_link = &thread_context;
	makecontext(&coroutine, in_coroutine, 0);
	swapcontext(&thread_context, &coroutine);
}

static struct member {
	const char *key;
	void (*body)(void);
	size_t stack, guard; /* 0: as the library likes it */
	bool own_stack;	     /* pthread_attr_setstack */
	unsigned slot;	     /* the same in one mapping that guard pages divide, from 1 */
	const char *name;
	pthread_t thread;
	pid_t tid;
	void *start;
	size_t size, guard_told;
} members[] = {
	{.key = "owner", .body = hold_mutexes},
	{.key = "pipe", .body = block_pipe, .name = "a) S 1\n\033[1m("},
	{.key = "nap", .body = block_nap, .stack = 64 << 10, .guard = 4 << 12},
	{.key = "epoll", .body = block_epoll, .stack = 1 << 20, .guard = 64 << 10},
	{.key = "plain", .body = wait_plain, .stack = 20 << 12},
	{.key = "robust", .body = wait_robust},
	{.key = "inheriting", .body = wait_inheriting},
	{.key = "join", .body = wait_join},
	{.key = "word", .body = wait_word},
	{.key = "private_word", .body = wait_word_in_private},
	{.key = "cond", .body = wait_cond},
	{.key = "semaphore", .body = wait_semaphore},
	{.key = "second_cond", .body = wait_cond},
	{.key = "barrier", .body = wait_barrier},
	{.key = "reader", .body = wait_to_read},
	{.key = "writer", .body = wait_to_write},
	{.key = "after_readers", .body = wait_for_readers},
	{.key = "recursive", .body = wait_recursive},
	{.key = "checked", .body = wait_checked},
	{.key = "spin", .body = spin, .stack = 128 << 10},
	{.key = "deep", .body = been_deep, .stack = 512 << 10},
	{.key = "own", .body = block_nap, .own_stack = true},
	{.key = "coroutine", .body = run_coroutine, .stack = 256 << 10},
	{.key = "first", .body = block_nap, .slot = 1},
	{.key = "second", .body = spin, .slot = 2},
};
#define MEMBERS (sizeof members / sizeof *members)

static void *body(void *arg)
{
	struct member *m = arg;
	pthread_attr_t attr;

	m->tid = (pid_t)syscall(SYS_gettid);
	pthread_getattr_np(pthread_self(), &attr);
	pthread_attr_getstack(&attr, &m->start, &m->size);
	pthread_attr_getguardsize(&attr, &m->guard_told);
	pthread_attr_destroy(&attr);
	prctl(PR_SET_NAME, m->name ? m->name : m->key);
	atomic_fetch_add(&ready, 1);
	m->body();
	return NULL;
}

/* Stacks above each other in one mapping, with guards that are no mappings of their own. */
static char *slot_stack(unsigned slot)
{
	static char *space;
	char *start;

	if (!space)
		space = mmap(NULL, SLOTS * (SLOT_GUARD + SLOT_STACK), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	start = space + (slot - 1) * (SLOT_GUARD + SLOT_STACK);
	guard_pages = madvise(start, SLOT_GUARD, MADV_GUARD_INSTALL) == 0;
	return start + SLOT_GUARD;
}

static void start(struct member *m)
{
	int before = atomic_load(&ready);
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	if (m->stack)
		pthread_attr_setstacksize(&attr, m->stack);
	if (m->guard)
		pthread_attr_setguardsize(&attr, m->guard);
	if (m->own_stack)
		pthread_attr_setstack(&attr,
			mmap(NULL, OWN_STACK, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
			OWN_STACK);
	if (m->slot)
		pthread_attr_setstack(&attr, slot_stack(m->slot), SLOT_STACK);
	if (pthread_create(&m->thread, &attr, body, m))
		exit(1);
	while (atomic_load(&ready) <
		before + (m->body == hold_mutexes || m->body == been_deep ? 2 : 1))
		usleep(1000);
	if (m->body == hold_mutexes)
		owner = m->thread;
}

static void init_mutexes(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_STALLED);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&inheriting, &attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_NONE);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&recursive, &attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&checked, &attr);
	pthread_mutexattr_destroy(&attr);
	pthread_barrier_init(&barrier, NULL, 3);
}

static void report(void)
{
	printf("pid=%d pipe_fd=%d buffer=%p epoll_fd=%d events=%p deepest=%#jx mutex=%p "
	       "guard_pages=%d "
	       "coroutine_stack=%p",
		(int)getpid(), pipe_fd[0], (void *)buffer, epoll_fd, (void *)events,
		(uintmax_t)deepest, (void *)&plain, guard_pages, (void *)coroutine_stack);
	for (size_t i = 0; i < MEMBERS; i++)
		printf(" %s=%d %s_start=%p %s_end=%p %s_guard=%zu", members[i].key,
			(int)members[i].tid, members[i].key, members[i].start, members[i].key,
			(void *)((char *)members[i].start + members[i].size), members[i].key,
			members[i].guard_told);
	putchar('\n');
	fflush(stdout);
}

/* The state letter of a thread behind its name, which may hold anything. */
static char state_of(const char *tid)
{
	char path[300], text[512], *end;
	size_t len;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%s/stat", tid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	len = fread(text, 1, sizeof text - 1, f);
	text[len] = 0;
	fclose(f);
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : 0;
}

/* Whether all threads but this one sleep. */
static int all_sleep(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	int yes = d != NULL;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && atoi(e->d_name) != getpid() &&
			state_of(e->d_name) != 'S')
			yes = 0;
	if (d)
		closedir(d);
	return yes;
}

int main(void)
{
	char line[64];

	alarm(120);
	init_mutexes();
	sem_init(&semaphore, 0, 0);
	epoll_fd = epoll_create1(0);
	if (pipe(pipe_fd) || epoll_fd < 0)
		return 1;
	for (size_t i = 0; i < MEMBERS; i++)
		start(&members[i]);
	for (int i = 0; i < 5000 && !all_sleep(); i++)
		usleep(2000);
	report();
	while (fgets(line, sizeof line, stdin)) {
		atomic_store(&spinning, !strcmp(line, "spin\n"));
		report();
	}
	_exit(0);
}
