/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork-cow: watch fork() copy nothing, and then one page at a time.
 *
 * A process fills an array of 64 pages and a heap of 16, and forks. Then the child or the parent
 * writes some of those pages, step by step. The parent says what comes next; the child only does
 * what it is told.
 *
 *     twintop demo fork-cow     with both processes side by side on the screen
 *
 * What there is to see (Pages view): right after fork every page of the two is one frame of
 * memory. A write to such a page traps into the kernel, which gives the writer a copy of its own:
 * one more frame, and only for that page. Besides, fork itself and each function that is called
 * write a few pages of the stack and of the program's own variables: those are copied at once.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

#define PAGE	    4096
#define ARRAY_PAGES 64
#define HEAP_PAGES  16

/* Page 1 is the first of each, so that page 3 is the third cell on the screen. */
static volatile char *array, *heap;

/* What the parent tells the child, through a pipe. */
struct order {
	enum { WRITE, READ, LEAVE } what;
	volatile char *from; /* the same address means the same in both: that is what fork does */
	int pages;
};

static pid_t child;
static int orders[2], answers[2]; /* pipes: parent to child, child to parent */

static void fail(const char *what)
{
	perror(what);
	exit(1); /* the child goes with us */
}

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

static volatile char *page(volatile char *of, int number)
{
	return of + (number - 1) * PAGE;
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
	while (read(orders[0], &order, sizeof order) == sizeof order && order.what != LEAVE) {
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
}

/* What will be told of the array's mapping: "copied", "cow_shared" … */
static void expect_array(const char *figure, const char *wanted, const char *name)
{
	char path[96];

	snprintf(path, sizeof path, "pair.mappings[start=%p].pages.%s", (void *)(size_t)array,
		figure);
	step_expect(path, wanted, name);
}

static void look_at(volatile char *address)
{
	step_view("pages");
	step_point("%p", (void *)(size_t)address);
}

/* The array fills a mapping of its own, between two pages that nobody may touch. */
static void prepare(void)
{
	char *room =
		mmap(NULL, (ARRAY_PAGES + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	heap = aligned_alloc(PAGE, HEAP_PAGES * PAGE);
	if (room == MAP_FAILED || !heap || pipe(orders) || pipe(answers))
		fail("prepare");
	array = room + PAGE;
	if (mprotect(room + PAGE, ARRAY_PAGES * PAGE, PROT_READ | PROT_WRITE))
		fail("mprotect");
	/* Untouched memory has no pages yet: filled, each has a frame of its own. */
	memset((void *)(size_t)array, 1, ARRAY_PAGES * PAGE);
	memset((void *)(size_t)heap, 1, HEAP_PAGES * PAGE);
}

static void array_steps(void)
{
	step("None: both map the same 64 frames, at the same addresses. Only what fork and its "
	     "callers wrote, a few pages of stack and variables, was copied. Now the child writes "
	     "one byte of page 3 of the array. The page is write-protected: the write traps, and "
	     "the kernel has to help.");
	step_ask("How many pages does the child own now?");
	look_at(page(array, 3));
	expect_array("copied", "1", "pages of the array copied:");
	expect_array("cow_shared", "63", "shared still:");
	step_wait();
	tell_child(WRITE, page(array, 3), 1);

	step("One page: the kernel copied it for the child, and the parent kept the old frame. Now "
	     "the parent writes page 8.");
	step_ask("How many pages are copied then?");
	look_at(page(array, 8));
	expect_array("copied", "2", "pages of the array copied:");
	step_wait();
	write_pages(page(array, 8), 1);

	step("It works both ways: this time the parent got the copy. The child writes page 3 "
	     "again.");
	step_ask("Is it copied once more?");
	look_at(page(array, 3));
	expect_array("copied", "+0", "copied by that:");
	step_wait();
	tell_child(WRITE, page(array, 3), 1);

	step("No: the page is the child's alone by now. It writes pages 17 to 24, a byte of each.");
	step_ask("How many are copied by that?");
	look_at(page(array, 17));
	expect_array("copied", "+8", "copied by that:");
	step_wait();
	tell_child(WRITE, page(array, 17), 8);

	step("Eight traps, eight copies. Both write page 48, the child first.");
	step_ask("One copy, or two?");
	look_at(page(array, 48));
	expect_array("copied", "+1", "copied by that:");
	step_wait();
	tell_child(WRITE, page(array, 48), 1);
	write_pages(page(array, 48), 1);

	step("One: the child got it; the parent, then alone on the old frame, just kept that. Now "
	     "the child reads the whole array.");
	step_ask("Does reading copy?");
	look_at(array);
	expect_array("copied", "+0", "copied by that:");
	step_wait();
	tell_child(READ, array, ARRAY_PAGES);
}

static void heap_step(void)
{
	step("No: who reads shares. The child writes pages 5 to 8 of a block from malloc; the "
	     "cursor is on the first of them.");
	step_ask("How many pages does that copy?");
	look_at(page(heap, 5));
	step_expect("pair.pages.copied", "+4", "pages copied by that:");
	step_wait();
	tell_child(WRITE, page(heap, 5), 4);
}

static void last_steps(void)
{
	char path[64];

	step("Four: the heap is no different. The child exits. Its own frames are freed; the "
	     "shared ones become the parent's alone, without a copy.");
	step_view("pages");
	snprintf(path, sizeof path, "processes[pid=%d].exit.code", (int)child);
	step_expect(path, "0", "the child's exit status:");
	step_wait();
	tell_child(LEAVE, NULL, 0);
	while (waitpid(child, NULL, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
	step_done();
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	prepare();
	step("The program has filled an array of 64 pages. fork() comes next: the child will have "
	     "the same memory, and the same array in it.");
	step_ask("How many pages of the array does the child own after fork?");
	look_at(array);
	expect_array("copied", "0", "pages of the array copied:");
	expect_array("cow_shared", "64", "shared:");
	step_wait();
	do_fork();
	array_steps();
	heap_step();
	last_steps();
	step("That was all.");
	step_wait();
	return 0;
}
