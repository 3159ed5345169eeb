/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A parent and a child that differ in one thing of their surroundings:
 *
 *   sp_apart none|cgroup|ipc|mnt|net|pid|time|user|uts|session|process_group|credentials
 *
 * Both have a System V segment attached that is removed (shm, its address; 0: there is none).
 * Prints pid and child, or error=NAME where the kernel or our rights refuse.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static const struct {
	const char *name;
	int flag;
} namespaces[] = {
	{"cgroup", CLONE_NEWCGROUP},
	{"ipc", CLONE_NEWIPC},
	{"mnt", CLONE_NEWNS},
	{"net", CLONE_NEWNET},
	{"pid", CLONE_NEWPID},
	{"user", CLONE_NEWUSER},
	{"uts", CLONE_NEWUTS},
};

static int flag_of(const char *name)
{
	for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++)
		if (!strcmp(name, namespaces[i].name))
			return namespaces[i].flag;
	return 0;
}

/* What the child does to be apart; 0 or an errno. */
static int go_apart(const char *how)
{
	int result = 0;

	if (!strcmp(how, "session"))
		result = setsid() < 0;
	else if (!strcmp(how, "process_group"))
		result = setpgid(0, 0);
	else if (!strcmp(how, "credentials"))
		result = setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534);
	return result ? errno : 0;
}

/* Of both, wherever the child goes; 0 where the kernel has none. */
static void *attach_segment(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	char *p = id < 0 ? NULL : shmat(id, NULL, 0);

	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	if (!p || p == (char *)-1)
		return NULL;
	p[0] = 1;
	return p;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "none";
	int told[2], error = 0;
	char line[64];
	char *shared;
	long child;

	alarm(120);
	shared = attach_segment();
	if (pipe(told) || (!strcmp(how, "time") && unshare(CLONE_NEWTIME)))
		error = errno;
	child = error ? -1 : syscall(SYS_clone, (long)(SIGCHLD | flag_of(how)), 0L, 0L, 0L, 0L);
	if (child < 0) {
		printf("error=%d\n", error ? error : errno);
		fflush(stdout);
		return fgets(line, sizeof line, stdin) != NULL;
	}
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		error = go_apart(how);
		if (shared)
			shared[0]++;
		/* A change of ids undoes the parent-death signal. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(told[1], &error, sizeof error) != sizeof error)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(told[0], &error, sizeof error) != sizeof error)
		return 1;
	if (error)
		printf("error=%d\n", error);
	else
		printf("pid=%d child=%ld shm=%#lx\n", (int)getpid(), child, (unsigned long)shared);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	kill((pid_t)child, SIGKILL);
	return 0;
}
