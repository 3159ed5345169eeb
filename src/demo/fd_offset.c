/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fd-offset: a descriptor is a number; behind it is an open file description, which fork shares.
 *
 * Parent and child have a file open twice over: by one description, which the child inherited, and
 * by two, as each has opened the file once more itself. The position belongs to the description.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

static int orders[2], answers[2];

static void read_some(int fd, size_t n)
{
	char bytes[64];

	if (read(fd, bytes, n) != (ssize_t)n)
		_exit(1);
}

static void child_run(const char *path, int inherited)
{
	int own = open(path, O_RDONLY);
	char c = (char)own;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(orders[1]);
	if (own < 0 || write(answers[1], &c, 1) != 1)
		_exit(1);
	while (read(orders[0], &c, 1) == 1 && write(answers[1], "", 1) == 1)
		read_some(c == 'i' ? inherited : own, 10);
	_exit(0);
}

/* The descriptor by which the child has opened the file itself. */
static int let_child_open(void)
{
	char c;

	if (read(answers[0], &c, 1) != 1)
		exit(1);
	return c;
}

/* The child reads ten bytes; when it has answered it is about to, so it is asked twice. */
static void let_child_read(char which)
{
	char c;

	if (write(orders[1], &which, 1) != 1 || read(answers[0], &c, 1) != 1)
		exit(1);
}

static void expect_offset(pid_t pid, int fd, const char *wanted, const char *name)
{
	char path[80];

	snprintf(path, sizeof path, "processes[pid=%d].fds[fd=%d].offset", (int)pid, fd);
	step_expect(path, wanted, name);
}

int main(void)
{
	char name[] = "/tmp/fd-offset-XXXXXX", path[40];
	int inherited = mkstemp(name), own, childs_own;
	pid_t child;

	if (inherited < 0 ||
		write(inherited, "0123456789012345678901234567890123456789", 40) != 40 ||
		lseek(inherited, 0, SEEK_SET) || pipe(orders) || pipe(answers))
		return 1;
	/* Without its name, it goes with whoever has it open; they open it anew by this one. */
	unlink(name);
	snprintf(path, sizeof path, "/proc/self/fd/%d", inherited);
	step("The file is open, its position is 0. fork() comes next: the child gets the "
	     "descriptor, and with it the same open file description.");
	step_view("files");
	step_point("fd-offset");
	step_expect("pair.relation", "child", "the new process is the program's");
	step_wait();
	child = fork();
	if (child == 0)
		child_run(path, inherited);
	close(orders[0]);
	close(answers[1]);
	own = open(path, O_RDONLY);
	childs_own = let_child_open();

	step("The child reads ten bytes by the descriptor that it inherited.");
	step_ask("Does the parent's position move, too?");
	step_view("files");
	step_point("fd-offset");
	expect_offset(getpid(), inherited, "10", "the parent's position:");
	expect_offset(child, inherited, "10", "the child's position:");
	step_wait();
	let_child_read('i');

	step("Both have opened the file once more, each for itself. The child reads ten bytes by "
	     "its own descriptor.");
	step_ask("And now?");
	step_view("files");
	step_point("fd-offset");
	expect_offset(getpid(), own, "0", "the parent's own position:");
	expect_offset(child, childs_own, "10", "the child's own position:");
	expect_offset(getpid(), inherited, "10", "that of the inherited one:");
	step_wait();
	let_child_read('o');

	step("The parent closes the descriptor that both have inherited.");
	step_ask("At which position is the child's?");
	step_view("files");
	expect_offset(child, inherited, "10", "the child's position:");
	step_wait();
	close(inherited);
	step_done();
	step("The description lives on while a descriptor leads to it. That was all.");
	step_wait();
	close(orders[1]);
	waitpid(child, NULL, 0);
	return 0;
}
