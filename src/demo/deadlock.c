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

static pthread_mutex_t printer = PTHREAD_MUTEX_INITIALIZER, scanner = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *const mutex[2] = {&printer, &scanner};
static pthread_barrier_t both_hold_one;
static int go[2], told[2]; /* pipes: to a child, and from it */

/* Takes the first, and when the other thread has its own, the second. */
static void *take_both(void *first)
{
	int i = *(int *)first;
	const pid_t self[2] = {i, gettid()};

	prctl(PR_SET_NAME, i ? "right" : "left");
	if (write(told[1], self, sizeof self) != sizeof self)
		_exit(1);
	pthread_mutex_lock(mutex[i]);
	pthread_barrier_wait(&both_hold_one);
	pthread_mutex_lock(mutex[!i]);
	pthread_mutex_unlock(mutex[!i]);
	pthread_mutex_unlock(mutex[i]);
	return NULL;
}

/* Both take the printer first: nobody holds what the one that has it wants. */
static void *take_in_order(void *unused)
{
	for (int i = 0; i < 2; i++)
		pthread_mutex_lock(mutex[i]);
	for (int i = 0; i < 2; i++)
		pthread_mutex_unlock(mutex[i]);
	return unused;
}

static void child_run(void *(*work)(void *))
{
	static int first[2] = {0, 1};
	pthread_t thread[2];
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(go[1]);
	while (read(go[0], &c, 1) < 0 && errno == EINTR)
		;
	pthread_barrier_init(&both_hold_one, NULL, 2);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, work, &first[i]))
			_exit(1);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	_exit(0);
}

/* A child that begins when go[1] is closed. */
static pid_t start(void *(*work)(void *))
{
	pid_t child;

	if (pipe(go))
		exit(1);
	child = fork();
	if (child < 0)
		exit(1);
	if (child == 0)
		child_run(work);
	close(go[0]);
	return child;
}

/* What a thread wants, and which thread has it, as a link of the ring. */
static void expect_link(pid_t waiter, const char *wants, pid_t owner, const char *name)
{
	char path[80], wanted[16], words[64];

	snprintf(path, sizeof path, "waits.cycles.0[tid=%d].symbol", (int)waiter);
	snprintf(words, sizeof words, "`%s` waits for", name);
	step_expect(path, wants, words);
	snprintf(path, sizeof path, "waits.cycles.0[tid=%d].owner_tid", (int)waiter);
	snprintf(wanted, sizeof wanted, "%d", (int)owner);
	step_expect(path, wanted, "which is held by thread");
}

static void show_deadlock(void)
{
	pid_t child, said[2], thread[2];
	char path[80];

	step("A child starts two threads. `left` locks the mutex `printer` and then wants "
	     "`scanner`; `right` locks `scanner` and then wants `printer`.");
	step_ask("What does each of them wait for then?");
	step_view("threads");
	step_point("left");
	step_expect(
		"processes.1.threads[name=left].waiting_on.kind", "mutex", "`left` waits for a");
	step_expect(
		"processes.1.threads[name=right].waiting_on.kind", "mutex", "`right` waits for a");
	step_expect("waits.cycles.#", "1", "rings of threads that wait for one another:");
	step_wait();
	child = start(take_both);
	close(go[1]);
	for (int i = 0; i < 2; i++) {
		if (read(told[0], said, sizeof said) != sizeof said)
			exit(1);
		thread[said[0]] = said[1];
	}

	step("`left` is thread %d, `right` is thread %d. Who waits for whom closes to a ring: a "
	     "deadlock. Does time help?",
		(int)thread[0], (int)thread[1]);
	step_view("threads");
	step_point("left");
	step_expect("waits.cycles.0.#", "2", "threads in the ring:");
	expect_link(thread[0], "scanner", thread[1], "left");
	expect_link(thread[1], "printer", thread[0], "right");
	step_wait();

	step("No: they wait for ever, and cost no CPU doing so. Only a signal ends them, and with "
	     "them the whole child.");
	step_view("threads");
	snprintf(path, sizeof path, "processes[pid=%d].exit.signal", (int)child);
	step_expect(path, "9", "the signal that ended it:");
	step_expect("waits.cycles.#", "0", "rings that are left:");
	step_wait();
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void show_cure(void)
{
	char path[80];
	pid_t child;

	step("The cure: another child, whose threads take the mutexes in one order, first "
	     "`printer`, "
	     "then `scanner`. It comes, and waits for Enter.");
	step_view("threads");
	step_expect("processes.1.threads.#", "1", "threads of the new child, so far:");
	step_wait();
	child = start(take_in_order);

	step("It begins.");
	step_ask("Do both threads come to their end?");
	step_view("threads");
	snprintf(path, sizeof path, "processes[pid=%d].exit.code", (int)child);
	step_expect(path, "0", "it has ended by itself, with exit status");
	step_wait();
	close(go[1]);
	waitpid(child, NULL, 0);
}

int main(void)
{
	if (pipe(told))
		return 1;
	show_deadlock();
	show_cure();
	step_done();
	step("That was all: where all take locks in one order, nobody waits in a circle.");
	step_wait();
	return 0;
}
