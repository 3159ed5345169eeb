/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that stays when it is killed: a process in a session of its own traces it with
 * ptrace(2) and does not look, so that nobody else learns of its end. For ten seconds. Says
 * "ready" when it is so, "unable" where it may not be traced.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <unistd.h>

#define SECONDS 10

_Noreturn static void trace(pid_t pid, int tell)
{
	char able;

	setsid();
	signal(SIGHUP, SIG_IGN);
	able = ptrace(PTRACE_SEIZE, pid, 0, 0) == 0;
	if (write(tell, &able, 1) != 1)
		_exit(1);
	close(0);
	close(1);
	close(2);
	sleep(SECONDS);
	_exit(0);
}

int main(void)
{
	pid_t self = getpid();
	char able = 0;
	int tell[2];

	if (pipe(tell))
		return 1;
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	if (!fork())
		trace(self, tell[1]);
	if (read(tell[0], &able, 1) != 1)
		return 1;
	puts(able ? "ready" : "unable");
	fflush(stdout);
	for (;;)
		pause();
}
