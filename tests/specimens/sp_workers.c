/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sp_workers N MIB [KIND] - N workers that have inherited so many MiB, of which worker number i,
 * from 0, has written 16 i pages. KIND is what memory it is: "private", which the parent has
 * written all; "anonymous", "sysv", "memfd" or "huge", shared, of which it has written the first
 * half. Prints "pid=N workers=N w0=N w1=N …", and sleeps to the end of its input.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <unistd.h>

#define STEP 16

static char *memory;
static size_t page;

static pid_t have_worker(size_t number)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		exit(1);
	pid = fork();
	if (pid < 0)
		exit(1);
	if (pid) {
		close(ready[1]);
		if (read(ready[0], &c, 1) != 1)
			exit(1);
		close(ready[0]);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < STEP * number; i++)
		memory[i * page] = 'w';
	if (write(ready[1], "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* A segment that goes with the last of those that have it. */
static void *attach_sysv(size_t bytes)
{
	int id = shmget(IPC_PRIVATE, bytes, 0600);
	void *at = id < 0 ? MAP_FAILED : shmat(id, NULL, 0);

	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	return at;
}

static void *map_memfd(size_t bytes)
{
	int fd = memfd_create("workers", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)bytes))
		return MAP_FAILED;
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static void *map(size_t bytes, const char *kind)
{
	int flags = MAP_ANONYMOUS | (strcmp(kind, "private") ? MAP_SHARED : MAP_PRIVATE);

	if (!strcmp(kind, "sysv"))
		return attach_sysv(bytes);
	if (!strcmp(kind, "memfd"))
		return map_memfd(bytes);
	if (!strcmp(kind, "huge"))
		flags |= MAP_HUGETLB;
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
}

int main(int argc, char **argv)
{
	size_t workers = argc > 2 ? strtoul(argv[1], NULL, 10) : 4;
	size_t bytes = (argc > 2 ? strtoul(argv[2], NULL, 10) : 1) << 20;
	const char *kind = argc > 3 ? argv[3] : "private";
	char line[16];

	alarm(300);
	page = (size_t)sysconf(_SC_PAGESIZE);
	memory = map(bytes, kind);
	if (memory == MAP_FAILED)
		return 1;
	madvise(memory, bytes, MADV_NOHUGEPAGE);
	memset(memory, 'a', strcmp(kind, "private") ? bytes / 2 : bytes);
	printf("pid=%d workers=%zu", (int)getpid(), workers);
	for (size_t i = 0; i < workers; i++) {
		pid_t pid = have_worker(i);

		printf(" w%zu=%d", i, (int)pid);
	}
	printf("\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	return 0;
}
