/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process whose signals are known:
 *
 *   caught     SIGINT (2), SIGRTMIN+3 (37)
 *   ignored    SIGHUP (1)
 *   blocked    by all threads SIGUSR2 (12); by thread one also SIGUSR1 (10);
 *              by thread two also SIGUSR1 and SIGTERM (15); by the main one SIGRTMIN+4 (38)
 *   pending    SIGUSR2 for the process; for one thread alone: SIGTERM for thread two,
 *              SIGRTMIN+4 for the main one
 *
 * Prints pid and the TIDs of threads one and two.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile pid_t tid[2];
static pthread_barrier_t ready;

static void nothing(int number)
{
	(void)number;
}

static void *body(void *argument)
{
	long which = (long)argument;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (which)
		sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	tid[which] = (pid_t)syscall(SYS_gettid);
	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return NULL;
}

int main(void)
{
	struct sigaction catch = {.sa_handler = nothing}, ignore = {.sa_handler = SIG_IGN},
			 usual = {.sa_handler = SIG_DFL};
	pthread_t thread[2];
	sigset_t set;
	char line[64];

	alarm(120);
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &usual, NULL);
	sigaction(SIGINT, &catch, NULL);
	sigaction(SIGRTMIN + 3, &catch, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_SETMASK, &set, NULL);
	pthread_barrier_init(&ready, NULL, 3);
	for (long i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, body, (void *)i);
	pthread_barrier_wait(&ready);
	sigaddset(&set, SIGRTMIN + 4);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR2);
	syscall(SYS_tgkill, getpid(), getpid(), SIGRTMIN + 4);
	syscall(SYS_tgkill, getpid(), tid[1], SIGTERM);
	printf("pid=%d one=%d two=%d\n", (int)getpid(), (int)tid[0], (int)tid[1]);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	return 0;
}
