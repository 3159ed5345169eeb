/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * threads-share: what threads of one process have in common, and what each has for itself.
 *
 * Two threads join the main one. They share all memory: variables, heap, open files. Each has a
 * stack of its own, with a guard below it, its own registers, its own errno, and its own copy of
 * what is declared thread-local. What a thread finds in a variable it takes as its name, so that it
 * can be read off beside it.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>

#include <twintop/step.h>

#define PAGE	   4096
#define HEAP_PAGES 16
#define DEEP	   (64 * 1024)

static int common;	      /* one for all */
static _Thread_local int own; /* one for each */
static volatile char *block;  /* from malloc */
static pthread_barrier_t together;
static const char *const role[2] = {"first", "second"};
static pid_t number[2]; /* their TIDs */

__attribute__((format(printf, 1, 2))) static void call_oneself(const char *format, ...)
{
	char name[16];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof name, format, args);
	va_end(args);
	prctl(PR_SET_NAME, name);
}

/* ---- what both do, one after the other ---------------------------------------- */

static void count(int who)
{
	(void)who;
	common++;
	own++;
	call_oneself("own=%d,common=%d", own, common);
}

/* Each fills its half of the block, and the second reads what the first wrote. */
static void fill(int who)
{
	call_oneself("%s", role[who]);
	for (int i = 0; i < HEAP_PAGES / 2; i++)
		block[(who * HEAP_PAGES / 2 + i) * PAGE] = 'x';
	if (block[0] != 'x')
		exit(1);
}

/* Only the first does what fails. */
static void fail(int who)
{
	errno = 0;
	if (who == 0)
		open("/nowhere/nothing", O_RDONLY | O_CLOEXEC);
	call_oneself("errno=%d", errno);
}

static void go_deep(int who)
{
	volatile char room[DEEP];

	call_oneself("%s", role[who]);
	for (size_t i = 0; i < sizeof room; i += 1024)
		room[i] = 1;
}

static void (*const work[])(int who) = {count, fill, fail, go_deep};
#define WORKS (sizeof work / sizeof work[0])

/* The second thread's turn comes after the first's. */
static void *body(void *which)
{
	int who = which == role + 1;

	number[who] = gettid();
	call_oneself("%s", role[who]);
	pthread_barrier_wait(&together); /* it is there */
	for (size_t i = 0; i < WORKS; i++) {
		for (int turn = 0; turn < 2; turn++) {
			pthread_barrier_wait(&together);
			if (turn == who)
				work[i](who);
		}
		pthread_barrier_wait(&together); /* both have done it */
	}
	pthread_barrier_wait(&together); /* to end */
	return NULL;
}

static void let_them_work(void)
{
	for (int i = 0; i < 3; i++)
		pthread_barrier_wait(&together);
}

/* ---- what is told -------------------------------------------------------------- */

static void expect_of(int who, const char *field, const char *wanted, const char *name)
{
	char path[80];

	snprintf(path, sizeof path, "processes.0.threads[tid=%d].%s", (int)number[who], field);
	step_expect(path, wanted, name);
}

static void show_common(void)
{
	step("Each adds 1 to the variable `common`, and 1 to `own`, which is declared "
	     "thread-local; "
	     "what it then finds in both becomes its name.");
	step_ask("What are they called?");
	step_view("threads");
	step_point("second");
	expect_of(0, "name", "own=1,common=1", "`first` calls itself");
	expect_of(1, "name", "own=1,common=2", "`second` calls itself");
	step_wait();
	let_them_work();

	step("One `common`, two `own`. Now each writes 8 pages of one block that the main thread "
	     "got "
	     "from malloc, and `second` reads what `first` wrote.");
	step_ask("How many pages does the heap have more for it: 8, or 16, or 24?");
	step_view("memory");
	step_point("heap");
	step_expect("processes.0.mappings[kind=heap].pages.resident", "+16",
		"pages of the heap, more:");
	step_expect("processes.0.mappings[kind=data].pages.resident", "+0",
		"pages of variables, more:");
	step_wait();
	let_them_work();
}

static void show_own(void)
{
	step("`first` opens a file that does not exist, `second` does nothing. Both take what "
	     "errno "
	     "is as their name.");
	step_ask("Which error has `second`?");
	step_view("threads");
	step_point("second");
	expect_of(1, "name", "errno=0", "`second` calls itself");
	expect_of(0, "name", "errno=2", "`first` calls itself");
	step_wait();
	let_them_work();

	step("errno is thread-local, too. Both call a function with an array of 64 KiB, and "
	     "return from it.");
	step_ask("Whose stack was used for that? And is it given back?");
	step_view("stacks");
	step_point("errno=2");
	expect_of(0, "stack.resident_bytes", ">65000", "resident of `first`:");
	expect_of(1, "stack.resident_bytes", ">65000", "resident of `second`:");
	step_wait();
	let_them_work();
}

static void start(pthread_t thread[2])
{
	step("Two threads come next.");
	step_ask("How many descriptors do they bring along? And what else?");
	step_view("threads");
	step_expect("processes.0.fds.#", "+0", "descriptors, more:");
	step_expect("processes.0.threads.#", "+2", "threads, more:");
	step_wait();
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, body, (void *)(role + i)))
			exit(1);
	pthread_barrier_wait(&together);
}

int main(void)
{
	pthread_t thread[2];

	block = aligned_alloc(PAGE, HEAP_PAGES * PAGE);
	if (!block)
		return 1;
	pthread_barrier_init(&together, NULL, 3);
	start(thread);
	step("They are no processes: no new files, no new memory but a stack for each, in the "
	     "same address space, with a guard below it.");
	step_view("stacks");
	step_point("second");
	expect_of(0, "stack.guard_bytes", ">0", "guard of `first`:");
	expect_of(1, "stack.guard_bytes", ">0", "guard of `second`:");
	step_wait();
	show_common();
	show_own();
	step("Each used its own, and what was used stays resident. The two end. The process goes "
	     "on.");
	step_view("threads");
	step_expect("processes.0.threads.#", "-2", "threads, more:");
	step_wait();
	pthread_barrier_wait(&together);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	step_done();
	step("That was all.");
	step_wait();
	return common != 2;
}
