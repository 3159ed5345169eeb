/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clone-spectrum: from a process to a thread, a flag of clone(2) at a time.
 *
 * The kernel knows no two kinds of things. clone() makes a task, and a flag for each thing says
 * whether it gets a copy or shares its maker's own: without any it is what fork() makes, with all
 * of them a thread. In between is much that has no name.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

#define STACK_BYTES (64 * 1024)

/* What a step adds to the flags, and what --json says of the thing that is shared by it. */
static const struct sharing {
	int flag;
	const char *name; /* of the flag */
	const char *path;
	const char *thing;
	const char *row; /* of the view that shows it */
	const char *caption;
} sharing_table[] = {
	{CLONE_FILES, "CLONE_FILES", "pair.shares.files", "one table of descriptors:",
		"file descriptors", "What one opens or closes, the other has open or closed."},
	{CLONE_FS, "CLONE_FS", "pair.shares.fs", "one working directory:", "working directory",
		"If one goes to another directory by chdir(), both are there."},
	{CLONE_VM, "CLONE_VM", "pair.shares.vm", "one address space:", "address space",
		"Nothing is copied any more: what one writes the other reads."},
	{CLONE_SIGHAND, "CLONE_SIGHAND", "pair.shares.sighand", "one table of signal handlers:",
		"signal handlers", "It needs CLONE_VM: a handler is a function at an address."},
};
#define SHARINGS (sizeof sharing_table / sizeof sharing_table[0])

static int sleep_on(void *unused)
{
	(void)unused;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
	return 0;
}

static pid_t start(int flags)
{
	static _Alignas(16) char stack[STACK_BYTES];
	pid_t child = clone(sleep_on, stack + sizeof stack, flags | SIGCHLD, NULL);

	if (child < 0)
		exit(1);
	return child;
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* The first `shared` things are shared now, the others not yet. */
static void expect_things(size_t shared)
{
	for (size_t i = 0; i < SHARINGS; i++)
		step_expect(sharing_table[i].path, i < shared ? "true" : "false",
			sharing_table[i].thing);
}

static void *sleep_as_thread(void *go)
{
	char c;

	prctl(PR_SET_NAME, "thread");
	while (read(*(int *)go, &c, 1) < 0 && errno == EINTR)
		;
	return NULL;
}

static void show_thread(void)
{
	pthread_t thread;
	int go[2];

	step("That is nearly a thread, and still a process. The last step is CLONE_THREAD: the new "
	     "task has no process number of its own, no "
	     "parent to wait for it, and stands among the program's threads. pthread_create() does "
	     "it.");
	step_ask("What does a thread still have for itself?");
	step_view("threads");
	step_point("thread");
	step_expect("processes.0.threads.#", "2", "the program's threads:");
	step_expect("processes.0.children.#", "0", "the program's children:");
	step_wait();
	if (pipe(go) || pthread_create(&thread, NULL, sleep_as_thread, &go[0]))
		exit(1);
	step("Its stack, its registers, its signal mask, its name, its place on a CPU.");
	step_view("stacks");
	step_wait();
	close(go[1]);
	pthread_join(thread, NULL);
}

int main(void)
{
	const char *before = "None of these: the child has its own.";
	pid_t child = 0;
	int flags = 0;

	step("clone() without flags comes first: that is fork().");
	step_ask("What do the two share?");
	step_view("sharing");
	step_point("address space");
	expect_things(0);
	step_wait();
	child = start(flags);
	for (size_t i = 0; i < SHARINGS; i++) {
		step("%s The child ends, and another comes, with %s in addition.", before,
			sharing_table[i].name);
		step_ask("What do the two share now?");
		step_view("sharing");
		step_point("%s", sharing_table[i].row);
		expect_things(i + 1);
		step_wait();
		end(child);
		flags |= sharing_table[i].flag;
		child = start(flags);
		before = sharing_table[i].caption;
	}
	step("%s So little is left of two: a number and a parent for each. It ends.", before);
	step_view("sharing");
	step_expect("processes.0.children.#", "0", "the program's children:");
	step_wait();
	end(child);
	show_thread();
	step_done();
	step("That was all: process and thread are two points on a line.");
	step_wait();
	return 0;
}
