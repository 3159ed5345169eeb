/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork-exec: how one program starts another: fork makes a twin, exec gives it another program.
 *
 * What there is to see (Memory view): after fork the twin has the same program at the same
 * addresses. exec keeps the process, its number, its parent and its open files, and throws its
 * memory away: from then on the two have little more in common than the files of their libraries.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

static int go[2]; /* a pipe: its end lets the child exec */

static void child_run(void)
{
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(go[1]);
	while (read(go[0], &c, 1) < 0 && errno == EINTR)
		;
	execlp("sleep", "sleep", "1000", (char *)NULL);
	_exit(127);
}

int main(void)
{
	char path[64];
	pid_t child;

	if (pipe(go))
		return 1;
	step("fork() comes next: a second process with the same program, the same variables, the "
	     "same "
	     "open files.");
	step_view("memory");
	step_expect("pair.relation", "child", "the new process is the program's");
	step_expect("pair.shares.vm", "false", "one address space:");
	step_wait();
	child = fork();
	if (child < 0)
		return 1;
	if (child == 0)
		child_run();
	close(go[0]);

	step("The child calls exec() with the program `sleep`.");
	step_ask("What does it keep: its name, its number, its parent, its memory?");
	step_view("memory");
	snprintf(path, sizeof path, "processes[pid=%d].comm", (int)child);
	step_expect(path, "sleep", "the child's name:");
	snprintf(path, sizeof path, "processes[pid=%d].ppid", (int)child);
	step_expect(path, "+0", "the child's parent, changed by");
	step_expect("pair.relation", "child", "the new process is the program's");
	step_wait();
	close(go[1]);

	step("Number and parent stayed; the memory is another program's, and so is the name. The "
	     "parent ends it by SIGTERM and waits: only so it learns how the child ended.");
	step_view("overview");
	snprintf(path, sizeof path, "processes[pid=%d].exit.signal", (int)child);
	step_expect(path, "15", "the signal that ended it:");
	step_wait();
	kill(child, SIGTERM);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	step_done();
	step("That was all.");
	step_wait();
	return 0;
}
