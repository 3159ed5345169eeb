/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sp_maps FOLDER: one mapping of every kind, each told as NAME=address with
 * NAME_size where the size is known. An address of 0: not to be had here.
 * Files are made in FOLDER and removed by whoever made it. "split" splits one
 * mapping in two and "join" puts them together again.
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#ifndef PR_SET_VMA_ANON_NAME
#define PR_SET_VMA_ANON_NAME 0
#endif

#define PAGES(n) ((n)*4096ul)

static const char constants[64] = "read only";
static int data[2048] = {1};
static char zeros[PAGES(8)];
static const char *folder;
static char *split_at;

static void say(const char *name, const void *address, size_t size)
{
	printf("%s=%#jx ", name, address == MAP_FAILED ? 0 : (uintmax_t)(uintptr_t)address);
	if (size)
		printf("%s_size=%zu ", name, size);
}

static void map(const char *name, size_t size, int protection, int flags, int fd)
{
	void *p = mmap(NULL, size, protection, flags, fd, 0);

	if (p != MAP_FAILED && protection & PROT_WRITE)
		memset(p, 1, size < PAGES(4) ? size : PAGES(4));
	say(name, p, size);
}

static int make_file(const char *name, size_t size)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	unlink(path); /* another user's, maybe */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)size))
		exit(1);
	return fd;
}

static void map_file(const char *key, const char *name, int flags, int removed)
{
	char path[PATH_MAX];
	int fd = make_file(name, PAGES(3));

	map(key, PAGES(3), PROT_READ | PROT_WRITE, flags, fd);
	close(fd);
	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (removed)
		unlink(path);
}

static void map_sysv(void)
{
	int id = shmget(IPC_PRIVATE, PAGES(4), IPC_CREAT | 0600);
	void *p = id < 0 ? NULL : shmat(id, NULL, 0);

	shmctl(id, IPC_RMID, NULL);
	say("sysv", p, PAGES(4));
	printf("shmid=%d ", id);
}

static void map_posix(void)
{
	char name[64];
	int fd;

	snprintf(name, sizeof name, "/twintop-test-%d", (int)getpid());
	fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || ftruncate(fd, PAGES(2)))
		printf("posix=0 ");
	else
		map("posix", PAGES(2), PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	close(fd);
	shm_unlink(name);
}

static void map_named(void)
{
	void *p = mmap(NULL, PAGES(5), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int known = !prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, PAGES(5), "my name");

	say("named", known ? p : NULL, PAGES(5));
}

static void map_split(void)
{
	split_at = mmap(NULL, PAGES(64), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	say("split", split_at, PAGES(64));
}

static void *wait_forever(void *arg)
{
	say("thread_stack", &arg, 0);
	fflush(stdout);
	pause();
	return NULL;
}

static void report(void)
{
	int local = 0, fd;
	pthread_t t;

	printf("pid=%d ", (int)getpid());
	say("code", (void *)(uintptr_t)report, 0);
	say("rodata", constants, 0);
	say("data", &data[1024], 0);
	say("bss", zeros + sizeof zeros - 64, 0);
	say("heap", malloc(64), 0);
	say("stack", &local, 0);
	say("library_code", (void *)(uintptr_t)getenv, 0);
	say("library_data", stdout, 0);
	say("vdso", (void *)getauxval(AT_SYSINFO_EHDR), 0);
	map("anonymous", PAGES(10), PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		-1);
	map("reserved", 96ul << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	map("shared", PAGES(6), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	fd = memfd_create("counter (deleted)", 0);
	if (fd < 0 || ftruncate(fd, PAGES(7)))
		exit(1);
	map("memfd", PAGES(7), PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	map("hugetlb", 2ul << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
	map_file("file", "plain", MAP_PRIVATE, 0);
	map_file("shared_file", "shared", MAP_SHARED, 0);
	map_file("odd", "two\nlines \\ and \033[1m", MAP_PRIVATE, 0);
	map_file("removed", "removed", MAP_PRIVATE, 1);
	map_file("named_so", "really (deleted)", MAP_PRIVATE, 0);
	map_sysv();
	map_posix();
	map_named();
	map_split();
	pthread_create(&t, NULL, wait_forever, NULL);
	usleep(100000);
	putchar('\n');
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char line[64];

	alarm(120);
	if (argc < 2)
		return 2;
	folder = argv[1];
	report();
	while (fgets(line, sizeof line, stdin)) {
		int split = !strcmp(line, "split\n");

		mprotect(split_at + PAGES(16), PAGES(16),
			split ? PROT_READ : PROT_READ | PROT_WRITE);
		printf("split=%d\n", split);
		fflush(stdout);
	}
	_exit(0);
}
