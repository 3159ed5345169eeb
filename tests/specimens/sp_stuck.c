/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that are stuck for good, by the first argument:
 *   lock  "stuck"'s address space is locked: a page of a dead FUSE mount is awaited with its lock
 *         held, so that who reads its arguments, mappings or memory waits; "healthy", of 4 threads,
 *         is its sibling
 *   word  a thread waits on a futex whose page is in the hands of a userfaultfd that nobody answers
 *   block the same of the page that holds the thread's control block
 *   folder  "folder" is of a FUSE mount, whose server is dead from the first order on
 *   holed FILE FROM TO  "file" is what FILE is, on a FUSE mount that never gives those bytes of it,
 *         and gives and takes none from the first order on
 *   file  a file of a FUSE mount is open as "fd" and mapped at "at"; then the file was removed, and
 *         the server is dead
 * Prints able=0 where the kernel does not permit it to us.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuse.h"

#define PAGE	  4096
#define SETTLE_US 300000

static void say(const char *line)
{
	puts(line);
	fflush(stdout);
}

static void until_end(void)
{
	char line[64];

	while (fgets(line, sizeof line, stdin))
		;
}

static int unable(void)
{
	say("able=0");
	until_end();
	return 0;
}

static struct fuse fuse;

static pid_t child(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fuse.die);
	}
	return pid;
}

static void *idle(void *context)
{
	(void)context;
	for (;;)
		pause();
	return NULL;
}

/* ---- lock ------------------------------------------------------------------ */

static int go_map[2];

static void *map_later(void *context)
{
	char byte;

	if (read(go_map[0], &byte, 1) == 1)
		mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return context;
}

/* Maps the file and tells where; one thread of it will ask for its lock to change the map. */
_Noreturn static void be_stuck(int tell)
{
	int fd = open(fuse.path, O_RDONLY);
	char *at = mmap(NULL, FUSE_FILE_BYTES, PROT_READ, MAP_PRIVATE, fd, 0);
	pthread_t thread;

	if (at == MAP_FAILED || *(volatile char *)at)
		_exit(1);
	pthread_create(&thread, NULL, map_later, NULL);
	if (write(tell, &at, sizeof at) != sizeof at)
		_exit(1);
	idle(NULL);
	_exit(0);
}

_Noreturn static void be_healthy(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, idle, NULL);
	idle(NULL);
	_exit(0);
}

/* Reads a byte of a file of pid: with offset, of its memory. */
_Noreturn static void read_of(pid_t pid, const char *name, off_t offset)
{
	char path[64], byte;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	_exit(pread(open(path, O_RDONLY), &byte, 1, offset) == 1 ? 0 : 1);
}

/* Whether who reads pid's arguments hangs. */
static bool is_locked(pid_t pid)
{
	pid_t reader = child();
	bool hangs;

	if (!reader)
		read_of(pid, "cmdline", 0);
	usleep(SETTLE_US);
	hangs = waitpid(reader, NULL, WNOHANG) == 0;
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
	return hangs;
}

static int run_lock(void)
{
	int tell[2];
	pid_t healthy, stuck, reader;
	uintptr_t at;

	if (!fuse_start(&fuse) || pipe2(tell, O_CLOEXEC) || pipe2(go_map, O_CLOEXEC))
		return unable();
	healthy = child();
	if (!healthy)
		be_healthy();
	stuck = child();
	if (!stuck)
		be_stuck(tell[1]);
	if (read(tell[0], &at, sizeof at) != sizeof at)
		return 1;
	fuse_die(&fuse);
	reader = child();
	if (!reader)
		read_of(stuck, "mem", (off_t)(at + FUSE_FILE_BYTES / 2));
	usleep(SETTLE_US);
	if (write(go_map[1], "x", 1) != 1)
		return 1;
	usleep(SETTLE_US);
	printf("able=%d pid=%d stuck=%d healthy=%d\n", is_locked(stuck), (int)getpid(), (int)stuck,
		(int)healthy);
	fflush(stdout);
	until_end();
	fuse_stop(&fuse);
	kill(reader, SIGKILL);
	kill(stuck, SIGKILL);
	kill(healthy, SIGKILL);
	return 0;
}

/* ---- word, block ----------------------------------------------------------- */

static char *page;

static void *wait_on_page(void *context)
{
	syscall(SYS_futex, page + 64, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return context;
}

/* Whoever touches the page from now on waits. */
static bool take_page(char *at)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register r = {
		.range = {(uintptr_t)at, PAGE}, .mode = UFFDIO_REGISTER_MODE_MISSING};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	return fd >= 0 && !ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &r) &&
	       !madvise(at, PAGE, MADV_DONTNEED);
}

static int run_word(void)
{
	pthread_t thread;

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	page[0] = 0;
	pthread_create(&thread, NULL, wait_on_page, NULL);
	usleep(SETTLE_US);
	if (!take_page(page))
		return unable();
	printf("able=1 pid=%d\n", (int)getpid());
	fflush(stdout);
	until_end();
	_exit(0);
}

/* The thread sleeps in the kernel: it will not miss its control block. */
static int run_block(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	uintptr_t block;

	pthread_attr_init(&attr);
	pthread_create(&thread, &attr, idle, NULL);
	usleep(SETTLE_US);
	block = (uintptr_t)thread & ~(uintptr_t)(PAGE - 1);
	if (!take_page((char *)block))
		return unable();
	printf("able=1 pid=%d\n", (int)getpid());
	fflush(stdout);
	until_end();
	_exit(0);
}

/* ---- file ------------------------------------------------------------------ */

static int run_file(void)
{
	char *at;
	int fd;

	if (!fuse_start(&fuse))
		return unable();
	fd = open(fuse.path, O_RDONLY);
	at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED || *(volatile char *)at || unlink(fuse.path))
		return 1;
	fuse_die(&fuse);
	printf("able=1 pid=%d fd=%d at=0x%lx\n", (int)getpid(), fd, (unsigned long)(uintptr_t)at);
	fflush(stdout);
	until_end();
	fuse_stop(&fuse);
	return 0;
}

/* It is there, and dead from the first order on. */
static int serve_until_told(void)
{
	char line[64];

	printf("able=1 pid=%d folder=%s file=%s\n", (int)getpid(), fuse.folder, fuse.path);
	fflush(stdout);
	if (fgets(line, sizeof line, stdin)) {
		fuse_die(&fuse);
		say("dead=1");
		until_end();
	}
	fuse_stop(&fuse);
	return 0;
}

static int run_folder(void)
{
	return fuse_start(&fuse) ? serve_until_told() : unable();
}

static int run_holed(const char *path, const char *from, const char *to)
{
	return fuse_start_with(&fuse, path, strtoull(from, NULL, 10), strtoull(to, NULL, 10))
		       ? serve_until_told()
		       : unable();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} mode[] = {{"lock", run_lock}, {"word", run_word}, {"block", run_block},
		{"file", run_file}, {"folder", run_folder}};

	alarm(120);
	if (argc == 5 && strcmp(argv[1], "holed") == 0)
		return run_holed(argv[2], argv[3], argv[4]);
	for (size_t i = 0; i < sizeof mode / sizeof *mode; i++)
		if (argc == 2 && strcmp(argv[1], mode[i].name) == 0)
			return mode[i].run();
	return 2;
}
