/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * race: two threads count in one variable, and updates are lost.
 *
 * To add one is to read, to add, and to write. If another thread reads between the two, its update
 * or ours is lost. First both do it in slow motion, then a million times each: as they come, with a
 * mutex, with an atomic addition. The program takes what has been counted as its name, so that it
 * can be read off beside it.
 */
#include <pthread.h>
#include <sys/prctl.h>

#include <twintop/step.h>

#define THREADS 2
#define TIMES	1000000

static volatile int counter;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t together;

/* One addition, with a rest between reading and writing. */
static void *add_slowly(void *unused)
{
	int seen = counter;

	prctl(PR_SET_NAME, "slow");
	pthread_barrier_wait(&together); /* all have read */
	pthread_barrier_wait(&together); /* to write */
	counter = seen + 1;
	return unused;
}

static void *add_carelessly(void *unused)
{
	for (int i = 0; i < TIMES; i++)
		counter = counter + 1;
	return unused;
}

static void *add_locked(void *unused)
{
	for (int i = 0; i < TIMES; i++) {
		pthread_mutex_lock(&mutex);
		counter = counter + 1;
		pthread_mutex_unlock(&mutex);
	}
	return unused;
}

static void *add_atomically(void *unused)
{
	for (int i = 0; i < TIMES; i++)
		__atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED);
	return unused;
}

static void start(pthread_t thread[THREADS], void *(*work)(void *))
{
	counter = 0;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, work, NULL))
			exit(1);
}

/* When all have come to their end the program is named by what they have counted. */
static void finish(const pthread_t thread[THREADS])
{
	char name[16];

	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	snprintf(name, sizeof name, "sum=%d", counter);
	prctl(PR_SET_NAME, name);
	printf("%s\n", name);
	fflush(stdout);
}

static void count(void *(*work)(void *))
{
	pthread_t thread[THREADS];

	start(thread, work);
	finish(thread);
}

#define NAME "processes.0.threads.0.name"

static void show_slowly(void)
{
	pthread_t thread[THREADS];

	step("Two threads shall each add 1 to a counter, which is 0. Both read it, and rest.");
	step_view("threads");
	step_expect("processes.0.threads.#", "3", "threads:");
	step_expect("processes.0.threads[name=slow].state", "S", "a resting one's state:");
	step_wait();
	pthread_barrier_init(&together, NULL, THREADS + 1);
	start(thread, add_slowly);
	pthread_barrier_wait(&together);

	step("Each writes what it has read, and one more. The sum becomes the program's name.");
	step_ask("Two additions to 0: what is the sum?");
	step_view("threads");
	step_expect(NAME, "sum=1", "the program calls itself");
	step_expect("processes.0.threads.#", "1", "threads:");
	step_wait();
	pthread_barrier_wait(&together);
	finish(thread);
}

static void show_fast(void)
{
	int lost;

	step("One update is lost. Now each adds 1 a million times, and nobody waits for anybody.");
	step_ask("How many of the two million are lost?");
	step_view("threads");
	step_wait();
	count(add_carelessly);
	lost = THREADS * TIMES - counter;

	step("Lost: %d of %d. It is another number each time, and 0 on a good day: that is what "
	     "makes it a bad fault. Now with a mutex.",
		lost, THREADS * TIMES);
	step_view("threads");
	step_expect(NAME, "sum=2000000", "the program calls itself");
	step_wait();
	count(add_locked);

	step("Now with an atomic addition: the CPU reads and writes in one.");
	step_view("threads");
	step_expect(NAME, "sum=2000000", "the program calls itself");
	step_wait();
	prctl(PR_SET_NAME, "race");
	count(add_atomically);
}

int main(void)
{
	show_slowly();
	show_fast();
	step_done();
	step("That was all: what two write, one must lock, or the CPU do in one go.");
	step_wait();
	return 0;
}
