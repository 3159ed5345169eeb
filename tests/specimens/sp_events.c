/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does one thing at a time, when it is told to, and says who did it:
 *   fork          a child that waits          end CODE, kill SIGNAL, reap: what becomes of the last
 * one spawn         posix_spawn(3) of a child that waits thread        a thread that waits
 * thread_name NAME, thread_end: what becomes of the last one name NAME     of the main thread exec
 * executes itself             still: and so that its addresses stay the same from then on "main" is
 * the address of main().
 */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static struct {
	pthread_t thread;
	pid_t tid;
	int order[2], answer[2];
} task;
static pid_t child;
static int child_order[2];

static void answer(const char *key, intmax_t value)
{
	printf("pid=%d %s=%jd\n", (int)getpid(), key, value);
	fflush(stdout);
}

static void fork_child(void)
{
	unsigned char code;

	if (pipe(child_order))
		exit(1);
	child = fork();
	if (child) {
		close(child_order[0]);
		answer("child", child);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(child_order[1]);
	if (read(child_order[0], &code, 1) == 1)
		_exit(code);
	pause();
}

static void end_child(int code)
{
	unsigned char byte = (unsigned char)code;

	answer("sent", write(child_order[1], &byte, 1));
}

static void spawn_child(void)
{
	char self[] = "/proc/self/exe", wait_word[] = "wait", *argv[] = {self, wait_word, NULL};

	if (posix_spawn(&child, self, NULL, NULL, argv, environ))
		exit(1);
	answer("child", child);
}

static void reap_child(void)
{
	int status = 0;

	waitpid(child, &status, 0);
	answer("status", status);
}

static void *wait_for_orders(void *arg)
{
	char name[16];
	ssize_t n;

	task.tid = (pid_t)syscall(SYS_gettid);
	if (write(task.answer[1], "r", 1) != 1)
		return NULL;
	while ((n = read(task.order[0], name, sizeof name)) == sizeof name && *name) {
		prctl(PR_SET_NAME, name);
		if (write(task.answer[1], "n", 1) != 1)
			break;
	}
	return arg;
}

static void await_thread(void)
{
	char letter;

	if (read(task.answer[0], &letter, 1) != 1)
		exit(1);
}

static void start_thread(void)
{
	if (pthread_create(&task.thread, NULL, wait_for_orders, NULL))
		exit(1);
	await_thread();
	answer("tid", task.tid);
}

/* "" ends it. */
static void order_thread(const char *text)
{
	char name[16] = "";

	snprintf(name, sizeof name, "%s", text);
	if (write(task.order[1], name, sizeof name) != sizeof name)
		exit(1);
	if (*name)
		await_thread();
	else
		pthread_join(task.thread, NULL);
	answer("tid", task.tid);
}

static void exec_self(void)
{
	execl("/proc/self/exe", "sp_events", NULL);
	exit(1);
}

static void obey(const char *word, const char *value)
{
	if (!strcmp(word, "fork"))
		fork_child();
	else if (!strcmp(word, "spawn"))
		spawn_child();
	else if (!strcmp(word, "end"))
		end_child(atoi(value));
	else if (!strcmp(word, "kill"))
		answer("sent", kill(child, atoi(value)));
	else if (!strcmp(word, "reap"))
		reap_child();
	else if (!strcmp(word, "thread"))
		start_thread();
	else if (!strcmp(word, "thread_name"))
		order_thread(value);
	else if (!strcmp(word, "thread_end"))
		order_thread("");
	else if (!strcmp(word, "name"))
		answer("named", prctl(PR_SET_NAME, value));
	else if (!strcmp(word, "exec"))
		exec_self();
	else if (!strcmp(word, "still") && personality(ADDR_NO_RANDOMIZE) != -1)
		exec_self();
	else
		exit(1);
}

int main(int argc, char **argv)
{
	char line[64], word[32], value[32];

	alarm(120);
	if (argc > 1 && !strcmp(argv[1], "wait")) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
	}
	setvbuf(stdin, NULL, _IONBF, 0); /* what is read ahead would be lost by exec */
	if (pipe(task.order) || pipe(task.answer))
		return 1;
	answer("main", (intmax_t)(uintptr_t)&main);
	while (fgets(line, sizeof line, stdin)) {
		*value = '\0';
		if (sscanf(line, "%31s %31s", word, value) >= 1)
			obey(word, value);
	}
	_exit(0);
}
