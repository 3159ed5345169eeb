/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socketpair: two ends, and each is to read from and to write to.
 *
 * A pipe goes one way; for an answer it takes two. A pair of sockets goes both ways: what one end
 * writes waits at the other until somebody reads it there. When the last descriptor of an end is
 * closed, the other end reads the end of the data.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

static int end[2]; /* A's, B's */
static int go[2];

/* Until the parent wants it to read. */
static void wait_for_go(void)
{
	char c;

	while (read(go[0], &c, 1) < 0 && errno == EINTR)
		;
}

/* Answers what it reads in reverse, until there is no more. */
static void child_run(void)
{
	char bytes[16], answer[16];
	ssize_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(go[1]);
	close(end[0]);
	wait_for_go();
	while ((n = recv(end[1], bytes, sizeof bytes, 0)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			answer[i] = bytes[n - 1 - i];
		if (send(end[1], answer, (size_t)n, MSG_NOSIGNAL) != n)
			break;
	}
	_exit(0);
}

static pid_t start(void)
{
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, end) || pipe(go))
		exit(1);
	child = fork();
	if (child < 0)
		exit(1);
	if (child == 0)
		child_run();
	close(go[0]);
	close(end[1]);
	return child;
}

static void show_answer(void)
{
	char at_a[80], at_b[80], bytes[16];

	snprintf(at_a, sizeof at_a, "pair.channels[a_fd=%d].waiting_bytes.a", end[0]);
	snprintf(at_b, sizeof at_b, "pair.channels[a_fd=%d].waiting_bytes.b", end[0]);
	step("The parent sends 5 bytes. The child does something else.");
	step_ask("Does the parent wait?");
	step_view("sharing");
	step_point("unix");
	step_expect(at_b, "5", "bytes that wait for the child:");
	step_expect("processes.0.threads.0.syscall.name", "read", "the parent waits for Enter, in");
	step_wait();
	if (send(end[0], "twins", 5, MSG_NOSIGNAL) != 5)
		exit(1);

	step("The child reads them, and answers by the same descriptor, in reverse.");
	step_view("sharing");
	step_point("unix");
	step_expect(at_b, "0", "bytes that wait for the child:");
	step_expect(at_a, "5", "bytes that wait for the parent:");
	step_wait();
	if (write(go[1], "", 1) != 1 || recv(end[0], bytes, sizeof bytes, MSG_PEEK) != 5)
		exit(1);

	step("The parent reads the answer.");
	step_view("sharing");
	step_point("unix");
	step_expect(at_a, "0", "bytes that wait for the parent:");
	step_expect(
		"processes.1.threads.0.syscall.name", "recvfrom", "the child waits for more, in");
	step_wait();
	if (recv(end[0], bytes, sizeof bytes, 0) != 5)
		exit(1);
}

int main(void)
{
	char path[64];
	pid_t child;

	step("A pair of sockets comes next, and fork(): the parent keeps one end, the child the "
	     "other.");
	step_view("files");
	step_point("unix");
	step_expect("pair.channels[kind=unix].direction", "both", "ways that bytes can go:");
	step_wait();
	child = start();
	show_answer();
	step("The parent closes its end, the only one: the child reads the end of the data.");
	step_view("overview");
	snprintf(path, sizeof path, "processes[pid=%d].exit.code", (int)child);
	step_expect(path, "0", "the child has ended, with exit status");
	step_wait();
	close(end[0]);
	waitpid(child, NULL, 0);
	step_done();
	step("That was all.");
	step_wait();
	return 0;
}
