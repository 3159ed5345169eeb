/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A family whose figures are known: four workers, which have written 0, 8, 16 and 24 pages of an
 * array that they inherited; a child that runs `sleep`; one that has ended and is not waited for;
 * and one with a child of its own. Told "orphan" that one ends and is waited for. A worker that is
 * sent SIGUSR1 writes all of the array.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES	64
#define WORKERS 4

static char *array;
static size_t page;
static pid_t worker[WORKERS], program, ended, middle, grandchild;
static int ready[2], go[2];

static void say_ready(pid_t pid)
{
	if (write(ready[1], &pid, sizeof pid) != sizeof pid)
		_exit(1);
}

static pid_t heed(void)
{
	pid_t pid;

	if (read(ready[0], &pid, sizeof pid) != sizeof pid)
		exit(1);
	return pid;
}

static pid_t begin(void)
{
	pid_t pid = fork();

	if (pid < 0)
		exit(1);
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void write_all(int signal)
{
	(void)signal;
	for (size_t k = 0; k < PAGES; k++)
		array[k * page] = 'w';
}

static void work(int i)
{
	signal(SIGUSR1, write_all);
	for (int k = 0; k < i * 8; k++)
		array[(size_t)k * page] = 'w';
	say_ready(getpid());
	for (;;)
		pause();
}

/* Has a child, whose number it tells, and ends when it is let go. */
static void be_middle(void)
{
	pid_t pid = fork();
	char c;

	if (!pid) {
		say_ready(getpid());
		for (;;)
			pause();
	}
	if (read(go[0], &c, 1) != 1)
		_exit(1);
	_exit(0);
}

/* When exec has closed the pipe's last end for writing it has been done. */
static void run_program(void)
{
	int done[2];
	char c;

	if (pipe2(done, O_CLOEXEC))
		exit(1);
	program = begin();
	if (!program) {
		execlp("sleep", "sleep", "1000", (char *)NULL);
		_exit(127);
	}
	close(done[1]);
	if (read(done[0], &c, 1) != 0)
		exit(1);
	close(done[0]);
}

static void start(void)
{
	for (int i = 0; i < WORKERS; i++) {
		worker[i] = begin();
		if (!worker[i])
			work(i);
		heed();
	}
	run_program();
	ended = begin();
	if (!ended)
		_exit(7);
	waitid(P_PID, (id_t)ended, &(siginfo_t){0}, WEXITED | WNOWAIT);
	middle = begin();
	if (!middle)
		be_middle();
	grandchild = heed();
}

static void tell(void)
{
	printf("pid=%d w0=%d w1=%d w2=%d w3=%d program=%d ended=%d middle=%d grandchild=%d\n",
		(int)getpid(), (int)worker[0], (int)worker[1], (int)worker[2], (int)worker[3],
		(int)program, (int)ended, (int)middle, (int)grandchild);
	fflush(stdout);
}

int main(void)
{
	char line[32];

	page = (size_t)sysconf(_SC_PAGESIZE);
	array = mmap(
		NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (array == MAP_FAILED || pipe(ready) || pipe(go))
		return 1;
	memset(array, 'a', PAGES * page);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	start();
	tell();
	while (fgets(line, sizeof line, stdin)) {
		if (!strncmp(line, "orphan", 6) && write(go[1], "", 1) == 1)
			waitpid(middle, NULL, 0);
		tell();
	}
	kill(grandchild, SIGKILL);
	return 0;
}
