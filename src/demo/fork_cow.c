/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork-cow: watch fork() copy nothing, and then one page at a time.
 *
 * A process fills an array of 64 pages and a heap of 16, and forks. From then on
 * each Enter makes the child or the parent write some of those pages. The parent
 * says what comes next and why; the child only does what it is told.
 *
 *     twintop demo fork-cow     with both processes side by side on the screen
 *     fork-cow                  alone, in a terminal: Enter goes on, Ctrl-D ends
 *
 * What there is to see (Pages view): right after fork every page of the two is
 * one frame of memory. A write to such a page traps into the kernel, which gives
 * the writer a copy of its own: one more frame, and only for that page.
 *
 * It reads and writes with bare read() and dprintf(), because stdio keeps its
 * buffers on the heap and would be seen copying pages there that nobody asked for.
 * Besides, each process copies a page of its stack, and the parent one of its
 * variables: calling a function and keeping the child's number are writes, too.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	    4096
#define ARRAY_PAGES 64
#define HEAP_PAGES  16

/* On a border of pages, so that page i of it is a page of the machine. */
static _Alignas(PAGE) volatile char array[ARRAY_PAGES * PAGE];
static volatile char *heap;

/* What the parent tells the child, through a pipe. */
struct order {
	enum { WRITE, READ, LEAVE } what;
	volatile char *from; /* the same address means the same in both: that is what fork does */
	int pages;
};

static pid_t child;
static int orders[2], answers[2]; /* pipes: parent to child, child to parent */

/* ---- what both can do ------------------------------------------------------- */

/* One byte is enough: the kernel copies whole pages. */
static void write_pages(volatile char *from, int pages)
{
	for (int i = 0; i < pages; i++)
		from[i * PAGE]++;
}

static char read_pages(const volatile char *from, int pages)
{
	char sum = 0;

	for (int i = 0; i < pages; i++)
		sum = (char)(sum + from[i * PAGE]);
	return sum;
}

/* ---- the child ---------------------------------------------------------------- */

static void child_run(pid_t parent)
{
	struct order order;

	/* Whatever ends the parent ends us, even if it ended before we could ask for that. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	close(orders[1]);
	close(answers[0]);
	while (read(orders[0], &order, sizeof order) == sizeof order) {
		if (order.what == LEAVE)
			break;
		if (order.what == WRITE)
			write_pages(order.from, order.pages);
		else
			read_pages(order.from, order.pages);
		if (write(answers[1], "", 1) != 1)
			break;
	}
	_exit(0);
}

/* ---- the parent --------------------------------------------------------------- */

static void fail(const char *what)
{
	dprintf(2, "fork-cow: %s: %s\n", what, strerror(errno));
	exit(1); /* the child goes with us */
}

static void tell_child(int what, volatile char *from, int pages)
{
	const struct order order = {.what = what, .from = from, .pages = pages};
	char done;

	if (write(orders[1], &order, sizeof order) != sizeof order)
		fail("the child does not listen");
	if (what != LEAVE && read(answers[0], &done, 1) != 1)
		fail("the child does not answer");
}

static void do_fork(void)
{
	const pid_t parent = getpid();

	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0)
		child_run(parent);
	close(orders[0]);
	close(answers[1]);
	dprintf(1, "   (the child is process %d)\n", (int)child);
}

static void child_writes_one(void)
{
	tell_child(WRITE, array + 3 * PAGE, 1);
}

static void parent_writes_one(void)
{
	write_pages(array + 8 * PAGE, 1);
}

static void child_writes_again(void)
{
	tell_child(WRITE, array + 3 * PAGE, 1);
}

static void child_writes_eight(void)
{
	tell_child(WRITE, array + 16 * PAGE, 8);
}

static void parent_writes_four(void)
{
	write_pages(array + 32 * PAGE, 4);
}

static void child_writes_heap(void)
{
	tell_child(WRITE, heap + 4 * PAGE, 4);
}

static void both_write_one(void)
{
	tell_child(WRITE, array + 48 * PAGE, 1);
	write_pages(array + 48 * PAGE, 1);
}

static void child_reads(void)
{
	tell_child(READ, array, ARRAY_PAGES);
}

static void child_leaves(void)
{
	int status;

	tell_child(LEAVE, NULL, 0);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
	child = 0;
}

static void parent_writes_all(void)
{
	write_pages(array, ARRAY_PAGES);
}

static const struct step {
	const char *announcement;
	void (*act)(void);
} steps[] = {
	{"fork() comes next. It copies no page: parent and child will map the\n"
	 "   same frames, write-protected, at the same addresses.",
		do_fork},
	{"The child writes page 3 of the array. The write traps; the kernel copies\n"
	 "   that page for it. The parent keeps the old frame, 63 stay shared.",
		child_writes_one},
	{"The parent writes page 8. It works both ways: now the parent gets the\n"
	 "   copy, and the child keeps the old frame.",
		parent_writes_one},
	{"The child writes page 3 again. No copy: the page is its own by now.", child_writes_again},
	{"The child writes pages 16 to 23. Eight traps, eight copies.", child_writes_eight},
	{"The parent writes pages 32 to 35. Four more copies; pages that nobody\n"
	 "   writes stay shared.",
		parent_writes_four},
	{"The child writes pages 4 to 7 of the heap. malloc's memory is no\n"
	 "   different: shared page by page.",
		child_writes_heap},
	{"Both write page 48, the child first. It gets a copy; the parent, then\n"
	 "   alone on the old frame, just keeps it: one copy, not two.",
		both_write_one},
	{"The child reads the whole array. Reading copies nothing.", child_reads},
	{"The child exits. Its own frames are freed; the shared ones become the\n"
	 "   parent's alone, without a copy.",
		child_leaves},
	{"The parent writes all 64 pages. Nobody shares them now: no copy.", parent_writes_all},
};

/* Whether Enter came; false at the end of the input. */
static int wait_for_enter(void)
{
	ssize_t n;
	char c;

	do
		n = read(0, &c, 1);
	while ((n < 0 && errno == EINTR) || (n == 1 && c != '\n'));
	return n == 1;
}

static void prepare(void)
{
	heap = aligned_alloc(PAGE, HEAP_PAGES * PAGE);
	if (!heap || pipe(orders) || pipe(answers))
		fail("prepare");
	/* Untouched memory has no pages yet: written once, each has a frame of its own. */
	write_pages(array, ARRAY_PAGES);
	write_pages(heap, HEAP_PAGES);
	dprintf(1, "fork-cow: process %d has filled an array of %d pages at %p\n", (int)getpid(),
		ARRAY_PAGES, (void *)(size_t)array);
	dprintf(1, "   and a heap of %d at %p.\n", HEAP_PAGES, (void *)(size_t)heap);
	if (sysconf(_SC_PAGESIZE) != PAGE)
		dprintf(1, "   (This machine's pages are larger: several of ours lie in one.)\n");
}

int main(void)
{
	const int n = sizeof steps / sizeof *steps;

	signal(SIGPIPE, SIG_IGN);
	prepare();
	for (int i = 0; i < n; i++) {
		dprintf(1, "%d. %s [Enter]\n", i + 1, steps[i].announcement);
		if (!wait_for_enter())
			return 0;
		steps[i].act();
	}
	dprintf(1, "That was all. [Enter]\n");
	wait_for_enter();
	return 0;
}
