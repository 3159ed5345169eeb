/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deadlock: two threads, two mutexes, and each waits for what the other holds.
 *
 * The threads `left` and `right` of a child take one mutex each and then want the other's: they
 * wait for ever. A second child does the same work, but both of its threads take the mutexes in one
 * order: one of them waits a while, and both come to their end.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

static pthread_mutex_t mutex[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both_hold_one;

/* Takes the first, and when the other thread has its own, the second. */
static void *take_both(void *first)
{
	int i = *(int *)first;

	prctl(PR_SET_NAME, i ? "right" : "left");
	pthread_mutex_lock(&mutex[i]);
	pthread_barrier_wait(&both_hold_one);
	pthread_mutex_lock(&mutex[!i]);
	pthread_mutex_unlock(&mutex[!i]);
	pthread_mutex_unlock(&mutex[i]);
	return NULL;
}

/* Both take mutex 0 first: nobody holds what the one that has it wants. */
static void *take_in_order(void *unused)
{
	for (int i = 0; i < 2; i++)
		pthread_mutex_lock(&mutex[i]);
	for (int i = 0; i < 2; i++)
		pthread_mutex_unlock(&mutex[i]);
	return unused;
}

static void child_run(void *(*work)(void *))
{
	static int first[2] = {0, 1};
	pthread_t thread[2];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_barrier_init(&both_hold_one, NULL, 2);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, work, &first[i]))
			_exit(1);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	_exit(0);
}

static pid_t start(void *(*work)(void *))
{
	pid_t child = fork();

	if (child < 0)
		exit(1);
	if (child == 0)
		child_run(work);
	return child;
}

int main(void)
{
	char path[80];
	pid_t child;

	step("A child starts two threads. `left` takes mutex 0 and then wants mutex 1; `right` "
	     "takes "
	     "mutex 1 and then wants mutex 0.");
	step_ask("Which of them comes to its end?");
	step_view("threads");
	step_point("left");
	step_expect(
		"processes.1.threads[name=left].waiting_on.kind", "mutex", "`left` waits for a");
	step_expect(
		"processes.1.threads[name=right].waiting_on.kind", "mutex", "`right` waits for a");
	step_wait();
	child = start(take_both);

	step("Each holds what the other wants: they wait for ever, and cost no CPU doing so. Only "
	     "a "
	     "signal ends them, and with them the whole child.");
	step_view("threads");
	snprintf(path, sizeof path, "processes[pid=%d].exit.signal", (int)child);
	step_expect(path, "9", "the signal that ended it:");
	step_wait();
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);

	step("The cure: another child, whose threads take the mutexes in one order.");
	step_view("threads");
	step_wait();
	child = start(take_in_order);
	waitpid(child, NULL, 0);
	step_done();
	step("It has ended by itself.");
	step_wait();
	return 0;
}
