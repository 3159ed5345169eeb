/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses whose names are known. It is built in many ways by the test of it.
 *
 *   sp_symbols               prints row and table: where fill_row and fill_table wrote to memory,
 * each in mark_cell inlined at line row_line and table_line, at line cell_line of this file; lock,
 *       zeroed and hidden: inside lock_a (8 bytes in), zeroed (4000) and hidden (a static one, 4)
 *   sp_symbols within DIR    the same with DIR as its root
 *   sp_symbols map FILE      also maps FILE from its begin: at
 *   sp_symbols made          also makes code at run time, and names it in /tmp/perf-PID.map: old,
 * new (in the old one's place), and nameless beside them; prints code
 *
 * pid= is our own; error=WHAT where that cannot be had here.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096

static void *guarded;	     /* a page that may not be written, until it was */
static uintptr_t written_at; /* by the instruction there */

char lock_a[40] = "locked";
char zeroed[40000];
static char hidden[40] = "hidden";

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
	void *at;

	if (fd < 0 || fstat(fd, &stat))
		fail("open");
	at = mmap(NULL, (size_t)stat.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		fail("mmap");
	close(fd);
	printf(" at=%p", at);
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
	printf(" lock=%p zeroed=%p hidden=%p", (void *)(lock_a + 8), (void *)(zeroed + 4000),
		(void *)(hidden + 4));
	if (!strcmp(what, "map"))
		map_file(argv[2]);
	if (!strcmp(what, "made"))
		make_code();
	printf("\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	return 0;
}
