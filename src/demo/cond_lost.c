/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cond-lost: a condition variable remembers nothing.
 *
 * Who signals wakes those that wait at that moment. A thread that looks at a flag without the mutex
 * and then waits can miss the signal that came in between, and sleeps for ever: a lost wakeup. With
 * the mutex held from looking to waiting nobody comes in between. And who is woken must look once
 * more, by `while`: with `if` two are woken, and both take the one item that there is.
 */
#include <pthread.h>
#include <stdbool.h>
#include <sys/prctl.h>

#include <twintop/step.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int items;   /* what is waited for */
static int waiting; /* how many came to wait: whoever has the mutex then knows that they do */
static pthread_barrier_t pause_point;

static pthread_t start(void *(*work)(void *), void *data)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, data))
		exit(1);
	return thread;
}

/* The program is named by how many items there are. */
static void tell_items(void)
{
	char name[16];

	snprintf(name, sizeof name, "items=%d", items);
	prctl(PR_SET_NAME, name);
}

static void bring_one(void)
{
	pthread_mutex_lock(&mutex);
	items++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
}

static void *come_and_bring(void *unused)
{
	prctl(PR_SET_NAME, "bringer");
	bring_one();
	return unused;
}

/* ---- a lost wakeup ------------------------------------------------------------ */

/* Wrong: what was looked at without the mutex may be otherwise when it waits. */
static void *look_and_wait(void *unused)
{
	bool none = items == 0;

	prctl(PR_SET_NAME, "waiter");
	pthread_barrier_wait(&pause_point); /* has looked */
	pthread_barrier_wait(&pause_point); /* may wait */
	pthread_mutex_lock(&mutex);
	if (none)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	return unused;
}

