/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The demo fork-cow, driven by a pipe: each step does to the pages what it announces. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"

#define ARRAY_PAGES 64
#define HEAP_PAGES  16
#define ANSWER_MS   30000
#define EXCLUSIVE   (1ull << 56) /* pagemap: mapped by one process only */
#define PRESENT	    (1ull << 63)

struct demo {
	pid_t pid, child;
	int in, out;
	uint64_t array, heap;
	char text[4096]; /* what it said last */
};

static void run(const int in[2], const int out[2])
{
	const char *build = getenv("BUILDDIR");
	char path[4096];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof path, "%s/src/demo/fork-cow", build ? build : ".");
	dup2(in[0], 0);
	dup2(out[1], 1);
	execl(path, path, (char *)NULL);
	perror(path);
	_exit(99);
}

/* Reads up to the next prompt. */
static void listen_to(struct demo *d)
{
	struct pollfd p = {d->out, POLLIN, 0};
	size_t have = 0;

	memset(d->text, 0, sizeof d->text);
	while (!strstr(d->text, "[Enter]\n")) {
		ssize_t n;

		if (poll(&p, 1, ANSWER_MS) != 1)
			fail_msg("the demo says nothing more after \"%s\"", d->text);
		n = read(d->out, d->text + have, sizeof d->text - 1 - have);
		if (n <= 0)
			fail_msg("the demo ended after \"%s\"", d->text);
		have += (size_t)n;
	}
}

static uint64_t number_behind(const struct demo *d, const char *words)
{
	const char *at = strstr(d->text, words);

	if (!at)
		fail_msg("no \"%s\" in \"%s\"", words, d->text);
	return strtoull(at + strlen(words), NULL, 0);
}

static void start(struct demo *d)
{
	int in[2], out[2];

	memset(d, 0, sizeof *d);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	d->pid = fork();
	assert_true(d->pid >= 0);
	if (d->pid == 0)
		run(in, out);
	close(in[0]);
	close(out[1]);
	d->in = in[1];
	d->out = out[0];
	listen_to(d);
	assert_int_equal(number_behind(d, "process "), d->pid);
	d->array = number_behind(d, "pages at ");
	d->heap = number_behind(d, "heap of 16 at ");
}

static void enter(struct demo *d)
{
	assert_int_equal(write(d->in, "\n", 1), 1);
	listen_to(d);
}

static int end(struct demo *d)
{
	int status;

	assert_int_equal(waitpid(d->pid, &status, 0), d->pid);
	if (d->in >= 0)
		close(d->in);
	close(d->out);
	return status;
}

/* Pages of n at address that are mapped by this process alone; all must be present. */
static int exclusive(pid_t pid, uint64_t address, size_t n)
{
	uint64_t entry[ARRAY_PAGES];
	char path[64];
	int fd, count = 0;

	snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, entry, n * 8, (off_t)(address / 4096 * 8)), (ssize_t)(n * 8));
	close(fd);
	for (size_t i = 0; i < n; i++) {
		assert_true(entry[i] & PRESENT);
		count += (entry[i] & EXCLUSIVE) != 0;
	}
	return count;
}

static void check_pages(const struct demo *d, int array_pages, int heap_pages)
{
	assert_int_equal(exclusive(d->pid, d->array, ARRAY_PAGES), array_pages);
	assert_int_equal(exclusive(d->pid, d->heap, HEAP_PAGES), heap_pages);
	if (d->child == 0)
		return;
	assert_int_equal(exclusive(d->child, d->array, ARRAY_PAGES), array_pages);
	assert_int_equal(exclusive(d->child, d->heap, HEAP_PAGES), heap_pages);
}

static void skip_other_pages(void)
{
	if (sysconf(_SC_PAGESIZE) != 4096) {
		print_message("the demo counts pages of 4 KiB, this machine has others\n");
		skip();
	}
}

static void test_every_step(void **state)
{
	/* Pages that each of the two has for itself when the step is done: array, heap. */
	static const int after[][2] = {
		{0, 0}, {1, 0}, {2, 0}, {2, 0}, {10, 0}, {14, 0}, {14, 4}, {15, 4}, {15, 4}};
	struct demo d;

	(void)state;
	skip_other_pages();
	start(&d);
	check_pages(&d, ARRAY_PAGES, HEAP_PAGES);
	for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
		enter(&d);
		if (i == 0)
			d.child = (pid_t)number_behind(&d, "child is process ");
		check_pages(&d, after[i][0], after[i][1]);
	}
	enter(&d);
	assert_int_equal(kill(d.child, 0), -1);
	assert_int_equal(errno, ESRCH);
	d.child = 0;
	check_pages(&d, ARRAY_PAGES, HEAP_PAGES);
	enter(&d);
	assert_non_null(strstr(d.text, "That was all."));
	check_pages(&d, ARRAY_PAGES, HEAP_PAGES);
	assert_int_equal(write(d.in, "\n", 1), 1);
	assert_int_equal(end(&d), 0);
}

/* Whether pid is gone or a zombie within ten seconds. */
static int ends_soon(pid_t pid)
{
	const struct timespec pause = {0, 10000000};
	char path[64], text[256], *state;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	for (int i = 0; i < 1000; i++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return 1;
		n = read(fd, text, sizeof text - 1);
		close(fd);
		text[n > 0 ? n : 0] = 0;
		state = strrchr(text, ')');
		if (!state || state[2] == 'Z' || state[2] == 'X')
			return 1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* At the end of its input, or killed, it takes its child along. */
static void test_end_of_input(void **state)
{
	struct demo d;

	(void)state;
	start(&d);
	enter(&d);
	d.child = (pid_t)number_behind(&d, "child is process ");
	close(d.in);
	d.in = -1;
	assert_int_equal(end(&d), 0);
	assert_true(ends_soon(d.child));
}

static void test_killed(void **state)
{
	struct demo d;

	(void)state;
	start(&d);
	enter(&d);
	d.child = (pid_t)number_behind(&d, "child is process ");
	assert_int_equal(kill(d.pid, SIGKILL), 0);
	assert_int_equal(end(&d), SIGKILL);
	assert_true(ends_soon(d.child));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_step),
		cmocka_unit_test(test_end_of_input),
		cmocka_unit_test(test_killed),
	};

	return live_run(tests, NULL, NULL);
}
