/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads on stacks of every origin, each blocked for good: what the C library gave, what the
 * program gave the library, and what only the program knows. A key a thread: its TID, and the
 * bounds of the stack that it is on, with the guard below where there is one.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define ARENA	  (4u << 20)
#define SMALL	  (64u << 10)
#define LARGE	  (1u << 20)
#define PAGE	  4096u
#define GUARD	  (32u << 20)
#define IN_MIDDLE (ARENA / 2)

struct stack {
	char *start;
	size_t size, guard;
};

static void report(const char *key, pid_t tid, struct stack s)
{
	printf(" %s=%d %s_start=%p %s_end=%p %s_guard=%zu", key, (int)tid, key, (void *)s.start,
		key, (void *)(s.start + s.size), key, s.guard);
}

static void wait_for_good(void)
{
	for (;;)
		pause();
}

/* All of it touched, so that what is read of it is megabytes; of small pages, as stacks are. */
static char *arena(void)
{
	char *p = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		exit(1);
	madvise(p, ARENA, MADV_NOHUGEPAGE);
	memset(p, 1, ARENA);
	return p;
}

/* One that the kernel does not join to a stack of the library's beside it. */
static char *arena_apart(void)
{
	char *p = arena();

	madvise(p, ARENA, MADV_DONTDUMP);
	return p;
}

/* ---- threads of the library ---------------------------------------------- */

/* What a thread does on the stack that it was given. */
struct member {
	void (*body)(void);
	pid_t tid;
	pthread_barrier_t told;
};

static void *thread_main(void *arg)
{
	struct member *m = arg;

	m->tid = (pid_t)syscall(SYS_gettid);
	pthread_barrier_wait(&m->told);
	m->body();
	return NULL;
}

static pid_t start(const pthread_attr_t *attr, void (*body)(void), pthread_t *ret_thread)
{
	struct member *m = calloc(1, sizeof *m);

	m->body = body;
	pthread_barrier_init(&m->told, NULL, 2);
	if (pthread_create(ret_thread, attr, thread_main, m))
		exit(1);
	pthread_barrier_wait(&m->told);
	return m->tid;
}

static struct stack stack_of(pthread_t thread)
{
	struct stack s = {0};
	pthread_attr_t attr;
	void *start;

	pthread_getattr_np(thread, &attr);
	pthread_attr_getstack(&attr, &start, &s.size);
	pthread_attr_getguardsize(&attr, &s.guard);
	pthread_attr_destroy(&attr);
	s.start = start;
	return s;
}

static void report_started(const char *key, const pthread_attr_t *attr, void (*body)(void))
{
	pthread_t thread;
	pid_t tid = start(attr, body, &thread);

	report(key, tid, stack_of(thread));
}

static void on_given_stack(const char *key, struct stack s)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, s.start, s.size);
	report(key, start(&attr, wait_for_good, &thread), s);
	pthread_attr_destroy(&attr);
}

/* In the midst of [heap], of a block of malloc(3) and of a mapping. */
static void on_heaps(void)
{
	char *heap = sbrk(LARGE), *page = (char *)(((uintptr_t)heap + PAGE - 1) & ~(PAGE - 1ul));
	char *block = malloc(4 * SMALL);

	memset(heap, 1, LARGE);
	memset(block, 1, 4 * SMALL);
	on_given_stack("heap", (struct stack){page + SMALL, SMALL, 0});
	on_given_stack("malloced", (struct stack){block + SMALL + 48, SMALL, 0});
	on_given_stack("arena", (struct stack){arena_apart() + IN_MIDDLE, SMALL, 0});
}

static void with_large_guard(void)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setguardsize(&attr, GUARD);
	pthread_attr_setstacksize(&attr, LARGE + GUARD);
	report_started("guarded", &attr, wait_for_good);
	pthread_attr_destroy(&attr);
}

/* A guard that the program made below the stack that it gives. */
static void with_own_guard(void)
{
	char *p = arena();

	mprotect(p, IN_MIDDLE, PROT_NONE);
	on_given_stack("own_guard", (struct stack){p + IN_MIDDLE, SMALL, IN_MIDDLE});
}

