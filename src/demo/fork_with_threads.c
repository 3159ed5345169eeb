/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork-with-threads: of all threads only the one that called fork() is in the child.
 *
 * The memory is copied as it was at that moment: with every mutex that another thread held. In the
 * child it stays locked for ever, as the thread that would unlock it is not there. So a child of a
 * process with threads should call exec at once; even malloc() and printf() take locks.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t together;
static int go[2];

static pid_t holder; /* a thread */

/* Holds the mutex until it is told not to. */
static void *hold(void *unused)
{
	prctl(PR_SET_NAME, "holder");
	holder = gettid();
	pthread_mutex_lock(&mutex);
	pthread_barrier_wait(&together); /* locked */
	pthread_barrier_wait(&together); /* to unlock */
	pthread_mutex_unlock(&mutex);
	pthread_barrier_wait(&together); /* unlocked */
	pthread_barrier_wait(&together); /* to end */
	return unused;
}

static void child_run(void)
{
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(go[1]);
	while (read(go[0], &c, 1) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&mutex);
	_exit(0);
}

static pid_t show_fork(void)
{
	pid_t child;

	step("`holder` has locked a mutex. The main thread calls fork().");
	step_ask("How many threads has the child?");
	step_view("threads");
	step_expect("processes.1.threads.#", "1", "the child's threads:");
	step_expect("processes.0.threads.#", "2", "the program's threads:");
	step_wait();
	child = fork();
	if (child < 0)
		exit(1);
	if (child == 0)
		child_run();
	close(go[0]);
	return child;
}

static void show_lock(pid_t child)
{
	char wait[80], left[80], end[64], owner[16];

	snprintf(wait, sizeof wait, "processes[pid=%d].threads.0.waiting_on.kind", (int)child);
	snprintf(left, sizeof left, "processes[pid=%d].threads.0.waiting_on.left_by_tid",
		(int)child);
	snprintf(owner, sizeof owner, "%d", (int)holder);
	snprintf(end, sizeof end, "processes[pid=%d].exit.signal", (int)child);
	step("The child wants to lock its copy of the mutex, which was copied as it was: locked.");
	step_ask("Who will unlock it?");
	step_view("threads");
	step_expect(wait, "mutex", "the child waits for a");
	step_expect(left, owner, "which fork left with the parent's thread");
	step_wait();
	close(go[1]);

	step("`holder` unlocks the mutex, in the parent.");
	step_ask("Does the child go on?");
	step_view("threads");
	step_expect(wait, "mutex", "the child waits for a");
	step_wait();
	pthread_barrier_wait(&together);
	pthread_barrier_wait(&together);

	step("No: these are two mutexes now, in two memories. The child's is owned by a thread "
	     "that it does not have, and stays locked for ever. Only a signal ends that.");
	step_view("overview");
	step_expect(end, "9", "the signal that ended it:");
	step_wait();
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

int main(void)
{
	pthread_t thread;

	pthread_barrier_init(&together, NULL, 2);
	if (pipe(go))
		return 1;
	step("A second thread, `holder`, comes next, and locks a mutex.");
	step_view("threads");
	step_expect("processes.0.threads.#", "2", "the program's threads:");
	step_wait();
	if (pthread_create(&thread, NULL, hold, NULL))
		return 1;
	pthread_barrier_wait(&together);
	show_lock(show_fork());
	step_done();
	step("That was all: fork before there are threads, or call exec right behind it.");
	step_wait();
	pthread_barrier_wait(&together);
	pthread_join(thread, NULL);
	return 0;
}
