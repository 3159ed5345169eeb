/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a second task by clone(2) with the flags given by name, so that what
 * the two share is known:
 *
 *   sp_clone [vm] [files] [fs] [sighand] [thread] [parent] [io] [sysvsem] [vfork]
 *            [silent | usr1]
 *
 * Its end sends SIGCHLD, with "silent" nothing, with "usr1" SIGUSR1.
 * Prints pid and child (a TID when "thread" is given). The child only waits in
 * pause(2): with "vm" it runs in our memory, so it makes bare system calls on a
 * stack of its own. With "io" both have an I/O context, with "sysvsem" an undo list.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	int flag;
} flags_by_name[] = {
	{"vm", CLONE_VM},
	{"files", CLONE_FILES},
	{"fs", CLONE_FS},
	{"sighand", CLONE_SIGHAND},
	{"thread", CLONE_THREAD},
	{"parent", CLONE_PARENT},
	{"io", CLONE_IO},
	{"sysvsem", CLONE_SYSVSEM},
	{"vfork", CLONE_VFORK},
};

static char stack[65536] __attribute__((aligned(16)));

static long bare_syscall(long number, long a, long b)
{
	long result;

#if defined __x86_64__
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b)
			 : "rcx", "r11", "memory");
#else
	result = syscall(number, a, b);
#endif
	return result;
}

static void rest(void)
{
#ifdef SYS_pause
	bare_syscall(SYS_pause, 0, 0);
#else
	syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
#endif
}

static int child(void *unused)
{
	(void)unused;
	bare_syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		rest();
	return 0;
}

static int exit_signal = SIGCHLD;

static int flag_of(const char *name)
{
	if (!strcmp(name, "silent") || !strcmp(name, "usr1")) {
		exit_signal = *name == 'u' ? SIGUSR1 : 0;
		return 0;
	}
	for (size_t i = 0; i < sizeof flags_by_name / sizeof *flags_by_name; i++)
		if (!strcmp(name, flags_by_name[i].name))
			return flags_by_name[i].flag;
	fprintf(stderr, "sp_clone: no flag '%s'\n", name);
	exit(2);
}

/* ioprio_set(2): gives the caller an I/O context (class best effort, level 4). */
static void make_io_context(void)
{
	if (syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 4))
		perror("ioprio_set");
}

static void make_undo_list(void)
{
	int id = semget(IPC_PRIVATE, 1, 0600);
	struct sembuf up = {0, 1, SEM_UNDO};

	if (id < 0 || semop(id, &up, 1))
		perror("semop");
	semctl(id, 0, IPC_RMID);
}

static void answer(pid_t task)
{
	printf("pid=%d child=%d\n", (int)getpid(), (int)task);
	fflush(stdout);
}

/* The parent of a vfork sleeps until its child ends, so the child itself answers. */
static int vfork_child(void *unused)
{
	char c;

	(void)unused;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	printf("pid=%d child=%d\n", (int)getppid(), (int)getpid());
	fflush(stdout);
	while (read(0, &c, 1) > 0 || errno == EINTR)
		;
	_exit(0);
}

int main(int argc, char **argv)
{
	int flags = 0;
	char line[64];
	pid_t task;

	alarm(120);
	for (int i = 1; i < argc; i++)
		flags |= flag_of(argv[i]);
	if (flags & CLONE_IO)
		make_io_context();
	if (flags & CLONE_SYSVSEM)
		make_undo_list();
	if (flags & CLONE_VFORK) {
		task = clone(vfork_child, stack + sizeof stack, flags | SIGCHLD, NULL);
		return task < 0;
	}
	if (!(flags & CLONE_THREAD))
		flags |= exit_signal;
	task = clone(child, stack + sizeof stack, flags, NULL);
	if (task < 0) {
		perror("clone");
		return 1;
	}
	answer(task);
	while (fgets(line, sizeof line, stdin))
		answer(task);
	if (!(flags & CLONE_THREAD))
		kill(task, SIGKILL);
	return 0;
}
