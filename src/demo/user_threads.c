/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * user-threads: four threads that the kernel knows nothing of, and what a blocking call does to
 * them.
 *
 * A thread of the kernel, `carrier`, runs four user-level threads in turn, each on a stack of its
 * own: switching between them is a matter of a few registers (ucontext(3)). One of them calls
 * read(2): the kernel puts to sleep the one thread that it knows, and all four stand still. Then
 * the same four have a thread of the kernel each: the others go on.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <ucontext.h>

#include <twintop/step.h>

#define THREADS	    4
#define READER	    1 /* the one that is to read */
#define STACK_BYTES 65536
#define NAP_NS	    130000000 /* in each round: slow enough to be seen on one stack and another */
#define WATCH_NS    400000000 /* so long the rounds are watched */

static const char *const name[THREADS] = {"one", "two", "three", "four"};
static atomic_long rounds[THREADS]; /* of each of them */
static atomic_bool shall_read, over;
static int line[2]; /* a pipe, which nobody writes to */

static void rest(long ns)
{
	const struct timespec time = {.tv_nsec = ns};

	nanosleep(&time, NULL);
}

/* What each of them does in its turn. */
static void do_round(int i)
{
	char c;

	if (i == READER && atomic_exchange(&shall_read, false))
		while (read(line[0], &c, 1) < 0 && errno == EINTR)
			;
	rounds[i]++;
	rest(NAP_NS);
}

/* ---- user-level threads ------------------------------------------------------ */

static ucontext_t carriers, context[THREADS];

/* A user-level thread: a turn, and then it gives up the CPU to whoever carries it. */
static void run(int i)
{
	for (;;) {
		do_round(i);
		swapcontext(&context[i], &carriers);
	}
}

/* The kernel would give a thread its stack in much the same way; the lowest page is a guard. */
static void make_context(int i)
{
	void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED || mprotect(stack, 4096, PROT_NONE) || getcontext(&context[i]))
		exit(1);
	context[i].uc_stack.ss_sp = stack;
	context[i].uc_stack.ss_size = STACK_BYTES;
	context[i].uc_link = &carriers;
	makecontext(&context[i], (void (*)(void))run, 1, i);
}

static void *carry(void *unused)
{
	prctl(PR_SET_NAME, "carrier");
	for (int i = 0; i < THREADS; i++)
		make_context(i);
	while (!over)
		for (int i = 0; i < THREADS; i++)
			swapcontext(&carriers, &context[i]);
	for (int i = 0; i < THREADS; i++)
		munmap(context[i].uc_stack.ss_sp, STACK_BYTES);
	return unused;
}

/* ---- threads of the kernel ---------------------------------------------------- */

static void *run_alone(void *number)
{
	const int i = *(const int *)number;

	prctl(PR_SET_NAME, name[i]);
	while (!over)
		do_round(i);
	return NULL;
}

/* ---- the steps --------------------------------------------------------------- */

static void expect(const char *thread, const char *field, const char *value, const char *words)
{
	char path[80];

	snprintf(path, sizeof path, "processes.0.threads[name=%s].%s", thread, field);
	step_expect(path, value, words);
}

/* Rounds that all but the reader make in a while. */
static long watch(void)
{
	long made = 0;

	for (int i = 0; i < THREADS; i++)
		made -= i == READER ? 0 : rounds[i];
	rest(WATCH_NS);
	for (int i = 0; i < THREADS; i++)
		made += i == READER ? 0 : rounds[i];
	return made;
}

static void answer(void)
{
	if (write(line[1], "", 1) != 1)
		exit(1);
}

static pthread_t start_carrier(void)
{
	pthread_t carrier;

	step("A thread of the kernel, `carrier`, shall run four user-level threads in turn. Each "
	     "has "
	     "a stack of its own, and naps a little on it.");
	step_ask("How many threads does the kernel count then, with the main one?");
	step_view("threads");
	step_point("carrier");
	step_expect("processes.0.threads.#", "2", "threads:");
	expect("carrier", "waiting_on.kind", "sleep", "`carrier` waits in a");
	expect("carrier", "user_threads", ">1", "other stacks that it was seen on,");
	step_wait();
	if (pthread_create(&carrier, NULL, carry, NULL))
		exit(1);
	while (!rounds[THREADS - 1])
		rest(NAP_NS);
	return carrier;
}

static void show_block(void)
{
	long made;

	step("Two: of the four it knows nothing. Now the second of them calls read() on a pipe "
	     "that is empty.");
	step_ask("How many of the four go on?");
	step_view("threads");
	step_point("carrier");
	expect("carrier", "waiting_on.kind", "read", "`carrier` waits in a");
	expect("carrier", "user_threads", ">1", "user-level threads that this stops,");
	step_wait();
	shall_read = true;
	while (shall_read)
		rest(NAP_NS);

	step("Let us see: a while passes.");
	step_view("threads");
	step_point("carrier");
	expect("carrier", "voluntary_switches", "+0", "naps that `carrier` took,");
	expect("carrier", "run_ns", "+0", "ns on a CPU,");
	step_wait();
	made = watch();

	step("None: the other three made %ld rounds. Whom the kernel puts to sleep is `carrier`, "
	     "and "
	     "it carries them all. What is read comes.",
		made);
	step_view("threads");
	step_point("carrier");
	expect("carrier", "voluntary_switches", "+>3", "naps that `carrier` took,");
	step_wait();
	answer();
	watch();
}

static void show_threads(pthread_t carrier)
{
	static int number[THREADS];
	pthread_t thread[THREADS];
	long made;

	step("All four go on. Now the same four with a thread of the kernel each.");
	step_ask("How many threads does the kernel count?");
	step_view("threads");
	step_point("two");
	step_expect("processes.0.threads.#", "5", "threads:");
	step_wait();
	over = true;
	pthread_join(carrier, NULL);
	over = false;
	for (int i = 0; i < THREADS; i++) {
		number[i] = i;
		rounds[i] = 0;
		if (pthread_create(&thread[i], NULL, run_alone, &number[i]))
			exit(1);
	}
	for (int i = 0; i < THREADS; i++)
		while (!rounds[i])
			rest(NAP_NS);

	step("`two` calls read() on the empty pipe.");
	step_ask("How many of the others go on?");
	step_view("threads");
	step_point("two");
	expect("two", "waiting_on.kind", "read", "`two` waits in a");
	expect("one", "voluntary_switches", "+>3", "naps that `one` took,");
	expect("four", "voluntary_switches", "+>3", "and `four`,");
	step_wait();
	shall_read = true;
	made = watch();

	step("Three: they made %ld rounds. What is read comes, and all end.", made);
	step_view("threads");
	step_expect("processes.0.threads.#", "1", "threads that are left:");
	step_wait();
	over = true;
	answer();
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

int main(void)
{
	pthread_t carrier;

	if (pipe(line))
		return 1;
	carrier = start_carrier();
	show_block();
	show_threads(carrier);
	step_done();
	step("That was all: runtimes with threads of their own (Go, Java's virtual ones) call no "
	     "blocking read, or have a spare thread of the kernel ready for it.");
	step_wait();
	return 0;
}
