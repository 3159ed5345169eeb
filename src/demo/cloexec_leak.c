/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cloexec-leak: what exec leaves open, and what comes of it.
 *
 * exec keeps every descriptor that is not marked close-on-exec. One that another program gets
 * unawares is a leak: here the end of a pipe, which the program `sleep` holds without knowing. As
 * long as it lives a reader of that pipe never learns that nobody writes any more.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

static int go[2], marked[2], data[2];

/* Reads until the end of the data: when the last writing end is closed. */
static void *read_all(void *unused)
{
	char c;

	prctl(PR_SET_NAME, "reader");
	while (read(data[0], &c, 1) > 0 || errno == EINTR)
		errno = 0;
	return unused;
}

static void child_run(void)
{
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(go[0], &c, 1) < 0 && errno == EINTR)
		;
	execlp("sleep", "sleep", "1000", (char *)NULL);
	_exit(127);
}

static pid_t start(void)
{
	pid_t child = fork();

	if (child < 0)
		exit(1);
	if (child == 0)
		child_run();
	return child;
}

static void show_exec(pid_t child)
{
	char path[80];

	step("The child calls exec with `sleep`. Two of its three pipes are marked close-on-exec "
	     "(O_CLOEXEC).");
	step_ask("How many descriptors does `sleep` begin with?");
	step_view("files");
	snprintf(path, sizeof path, "processes[pid=%d].fds.#", (int)child);
	step_expect(path, "-4", "the child's descriptors, more:");
	snprintf(path, sizeof path, "processes[pid=%d].fds[fd=%d].kind", (int)child, data[1]);
	step_expect(path, "pipe", "what has leaked is a");
	step_wait();
	if (write(go[1], "", 1) != 1)
		exit(1);
}

static void show_leak(pid_t child)
{
	pthread_t reader;
	char path[80];

	step("The parent closes its own end for writing, and a thread reads to the end of the "
	     "data. Nobody will ever write any.");
	step_ask("Does the thread come to the end?");
	step_view("threads");
	step_point("reader");
	step_expect("processes.0.threads[name=reader].syscall.name", "read", "it is blocked in");
	step_wait();
	close(data[1]);
	if (pthread_create(&reader, NULL, read_all, NULL))
		exit(1);

	step("It waits for `sleep`, which holds that end and knows nothing of it. The parent "
	     "ends `sleep`: with it the last end is closed.");
	step_view("threads");
	snprintf(path, sizeof path, "processes[pid=%d].exit.signal", (int)child);
	step_expect(path, "15", "the signal that ended it:");
	step_expect("processes.0.threads.#", "-1", "the program's threads, more:");
	step_wait();
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	pthread_join(reader, NULL);
}

int main(void)
{
	pid_t child;

	if (pipe2(go, O_CLOEXEC) || pipe2(marked, O_CLOEXEC) || pipe(data))
		return 1;
	step("Three pipes are open, one of them for orders. fork() comes next: the child gets "
	     "all their ends.");
	step_view("files");
	step_point("pipe:");
	step_expect("pair.relation", "child", "the new process is the program's");
	step_expect("pair.one_fd_table", "false", "one table of descriptors:");
	step_wait();
	child = start();
	show_exec(child);
	show_leak(child);
	step_done();
	step("That was all: open with O_CLOEXEC, always, and take the mark off where exec shall "
	     "pass a descriptor on.");
	step_wait();
	return 0;
}
