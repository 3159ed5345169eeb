/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signals: handlers belong to the process, masks to a thread, and signals wait in two places.
 *
 * What a signal does is said once for all threads. Which are held back each thread says for itself.
 * A signal to the process waits with the process until some thread will have it; one to a thread
 * waits with that thread. A second one of a kind that already waits is lost: they do not count,
 * and three children that end may be one SIGCHLD.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

static pthread_barrier_t together;
static volatile sig_atomic_t handled;
static pthread_t handler_thread;

static void handle(int number)
{
	(void)number;
	handled++;
	handler_thread = pthread_self();
}

static void mask(int how, int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	pthread_sigmask(how, &set, NULL);
}

/* At each meeting it does what the main thread has announced. */
static void *work(void *unused)
{
	prctl(PR_SET_NAME, "worker");
	pthread_barrier_wait(&together); /* it is there */
	pthread_barrier_wait(&together); /* to hold both back */
	mask(SIG_BLOCK, SIGUSR1);
	mask(SIG_BLOCK, SIGUSR2);
	pthread_barrier_wait(&together); /* held back */
	pthread_barrier_wait(&together); /* to let one in */
	mask(SIG_UNBLOCK, SIGUSR1);
	pthread_barrier_wait(&together); /* handled */
	pthread_barrier_wait(&together); /* to end */
	return unused;
}

static void meet_twice(void)
{
	pthread_barrier_wait(&together);
	pthread_barrier_wait(&together);
}

#define MAIN   "processes.0.threads.0"
#define WORKER "processes.0.threads[name=worker]"

static void show_masks(void)
{
	struct sigaction action = {.sa_handler = handle};

	step("The main thread gives SIGUSR1 a handler.");
	step_ask("Which of the two threads has it?");
	step_view("signals");
	step_point("SIGUSR1");
	step_expect("processes.0.signals.caught.#", "+1", "signals with a handler, more:");
	step_expect(MAIN ".signals_blocked.#", "0", "the main thread holds back:");
	step_wait();
	sigaction(SIGUSR1, &action, NULL);

	step("One handler for all. Now both threads block SIGUSR1, and `worker` blocks SIGUSR2, "
	     "too: a mask is a thread's own.");
	step_view("signals");
	step_point("SIGUSR1");
	step_expect(MAIN ".signals_blocked.#", "1", "the main thread holds back:");
	step_expect(WORKER ".signals_blocked.#", "2", "`worker` holds back:");
	step_wait();
	mask(SIG_BLOCK, SIGUSR1);
	meet_twice();
}

static void show_pending(pthread_t worker)
{
	step("SIGUSR1 is sent to the process: three times.");
	step_ask("How many wait?");
	step_view("signals");
	step_point("SIGUSR1");
	step_expect("processes.0.signals.pending.#", "1", "wait for the process:");
	step_expect(WORKER ".signals_pending.#", "0", "wait for `worker`:");
	step_wait();
	for (int i = 0; i < 3; i++)
		kill(getpid(), SIGUSR1);

	step("SIGUSR2 is sent to the thread `worker` alone.");
	step_view("signals");
	step_point("SIGUSR2");
	step_expect(WORKER ".signals_pending.#", "1", "wait for `worker`:");
	step_expect(MAIN ".signals_pending.#", "0", "wait for the main thread:");
	step_wait();
	pthread_kill(worker, SIGUSR2);

	step("`worker` lets SIGUSR1 in.");
	step_ask("Which thread runs the handler, and how often?");
	step_view("signals");
	step_point("SIGUSR1");
	step_expect("processes.0.signals.pending.#", "0", "wait for the process:");
	step_expect(WORKER ".signals_pending.#", "1", "wait for `worker`:");
	step_wait();
	meet_twice();
}

/* Ends at once; its parent has been told when we return. */
static void end_a_child(void)
{
	pid_t child = fork();

	if (child < 0)
		exit(1);
	if (child == 0)
		_exit(0);
	while (waitid(P_PID, (id_t)child, NULL, WEXITED | WNOWAIT) < 0)
		if (errno != EINTR)
			exit(1);
}

#define CHILDREN 3

static void show_merging(void)
{
	step("The program blocks SIGCHLD. Three children begin and end, one after the other.");
	step_ask("How many SIGCHLD wait? And how many children are to be waited for?");
	step_view("signals");
	step_point("SIGCHLD");
	step_expect("processes.0.signals.pending.#", "1", "signals that wait:");
	step_expect("processes.0.children.#", "3", "children to be waited for:");
	step_wait();
	mask(SIG_BLOCK, SIGCHLD);
	for (int i = 0; i < CHILDREN; i++)
		end_a_child();

	step("One for three: who gets a SIGCHLD must wait for all that have ended, not for one. It "
	     "does, and lets the signal in, which is ignored.");
	step_view("signals");
	step_point("SIGCHLD");
	step_expect("processes.0.signals.pending.#", "0", "signals that wait:");
	step_expect("processes.0.children.#", "0", "children to be waited for:");
	step_wait();
	for (int i = 0; i < CHILDREN; i++)
		wait(NULL);
	mask(SIG_UNBLOCK, SIGCHLD);
}

int main(void)
{
	pthread_t worker;

	pthread_barrier_init(&together, NULL, 2);
	step("A second thread, `worker`, comes next.");
	step_view("signals");
	step_expect("processes.0.threads.#", "2", "threads:");
	step_wait();
	if (pthread_create(&worker, NULL, work, NULL))
		return 1;
	pthread_barrier_wait(&together);
	show_masks();
	show_pending(worker);
	step("The handler ran %s, %d time. The thread ends: what waited for it alone goes with it.",
		pthread_equal(handler_thread, worker) ? "in `worker`" : "in the main thread",
		(int)handled);
	step_view("signals");
	step_point("SIGUSR2");
	step_expect("processes.0.threads.#", "1", "threads:");
	step_wait();
	pthread_barrier_wait(&together);
	pthread_join(worker, NULL);
	show_merging();
	step_done();
	step("That was all.");
	step_wait();
	return handled != 1 || !pthread_equal(handler_thread, worker);
}
