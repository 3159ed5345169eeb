/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sp_writers MAIN THREAD KERNEL [ROOT] - pages that a child copies, by known code: MAIN pages in
 * fill_rows() by its main thread, THREAD pages in fill_columns() by a thread that it makes for
 * them, KERNEL pages inside read(2). ROOT is its root then; error=WHAT where that cannot be had.
 * Some tests build it in other ways.
 *
 * Prints "pid=N child=N rows=0xN columns=0xN reads=0xN page=N", where the code of each function
 * lies, "rows_from=0xN rows_to=0xN columns_from=…", and who wrote last, "main=N thread=N
 * fresh=0xN". Commands, each answered with the same line:
 *
 *   copy       the child does so; its thread has ended then
 *   new        first touches: fill_rows() of MAIN pages at "fresh" that nobody had
 *   parent     the parent writes its own pages in fill_rows()
 *   fork       another child, which copies as above at once
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each function alone in a section, whose bounds the linker tells. */
#define ALONE(name) __attribute__((noinline, section(#name)))
extern char __start_rows_code[], __stop_rows_code[];
extern char __start_columns_code[], __stop_columns_code[];
extern char __start_reads_code[], __stop_reads_code[];

struct area {
	volatile unsigned char *at;
	size_t pages;
};

struct done {
	pid_t main, thread;
	volatile unsigned char *fresh;
};

static struct area rows, columns, reads;
static size_t page;
static int zero; /* /dev/zero */
static int channel[2];
static pid_t child, thread_tid;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static pid_t tid(void)
{
	return (pid_t)syscall(SYS_gettid);
}

ALONE(rows_code) static void fill_rows(volatile unsigned char *at, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		at[i * page] = (unsigned char)i;
}

ALONE(columns_code) static void *fill_columns(void *unused)
{
	(void)unused;
	thread_tid = tid();
	for (size_t i = 0; i < columns.pages; i++)
		columns.at[i * page] = (unsigned char)i;
	return NULL;
}

/* The call is made here and in no library, so that this is where the program stands. */
ALONE(reads_code) static long read_pages(int fd)
{
	long done;
#ifdef __x86_64__
	__asm__ volatile(
		"syscall"
		: "=a"(done)
		: "0"((long)SYS_read), "D"((long)fd), "S"(reads.at), "d"(reads.pages * page)
		: "rcx", "r11", "memory");
#else
	done = read(fd, (void *)(uintptr_t)reads.at, reads.pages * page);
#endif
	return done;
}

static struct area map(const char *pages)
{
	struct area a = {.pages = strtoul(pages, NULL, 10)};
	void *p = mmap(NULL, (a.pages + 1) * page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise(p, (a.pages + 1) * page, MADV_NOHUGEPAGE);
	memset(p, 1, a.pages * page);
	a.at = p;
	return a;
}

static struct done copy(void)
{
	struct done d = {.main = tid()};
	pthread_t thread;

	fill_rows(rows.at, rows.pages);
	if (pthread_create(&thread, NULL, fill_columns, NULL))
		die("pthread_create");
	pthread_join(thread, NULL);
	d.thread = thread_tid;
	if (reads.pages && read_pages(zero) != (long)(reads.pages * page))
		die("read");
	return d;
}

static struct done touch_new(void)
{
	struct done d = {.main = tid()};

	d.fresh = mmap(NULL, rows.pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		-1, 0);
	if (d.fresh == MAP_FAILED)
		die("mmap");
	madvise((void *)(uintptr_t)d.fresh, rows.pages * page, MADV_NOHUGEPAGE);
	fill_rows(d.fresh, rows.pages);
	return d;
}

static void child_main(bool at_once)
{
	struct done d;
	char order;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(channel[0]);
	if (at_once) {
		d = copy();
		if (write(channel[1], &d, sizeof d) != (ssize_t)sizeof d)
			_exit(1);
	}
	while (read(channel[1], &order, 1) == 1) {
		d = order == 'c' ? copy() : touch_new();
		if (write(channel[1], &d, sizeof d) != (ssize_t)sizeof d)
			_exit(1);
	}
	_exit(0);
}

static void have_child(bool at_once)
{
	if (child)
		close(channel[0]);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel))
		die("socketpair");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child)
		child_main(at_once);
	close(channel[1]);
}

static struct done heed(void)
{
	struct done d;

	if (read(channel[0], &d, sizeof d) != (ssize_t)sizeof d)
		die("child");
	return d;
}

static struct done order(char what)
{
	if (write(channel[0], &what, 1) != 1)
		die("child");
	return heed();
}

static void say(const struct done *d)
{
	printf("pid=%d child=%d rows=%p columns=%p reads=%p page=%zu rows_from=%p rows_to=%p "
	       "columns_from=%p columns_to=%p reads_from=%p reads_to=%p main=%d thread=%d "
	       "fresh=%p\n",
		(int)getpid(), (int)child, (void *)(uintptr_t)rows.at,
		(void *)(uintptr_t)columns.at, (void *)(uintptr_t)reads.at, page,
		(void *)__start_rows_code, (void *)__stop_rows_code, (void *)__start_columns_code,
		(void *)__stop_columns_code, (void *)__start_reads_code, (void *)__stop_reads_code,
		(int)d->main, (int)d->thread, (void *)(uintptr_t)d->fresh);
	fflush(stdout);
}

static struct done run(const char *line)
{
	if (!strncmp(line, "copy", 4))
		return order('c');
	if (!strncmp(line, "new", 3))
		return order('n');
	if (!strncmp(line, "fork", 4)) {
		have_child(true);
		return heed();
	}
	fill_rows(rows.at, rows.pages);
	return (struct done){.main = tid()};
}

/* As somebody who is not root it takes a user namespace, where one may. */
static void enter(const char *root)
{
	if ((chroot(root) && (unshare(CLONE_NEWUSER) || chroot(root))) || chdir("/")) {
		printf("error=root\n");
		exit(0);
	}
}

int main(int argc, char **argv)
{
	struct done d;
	char line[256];

	alarm(120);
	page = (size_t)sysconf(_SC_PAGESIZE);
	zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (argc > 4)
		enter(argv[4]);
	d = (struct done){.main = tid()};
	rows = map(argc > 3 ? argv[1] : "1000");
	columns = map(argc > 3 ? argv[2] : "500");
	reads = map(argc > 3 ? argv[3] : "100");
	have_child(false);
	say(&d);
	while (fgets(line, sizeof line, stdin)) {
		d = run(line);
		say(&d);
	}
	close(channel[0]);
	while (wait(NULL) > 0)
		;
	return 0;
}
