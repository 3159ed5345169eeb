/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two processes, A and its child B, that map things which maps shows by device and inode as if they
 * were one, or by none:
 *
 *   sp_objects rings      perf: a ring of an event of its own each. uring: a ring that both have,
 *       uring_own: one of its own each. bpf, bpf2: two BPF maps that both have, bpf_own: one of its
 *       own each, bpf_moved: bpf once more, in B elsewhere (bpf_there). A name is left out where
 * the kernel or our rights refuse. sp_objects overlay    an overlay of two file systems that number
 * their files alike: shared and private: A has the first file of one, B that of the other at the
 * same address. common: both have one file, by one name. linked: both have one file of a plain file
 * system, by two names. sp_objects segment kept|removed    the first System V segment of an IPC
 * namespace: its id is 0.
 *
 * Prints pid, child and the addresses, which are equal in both but where it says otherwise; error=
 * where it cannot be had.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BASE ((char *)0x300000000000)
#define STEP 0x1000000
#define RING 9 /* pages of a perf ring */

static size_t page;

/* A place for each name; a mapping there, or none. */
enum { PERF, URING, URING_OWN, BPF, BPF2, BPF_OWN, BPF_MOVED, PLACES };
static const char *const name[PLACES] = {
	"perf", "uring", "uring_own", "bpf", "bpf2", "bpf_own", "bpf_moved"};

static char *place(int i)
{
	return BASE + (size_t)i * STEP;
}

/* Maps and touches; NULL where it cannot be. at NULL: anywhere, as the rings of io_uring demand. */
static char *map_at(char *at, int fd, size_t pages)
{
	volatile char sum = 0;
	char *p;

	if (fd < 0)
		return NULL;
	p = mmap(
		at, pages * page, PROT_READ | PROT_WRITE, MAP_SHARED | (at ? MAP_FIXED : 0), fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	for (size_t i = 0; i < pages; i++)
		sum = (char)(sum + p[i * page]);
	return p;
}

static int perf_open(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
		.size = sizeof attr,
		.config = PERF_COUNT_SW_CONTEXT_SWITCHES,
		.disabled = 1,
		.exclude_kernel = 1};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static int uring_open(void)
{
	struct io_uring_params params = {0};

	return (int)syscall(SYS_io_uring_setup, 8, &params);
}

static int bpf_open(void)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = (unsigned)page,
		.max_entries = 4,
		.map_flags = BPF_F_MMAPABLE};

	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr);
}

/* What each has for itself, mostly at the same places. */
static void map_own(char *has[PLACES])
{
	has[PERF] = map_at(place(PERF), perf_open(), RING);
	has[URING_OWN] = map_at(NULL, uring_open(), 1);
	has[BPF_OWN] = map_at(place(BPF_OWN), bpf_open(), 4);
}

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

static _Noreturn void be_child(int told)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(told, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* The child is ready; says who is who. */
static int await(int told, pid_t child)
{
	char c;

	if (read(told, &c, 1) != 1)
		return 0;
	printf("pid=%d child=%d", (int)getpid(), (int)child);
	return 1;
}

static int rings(void)
{
	int told[2], bpf = bpf_open();
	char *has[PLACES] = {0};
	pid_t child;

	if (pipe(told))
		return 1;
	has[URING] = map_at(NULL, uring_open(), 1);
	has[BPF] = map_at(place(BPF), bpf, 4);
	has[BPF2] = map_at(place(BPF2), bpf_open(), 4);
	child = fork();
	if (!child) {
		map_own(has);
		map_at(place(PLACES), bpf, 4);
		be_child(told[1]);
	}
	map_own(has);
	has[BPF_MOVED] = map_at(place(BPF_MOVED), bpf, 4);
	if (!await(told[0], child))
		return 1;
	for (int i = 0; i < PLACES; i++)
		if (has[i])
			printf(" %s=%p", name[i], (void *)has[i]);
	printf(" bpf_there=%p", (void *)place(PLACES));
	stay();
	kill(child, SIGKILL);
	return 0;
}

/* ---- files --------------------------------------------------------------- */

enum { SHARED, PRIVATE, COMMON, LINKED, FILES };
static const char *const file_name[FILES] = {"shared", "private", "common", "linked"};

static int make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	int error = fd < 0 || ftruncate(fd, (off_t)page) || write(fd, path, strlen(path)) < 0;

	if (fd >= 0)
		close(fd);
	return error;
}

