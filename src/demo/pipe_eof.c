/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pipe-eof: a reader sees the end of the data when nobody can write any more, and not before.
 *
 * fork copies descriptors: the end for writing is open in the child, too. The parent closes its own
 * and waits for the end of the data, which does not come: the child could still write, though it
 * never will. It comes when the child closes that end, or ends. A reader that holds the end for
 * writing itself waits for itself.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

static int data[2]; /* a pipe */

/* Reads until the end of the data. */
static void *read_all(void *unused)
{
	char c;

	prctl(PR_SET_NAME, "reader");
	while (read(data[0], &c, 1) > 0 || errno == EINTR)
		errno = 0;
	return unused;
}

static pthread_t start_reader(void)
{
	pthread_t reader;

	if (pthread_create(&reader, NULL, read_all, NULL))
		exit(1);
	return reader;
}

/* Holds both ends unawares until it is told by SIGUSR1 to close the one for writing. */
static void child_run(const sigset_t *orders)
{
	int order;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigwait(orders, &order);
	close(data[1]);
	for (;;)
		pause();
}

static pid_t start_child(void)
{
	sigset_t orders;
	pid_t child;

	sigemptyset(&orders);
	sigaddset(&orders, SIGUSR1);
	sigprocmask(SIG_BLOCK, &orders, NULL); /* may come before the child waits for it */
	child = fork();
	if (child < 0)
		exit(1);
	if (child == 0)
		child_run(&orders);
	return child;
}

/* That the reader waits, and who has the end for writing. */
static void expect_wait(const char *of_parent, const char *of_child)
{
	char fd[16], path[40];

	snprintf(fd, sizeof fd, "%d", data[0]);
	step_expect("processes.0.threads[name=reader].waiting_on.kind", "read",
		"the reader is blocked in");
	step_expect("processes.0.threads[name=reader].waiting_on.fd", fd, "on descriptor");
	snprintf(path, sizeof path, "processes.0.fds.#[fd=%d]", data[1]);
	step_expect(path, of_parent, "ends to write to, in the parent:");
	snprintf(path, sizeof path, "processes.1.fds.#[fd=%d]", data[1]);
	step_expect(path, of_child, "and in the child:");
}

static void show_other(void)
{
	const pid_t child = start_child();
	pthread_t reader;

	step("fork gave the child both ends of a pipe; it uses neither. The parent closes its end "
	     "to write to (fd %d), and its thread `reader` reads to the end of the data.",
		data[1]);
	step_ask("Nobody will write. What becomes of the reader?");
	step_view("threads");
	step_point("reader");
	expect_wait("0", "1");
	step_wait();
	close(data[1]);
	reader = start_reader();

	step("It waits: the child could write to its fd %d, though it never will. That is no end "
	     "of the data. The child closes it.",
		data[1]);
	step_ask("What does the reader's read() return then?");
	step_view("files");
	step_point("pipe:");
	step_expect("processes.0.threads.#", "-1", "the parent's threads, more:");
	step_expect("processes.1.fds.#", "-1", "the child's descriptors, more:");
	step_wait();
	kill(child, SIGUSR1);
	pthread_join(reader, NULL);
	close(data[0]);
}

static void show_oneself(void)
{
	pthread_t reader;

	step("0, which is the end. Now a pipe that the parent alone has: it is younger than the "
	     "child. `reader` reads again; the parent forgets to close its end to write to.");
	step_ask("Does it come to the end?");
	step_view("threads");
	step_point("reader");
	expect_wait("1", "0");
	step_wait();
	if (pipe(data))
		exit(1);
	reader = start_reader();

	step("No: the parent has that end itself (fd %d), and waits for itself. It closes it.",
		data[1]);
	step_view("threads");
	step_point("reader");
	step_expect("processes.0.threads.#", "-1", "the parent's threads, more:");
	step_expect("processes.0.fds.#", "-1", "the parent's descriptors, more:");
	step_wait();
	close(data[1]);
	pthread_join(reader, NULL);
}

int main(void)
{
	if (pipe(data))
		return 1;
	show_other();
	show_oneself();
	step_done();
	step("That was all: after fork each side closes the ends that it does not use, and exec "
	     "does so for those that are marked O_CLOEXEC.");
	step_wait();
	return 0;
}
