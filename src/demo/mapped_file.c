/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapped-file: a file as memory, shared or private.
 *
 * Parent and child have one file mapped twice: MAP_SHARED, where what one writes is the file, and
 * the other sees it; and MAP_PRIVATE, where a page is the file's until somebody writes it, and then
 * a copy that nobody else sees.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

#define PAGE  4096
#define PAGES 4
#define BYTES ((size_t)PAGES * PAGE)

static volatile char *shared, *private;
static int orders[2], answers[2];

/* Reads a byte of each page, so that all are there. */
static int touch(volatile const char *at)
{
	int sum = 0;

	for (int i = 0; i < PAGES; i++)
		sum += at[i * PAGE];
	return sum;
}

static void child_run(void)
{
	char order;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(orders[1]);
	touch(shared);
	touch(private);
	if (write(answers[1], "", 1) != 1)
		_exit(1);
	while (read(orders[0], &order, 1) == 1) {
		*(order == 's' ? shared : private) = order;
		if (write(answers[1], "", 1) != 1)
			break;
	}
	_exit(0);
}

static void wait_for_answer(void)
{
	char c;

	if (read(answers[0], &c, 1) != 1)
		exit(1);
}

static void let_child_write(char order)
{
	if (write(orders[1], &order, 1) != 1)
		exit(1);
	wait_for_answer();
}

static pid_t start(void)
{
	pid_t child;

	if (pipe(orders) || pipe(answers))
		exit(1);
	child = fork();
	if (child < 0)
		exit(1);
	if (child == 0)
		child_run();
	close(orders[0]);
	close(answers[1]);
	wait_for_answer();
	return child;
}

static void expect_pages(volatile const char *at, const char *kind, const char *n, const char *name)
{
	char path[96];

	snprintf(path, sizeof path, "pair.mappings[start=%p].pages.%s", (void *)(size_t)at, kind);
	step_expect(path, n, name);
}

/* Where to look: at that mapping. */
static void look_at(const char *view, volatile const char *at)
{
	step_view(view);
	step_point("%p", (void *)(size_t)at);
}

static void show_shared(int fd)
{
	char c = 0;

	step("Four: those of the file. The child writes to the first page of the shared mapping.");
	step_ask("Does the parent see it, and whoever reads the file?");
	look_at("memory", shared);
	expect_pages(shared, "copied", "0", "pages of it that were copied:");
	step_wait();
	let_child_write('s');

	if (pread(fd, &c, 1, 0) != 1)
		exit(1);
	step("In the parent's memory there is '%c' now, and read() finds '%c' in the file. All "
	     "of it is one page: that of the file.",
		*shared, c);
	look_at("pages", shared);
	step_wait();
}

static void show_private(void)
{
	step("The child writes to the first page of the private mapping.");
	step_ask("How many pages does that copy?");
	look_at("memory", private);
	expect_pages(private, "used_by_both", "3", "pages that both still have in common:");
	step_wait();
	let_child_write('p');

	step("In the parent's memory there is still '%c': the child has a copy, and the file is "
	     "what it was.",
		*private);
	look_at("pages", private);
	step_wait();
}

int main(void)
{
	FILE *file = tmpfile();
	pid_t child;

	if (!file || ftruncate(fileno(file), BYTES))
		return 1;
	shared = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
	private = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(file), 0);
	if (shared == (volatile char *)MAP_FAILED || private == (volatile char *)MAP_FAILED)
		return 1;
	memset((void *)(size_t)shared, '.', BYTES);
	touch(private);
	step("A file of four pages is mapped twice: shared, and private. fork() comes next, and "
	     "both read all of it.");
	step_ask("How many pages of memory is that for 16 pages of mappings?");
	look_at("memory", shared);
	expect_pages(shared, "used_by_both", "4", "pages in common, shared:");
	expect_pages(private, "used_by_both", "4", "pages in common, private:");
	step_wait();
	child = start();
	show_shared(fileno(file));
	show_private();
	step_done();
	step("That was all: a program's code and data are private mappings of its file, too.");
	step_wait();
	close(orders[1]);
	waitpid(child, NULL, 0);
	return *shared != 's' || *private != 's';
}
