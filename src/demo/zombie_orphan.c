/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zombie-orphan: a child that ends before its parent looks, and one whose parent ends first.
 *
 * Of a process that has ended its number and its exit status remain until its parent waits for it:
 * a zombie. A process whose parent ends is an orphan, and gets another parent: process 1, or the
 * nearest ancestor that has asked for orphans, as this program does.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

#define STATUS 7 /* what the child leaves behind */

static int go[2], tell[2];
static int life[2]; /* the first process alone holds the end to write to, as long as it lives */

static void wait_for_end_of(int fd)
{
	char c;

	while (read(fd, &c, 1) < 0 && errno == EINTR)
		;
}

/* Has ended, and is not taken away. */
static void wait_for_zombie(pid_t child)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) && errno == EINTR)
		;
}

static pid_t start(void (*run)(void))
{
	pid_t child;

	if (pipe(go))
		exit(1);
	child = fork();
	if (child < 0)
		exit(1);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(go[1]);
		close(life[1]);
		run();
	}
	close(go[0]);
	return child;
}

static void end_when_told(void)
{
	wait_for_end_of(go[0]);
	_exit(STATUS);
}

/* Has a child itself, tells its number, and ends when it is told. The child stays. */
static void have_child(void)
{
	pid_t child = fork();

	if (child == 0) {
		wait_for_end_of(life[0]);
		_exit(0);
	}
	if (child < 0 || write(tell[1], &child, sizeof child) != sizeof child)
		_exit(1);
	end_when_told();
}

static void show_zombie(void)
{
	pid_t child = start(end_when_told);
	char path[64];

	step("There is a child. It ends now, with exit status %d, and the parent does not look.",
		STATUS);
	step_ask("What remains of it?");
	step_view("overview");
	snprintf(path, sizeof path, "processes[pid=%d].exit.code", (int)child);
	step_expect(path, "7", "it has ended, with exit status");
	step_expect("processes.0.children.#", "+0",
		"and still is one of the program's children; more:");
	step_wait();
	close(go[1]);
	wait_for_zombie(child);

	step("A zombie: its memory and files are gone, what is shown of them is from before. A "
	     "number and an exit status remain. The parent waits for it now, and takes both.");
	step_view("overview");
	step_expect("processes.0.children.#", "-1", "the program's children, more:");
	step_wait();
	waitpid(child, NULL, 0);
}

static void show_orphan(void)
{
	char path[64], parent[16];
	pid_t child, grandchild = 0;

	step("It is gone, and its number is free. Another child comes, which has a child itself.");
	step_view("overview");
	step_expect("processes.0.children.#", "+1", "the program's children, more:");
	step_wait();
	child = start(have_child);
	if (read(tell[0], &grandchild, sizeof grandchild) != sizeof grandchild)
		exit(1);
	step("The child has a child %d, the program's grandchild. The one in the middle ends.",
		(int)grandchild);
	step_ask("Who is the grandchild's parent then?");
	step_view("overview");
	snprintf(path, sizeof path, "processes[pid=%d].ppid", (int)grandchild);
	snprintf(parent, sizeof parent, "%d", (int)getpid());
	step_expect(path, parent, "the orphan's parent:");
	step_expect("processes.0.children.#", "+0", "the program's children, more:");
	step_wait();
	close(go[1]);
	waitpid(child, NULL, 0);

	step("The parent has asked for orphans (PR_SET_CHILD_SUBREAPER), as a service manager "
	     "does; else process 1 gets them. It must wait for this one, too.");
	step_view("overview");
	snprintf(path, sizeof path, "processes[pid=%d].exit.signal", (int)grandchild);
	step_expect(path, "9", "the signal that ended the orphan:");
	step_wait();
	kill(grandchild, SIGKILL);
	waitpid(grandchild, NULL, 0);
}

int main(void)
{
	if (pipe(tell) || pipe(life) || prctl(PR_SET_CHILD_SUBREAPER, 1))
		return 1;
	step("A child comes first.");
	step_view("overview");
	step_wait();
	show_zombie();
	show_orphan();
	step_done();
	step("That was all: who forks must wait.");
	step_wait();
	return 0;
}
