/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PID namespace, and two processes that entered it from two sessions outside: from inside both
 * have session and process group 0. A third was born in it and made its own session there.
 *
 * Prints init (the namespace's first process, as the starter sees it) and a, b and c, the three as
 * they are counted inside; or error=ERRNO where the kernel or our rights refuse.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int told[2];

static void refuse(int error)
{
	char line[64];

	printf("error=%d\n", error);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	exit(0);
}

/* Tells its number where it lives. */
static void live(void)
{
	int pid = (int)syscall(SYS_getpid);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(told[1], &pid, sizeof pid) != sizeof pid)
		_exit(1);
	for (;;)
		pause();
}

static int told_number(void)
{
	int number;

	return read(told[0], &number, sizeof number) == sizeof number ? number : -1;
}

/* Enters from a session of its own; what it forks then is inside. */
static int enter(pid_t init)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)init);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd = open(path, O_RDONLY);
		if (setsid() < 0 || setns(fd, CLONE_NEWPID))
			_exit(1);
		if (fork() == 0)
			live();
		for (;;)
			pause();
	}
	return told_number();
}

/* The namespace's first process; with it the others end. */
static void begin(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fork() == 0) {
		setsid();
		live();
	}
	for (;;)
		pause();
}

int main(void)
{
	char line[64];
	long init;
	int a, b, c;

	alarm(120);
	if (pipe(told))
		return 1;
	init = syscall(SYS_clone, (long)(SIGCHLD | CLONE_NEWPID), 0L, 0L, 0L, 0L);
	if (init < 0)
		refuse(errno);
	if (init == 0)
		begin();
	c = told_number();
	a = enter((pid_t)init);
	b = enter((pid_t)init);
	printf("init=%ld a=%d b=%d c=%d\n", init, a, b, c);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	kill((pid_t)init, SIGKILL);
	return 0;
}
