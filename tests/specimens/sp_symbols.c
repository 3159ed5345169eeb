/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses whose names are known. It is built in many ways by the test of it. It prints row and
 * table: where fill_row and fill_table wrote to memory, each in mark_cell inlined at line row_line
 * and table_line, at line cell_line of this file; lock, zeroed and hidden: inside lock_a (8 bytes
 * in), zeroed (4000) and hidden (a static one, 4); base: where the program is mapped.
 *
 *   sp_symbols within DIR      the same with DIR as its root
 *   sp_symbols map FILE        also maps FILE from its begin: at; memory of no file: behind
 *   sp_symbols over FILE PATH  the same of PATH, where a mount namespace of its own has FILE
 *   sp_symbols made            also makes code, and names it in /tmp/perf-PID.map: "old", "new
 * code" in the place of its second half, and nothing behind; code sp_symbols wait            also
 * has threads wait for lock_w, locks_w[1] and one on the heap
 *
 * pid= is our own; error=WHAT where that cannot be had here.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096

static void *guarded;	     /* a page that may not be written, until it was */
static uintptr_t written_at; /* by the instruction there */

char lock_a[40] = "locked";
char zeroed[40000];
static char hidden[40] = "hidden";
pthread_mutex_t lock_w = PTHREAD_MUTEX_INITIALIZER, locks_w[2];
extern const char __ehdr_start[]; /* the linker's */

static _Noreturn void fail(const char *what)
{
	printf("error=%s\n", what);
	exit(0);
}

static void take_fault(int number, siginfo_t *info, void *context)
{
	ucontext_t *at = context;

	(void)number, (void)info;
#if defined __x86_64__
	written_at = (uintptr_t)at->uc_mcontext.gregs[REG_RIP];
#elif defined __aarch64__
	written_at = at->uc_mcontext.pc;
#else
	(void)at;
	fail("registers");
#endif
	mprotect(guarded, PAGE, PROT_READ | PROT_WRITE);
}

static inline __attribute__((always_inline)) void mark_cell(volatile char *cell)
{
	*cell = 7;
}
enum { CELL_LINE = __LINE__ - 2 };

static __attribute__((noinline)) void fill_row(volatile char *row)
{
	mark_cell(row + 1);
}
enum { ROW_LINE = __LINE__ - 2 };

__attribute__((noinline)) void fill_table(volatile char *table);
void fill_table(volatile char *table)
{
	mark_cell(table + 2);
}
enum { TABLE_LINE = __LINE__ - 2 };

static uintptr_t where(void (*fill)(volatile char *))
{
	guarded = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guarded == MAP_FAILED)
		fail("mmap");
	fill(guarded);
	return written_at;
}

static void map_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat stat;
	size_t room;
	char *behind;
	void *at;

	if (fd < 0 || fstat(fd, &stat))
		fail("open");
	room = ((size_t)stat.st_size + PAGE - 1) / PAGE * PAGE;
	behind =
		mmap(NULL, room + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (behind == MAP_FAILED)
		fail("mmap");
	at = mmap(behind, (size_t)stat.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd,
		0);
	if (at == MAP_FAILED)
		fail("mmap");
	close(fd);
	printf(" at=%p behind=%p", at, (void *)(behind + room));
}

/* As whoever may do it in a user namespace of his own. */
static void put_over(const char *file, const char *path)
{
	if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS))
		fail("unshare");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount(file, path, NULL, MS_BIND, NULL))
		fail("mount");
}

static void *wait_for(void *mutex)
{
	pthread_mutex_lock(mutex);
	return NULL;
}

static void wait_all(void)
{
	pthread_mutex_t *heap = calloc(1, sizeof *heap), *all[] = {&lock_w, &locks_w[1], heap};
	pthread_t thread;

	for (size_t i = 0; i < 3; i++) {
		pthread_mutex_lock(all[i]);
		if (pthread_create(&thread, NULL, wait_for, all[i]))
			fail("thread");
	}
}

static void make_code(void)
{
	char path[64];
	uintptr_t at = (uintptr_t)mmap(
		NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FILE *map;

	snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
	map = fopen(path, "w");
	if (!map)
		fail("perf-map");
	fprintf(map, "%lx 100 old\nno line\n%lx 40 new code\n", (unsigned long)at,
		(unsigned long)at + 0x80);
	fclose(map);
	printf(" code=%p", (void *)at);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_sigaction = take_fault, .sa_flags = SA_SIGINFO};
	const char *what = argc > 1 ? argv[1] : "";
	char line[64];

	if (!strcmp(what, "within") && (chroot(argv[2]) || chdir("/")))
		fail("chroot");
	sigaction(SIGSEGV, &action, NULL);
	printf("pid=%d row=%#lx table=%#lx cell_line=%d row_line=%d table_line=%d", (int)getpid(),
		(unsigned long)where(fill_row), (unsigned long)where(fill_table), CELL_LINE,
		ROW_LINE, TABLE_LINE);
	printf(" base=%p", (const void *)__ehdr_start);
	printf(" lock=%p zeroed=%p hidden=%p", (void *)(lock_a + 8), (void *)(zeroed + 4000),
		(void *)(hidden + 4));
	if (!strcmp(what, "map"))
		map_file(argv[2]);
	if (!strcmp(what, "over")) {
		put_over(argv[2], argv[3]);
		map_file(argv[3]);
	}
	if (!strcmp(what, "made"))
		make_code();
	if (!strcmp(what, "wait"))
		wait_all();
	printf("\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	return 0;
}
