/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crash: who dies when a thread follows a wild pointer, and who does not.
 *
 * A child with three threads has one of them write to address 0. The kernel sends SIGSEGV, and the
 * whole process ends: the other threads have the same memory, which is no longer to be trusted.
 * The parent has a memory of its own and goes on.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <twintop/step.h>

static int go[2];

static void *sleep_on(void *unused)
{
	prctl(PR_SET_NAME, "bystander");
	for (;;)
		pause();
	return unused;
}

static void *fall(void *unused)
{
	volatile int *volatile nowhere = NULL;
	char c;

	prctl(PR_SET_NAME, "faller");
	if (read(go[0], &c, 1) >= 0)
		*nowhere = 1;
	return unused;
}

static void child_run(void)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* its end is enough: no core file */
	close(go[1]);
	if (pthread_create(&thread, NULL, sleep_on, NULL) ||
		pthread_create(&thread, NULL, fall, NULL))
		_exit(1);
	sleep_on(NULL);
}

int main(void)
{
	char path[64];
	pid_t child;

	if (pipe(go))
		return 1;
	step("A child comes next, with three threads in one memory.");
	step_view("threads");
	step_expect("processes.1.threads.#", "3", "the child's threads:");
	step_wait();
	child = fork();
	if (child == 0)
		child_run();
	close(go[0]);

	step("One of them, `faller`, writes to address 0.");
	step_ask("What becomes of the other two? And of the parent?");
	step_view("overview");
	snprintf(path, sizeof path, "processes[pid=%d].exit.signal", (int)child);
	step_expect(path, "11", "the whole child was ended by signal");
	snprintf(path, sizeof path, "processes[pid=%d].threads.#", (int)getpid());
	step_expect(path, "1", "the parent's threads:");
	step_wait();
	close(go[1]);
	waitpid(child, NULL, 0);
	step_done();
	step("That was all: a thread takes its process along, a process not its parent.");
	step_wait();
	return 0;
}
