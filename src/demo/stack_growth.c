/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stack-growth: a stack grows by being used, stays grown, and ends somewhere.
 *
 * The main thread's mapping grows downwards as deep as calls go. What was used stays resident when
 * they return. The stack of another thread does not grow: it is a mapping of fixed size with a
 * guard below it, and who goes past that has a segmentation fault.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <twintop/step.h>

#define FRAME	(16 * 1024) /* about so much a call */
#define MIB	(1024 * 1024)
#define SHALLOW (MIB / FRAME)
#define DEEP	(3 * MIB / FRAME)
#define ENDLESS (1024 * MIB / FRAME)

/* Calls itself so often, and writes all the way down; at the bottom does what is to be done there.
 */
static int recurse(int calls, void (*at_bottom)(void))
{
	volatile char frame[FRAME];
	int depth = 0;

	for (size_t i = 0; i < sizeof frame; i += 1024)
		frame[sizeof frame - 1 - i] = 1;
	frame[0] = 1;
	if (calls > 1)
		depth = recurse(calls - 1, at_bottom);
	else if (at_bottom)
		at_bottom();
	return depth + frame[0];
}

#define STACK "processes.0.threads.0.stack"

static void say_return(void)
{
	step("Still down there, 4 MiB deep. Now all those calls return.");
	step_ask("Does the process give the memory back?");
	step_view("stacks");
	step_expect(STACK ".used_bytes", "<1000000", "in use, bytes:");
	step_expect(STACK ".resident_bytes", ">3000000", "resident, bytes:");
	step_wait();
}

static void say_deeper(void)
{
	step("This is the bottom: the calls wait here. Next the program goes 3 MiB further down.");
	step_view("stacks");
	step_expect(STACK ".used_bytes", ">4000000", "in use, bytes:");
	step_expect("processes.0.stack_bytes", ">4000000", "size of the mapping:");
	step_wait();
	recurse(DEEP, say_return);
}

static void *fall(void *unused)
{
	prctl(PR_SET_NAME, "endless");
	recurse(ENDLESS, NULL);
	return unused;
}

static void child_run(int go)
{
	pthread_attr_t attributes;
	pthread_t thread;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* its end is enough: no core file */
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, MIB);
	if (read(go, &c, 1) < 0 || pthread_create(&thread, &attributes, fall, NULL))
		_exit(1);
	pthread_join(thread, NULL);
	_exit(0);
}

static void show_guard(void)
{
	char path[64];
	int go[2];
	pid_t child;

	if (pipe(go))
		exit(1);
	child = fork();
	if (child == 0) {
		close(go[1]);
		child_run(go[0]);
	}
	step("A child starts a thread with a stack of 1 MiB, which calls itself without end.");
	step_ask("Where does that end, and who ends with it?");
	step_view("overview");
	snprintf(path, sizeof path, "processes[pid=%d].exit.signal", (int)child);
	step_expect(path, "11", "the child was ended by signal");
	step_wait();
	close(go[1]);
	waitpid(child, NULL, 0);
	close(go[0]);
}

int main(void)
{
	step("A function with a large array calls itself, down to 1 MiB.");
	step_ask("What grows, and in which direction?");
	step_view("stacks");
	step_expect(STACK ".used_bytes", ">1000000", "in use, bytes:");
	step_expect(STACK ".resident_bytes", ">1000000", "resident, bytes:");
	step_expect("processes.0.stack_bytes", ">1000000", "size of the mapping:");
	step_wait();
	recurse(SHALLOW, say_deeper);
	show_guard();
	step_done();
	step("That was all: how deep the main stack may grow says `ulimit -s`.");
	step_wait();
	return 0;
}
