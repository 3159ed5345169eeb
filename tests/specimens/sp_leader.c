/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process whose main thread may end before the others. It has a filled array, an open file and
 * two more threads: the first, which rests, and the speaker, which heeds orders:
 * leave: the main thread ends; end: the first one does; fork: a child that writes COPIES pages of
 * the array; vfork: one that rests in the memory of its parent; relay: RELAYS threads one after the
 * other, each of which begins the next and ends, the last is the speaker then; exec: begins anew;
 * die: ends all, with status 7.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE   4096u
#define PAGES  40u
#define COPIES 10u
#define RELAYS 200u
#define NAP_NS 1000000
#define RUN_NS 5000000 /* of one in a relay */

static char *array;
static int file;
static pid_t first;
static volatile pid_t vforked;
static pthread_barrier_t told;
static int leave_fd[2], end_fd[2]; /* a byte lets the main, the first thread end */
static int wrote_fd[2];		   /* a byte: the child has written */

static void wait_for_byte(int fd)
{
	char byte;

	while (read(fd, &byte, 1) != 1)
		continue;
}

static void nap(long ns)
{
	const struct timespec t = {0, ns};

	nanosleep(&t, NULL);
}

static void *first_main(void *arg)
{
	first = (pid_t)syscall(SYS_gettid);
	pthread_barrier_wait(&told);
	wait_for_byte(end_fd[0]);
	return arg;
}

/* Whether thread tid has ended: it has gone, or is a zombie. */
static bool has_ended(pid_t tid)
{
	char path[64], text[512], *end;
	size_t len;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
	f = fopen(path, "r");
	if (!f)
		return true;
	len = fread(text, 1, sizeof text - 1, f);
	text[len] = 0;
	fclose(f);
	end = strrchr(text, ')');
	return !end || end[2] == 'Z';
}

static void let_end(int fd, pid_t tid)
{
	if (write(fd, "", 1) != 1)
		exit(1);
	while (!has_ended(tid))
		nap(NAP_NS);
	printf("ended=%d\n", (int)tid);
}

/* It ends with the thread that made it, at the latest. */
static void rest_as_child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void fork_child(void)
{
	pid_t child = fork();

	if (child == 0) {
		memset(array, 2, COPIES * PAGE);
		if (write(wrote_fd[1], "", 1) == 1)
			rest_as_child();
	}
	wait_for_byte(wrote_fd[0]);
	printf("child=%d\n", (int)child);
}

static void *vfork_main(void *arg)
{
	if (vfork() == 0) {
		vforked = (pid_t)syscall(SYS_getpid);
		rest_as_child();
	}
	return arg;
}

static void vfork_child(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, vfork_main, NULL);
	while (!vforked)
		nap(NAP_NS);
	printf("vforked=%d\n", (int)vforked);
}

static void report(void)
{
	char exe[512] = "";

	if (readlink("/proc/thread-self/exe", exe, sizeof exe - 1) < 0)
		exit(1);
	printf("pid=%d first=%d speaker=%d array=%p file=%d exe=%s\n", (int)getpid(), (int)first,
		(int)syscall(SYS_gettid), (void *)array, file, exe);
}

static void *speaker_main(void *arg);

static void *relay_main(void *arg)
{
	unsigned *left = arg;
	pthread_t next;

	nap(RUN_NS);
	if (!*left) {
		printf("relayed=%u\n", RELAYS);
		fflush(stdout);
		return speaker_main(NULL);
	}
	--*left;
	if (pthread_create(&next, NULL, relay_main, left))
		exit(1);
	return NULL;
}

/* The speaker is the first of them. */
static void relay(void)
{
	static unsigned left = RELAYS;

	relay_main(&left);
	pthread_exit(NULL);
}

static void obey(const char *order)
{
	if (!strcmp(order, "leave\n"))
		let_end(leave_fd[1], getpid());
	else if (!strcmp(order, "end\n"))
		let_end(end_fd[1], first);
	else if (!strcmp(order, "fork\n"))
		fork_child();
	else if (!strcmp(order, "vfork\n"))
		vfork_child();
	else if (!strcmp(order, "relay\n"))
		relay();
	else if (!strcmp(order, "exec\n"))
		execl("/proc/thread-self/exe", "sp_leader", "again", (char *)NULL);
	else if (!strcmp(order, "die\n"))
		_exit(7);
	fflush(stdout);
}

static void *speaker_main(void *arg)
{
	char line[64];

	while (fgets(line, sizeof line, stdin))
		obey(line);
	_exit(0);
	return arg;
}

static void *first_speaker_main(void *arg)
{
	pthread_barrier_wait(&told);
	report();
	fflush(stdout);
	return speaker_main(arg);
}

static void start(void *(*body)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, body, NULL))
		exit(1);
	pthread_barrier_wait(&told);
}

int main(void)
{
	alarm(120);
	array = mmap(
		NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	file = open("/dev/null", O_RDONLY);
	if (array == MAP_FAILED || file < 0 || pipe(leave_fd) || pipe(end_fd) || pipe(wrote_fd))
		return 1;
	/* A mapping by itself: stacks that the kernel puts beside it would be joined to it. */
	madvise(array, PAGES * PAGE, MADV_DONTDUMP);
	memset(array, 1, PAGES * PAGE);
	pthread_barrier_init(&told, NULL, 2);
	start(first_main);
	start(first_speaker_main);
	wait_for_byte(leave_fd[0]);
	pthread_exit(NULL);
}
