/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * philosophers: five at a table, a fork between each two, and whoever eats needs two forks.
 *
 * The philosophers are threads of a child, the forks are mutexes. Each takes the left fork and then
 * wants the right one: a ring of five that wait for ever. Two cures follow, each in a child of its
 * own: all take the fork with the lower number first; or a waiter lets no more than four sit down.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

#define SEATS 5

static pthread_mutex_t fork_1 = PTHREAD_MUTEX_INITIALIZER, fork_2 = PTHREAD_MUTEX_INITIALIZER,
		       fork_3 = PTHREAD_MUTEX_INITIALIZER, fork_4 = PTHREAD_MUTEX_INITIALIZER,
		       fork_5 = PTHREAD_MUTEX_INITIALIZER;
/* The one on the left of each seat; that of the next seat is on the right. */
static pthread_mutex_t *const fork_of[SEATS] = {&fork_1, &fork_2, &fork_3, &fork_4, &fork_5};
static const char *const name[SEATS] = {"Plato", "Hume", "Kant", "Arendt", "Weil"};

/* What the guests of a table have agreed upon. */
struct manners {
	bool in_order; /* the fork of the lower number first */
	bool waiter;   /* who must be asked for a place */
	int with_fork; /* how many come to have a fork, as they sit down one by one */
};

static const struct manners greedy = {false, false, SEATS}, in_order = {true, false, SEATS - 1},
			    with_waiter = {false, true, SEATS - 1};
static const struct manners *manners; /* of the child's table */

static int go[2];     /* a pipe to the child; it is closed when they shall finish */
static int served[2]; /* a pipe from it: all have sat down */
static sem_t places;  /* the waiter's */
static sem_t has_fork, all_have_forks; /* so that each has one before anybody takes a second */
static int meals;

static void await(sem_t *semaphore)
{
	while (sem_wait(semaphore) && errno == EINTR)
		;
}

/* Until the parent has closed its end. */
static void await_close(void)
{
	char c;

	while (read(go[0], &c, 1) < 0 && errno == EINTR)
		;
}

static void *dine(void *seat_number)
{
	const int seat = *(const int *)seat_number, next = (seat + 1) % SEATS;
	const bool left_first = !manners->in_order || seat < next;
	pthread_mutex_t *first = fork_of[left_first ? seat : next],
			*second = fork_of[left_first ? next : seat];

	prctl(PR_SET_NAME, name[seat]);
	if (manners->waiter)
		await(&places);
	pthread_mutex_lock(first);
	sem_post(&has_fork);
	await(&all_have_forks);
	pthread_mutex_lock(second);
	await_close(); /* a long meal */
	__atomic_fetch_add(&meals, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
	if (manners->waiter)
		sem_post(&places);
	return NULL;
}

/* They sit down one after the other; the child calls itself what they have eaten. */
static void child_run(void)
{
	static int seat[SEATS];
	pthread_t thread[SEATS];
	char ate[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(go[1]);
	sem_init(&places, 0, SEATS - 1);
	sem_init(&has_fork, 0, 0);
	sem_init(&all_have_forks, 0, 0);
	for (int i = 0; i < SEATS; i++) {
		seat[i] = i;
		if (pthread_create(&thread[i], NULL, dine, &seat[i]))
			_exit(1);
		if (i < manners->with_fork)
			await(&has_fork);
	}
	for (int i = 0; i < SEATS; i++)
		sem_post(&all_have_forks);
	if (write(served[1], "", 1) != 1)
		_exit(1);
	for (int i = 0; i < SEATS; i++)
		pthread_join(thread[i], NULL);
	snprintf(ate, sizeof ate, "ate=%d", meals);
	prctl(PR_SET_NAME, ate);
	for (;;)
		pause();
}

static pid_t lay_table(const struct manners *its)
{
	pid_t child;
	char c;

	manners = its;
	if (pipe(go))
		exit(1);
	child = fork();
	if (child < 0)
		exit(1);
	if (child == 0)
		child_run();
	close(go[0]);
	if (read(served[0], &c, 1) != 1)
		exit(1);
	return child;
}

static void clear_table(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* How many wait for a fork of a neighbour, and whether in a ring. */
static void expect_waiting(const char *wait, const char *rings)
{
	step_expect("processes.1.threads.#[waiting_on.kind=mutex]", wait,
		"philosophers that wait for a fork:");
	step_expect("waits.cycles.#", rings, "rings of threads that wait for one another:");
}

static void show_ring(void)
{
	char path[80];
	pid_t child;

	step("Five philosophers (threads of a child) sit round a table, with a fork (a mutex) "
	     "between each two. Each takes the left one, and then wants the right one, too.");
	step_ask("How many of the five must wait?");
	step_view("threads");
	step_point("Plato");
	expect_waiting("5", "1");
	step_expect("waits.cycles.0.#", "5", "threads in the ring:");
	step_expect("processes.1.threads[name=Weil].waiting_on.symbol", "fork_1",
		"Weil, who has fork_5, wants");
	step_wait();
	child = lay_table(&greedy);

	step("All: Plato has fork_1 and wants fork_2, Hume has that and wants fork_3, and so on "
	     "to Weil, who wants Plato's. Only a signal ends that.");
	step_view("threads");
	step_point("Weil");
	snprintf(path, sizeof path, "processes[pid=%d].exit.signal", (int)child);
	step_expect(path, "9", "the signal that ended the child:");
	step_wait();
	clear_table(child);
	close(go[1]);
}

/* The one who eats finishes, and all others eat in turn. */
static void show_end(pid_t child, const char *caption)
{
	char path[80];

	step("%s", caption);
	step_ask("How many eat before they leave?");
	step_view("threads");
	snprintf(path, sizeof path, "processes[pid=%d].comm", (int)child);
	step_expect(path, "ate=5", "the child calls itself");
	snprintf(path, sizeof path, "processes[pid=%d].threads.#", (int)child);
	step_expect(path, "1", "threads that are left:");
	step_wait();
	close(go[1]);
}

static pid_t show_order(void)
{
	pid_t child;

	step("The first cure, at another table: all take the fork of the lower number first. For "
	     "Weil that is the right one, fork_1. Who has two forks eats until the next step.");
	step_ask("How many wait now?");
	step_view("threads");
	step_point("Weil");
	expect_waiting("4", "0");
	step_expect("processes.1.threads[name=Weil].waiting_on.symbol", "fork_1",
		"Weil, who has none, wants");
	step_wait();
	child = lay_table(&in_order);
	show_end(child, "Nobody took fork_5 from Arendt: she eats. Kant waits for her, Hume for "
			"Kant, Plato "
			"for Hume, Weil for Plato: a chain has an end. She finishes.");
	return child;
}

static pid_t show_waiter(pid_t before)
{
	pid_t child;

	step("The second cure: they are greedy as before, but a waiter (a semaphore) has four "
	     "places to give away, and Weil comes last.");
	step_ask("What does she wait for?");
	step_view("threads");
	step_point("Weil");
	step_expect(
		"processes.1.threads[name=Weil].waiting_on.kind", "semaphore", "Weil waits for a");
	expect_waiting("3", "0");
	step_wait();
	clear_table(before);
	child = lay_table(&with_waiter);
	show_end(child, "Four have five forks between them: one of them has two. Arendt finishes.");
	return child;
}

int main(void)
{
	pid_t child;

	if (pipe(served))
		return 1;
	show_ring();
	child = show_order();
	child = show_waiter(child);
	step_done();
	step("That was all: an order of the locks leaves no ring, and so does one who asks for "
	     "less "
	     "than all at once.");
	step_wait();
	clear_table(child);
	return 0;
}
