/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A parent that traces its child with ptrace(2) and lets it run. Prints pid and child. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <unistd.h>

int main(void)
{
	char line[64];
	pid_t child;

	alarm(120);
	child = fork();
	if (child < 0)
		return 1;
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (ptrace(PTRACE_SEIZE, child, 0, 0)) {
		perror("ptrace");
		return 1;
	}
	printf("pid=%d child=%d\n", (int)getpid(), (int)child);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	kill(child, SIGKILL);
	return 0;
}