static int mount_lower(const char *path)
{
	return mkdir(path, 0700) || mount("sp_objects", path, "tmpfs", 0, "size=1m");
}

/* In a mount namespace of our own: nothing of it stays. */
static int make_overlay(const char *root)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -1;
	if (mount("sp_objects", root, "tmpfs", 0, "size=1m") || chdir(root))
		return -1;
	if (mount_lower("one") || mount_lower("two") || mkdir("all", 0700))
		return -1;
	if (make_file("one/x") || make_file("two/y") || make_file("plain") || link("plain", "link"))
		return -1;
	return mount("sp_objects", "all", "overlay", 0, "lowerdir=one:two,xino=off");
}

static int map_file(int which, const char *path, int flags)
{
	int fd = open(path, O_RDONLY);
	volatile char first;
	char *p;

	if (fd < 0)
		return 0;
	p = mmap(place(which), page, PROT_READ, flags | MAP_FIXED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return 0;
	first = p[0];
	(void)first;
	return 1;
}

static int map_files(int b)
{
	const char *own = b ? "all/y" : "all/x";

	return map_file(SHARED, own, MAP_SHARED) && map_file(PRIVATE, own, MAP_PRIVATE) &&
	       map_file(COMMON, "all/x", MAP_SHARED) &&
	       map_file(LINKED, b ? "link" : "plain", MAP_SHARED);
}

static void clean(const char *root)
{
	if (!chdir("/"))
		umount2(root, MNT_DETACH);
	rmdir(root);
}

static int overlay(void)
{
	char root[] = "/tmp/sp_objects-XXXXXX";
	int told[2], error;
	pid_t child;

	if (!mkdtemp(root) || pipe(told))
		return 1;
	error = make_overlay(root);
	if (error) {
		error = errno;
		clean(root);
		errno = error;
		return refused("overlay");
	}
	child = fork();
	if (!child) {
		if (!map_files(1))
			_exit(1);
		be_child(told[1]);
	}
	close(told[1]);
	if (!map_files(0) || !await(told[0], child))
		return refused("files");
	for (int i = 0; i < FILES; i++)
		printf(" %s=%p", file_name[i], (void *)place(i));
	stay();
	kill(child, SIGKILL);
	clean(root);
	return 0;
}

/* ---- the first segment --------------------------------------------------- */

static int segment(int removed)
{
	int id, told[2];
	pid_t child;
	char *p;

	if (pipe(told))
		return 1;
	if (unshare(CLONE_NEWIPC))
		return refused("unshare");
	id = shmget(IPC_PRIVATE, 3 * page, IPC_CREAT | 0600);
	p = id ? NULL : shmat(id, BASE, 0);
	if (p != BASE)
		return refused("segment");
	if (removed)
		shmctl(id, IPC_RMID, NULL);
	memset(p, 1, 3 * page);
	child = fork();
	if (!child) {
		p[0] = 2;
		be_child(told[1]);
	}
	if (!await(told[0], child))
		return 1;
	printf(" segment=%p", (void *)p);
	stay();
	kill(child, SIGKILL);
	return 0;
}

int main(int argc, char **argv)
{
	alarm(120);
	page = (size_t)sysconf(_SC_PAGESIZE);
	if (argc == 2 && !strcmp(argv[1], "rings"))
		return rings();
	if (argc == 2 && !strcmp(argv[1], "overlay"))
		return overlay();
	if (argc == 3 && !strcmp(argv[1], "segment"))
		return segment(!strcmp(argv[2], "removed"));
	return 2;
}
