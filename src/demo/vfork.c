/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfork: a child in the parent's own memory, while the parent stands still.
 *
 * fork() must copy page tables, and most children throw all of it away by exec at once. vfork()
 * copies nothing: the child runs in the parent's address space, on the parent's stack even, and the
 * parent sleeps until the child has called exec or _exit. Nothing else should such a child do; this
 * one writes a variable, and tells its steps, to show whose memory it is.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

static volatile int variable;

/* In the parent's memory, while the parent sleeps. */
static void child_run(void)
{
	char path[64];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	step("The child writes a variable.");
	step_ask("In whose memory?");
	step_view("sharing");
	step_expect("pair.one_address_space", "true", "one address space:");
	step_expect("pair.shares.files", "false", "one table of descriptors:");
	step_wait();
	variable = 1;

	step("In its parent's, for it has no other. The child calls exec with `sleep`; from then "
	     "on it is the parent that speaks.");
	step_ask("Is there one address space then, or are there two?");
	step_view("threads");
	step_expect("pair.one_address_space", "false", "one address space:");
	step_expect("processes.0.state", "S", "the parent's state:");
	snprintf(path, sizeof path, "processes[pid=%d].comm", (int)getpid());
	step_expect(path, "sleep", "the child's name:");
	step_wait();
	execlp("sleep", "sleep", "1000", (char *)NULL);
	_exit(127);
}

int main(void)
{
	char path[64], value[16];
	pid_t child;

	step("vfork() comes next.");
	step_ask("What does the parent do while its child runs?");
	step_view("threads");
	step_expect("processes.0.state", "D", "the parent's state:");
	step_expect("pair.relation", "child", "the new process is the program's");
	step_expect("pair.shares.vm", "true", "one address space:");
	step_wait();
	child = vfork();
	if (child == 0)
		child_run();
	if (child < 0)
		return 1;

	snprintf(value, sizeof value, "%d", variable);
	step("Two: exec gave the child its own, and let the parent go on. That reads the variable "
	     "that the child has written: it is %s. Now it ends "
	     "the child.",
		value);
	step_view("overview");
	snprintf(path, sizeof path, "processes[pid=%d].exit.signal", (int)child);
	step_expect(path, "15", "the signal that ended it:");
	step_wait();
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	step_done();
	step("That was all: posix_spawn() does this for you, with a stack of the child's own.");
	step_wait();
	return variable != 1;
}
