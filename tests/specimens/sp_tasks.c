/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three threads that tell what each has of its own: TID, TLS base, stack, blocked
 * signals, its variables' place. "alpha" and "beta" block in different calls.
 * Orders make beta leave what threads share, by raw system calls as the C library never does:
 * "files" (it then opens one more), "fs", "uts", "uid"; the answer's "done" is 1 where the kernel
 * let it.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define OTHER_UID 65533

static struct task {
	const char *key;
	int blocked; /* signal */
	pid_t tid;
	uintptr_t base;
	void *start;
	size_t size;
	const void *variable;
} tasks[] = {{.key = "main", .blocked = SIGUSR1}, {.key = "alpha", .blocked = SIGUSR2},
	{.key = "beta", .blocked = SIGWINCH}};
static pthread_barrier_t ready;
static int order[2], answer[2];
static _Thread_local int variable;

static void introduce(struct task *t)
{
	pthread_attr_t attr;
	sigset_t set;

	t->tid = (pid_t)syscall(SYS_gettid);
	t->base = (uintptr_t)__builtin_thread_pointer();
	t->variable = &variable;
	sigemptyset(&set);
	sigaddset(&set, t->blocked);
	pthread_sigmask(SIG_SETMASK, &set, NULL);
	pthread_getattr_np(pthread_self(), &attr);
	pthread_attr_getstack(&attr, &t->start, &t->size);
	pthread_attr_destroy(&attr);
}

static void *alpha(void *arg)
{
	struct timespec t = {1000, 0};

	introduce(&tasks[1]);
	prctl(PR_SET_NAME, "alpha");
	pthread_barrier_wait(&ready);
	nanosleep(&t, NULL);
	return arg;
}

static int obey(char letter)
{
	switch (letter) {
	case 'f':
		return unshare(CLONE_FILES) || open("/dev/null", O_RDONLY) < 0;
	case 's':
		return unshare(CLONE_FS);
	case 'n':
		return unshare(CLONE_NEWUTS);
	case 'u':
		return (int)syscall(SYS_setresuid, OTHER_UID, OTHER_UID, OTHER_UID);
	}
	return -1;
}

static void *beta(void *arg)
{
	char letter;

	introduce(&tasks[2]);
	prctl(PR_SET_NAME, "beta");
	pthread_barrier_wait(&ready);
	while (read(order[0], &letter, 1) == 1) {
		char done = (char)(obey(letter) == 0);

		if (letter == 'u') /* a change of ids hides us from our like */
			prctl(PR_SET_DUMPABLE, 1);
		if (write(answer[1], &done, 1) != 1)
			break;
	}
	return arg;
}

static void report(int done)
{
	printf("pid=%d done=%d other_uid=%d", (int)getpid(), done, OTHER_UID);
	for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
		const struct task *t = &tasks[i];

		printf(" %s=%d %s_base=%#jx %s_start=%p %s_end=%p %s_blocked=%d %s_variable=%p",
			t->key, (int)t->tid, t->key, (uintmax_t)t->base, t->key, t->start, t->key,
			(void *)((char *)t->start + t->size), t->key, t->blocked, t->key,
			t->variable);
	}
	putchar('\n');
	fflush(stdout);
}

int main(void)
{
	pthread_t thread[2];
	char line[64];

	alarm(120);
	pthread_barrier_init(&ready, NULL, 3);
	introduce(&tasks[0]);
	if (pipe(order) || pipe(answer) || pthread_create(&thread[0], NULL, alpha, NULL) ||
		pthread_create(&thread[1], NULL, beta, NULL))
		return 1;
	pthread_barrier_wait(&ready);
	usleep(50000);
	report(0);
	while (fgets(line, sizeof line, stdin)) {
		char letter = !strcmp(line, "files\n") ? 'f'
			      : !strcmp(line, "fs\n")  ? 's'
			      : !strcmp(line, "uts\n") ? 'n'
			      : !strcmp(line, "uid\n") ? 'u'
						       : '?';
		char done = 0;

		if (write(order[1], &letter, 1) != 1 || read(answer[0], &done, 1) != 1)
			return 1;
		usleep(20000);
		report(done);
	}
	_exit(0);
}
