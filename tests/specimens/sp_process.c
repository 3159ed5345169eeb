/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes whose identity is known; the first argument says which:
 *   names        a name of escapes, a newline and bytes that are no UTF-8
 *   family       one child of the main thread, one of a second thread
 *   crowd N      N threads beside the main one, the last of which has a child
 *   ending       "start" makes a child, "exit" ends it with 7, "kill" kills it, "reap" waits for it
 *   signals      SIGUSR1 caught, SIGUSR2 ignored, SIGTERM blocked and pending
 *   credentials  four different ids, where we are root
 *   leaderless   the main thread ends, another goes on
 *   title TEXT   TEXT is written over the arguments, and NULs over what that leaves of them
 *   plain        nothing
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that does nothing until its input ends or it is killed. */
static pid_t make_child(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(120);
	for (;;)
		pause();
}

static void wait_for_end_of_input(void)
{
	while (getchar() != EOF)
		continue;
}

static void names(void)
{
	prctl(PR_SET_NAME, "a\x1b[1m\n\xff) b");
	printf("pid=%d\n", getpid());
}

struct second_thread {
	pthread_barrier_t made;
	pid_t tid, child;
};

static void *live_second_life(void *data)
{
	struct second_thread *s = data;

	s->tid = (pid_t)syscall(SYS_gettid);
	s->child = make_child();
	pthread_barrier_wait(&s->made);
	for (;;)
		pause();
	return NULL;
}

static void family(void)
{
	static struct second_thread second;
	pthread_t thread;
	pid_t child;

	pthread_barrier_init(&second.made, NULL, 2);
	child = make_child();
	pthread_create(&thread, NULL, live_second_life, &second);
	pthread_barrier_wait(&second.made);
	printf("pid=%d child=%d tid=%d thread_child=%d\n", getpid(), child, second.tid,
		second.child);
}

static void *idle(void *data)
{
	(void)data;
	for (;;)
		pause();
	return NULL;
}

static void crowd(int n)
{
	static struct second_thread last;
	pthread_attr_t small;
	pthread_t thread;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	pthread_barrier_init(&last.made, NULL, 2);
	for (int i = 1; i < n; i++)
		if (pthread_create(&thread, &small, idle, NULL))
			exit(1);
	pthread_create(&thread, &small, live_second_life, &last);
	pthread_barrier_wait(&last.made);
	printf("pid=%d thread_child=%d\n", getpid(), last.child);
}

static void exit_with_seven(int number)
{
	(void)number;
	_exit(7);
}

/* Waits until the child is a zombie and leaves it one. */
static void await_zombie(pid_t child)
{
	siginfo_t info;

	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
}

static void ending(void)
{
	char line[64];
	pid_t child = 0;

	signal(SIGUSR1, exit_with_seven);
	printf("pid=%d\n", getpid());
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		if (strcmp(line, "start\n") == 0) {
			child = make_child();
		} else if (strcmp(line, "exit\n") == 0) {
			kill(child, SIGUSR1);
			await_zombie(child);
		} else if (strcmp(line, "kill\n") == 0) {
			kill(child, SIGKILL);
			await_zombie(child);
		} else if (strcmp(line, "reap\n") == 0) {
			waitpid(child, NULL, 0);
		}
		printf("child=%d\n", child);
		fflush(stdout);
	}
}

static void ignore_call(int number)
{
	(void)number;
}

static void signals(void)
{
	sigset_t set;

	signal(SIGUSR1, ignore_call);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGTERM);
	printf("pid=%d caught=%d ignored=%d blocked=%d\n", getpid(), SIGUSR1, SIGUSR2, SIGTERM);
}

static void credentials(void)
{
	if (geteuid() == 0) {
		if (setresgid(65531, 65532, 65532) || setresuid(65533, 65534, 65534))
			exit(1);
		prctl(PR_SET_DUMPABLE, 1);
	}
	printf("pid=%d uid=%d euid=%d gid=%d egid=%d\n", getpid(), (int)getuid(), (int)geteuid(),
		(int)getgid(), (int)getegid());
}

static void *go_on(void *data)
{
	(void)data;
	/* The main thread is over once the kernel says so to a kill of its own. */
	while (syscall(SYS_tgkill, getpid(), getpid(), 0) == 0) {
		char path[64], stat[512] = "";
		FILE *file;

		snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
		file = fopen(path, "r");
		if (!file)
			break;
		if (!fgets(stat, sizeof stat, file))
			stat[0] = '\0';
		fclose(file);
		if (strstr(stat, ") Z "))
			break;
		usleep(1000);
	}
	printf("pid=%d tid=%ld\n", getpid(), syscall(SYS_gettid));
	fflush(stdout);
	wait_for_end_of_input();
	_exit(0);
}

static void leaderless(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, go_on, NULL);
	pthread_exit(NULL);
}

/* As setproctitle(3) does: from the first argument to behind the last one. */
static void title(int argc, char **argv)
{
	size_t room = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0]);
	char *text = strdup(argv[2]);

	memset(argv[0], 0, room);
	memcpy(argv[0], text, strlen(text) < room ? strlen(text) : room - 1);
	free(text);
	printf("pid=%d\n", getpid());
}

static void plain(void)
{
	printf("pid=%d\n", getpid());
}

static const struct {
	const char *name;
	void (*run)(void);
} mode[] = {
	{"names", names},
	{"family", family},
	{"ending", ending},
	{"signals", signals},
	{"credentials", credentials},
	{"leaderless", leaderless},
	{"plain", plain},
};

int main(int argc, char **argv)
{
	alarm(120);
	if (argc == 3 && strcmp(argv[1], "crowd") == 0) {
		crowd(atoi(argv[2]));
		fflush(stdout);
		wait_for_end_of_input();
		return 0;
	}
	if (argc >= 3 && strcmp(argv[1], "title") == 0) {
		title(argc, argv);
		fflush(stdout);
		wait_for_end_of_input();
		return 0;
	}
	for (size_t i = 0; i < sizeof mode / sizeof mode[0]; i++) {
		if (argc < 2 || strcmp(argv[1], mode[i].name) != 0)
			continue;
		mode[i].run();
		fflush(stdout);
		wait_for_end_of_input();
		return 0;
	}
	return 2;
}
