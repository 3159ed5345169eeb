/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pipe: bytes go one way, and whoever is too fast waits.
 *
 * The child writes into a pipe, the parent reads from it. A reader of an empty pipe sleeps in
 * read(2), a writer of a full one in write(2), until the other has done its part.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

static int orders[2], data[2];

static void child_run(void)
{
	static const char block[4096];
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(orders[1]);
	close(data[0]);
	/* One write without end: it sleeps as soon as the pipe is full. */
	if (read(orders[0], &c, 1) == 1)
		while (write(data[1], block, sizeof block) > 0)
			;
	_exit(0);
}

int main(void)
{
	char bytes[4096], path[80];
	pid_t child;

	signal(SIGPIPE, SIG_IGN);
	if (pipe(orders) || pipe(data))
		return 1;
	step("A pipe has two ends. fork() comes next: then the child keeps the one to write to, "
	     "the "
	     "parent the one to read from.");
	step_view("files");
	step_point("pipe:");
	step_expect("pair.channels[kind=pipe].kind", "pipe", "between the two is a");
	step_wait();
	child = fork();
	if (child == 0)
		child_run();
	close(orders[0]);
	close(data[1]);

	step("The child writes without end, and the parent reads nothing.");
	step_ask("What is the child doing a moment later?");
	step_view("threads");
	snprintf(path, sizeof path, "processes[pid=%d].state", (int)child);
	step_expect(path, "S", "the child's state:");
	snprintf(path, sizeof path, "processes[pid=%d].threads.0.syscall.name", (int)child);
	step_expect(path, "write", "it is blocked in");
	step_wait();
	if (write(orders[1], "", 1) != 1)
		return 1;

	step("The parent reads one block.");
	step_ask("What does the child do then?");
	step_view("threads");
	step_expect(path, "write", "it is blocked in");
	step_wait();
	if (read(data[0], bytes, sizeof bytes) <= 0)
		return 1;

	step("It went on, and sleeps again. The parent closes its end. Who writes where nobody "
	     "reads gets SIGPIPE, or an error.");
	step_view("overview");
	snprintf(path, sizeof path, "processes[pid=%d].exit.code", (int)child);
	step_expect(path, "0", "the child's exit status:");
	step_wait();
	close(data[0]);
	waitpid(child, NULL, 0);
	step_done();
	step("That was all.");
	step_wait();
	return 0;
}