/* As Java does it: no guard of the library's, one in the lowest pages of the stack. */
static void guard_inside(void)
{
	struct stack s;
	pthread_attr_t attr;
	pthread_t thread;
	pid_t tid;

	pthread_attr_init(&attr);
	pthread_attr_setguardsize(&attr, 0);
	pthread_attr_setstacksize(&attr, LARGE);
	tid = start(&attr, wait_for_good, &thread);
	pthread_attr_destroy(&attr);
	s = stack_of(thread);
	mprotect(s.start, SMALL, PROT_NONE);
	report("inside", tid, (struct stack){s.start + SMALL, s.size - SMALL, SMALL});
}

/* A page in the midst of what it uses is executable: three mappings, one stack. */
static void parted(void)
{
	volatile char big[LARGE];

	memset((char *)big, 1, sizeof big);
	mprotect((void *)(((uintptr_t)big + LARGE / 2) & ~(PAGE - 1ul)), PAGE,
		PROT_READ | PROT_WRITE | PROT_EXEC);
	wait_for_good();
}

/* ---- stacks that only the program knows ---------------------------------- */

static char *unknown; /* its start; SMALL bytes */
static pthread_barrier_t taken;

static char *take_unknown(void)
{
	char *start = unknown;

	pthread_barrier_wait(&taken);
	return start;
}

static void on_signal(int number)
{
	(void)number;
	wait_for_good();
}

static void on_alternate_stack(void)
{
	const stack_t alternate = {.ss_sp = take_unknown(), .ss_size = SMALL};
	const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};

	sigaltstack(&alternate, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

static void run_coroutine(void)
{
	ucontext_t back, here;

	getcontext(&here);
	here.uc_stack.ss_sp = take_unknown();
	here.uc_stack.ss_size = SMALL;
	makecontext(&here, wait_for_good, 0);
	swapcontext(&back, &here);
}

static void off_its_stack(const char *key, void (*body)(void))
{
	pthread_t thread;

	pid_t tid;

	unknown = arena() + IN_MIDDLE;
	pthread_barrier_init(&taken, NULL, 2);
	tid = start(NULL, body, &thread);
	pthread_barrier_wait(&taken);
	report(key, tid, (struct stack){unknown, SMALL, 0});
}

static int clone_main(void *arg)
{
	(void)arg;
	wait_for_good();
	return 0;
}

/* clone(2) without the library: no control block, no robust list. */
static void cloned(const char *key, char *stack)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
	int tid = clone(clone_main, stack + SMALL, flags, NULL);

	if (tid < 0)
		exit(1);
	report(key, tid, (struct stack){stack, SMALL, 0});
}

/* ---- the main thread ----------------------------------------------------- */

/* The main thread blocks where it is to be seen; another one waits for the end. */
static void *wait_for_end(void *arg)
{
	char line[64];

	(void)arg;
	while (read(0, line, sizeof line) > 0)
		;
	_exit(0);
}

static const struct {
	const char *name;
	void (*body)(void);
} ways[] = {{"parted", parted}, {"alternate", on_alternate_stack}, {"coroutine", run_coroutine}};

/* What the main thread is on: one of these. */
int main(int argc, char **argv)
{
	char *guarded_arena = arena();
	pthread_t thread;

	alarm(120);
	printf("pid=%d", (int)getpid());
	on_heaps();
	with_large_guard();
	with_own_guard();
	guard_inside();
	report_started("parted", NULL, parted);
	off_its_stack("alternate", on_alternate_stack);
	off_its_stack("coroutine", run_coroutine);
	cloned("cloned", arena_apart() + IN_MIDDLE);
	mprotect(guarded_arena, PAGE, PROT_NONE);
	cloned("cloned_on_guard", guarded_arena + PAGE);
	unknown = arena() + IN_MIDDLE;
	pthread_barrier_init(&taken, NULL, 1);
	report("main", getpid(), (struct stack){unknown, SMALL, 0});
	if (pthread_create(&thread, NULL, wait_for_end, NULL))
		return 1;
	putchar('\n');
	fflush(stdout);
	for (size_t i = 0; argc > 1 && i < sizeof ways / sizeof *ways; i++)
		if (!strcmp(argv[1], ways[i].name))
			ways[i].body();
	return 1;
}
