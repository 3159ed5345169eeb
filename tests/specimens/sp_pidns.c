/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that count their tasks otherwise than an observer does, or not:
 *
 *   sp_pidns here|apart    A and its child B, in a PID namespace of their own where "apart". Two
 *       threads of A wait for each other's mutex, another one joins one of these. A third to fifth
 *       wait for mutexes in memory that B shares: a plain, a robust and one with priority
 *       inheritance, all of which B's second thread holds. A has a pidfd of B and one of itself.
 *   sp_pidns within        the same as apart, with a /proc of its own in a mount namespace of its
 * own. sp_pidns beside        A and B share memory and descriptors; in a PID namespace below ours
 * two others that share nothing have their numbers. inside= is of that namespace.
 *
 * Prints, as A itself counts them (its own getpid is inner=), the TIDs left, right, joiner, plain,
 * robust, inherit and holder, and the descriptors pidfd_child and pidfd_self; pid=, as we count,
 * and error=NAME where our rights do not suffice.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PLAIN, ROBUST, INHERIT, SHARED_KINDS };

/* What A and B share. */
struct shared {
	pthread_mutex_t mutex[SHARED_KINDS];
	pthread_barrier_t held;
	pid_t holder;
};

static struct shared *shared;
static pthread_mutex_t crossed[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both_hold, all_know;
static pid_t crossing[2], waiting[SHARED_KINDS], joining;
static pthread_t cross_thread[2];

static pid_t own_tid(void)
{
	return (pid_t)syscall(SYS_gettid);
}

static void *cross(void *which)
{
	intptr_t me = (intptr_t)which;

	crossing[me] = own_tid();
	pthread_mutex_lock(&crossed[me]);
	pthread_barrier_wait(&both_hold);
	pthread_barrier_wait(&all_know);
	pthread_mutex_lock(&crossed[!me]);
	return which;
}

static void *join_left(void *nothing)
{
	joining = own_tid();
	pthread_barrier_wait(&all_know);
	pthread_join(cross_thread[0], NULL);
	return nothing;
}

static void *want(void *which)
{
	intptr_t kind = (intptr_t)which;

	waiting[kind] = own_tid();
	pthread_barrier_wait(&all_know);
	pthread_mutex_lock(&shared->mutex[kind]);
	return which;
}

static void *hold(void *nothing)
{
	shared->holder = own_tid();
	for (int i = 0; i < SHARED_KINDS; i++)
		pthread_mutex_lock(&shared->mutex[i]);
	pthread_barrier_wait(&shared->held);
	for (;;)
		pause();
	return nothing;
}

static void share(void)
{
	pthread_barrierattr_t barrier;

	shared = mmap(
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		exit(1);
	for (int i = 0; i < SHARED_KINDS; i++) {
		pthread_mutexattr_t a;

		pthread_mutexattr_init(&a);
		pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
		if (i == ROBUST)
			pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
		if (i == INHERIT)
			pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
		pthread_mutex_init(&shared->mutex[i], &a);
	}
	pthread_barrierattr_init(&barrier);
	pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&shared->held, &barrier, 2);
}

static _Noreturn void be_child(void)
{
	pthread_t t;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_create(&t, NULL, hold, NULL);
	for (;;)
		pause();
}

/* A: everything begins, and one line says who is who. */
static void be_parent(int told)
{
	int pidfd[2];
	pthread_t t;
	pid_t child;
	FILE *out = fdopen(told, "w");

	share();
	pthread_barrier_init(&both_hold, NULL, 2);
	pthread_barrier_init(&all_know, NULL, 4 + SHARED_KINDS);
	child = fork();
	if (!child)
		be_child();
	pthread_barrier_wait(&shared->held);
	for (intptr_t i = 0; i < 2; i++)
		pthread_create(&cross_thread[i], NULL, cross, (void *)i);
	pthread_create(&t, NULL, join_left, NULL);
	for (intptr_t i = 0; i < SHARED_KINDS; i++)
		pthread_create(&t, NULL, want, (void *)i);
	pthread_barrier_wait(&all_know);
	pidfd[0] = (int)syscall(SYS_pidfd_open, child, 0);
	pidfd[1] = (int)syscall(SYS_pidfd_open, getpid(), 0);
	fprintf(out,
		"inner=%d left=%d right=%d joiner=%d plain=%d robust=%d inherit=%d holder=%d "
		"pidfd_child=%d pidfd_self=%d",
		(int)getpid(), (int)crossing[0], (int)crossing[1], (int)joining,
		(int)waiting[PLAIN], (int)waiting[ROBUST], (int)waiting[INHERIT],
		(int)shared->holder, pidfd[0], pidfd[1]);
	fclose(out);
}

static _Noreturn void run_parent(int told, int within)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (within && (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
			      mount("proc", "/proc", "proc", 0, NULL)))
		_exit(1);
	be_parent(told);
	for (;;)
		pause();
}

/* To the end of our input; what we made goes with us. */
static void stay(void)
{
	char line[64];

	printf("\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
}

static int refused(const char *what)
{
	printf("error=%s:%d", what, errno);
	stay();
	return 0;
}

static int family(int apart, int within)
{
	char text[512];
	ssize_t n;
	pid_t pid;
	int p[2];

	if (pipe(p))
		return 1;
	if ((apart || within) && unshare(CLONE_NEWPID | (within ? CLONE_NEWNS : 0)))
		return refused("unshare");
	pid = fork();
	if (!pid)
		run_parent(p[1], within);
	close(p[1]);
	n = read(p[0], text, sizeof text - 1);
	if (n <= 0)
		return refused("mount");
	text[n] = 0;
	printf("pid=%d %s", (int)pid, text);
	stay();
	kill(pid, SIGKILL);
	return 0;
}

/* ---- two who bear the numbers of others ---------------------------------- */

static int idle(void *nothing)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
	return nothing != NULL;
}

/* struct clone_args of linux/sched.h. */
static pid_t fork_as(pid_t number)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
		uint64_t set_tid, set_tid_size;
	} args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);

	if (!pid)
		idle(NULL);
	return pid;
}

static int beside(void)
{
	pid_t a = getpid(), b, init;
	char *stack = malloc(65536), c = 0;
	int p[2];

	if (!stack || pipe(p))
		return 1;
	b = clone(idle, stack + 65536, CLONE_VM | CLONE_FILES | SIGCHLD, NULL);
	if (unshare(CLONE_NEWPID))
		return refused("unshare");
	init = fork();
	if (!init) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fork_as(a) != a || fork_as(b) != b || write(p[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(p[1]);
	if (read(p[0], &c, 1) != 1)
		return refused("clone3");
	printf("pid=%d child=%d inside=%d", (int)a, (int)b, (int)init);
	stay();
	kill(init, SIGKILL);
	kill(b, SIGKILL);
	return 0;
}

int main(int argc, char **argv)
{
	alarm(120);
	if (argc == 2 && !strcmp(argv[1], "beside"))
		return beside();
	if (argc != 2 ||
		(strcmp(argv[1], "here") && strcmp(argv[1], "apart") && strcmp(argv[1], "within")))
		return 2;
	return family(!strcmp(argv[1], "apart"), !strcmp(argv[1], "within"));
}
