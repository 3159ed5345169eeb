/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds shared memory of every mechanism, PAGES pages each, that begin at BASE:
 *
 *   sp_shm family NAME BASE    a process and its child: shared anonymous memory, POSIX
 *       shared memory /NAME, a System V segment, a memfd, a file mapped MAP_SHARED, and
 *       private memory ("cow"). After the fork the parent writes pages 0 to 9 of each, the
 *       child 6 to 13; of the private memory, all written before, the child writes 3. A
 *       third process writes pages 8 to 10 of the POSIX memory, and the parent maps the
 *       memfd twice and writes pages 6 to 8 of it there, too. Told "apart" the child
 *       maps all but the private memory elsewhere and writes the same pages there.
 *   sp_shm stranger NAME BASE FROM COUNT    opens /NAME, the segment with a key made of
 *       NAME and the file by name, makes what is missing, and writes COUNT pages of each.
 *
 * Prints NAME=address of each, and child_NAME after "apart". What has a name is removed at the end.
 */
#define PAGES 16ul

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANON, POSIX, SYSV, MEMFD, NAMED_FILE, COW, KINDS };
static const char *const kind_name[KINDS] = {"anon", "posix", "sysv", "memfd", "file", "cow"};

static volatile char *at[KINDS];
static int fd[KINDS], shmid = -1;
static size_t page, size;
static uintptr_t base;
static char posix_name[64], file_name[PATH_MAX];
static key_t key;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void *place(int kind)
{
	return (void *)(base + (uintptr_t)kind * 0x1000000);
}

static int open_sized(int opened)
{
	if (opened < 0 || ftruncate(opened, (off_t)size))
		die("open");
	return opened;
}

static void map_kind(int kind)
{
	int flags = kind == COW ? MAP_PRIVATE : MAP_SHARED;
	void *p;

	if (kind == SYSV) {
		p = shmat(shmid, place(kind), 0);
	} else {
		if (kind == ANON || kind == COW)
			flags |= MAP_ANONYMOUS;
		p = mmap(place(kind), size, PROT_READ | PROT_WRITE, flags, fd[kind], 0);
	}
	if (p == MAP_FAILED || p != place(kind))
		die(kind_name[kind]);
	at[kind] = p;
}

static void open_all(int family)
{
	for (int i = 0; i < KINDS; i++)
		fd[i] = -1;
	fd[POSIX] = open_sized(shm_open(posix_name, O_RDWR | O_CREAT, 0600));
	fd[NAMED_FILE] = open_sized(open(file_name, O_RDWR | O_CREAT, 0600));
	shmid = shmget(key, size, IPC_CREAT | 0600);
	if (shmid < 0)
		die("shmget");
	if (family)
		fd[MEMFD] = open_sized(memfd_create("sp_shm", 0));
}

/* Writes without reading: a read would map the neighbours that are in memory, too. */
static void touch(int kind, size_t from, size_t count)
{
	for (size_t i = from; at[kind] && i < from + count; i++)
		at[kind][i * page] = 1;
}

static void touch_shared(size_t from, size_t count)
{
	for (int i = 0; i < COW; i++)
		touch(i, from, count);
}

static void say(const char *prefix)
{
	for (int i = 0; i < KINDS; i++)
		printf(" %s%s=%#jx", prefix, kind_name[i], (uintmax_t)(uintptr_t)at[i]);
}

static void say_objects(void)
{
	struct stat file;

	if (fstat(fd[NAMED_FILE], &file))
		die("fstat");
	printf(" shmid=%d key=%d inode=%ju pages=%lu", shmid, (int)key, (uintmax_t)file.st_ino,
		PAGES);
}

/* The child maps everything that is shared at other addresses. */
static void move_all(void)
{
	base += 0x4000000000;
	for (int i = 0; i < COW; i++) {
		if (i == ANON) {
			at[i] = mremap((void *)(uintptr_t)at[i], size, size,
				MREMAP_MAYMOVE | MREMAP_FIXED, place(i));
			if (at[i] == MAP_FAILED)
				die("mremap");
			continue;
		}
		if (i == SYSV ? shmdt((void *)(uintptr_t)at[i])
			      : munmap((void *)(uintptr_t)at[i], size))
			die("unmap");
		map_kind(i);
	}
	touch_shared(6, 8);
}

static _Noreturn void be_child(int orders, int answers)
{
	char c = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	touch_shared(6, 8);
	touch(COW, 0, 3);
	for (;;) {
		if (write(answers, &c, 1) != 1 || read(orders, &c, 1) != 1)
			_exit(0);
		if (c == 'a')
			move_all();
	}
}

static _Noreturn void be_third(int answers)
{
	char c = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	touch(POSIX, 8, 3);
	if (write(answers, &c, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void await(int answers)
{
	char c;

	if (read(answers, &c, 1) != 1)
		die("child");
}

/* The parent maps the memfd a second time: its frames are mapped three times by two. */
static void map_again(void)
{
	volatile char *p =
		mmap(place(KINDS), size, PROT_READ | PROT_WRITE, MAP_SHARED, fd[MEMFD], 0);

	if (p == MAP_FAILED)
		die("mmap");
	for (size_t i = 6; i < 9; i++)
		p[i * page] = 1;
}

static void family(void)
{
	int orders[2], answers[2];
	char line[64];
	pid_t child, third;

	if (pipe(orders) || pipe(answers))
		die("pipe");
	for (int i = 0; i < KINDS; i++)
		map_kind(i);
	touch(COW, 0, PAGES);
	child = fork();
	if (!child)
		be_child(orders[0], answers[1]);
	await(answers[0]);
	third = fork();
	if (!third)
		be_third(answers[1]);
	await(answers[0]);
	touch_shared(0, 10);
	map_again();
	printf("pid=%d child=%d", (int)getpid(), (int)child);
	say("");
	say_objects();
	printf("\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		if (write(orders[1], line, 1) != 1)
			die("order");
		await(answers[0]);
		/* Only the addresses move, and by one distance. */
		base += 0x4000000000;
		printf("moved=%#lx\n", 0x4000000000ul);
		fflush(stdout);
	}
	kill(child, SIGKILL);
	kill(third, SIGKILL);
}

static void stranger(size_t from, size_t count)
{
	char line[64];

	map_kind(POSIX);
	map_kind(SYSV);
	map_kind(NAMED_FILE);
	touch_shared(from, count);
	printf("pid=%d", (int)getpid());
	say("");
	say_objects();
	printf("\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
}

int main(int argc, char **argv)
{
	int alone = argc == 6 && !strcmp(argv[1], "stranger");

	if (!alone && (argc != 4 || strcmp(argv[1], "family")))
		return 2;
	alarm(120);
	page = (size_t)sysconf(_SC_PAGESIZE);
	size = PAGES * page;
	base = strtoul(argv[3], NULL, 16);
	snprintf(posix_name, sizeof posix_name, "/%s", argv[2]);
	snprintf(file_name, sizeof file_name, "/tmp/%s", argv[2]);
	for (const char *c = argv[2]; *c; c++)
		key = (key_t)((unsigned)key * 31 + (unsigned char)*c) & 0x3fffffff;
	open_all(!alone);
	if (alone)
		stranger(strtoul(argv[4], NULL, 10), strtoul(argv[5], NULL, 10));
	else
		family();
	shm_unlink(posix_name);
	unlink(file_name);
	shmctl(shmid, IPC_RMID, NULL);
	return 0;
}
