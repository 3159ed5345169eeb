/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has pages that it does not have in memory, where a viewer may want to look:
 *
 *   sp_absent word    a thread waits on a futex, whose page of memory it has given back
 *   sp_absent shared  the same of memory that it shares with its children
 *   sp_absent image   a child of its fork, which has none of its program's first pages; a library
 *                     of C++ is loaded where there is one, for which the program did not ask
 *
 * Prints pid and at, where that page is.
 */
#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE	  4096
#define SETTLE_US 100000

extern const char __ehdr_start; /* the linker's: the program's first byte */

static void until_end(void)
{
	char line[64];

	while (fgets(line, sizeof line, stdin))
		continue;
}

static void *wait_there(void *at)
{
	syscall(SYS_futex, at, FUTEX_WAIT, 0, NULL, NULL, 0);
	return NULL;
}

static int run_word(int shared)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		MAP_ANONYMOUS | (shared ? MAP_SHARED : MAP_PRIVATE), -1, 0);
	pthread_t thread;

	if (page == MAP_FAILED || pthread_create(&thread, NULL, wait_there, page + 64))
		return 1;
	usleep(SETTLE_US);
	if (madvise(page, PAGE, MADV_DONTNEED))
		return 1;
	printf("pid=%d at=0x%lx\n", (int)getpid(), (unsigned long)page);
	fflush(stdout);
	until_end();
	return 0;
}

static int run_image(void)
{
	pid_t child;

	dlopen("libstdc++.so.6", RTLD_NOW);
	child = fork();
	if (child < 0)
		return 1;
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	usleep(SETTLE_US);
	printf("pid=%d at=0x%lx\n", (int)child, (unsigned long)&__ehdr_start);
	fflush(stdout);
	until_end();
	kill(child, SIGKILL);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "word") == 0)
		return run_word(0);
	if (argc == 2 && strcmp(argv[1], "shared") == 0)
		return run_word(1);
	if (argc == 2 && strcmp(argv[1], "image") == 0)
		return run_image();
	return 2;
}
