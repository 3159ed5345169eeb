/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sp_cow KIND PAGES - two arrays of PAGES pages, and a child on command.
 *
 * KIND is what the first array is: anon (private, written), thp (the same, asking for huge
 * pages), full (as anon, and every byte is written), file (a private mapping of a file, read),
 * shared (MAP_SHARED, no name, written). The second array, "late", is private, anonymous and
 * untouched. Prints "pid=N array=0xN late=0xN pages=N". Commands, each answered with a line: fork
 * "child=N" share            a child by clone(CLONE_VM): "child=N" A|B w|r|d F N    parent or child
 * writes, reads or drops N pages of the array from page F A|B p F N        asks for them to be
 * swapped out A|B W|R|D F N    writes, reads or drops in "late" end              the child ends and
 * is reaped
 */
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct order {
	char what;
	unsigned first, count;
};

static size_t page, pages;
static volatile unsigned char *array, *late;
static volatile unsigned char sink;
static pid_t child;
static int channel[2];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void *map(size_t size, int protection, int flags, int fd)
{
	void *p = mmap(NULL, size, protection, flags, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void *map_file(size_t size)
{
	char name[] = "/tmp/sp_cow.XXXXXX";
	int fd = mkstemp(name);
	char *bytes = malloc(page);
	void *p;

	if (fd < 0 || !bytes)
		die("mkstemp");
	unlink(name);
	memset(bytes, 7, page);
	for (size_t i = 0; i < size / page; i++)
		if (write(fd, bytes, page) != (ssize_t)page)
			die("write");
	p = map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	close(fd);
	free(bytes);
	return p;
}

/* Aligned to 2 MiB, as a huge page has to be. */
static void *map_huge(size_t size)
{
	size_t huge = 2u << 20;
	uintptr_t p = (uintptr_t)map(
		size + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	p = (p + huge - 1) / huge * huge;
	madvise((void *)p, size, MADV_HUGEPAGE);
	return (void *)p;
}

static void touch(char what, volatile unsigned char *from, size_t first, size_t count)
{
	if (what == 'd' || what == 'p') {
		madvise((void *)(uintptr_t)(from + first * page), count * page,
			what == 'd' ? MADV_DONTNEED : MADV_PAGEOUT);
		return;
	}
	for (size_t i = first; i < first + count && i < pages; i++) {
		if (what == 'w')
			from[i * page]++;
		else
			sink += from[i * page];
	}
}

static void obey(const struct order *o)
{
	switch (o->what) {
	case 'w':
	case 'r':
	case 'd':
	case 'p':
		touch(o->what, array, o->first, o->count);
		break;
	case 'W':
		touch('w', late, o->first, o->count);
		break;
	case 'R':
		touch('r', late, o->first, o->count);
		break;
	default:
		touch('d', late, o->first, o->count);
	}
}

static void child_main(void)
{
	struct order o;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(channel[0]);
	while (read(channel[1], &o, sizeof o) == (ssize_t)sizeof o) {
		obey(&o);
		if (write(channel[1], "", 1) != 1)
			break;
	}
	_exit(0);
}

static void have_child(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel))
		die("socketpair");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child)
		child_main();
	close(channel[1]);
}

static _Noreturn int idle(void *nothing)
{
	(void)nothing;
	for (;;)
		pause();
}

static void share_space(void)
{
	static char stack[65536] __attribute__((aligned(64)));

	channel[0] = -1;
	child = clone(idle, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
	if (child < 0)
		die("clone");
}

static void end_child(void)
{
	if (!child)
		return;
	if (channel[0] < 0)
		kill(child, SIGKILL);
	else
		close(channel[0]);
	waitpid(child, NULL, 0);
	child = 0;
}

static void run(const char *line)
{
	struct order o = {0};
	char who, ack;

	if (!strncmp(line, "fork", 4))
		have_child();
	else if (!strncmp(line, "share", 5))
		share_space();
	else if (!strncmp(line, "end", 3))
		end_child();
	else if (sscanf(line, "%c %c %u %u", &who, &o.what, &o.first, &o.count) != 4)
		printf("error=1 ");
	else if (who == 'A')
		obey(&o);
	else if (write(channel[0], &o, sizeof o) != (ssize_t)sizeof o ||
		 read(channel[0], &ack, 1) != 1)
		die("child");
	printf("child=%d\n", (int)child);
}

int main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[1] : "anon";
	char line[256];

	alarm(120);
	page = (size_t)sysconf(_SC_PAGESIZE);
	pages = argc > 2 ? strtoul(argv[2], NULL, 10) : 64;
	late = map(pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	/* No huge page may make more pages than are asked for. */
	madvise((void *)(uintptr_t)late, pages * page, MADV_NOHUGEPAGE);
	if (!strcmp(kind, "file"))
		array = map_file(pages * page);
	else if (!strcmp(kind, "thp"))
		array = map_huge(pages * page);
	else
		array = map(pages * page, PROT_READ | PROT_WRITE,
			(strcmp(kind, "shared") ? MAP_PRIVATE : MAP_SHARED) | MAP_ANONYMOUS, -1);
	if (!strcmp(kind, "anon") || !strcmp(kind, "full"))
		madvise((void *)(uintptr_t)array, pages * page, MADV_NOHUGEPAGE);
	if (!strcmp(kind, "full"))
		memset((void *)(uintptr_t)array, 9, pages * page);
	touch(strcmp(kind, "file") ? 'w' : 'r', array, 0, pages);
	printf("pid=%d array=%p late=%p pages=%zu\n", (int)getpid(), (void *)(uintptr_t)array,
		(void *)(uintptr_t)late, pages);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		run(line);
		fflush(stdout);
	}
	end_child();
	return 0;
}
