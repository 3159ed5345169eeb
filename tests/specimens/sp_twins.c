/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Relatives that are easily mistaken:
 *
 *   sp_twins newest    two children that were born within one clock tick; where our rights allow to
 *       choose numbers the later one has the lower PID. Prints pid, older and newest.
 *   sp_twins fixed     two runs of this program without address randomisation, of which the first
 *       has forked: they have everything at the same addresses. Prints first, second and child, at:
 *       private memory of PAGES pages, all written, of which the child has written CHILD.
 *
 * pid= is our own; error=WHAT where that cannot be had here.
 */
#define PAGES 100
#define CHILD 10

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void stay(void)
{
	char line[64];

	printf("\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
}

/* ---- born together ------------------------------------------------------- */

static _Noreturn void idle(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/* struct clone_args of linux/sched.h; 0: any number. */
static pid_t fork_as(pid_t number)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
		uint64_t set_tid, set_tid_size;
	} args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = !!number};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);

	if (pid < 0 && !number)
		pid = fork();
	if (!pid)
		idle();
	return pid;
}

/* Field 22 of stat. */
static unsigned long long born(pid_t pid)
{
	char text[600] = "", *at;
	FILE *f;

	snprintf(text, sizeof text, "/proc/%d/stat", (int)pid);
	f = fopen(text, "r");
	if (!f)
		return 0;
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

static void end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int newest(void)
{
	for (int i = 0; i < 100; i++) {
		pid_t older = fork_as(31500 + i), later;

		if (older < 0)
			older = fork_as(0);
		later = fork_as(30500 + i);
		if (later < 0)
			later = fork_as(0);
		if (older > 0 && later > 0 && born(older) == born(later)) {
			printf("pid=%d older=%d newest=%d", (int)getpid(), (int)older, (int)later);
			stay();
			i = 100;
		}
		end(older);
		end(later);
	}
	return 0;
}

/* ---- run alike ----------------------------------------------------------- */

/* One run: what it is told to write to says when it is ready. */
static void be_run(int ready, int forks)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap((void *)0x200000000000, PAGES * page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (at == MAP_FAILED)
		_exit(1);
	memset(at, 1, PAGES * page);
	if (forks)
		child = fork();
	if (forks && !child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		memset(at, 2, CHILD * page);
		child = getpid();
		if (write(ready, &child, sizeof child) != sizeof child)
			_exit(1);
	} else if (!forks && write(ready, &child, sizeof child) != sizeof child) {
		_exit(1);
	}
	for (;;)
		pause();
}

static pid_t run(int ready, const char *how)
{
	char number[16];
	pid_t pid = fork();

	if (pid)
		return pid;
	snprintf(number, sizeof number, "%d", ready);
	execl("/proc/self/exe", "sp_twins", how, number, (char *)NULL);
	_exit(1);
}

static int fixed(void)
{
	pid_t first, second, child = 0, none;
	int p[2];

	if (pipe(p) || personality(ADDR_NO_RANDOMIZE) < 0) {
		printf("error=personality");
		stay();
		return 0;
	}
	first = run(p[1], "forks");
	if (read(p[0], &child, sizeof child) != sizeof child)
		return 1;
	second = run(p[1], "alone");
	if (read(p[0], &none, sizeof none) != sizeof none)
		return 1;
	printf("pid=%d first=%d second=%d child=%d at=0x200000000000", (int)getpid(), (int)first,
		(int)second, (int)child);
	stay();
	end(first);
	end(second);
	return 0;
}

int main(int argc, char **argv)
{
	alarm(120);
	if (argc == 3)
		be_run(atoi(argv[2]), !strcmp(argv[1], "forks"));
	if (argc == 2 && !strcmp(argv[1], "newest"))
		return newest();
	if (argc == 2 && !strcmp(argv[1], "fixed"))
		return fixed();
	return 2;
}
