/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork-count: how many processes do three forks make?
 *
 * Each fork() returns twice, and each of the two goes on behind it to the next: after three there
 * are eight processes. Only three of them are children of the first; the others are theirs, and
 * the one that came last has no child at all.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

#define FORKS 3

static int go[FORKS + 1][2]; /* their ends let all fork, and at last end */
static int born[2];	     /* a byte a process that has come to be */

static void wait_for_end_of(int pipe[2])
{
	char c;

	while (read(pipe[0], &c, 1) < 0 && errno == EINTR)
		;
}

/* What a new process does first: it is counted, and only the first process gives orders. */
static void begin_life(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i <= FORKS; i++)
		close(go[i][1]);
	if (write(born[1], "", 1) != 1)
		_exit(1);
}

/* A child made by fork number `made`: it does all the forks that come after that one. */
static void child_run(int made)
{
	begin_life();
	for (int i = made + 1; i < FORKS; i++) {
		wait_for_end_of(go[i]);
		if (fork() == 0)
			begin_life();
	}
	wait_for_end_of(go[FORKS]);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	_exit(0);
}

/* All processes that there are fork once: as many new ones announce themselves. */
static void fork_all(int number)
{
	pid_t child = fork();
	char c;

	if (child < 0)
		exit(1);
	if (child == 0)
		child_run(number);
	close(go[number][1]);
	for (int i = 0; i < 1 << number; i++)
		if (read(born[0], &c, 1) != 1)
			exit(1);
}

int main(void)
{
	if (pipe(born))
		return 1;
	for (int i = 0; i <= FORKS; i++)
		if (pipe(go[i]))
			return 1;
	step("The program has three lines: fork(); fork(); fork(); Here comes the first.");
	step_ask("How many processes are there after all three?");
	step_view("overview");
	step_expect("processes.0.children.#", "1", "the program's children:");
	step_expect("pair.relation", "child", "the new process is the program's");
	step_wait();
	fork_all(0);

	step("The second fork: parent and child both stand in front of it, and both do it. 2 "
	     "become 4. Beside the program stands from now on the child that it had last.");
	step_ask("How many of the four are the program's children?");
	step_view("overview");
	step_expect("processes.0.children.#", "2", "the program's children:");
	step_expect("processes.1.children.#", "0", "children of its newest child:");
	step_wait();
	fork_all(1);

	step("The third fork: four processes do it, and 4 become 8.");
	step_ask("How many are the program's children now, and how many does the newest of them "
		 "have?");
	step_view("overview");
	step_expect("processes.0.children.#", "3", "the program's children:");
	step_expect("processes.1.children.#", "0", "children of its newest child:");
	step_wait();
	fork_all(2);

	step("All end, each when its own children have. There were the program, three children, "
	     "three "
	     "grandchildren, and one child of a grandchild: 1 + 3 + 3 + 1 = 8.");
	step_view("overview");
	step_expect("processes.0.children.#", "0", "the program's children:");
	step_wait();
	close(go[FORKS][1]);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	step_done();
	step("That was all: n forks in a row make 2 to the power of n processes.");
	step_wait();
	return 0;
}
