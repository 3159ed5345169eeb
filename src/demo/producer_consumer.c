/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * producer-consumer: a buffer of four places between two threads, and who waits on what.
 *
 * The producer must wait while the buffer is full, the consumer while it is empty. First they do so
 * with a mutex and two condition variables, then with two semaphores that count the places. The
 * program takes how many were put in and taken out as its name, so that it can be read off.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <time.h>

#include <twintop/step.h>

#define PLACES 4
#define ITEMS  10
#define LAST   -1 /* behind it comes no more */

static int buffer[PLACES];
static int in, out;					  /* how many were put in, and taken out */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* for all of the above */

/* ---- by condition variables -------------------------------------------------- */

static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;

static void put_by_condition(int item)
{
	pthread_mutex_lock(&mutex);
	while (in - out == PLACES)
		pthread_cond_wait(&not_full, &mutex);
	buffer[in++ % PLACES] = item;
	pthread_cond_signal(&not_empty);
	pthread_mutex_unlock(&mutex);
}

static int take_by_condition(void)
{
	int item;

	pthread_mutex_lock(&mutex);
	while (in == out)
		pthread_cond_wait(&not_empty, &mutex);
	item = buffer[out++ % PLACES];
	pthread_cond_signal(&not_full);
	pthread_mutex_unlock(&mutex);
	return item;
}

/* ---- by semaphores ----------------------------------------------------------- */

static sem_t free_places, full_places;

static void await(sem_t *semaphore)
{
	while (sem_wait(semaphore) && errno == EINTR)
		;
}

static void put_by_semaphore(int item)
{
	await(&free_places);
	pthread_mutex_lock(&mutex);
	buffer[in++ % PLACES] = item;
	pthread_mutex_unlock(&mutex);
	sem_post(&full_places);
}

static int take_by_semaphore(void)
{
	int item;

	await(&full_places);
	pthread_mutex_lock(&mutex);
	item = buffer[out++ % PLACES];
	pthread_mutex_unlock(&mutex);
	sem_post(&free_places);
	return item;
}

/* ---- the two ----------------------------------------------------------------- */

struct way {
	const char *kind;	  /* what they wait for, as twintop is to find it */
	const char *full, *empty; /* on which of them, begins so */
	void (*put)(int item);
	int (*take)(void);
	const char *begin, *is_full, *is_empty; /* captions */
};

static const struct way by_condition = {"condition", "not_full*", "not_empty*", put_by_condition,
	take_by_condition,
	"A thread `producer` makes ten items for a buffer with room for four. Nobody takes any "
	"out.",
	"Four are in. Waiting on `not_full` it has given the mutex up: else nobody could take "
	"anything out. A thread `consumer` comes, takes out all ten, and wants more.",
	"It waits on `not_empty`. Whoever waits by a condition variable sleeps, holds no mutex, "
	"and "
	"looks again when it wakes. One more item, the last, lets it end."};
static const struct way by_semaphore = {"semaphore", "free_places", "full_places", put_by_semaphore,
	take_by_semaphore,
	"The same with semaphores: `free_places` begins with 4, `full_places` with 0. The producer "
	"comes alone.",
	"A semaphore counts by itself: `free_places` is 0. The consumer comes, takes out all ten, "
	"and wants more.",
	"It waits until `full_places` is more than 0. The mutex is for the buffer alone now, and "
	"nobody sleeps while holding it. The last item lets the consumer end."};

static void *produce(void *data)
{
	const struct way *way = data;

	prctl(PR_SET_NAME, "producer");
	for (int i = 0; i < ITEMS; i++)
		way->put(i);
	return NULL;
}

static void *consume(void *data)
{
	const struct way *way = data;

	prctl(PR_SET_NAME, "consumer");
	while (way->take() != LAST)
		;
	return NULL;
}

static pthread_t start(void *(*work)(void *), const struct way *way)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, (void *)way))
		exit(1);
	return thread;
}

/* Until that many were put in and taken out, which is our name then. */
static void await_counts(int wanted_in, int wanted_out)
{
	const struct timespec rest = {.tv_nsec = 1000000};
	char name[16];
	bool there;

	do {
		nanosleep(&rest, NULL);
		pthread_mutex_lock(&mutex);
		there = in == wanted_in && out == wanted_out;
		pthread_mutex_unlock(&mutex);
	} while (!there);
	snprintf(name, sizeof name, "in=%d,out=%d", wanted_in, wanted_out);
	prctl(PR_SET_NAME, name);
}

/* ---- the steps --------------------------------------------------------------- */

static void expect_waiting(
	const char *who, const char *kind, const char *on, const char *counts, const char *name)
{
	char path[80], words[40];

	snprintf(path, sizeof path, "processes.0.threads[name=%s].waiting_on.kind", who);
	snprintf(words, sizeof words, "the %s waits on a", who);
	step_expect(path, kind, words);
	snprintf(path, sizeof path, "processes.0.threads[name=%s].waiting_on.symbol", who);
	step_expect(path, on, "it is");
	step_expect("processes.0.threads.0.name", counts, name);
}

static void show(const struct way *way)
{
	pthread_t producer, consumer;

	in = out = 0;
	step("%s", way->begin);
	step_ask("What will it wait on, once the buffer is full?");
	step_view("threads");
	step_point("producer");
	expect_waiting("producer", way->kind, way->full, "in=4,out=0", "the program calls itself");
	step_wait();
	producer = start(produce, way);
	await_counts(PLACES, 0);

	step("%s", way->is_full);
	step_ask("What will the consumer wait on?");
	step_view("threads");
	step_point("consumer");
	expect_waiting(
		"consumer", way->kind, way->empty, "in=10,out=10", "the program calls itself");
	step_expect("processes.0.threads.#[name=producer]", "0", "producers that are left:");
	step_wait();
	consumer = start(consume, way);
	await_counts(ITEMS, ITEMS);
	pthread_join(producer, NULL);

	step("%s", way->is_empty);
	step_view("threads");
	step_point("consumer");
	step_expect("processes.0.threads.#", "1", "threads that are left:");
	step_wait();
	way->put(LAST);
	pthread_join(consumer, NULL);
	prctl(PR_SET_NAME, "producer-consum");
}

int main(void)
{
	sem_init(&free_places, 0, PLACES);
	sem_init(&full_places, 0, 0);
	show(&by_condition);
	show(&by_semaphore);
	step_done();
	step("That was all: a full buffer stops who puts in, an empty one who takes out, and "
	     "neither "
	     "of them costs any CPU meanwhile.");
	step_wait();
	return 0;
}
