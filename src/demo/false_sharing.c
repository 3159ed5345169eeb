/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * false-sharing: two threads, each with a counter of its own, and yet they are in each other's way.
 *
 * A CPU fetches memory by lines, of 64 bytes mostly, and to write it must have the whole line
 * alone. Two counters on one line make the line go to and fro between two CPUs, though nobody
 * shares a counter. First the counters stand side by side, then apart. Times are this machine's:
 * the median of tries in which neither thread was taken off its CPU. Where it has one CPU, or shows
 * no difference, that is said.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include <twintop/step.h>

#define TIMES	   20000 /* additions of each thread in one try: about a millisecond at worst */
#define TRIES	   25	 /* that count */
#define TRIES_MOST 200	 /* with those that do not */
#define ENOUGH	   3	 /* of those that count, to say anything */
#define APART	   256	 /* bytes: more than any line, and than the two that some CPUs fetch */

/* The counters lie here: the first at 0, the second so many bytes behind it. */
static _Alignas(4096) char memory[4096];

static struct adder {
	const char *name;
	int cpu;
	pthread_t thread;
	atomic_long *counter;
	double ns;	/* of one addition in the try that is over */
	bool disturbed; /* it was taken off its CPU */
} adder[2] = {{.name = "left"}, {.name = "right"}};

static pthread_barrier_t try_begins, try_ends;
static atomic_int there; /* how many are about to begin */
static bool over;

static double clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static long times_taken_off(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) ? 0 : usage.ru_nivcsw;
}

/* Who wakes first waits, awake, so that both begin at once. */
static void begin_together(void)
{
	there++;
	while (there < 2)
		sched_yield();
}

static void try_once(struct adder *self)
{
	long before;
	double begin;

	begin_together();
	before = times_taken_off();
	begin = clock_ns();
	for (int i = 0; i < TIMES; i++)
		atomic_fetch_add_explicit(self->counter, 1, memory_order_relaxed);
	self->ns = (clock_ns() - begin) / TIMES;
	self->disturbed = times_taken_off() != before;
}

static void *add(void *data)
{
	struct adder *self = data;
	cpu_set_t set;

	prctl(PR_SET_NAME, self->name);
	CPU_ZERO(&set);
	CPU_SET(self->cpu, &set);
	sched_setaffinity(0, sizeof set, &set); /* where that is refused it goes where it likes */
	pthread_barrier_wait(&try_ends);	/* all are there */
	for (;;) {
		pthread_barrier_wait(&try_begins);
		if (over)
			return NULL;
		try_once(self);
		pthread_barrier_wait(&try_ends);
	}
}

/* ---- measuring --------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct cost {
	int tries;
	double ns; /* one addition by the slower of the two; the median */
};

static struct cost measure(size_t bytes_between)
{
	double ns[TRIES] = {0};
	struct cost cost = {0};

	adder[0].counter = (atomic_long *)memory;
	adder[1].counter = (atomic_long *)(memory + bytes_between);
	for (int i = 0; i < TRIES_MOST && cost.tries < TRIES; i++) {
		there = 0;
		pthread_barrier_wait(&try_begins);
		pthread_barrier_wait(&try_ends);
		if (!adder[0].disturbed && !adder[1].disturbed)
			ns[cost.tries++] = adder[0].ns > adder[1].ns ? adder[0].ns : adder[1].ns;
	}
	qsort(ns, (size_t)cost.tries, sizeof *ns, compare);
	cost.ns = cost.tries ? ns[cost.tries / 2] : 0;
	printf("%3zu bytes apart: %.1f ns an addition, median of %d tries\n", bytes_between,
		cost.ns, cost.tries);
	fflush(stdout);
	return cost;
}

/* "4.4 ns" */
static void tell_cost(const struct cost *cost, char out[24])
{
	if (cost->tries < ENOUGH)
		snprintf(out, 24, "not to be told here");
	else
		snprintf(out, 24, "%.1f ns", cost->ns);
}

/* What the two figures say, in words. */
static void judge(const struct cost *near, const struct cost *far, char *out, size_t n)
{
	if (near->tries < ENOUGH || far->tries < ENOUGH)
		snprintf(out, n, "too much else runs here to compare them");
	else if (adder[0].cpu == adder[1].cpu)
		snprintf(out, n, "with one CPU no line goes to and fro, and nothing is won");
	else if (near->ns < far->ns * 1.3)
		snprintf(out, n,
			"no difference is to be seen: these CPUs may have one cache in common");
	else
		snprintf(out, n, "side by side they take %.1f times as long", near->ns / far->ns);
}

/* ---- the steps --------------------------------------------------------------- */

/* The first and the last CPU that we may use: neighbours may be two halves of one core. */
static void choose_cpus(void)
{
	cpu_set_t mine;
	bool some = false;

	if (sched_getaffinity(0, sizeof mine, &mine))
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &mine))
			continue;
		if (!some)
			adder[0].cpu = cpu;
		adder[1].cpu = cpu;
		some = true;
	}
}

static void start_adders(void)
{
	pthread_barrier_init(&try_begins, NULL, 3);
	pthread_barrier_init(&try_ends, NULL, 3);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&adder[i].thread, NULL, add, &adder[i]))
			exit(1);
	pthread_barrier_wait(&try_ends);
}

static void end_adders(void)
{
	over = true;
	pthread_barrier_wait(&try_begins);
	for (int i = 0; i < 2; i++)
		pthread_join(adder[i].thread, NULL);
}

/* That both have worked, each on its CPU. */
static void expect_work(void)
{
	char path[80], value[24], words[64];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "processes.0.threads[name=%s].run_ns", adder[i].name);
		snprintf(value, sizeof value, "+>%d", TIMES * TRIES / 4);
		snprintf(words, sizeof words, "%s: ns on a CPU,", adder[i].name);
		step_expect(path, value, words);
		snprintf(
			path, sizeof path, "processes.0.threads[name=%s].processor", adder[i].name);
		snprintf(value, sizeof value, "%d", adder[i].cpu);
		snprintf(words, sizeof words, "%s: on CPU", adder[i].name);
		step_expect(path, value, words);
	}
}

int main(void)
{
	struct cost near, far;
	char verdict[96], side_by_side[24], apart[24];

	choose_cpus();
	start_adders();
	step("Two threads add to a counter each, %d times in a try. The counters stand side by "
	     "side, "
	     "on one line of the cache. Nobody shares a counter.",
		TIMES);
	step_ask("Which threads wait for the other one?");
	step_view("threads");
	step_point("left");
	expect_work();
	step_wait();
	near = measure(sizeof(long));
	tell_cost(&near, side_by_side);

	step("None: no lock is there. One addition takes: %s (median of %d tries). Now the second "
	     "counter moves %d bytes away, to a line of its own. The work is the same.",
		side_by_side, near.tries, APART);
	step_ask("How long does an addition take now?");
	step_view("threads");
	step_point("right");
	expect_work();
	step_wait();
	far = measure(APART);
	tell_cost(&far, apart);
	judge(&near, &far, verdict, sizeof verdict);
	step_done();

	step("Side by side: %s. Apart: %s. So %s. Neither CPU time nor system calls tell of it: "
	     "an addition that waits for its line counts as work.",
		side_by_side, apart, verdict);
	step_view("threads");
	step_expect("processes.0.threads.#", "1", "threads that are left:");
	step_wait();
	end_adders();

	step_done();
	step("That was all: what different threads write at a time belongs on different lines: "
	     "_Alignas(64), or one counter each on its own stack.");
	step_wait();
	return 0;
}