/* Right: nobody changes it between looking and waiting. */
static void *look_locked(void *unused)
{
	prctl(PR_SET_NAME, "waiter");
	pthread_mutex_lock(&mutex);
	while (items == 0) {
		pthread_barrier_wait(&pause_point); /* has looked */
		pthread_barrier_wait(&pause_point); /* may wait */
		pthread_cond_wait(&changed, &mutex);
	}
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void show_lost(void)
{
	pthread_t waiter;

	step("`waiter` looks, without the mutex: there are no items. Before it waits, `bringer` "
	     "brings one, signals, and ends. Then `waiter` waits.");
	step_ask("There is an item now, and the signal was sent. What is `waiter` waiting for?");
	step_view("threads");
	step_point("waiter");
	step_expect(
		"processes.0.threads[name=waiter].waiting_on.kind", "condition", "it waits for a");
	step_expect("processes.0.threads[name=waiter].waiting_on.symbol", "changed*", "it is");
	step_expect("processes.0.threads.0.name", "items=1", "the program calls itself");
	step_wait();
	waiter = start(look_and_wait, NULL);
	pthread_barrier_wait(&pause_point);
	pthread_join(start(come_and_bring, NULL), NULL);
	tell_items();
	pthread_barrier_wait(&pause_point);

	step("For a signal that is over: nobody waited when it came, and nothing keeps it. "
	     "Another one wakes the thread.");
	step_view("threads");
	step_point("waiter");
	step_expect("processes.0.threads.#", "1", "threads that are left:");
	step_wait();
	do /* it may still be on its way to wait */
		pthread_cond_broadcast(&changed);
	while (pthread_tryjoin_np(waiter, NULL));
}

static void show_found(void)
{
	pthread_t waiter, bringer;

	step("The cure: `waiter` takes the mutex, then looks, and keeps it until it waits. It has "
	     "looked, and rests. `bringer` comes.");
	step_ask("What does `bringer` wait for?");
	step_view("threads");
	step_point("bringer");
	step_expect("processes.0.threads[name=bringer].waiting_on.kind", "mutex", "it waits for a");
	step_expect("processes.0.threads[name=bringer].waiting_on.symbol", "mutex", "it is");
	step_expect("processes.0.threads.0.name", "items=0", "the program calls itself");
	step_wait();
	items = 0;
	tell_items();
	waiter = start(look_locked, NULL);
	pthread_barrier_wait(&pause_point);
	bringer = start(come_and_bring, NULL);

	step("It cannot come in between. `waiter` goes on to wait: pthread_cond_wait gives the "
	     "mutex "
	     "up and sleeps in one, so that `bringer` finds it asleep, and wakes it.");
	step_view("threads");
	step_point("waiter");
	step_expect("processes.0.threads.#", "1", "threads that are left:");
	step_expect("processes.0.threads.0.name", "items=1", "the program calls itself");
	step_wait();
	pthread_barrier_wait(&pause_point);
	pthread_join(bringer, NULL);
	pthread_join(waiter, NULL);
	tell_items();
}

/* ---- if against while ---------------------------------------------------------- */

/* Takes one item when there is one; wrong, if it looks but once. */
static void take_one(const char *name, bool again)
{
	prctl(PR_SET_NAME, name);
	pthread_mutex_lock(&mutex);
	waiting++;
	if (items == 0)
		pthread_cond_wait(&changed, &mutex);
	while (again && items == 0)
		pthread_cond_wait(&changed, &mutex);
	items--;
	waiting--;
	pthread_mutex_unlock(&mutex);
}

static void *take_by_if(void *name)
{
	take_one(name, false);
	return NULL;
}

static void *take_by_while(void *name)
{
	take_one(name, true);
	return NULL;
}

/* Until so many wait, or are left to wait. */
static void await_waiting(int wanted)
{
	bool so;

	do {
		usleep(1000);
		pthread_mutex_lock(&mutex);
		so = waiting == wanted;
		pthread_mutex_unlock(&mutex);
	} while (!so);
	tell_items();
}

static void start_two(pthread_t taker[2], void *(*take)(void *))
{
	static char name[2][8] = {"taker 1", "taker 2"};

	items = 0;
	for (int i = 0; i < 2; i++)
		taker[i] = start(take, name[i]);
	await_waiting(2);
}

static void show_if(void)
{
	pthread_t taker[2];

	step("Now two threads want to take an item. Each looks by `if`, once, and waits. A "
	     "broadcast "
	     "tells both of the one item that comes.");
	step_ask("How many of the two go on?");
	step_view("threads");
	step_expect("processes.0.threads.#", "1", "threads that are left:");
	step_expect("processes.0.threads.0.name", "items=-1", "the program calls itself");
	step_wait();
	start_two(taker, take_by_if);
	bring_one();
	pthread_join(taker[0], NULL);
	pthread_join(taker[1], NULL);
	tell_items();
}

static void show_while(void)
{
	pthread_t taker[2];

	step("Both: the second found nothing and took it all the same. So it is with `if`, and "
	     "with "
	     "a wakeup for no reason, which is allowed. The same by `while`.");
	step_ask("How many are waiting after that?");
	step_view("threads");
	step_point("taker");
	step_expect("processes.0.threads.#[waiting_on.kind=condition]", "1", "that wait:");
	step_expect("processes.0.threads.#", "2", "threads that are left:");
	step_expect("processes.0.threads.0.name", "items=0", "the program calls itself");
	step_wait();
	start_two(taker, take_by_while);
	bring_one();
	await_waiting(1);

	step("One took the item; the other was woken, looked again, and waits. Another item "
	     "comes.");
	step_view("threads");
	step_point("taker");
	step_expect("processes.0.threads.#", "1", "threads that are left:");
	step_wait();
	bring_one();
	pthread_join(taker[0], NULL);
	pthread_join(taker[1], NULL);
}

int main(void)
{
	pthread_barrier_init(&pause_point, NULL, 2);
	show_lost();
	show_found();
	show_if();
	show_while();
	step_done();
	step("That was all: hold the mutex, look, and wait, in a loop: while (!what) wait.");
	step_wait();
	return 0;
}
