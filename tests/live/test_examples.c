/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Examples of our own page faults: their registers and stacks, how many, and why there are none. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/perf_event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "src/feed/examples.h"

#define PAGES	 1000u
#define MARK	 0x6d61726b6d61726bull
#define SOMEBODY 64321 /* a user who runs nothing else: what he may lock is his alone */
#define FILLINGS 4096

static struct proc_root *root;

static __attribute__((noinline)) void touch(volatile char *at, size_t pages, size_t page)
{
	for (size_t i = 0; i < pages; i++)
		at[i * page] = 1;
}

static volatile char *fresh(size_t pages)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *at = mmap(
		NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(at != MAP_FAILED);
	madvise(at, pages * page, MADV_NOHUGEPAGE);
	return at;
}

static struct examples *open_own(void)
{
	struct fault_sink sink = {0};
	struct examples *e;
	int error;

	needs_allowed(ACCESS_PERF);
	error = examples_open(root, getpid(), &e);
	if (error == -EACCES || error == -EPERM || error == -EOPNOTSUPP) {
		print_message("examples: %s\n", examples_reason(error));
		skip();
	}
	assert_int_equal(error, 0);
	/* To open it touched pages, too. */
	examples_drain(e, &sink);
	fault_sink_free(&sink);
	return e;
}

static bool is_in(const volatile char *at, size_t pages, uint64_t address)
{
	return address - (uintptr_t)at < pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void an_example_has_registers_and_stack(void **state)
{
	volatile uint64_t marked[4] = {MARK, MARK, MARK, MARK}; /* on the caller's stack */
	struct examples *e = open_own();
	volatile char *at = fresh(4);
	struct fault_sink sink = {0};
	bool found = false;

	(void)state;
	touch(at, 4, (size_t)sysconf(_SC_PAGESIZE));
	examples_drain(e, &sink);
	for (size_t i = 0; i < sink.example.n; i++) {
		const struct fault_example *one = sink.example.item[i];
		const uint64_t mark = MARK;

		if (!is_in(at, 4, one->address))
			continue;
		found = true;
		assert_int_equal(one->pid, getpid());
		assert_int_equal(one->ip, one->registers.pc);
		assert_false(one->kernel);
		assert_true(one->registers.known & 1u << REGISTER_SP);
		/* It begins where the stack pointer was. */
		assert_true((uintptr_t)&found > one->registers.value[REGISTER_SP]);
		assert_non_null(memmem(one->stack, one->stack_n, &mark, sizeof mark));
	}
	assert_true(found && marked[0] == MARK);
	fault_sink_free(&sink);
	examples_close(e);
}

static void few_of_each_place_are_told(void **state)
{
	struct examples *e = open_own();
	volatile char *at = fresh(PAGES);
	struct fault_sink sink = {0};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < PAGES; i += 10) {
		touch(at + i * (size_t)sysconf(_SC_PAGESIZE), 10, (size_t)sysconf(_SC_PAGESIZE));
		examples_drain(e, &sink);
	}
	for (size_t i = 0; i < sink.example.n; i++)
		n += is_in(at, PAGES, sink.example.item[i]->address);
	/* The loop may have been unrolled: so many places there may be. */
	assert_in_range(n, 1, 16);
	fault_sink_free(&sink);
	examples_close(e);
}

/* ---- none ------------------------------------------------------------------------ */

static void without_files_it_says_so(void **state)
{
	struct rlimit before, few;
	struct examples *e = NULL;
	int error;

	(void)state;
	needs_allowed(ACCESS_PERF);
	examples_close(open_own());
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){15, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	error = examples_open(root, getpid(), &e);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(error, -EMFILE);
	assert_null(e);
	assert_non_null(strstr(examples_reason(error), "RLIMIT_NOFILE"));
}

/* Rings of this process until no more may be locked; false: there is no end of it. */
static bool fill_what_may_be_locked(void)
{
	const struct rlimit none = {0, 0};
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
		.size = sizeof attr,
		.config = PERF_COUNT_SW_DUMMY,
		.exclude_kernel = 1};
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = 8;

	setrlimit(RLIMIT_MEMLOCK, &none);
	for (int i = 0; i < FILLINGS; i++) {
		int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);

		if (fd < 0)
			return false;
		if (mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) !=
			MAP_FAILED)
			continue;
		if (errno != EPERM)
			return false;
		close(fd);
		if (!(pages /= 2))
			return true;
	}
	return false;
}

/* 0: as it should be; AS_NOBODY_SKIPPED: it cannot be tried. */
static int try_without_room(void)
{
	struct examples *e = NULL;
	int error;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setgroups(0, NULL) || setgid(SOMEBODY) || setuid(SOMEBODY))
		return AS_NOBODY_SKIPPED;
	prctl(PR_SET_DUMPABLE, 1);
	error = examples_open(root, getpid(), &e);
	if (error) /* not even with room */
		return AS_NOBODY_SKIPPED;
	examples_close(e);
	if (!fill_what_may_be_locked())
		return AS_NOBODY_SKIPPED;
	error = examples_open(root, getpid(), &e);
	return error == -EPERM && strstr(examples_reason(error), "perf_event_mlock_kb") ? 0 : 1;
}

static void without_room_it_says_so(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	needs_allowed(ACCESS_PERF);
	if (geteuid()) {
		print_message("only root becomes another user\n");
		skip();
	}
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(try_without_room());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == AS_NOBODY_SKIPPED) {
		print_message("what a user may lock has no bound here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void each_reason_is_a_text(void **state)
{
	const int error[] = {-EPERM, -ENOMEM, -EMFILE, -EOPNOTSUPP, -EINVAL, -ESRCH, -EIO};

	(void)state;
	assert_null(examples_reason(0));
	for (size_t i = 0; i < sizeof error / sizeof *error; i++)
		assert_true(strlen(examples_reason(error[i])) > 10);
}

static int begin(void **state)
{
	(void)state;
	return proc_root_open(NULL, &root);
}

static int end(void **state)
{
	(void)state;
	proc_root_close(root);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_example_has_registers_and_stack),
		cmocka_unit_test(few_of_each_place_are_told),
		cmocka_unit_test(without_files_it_says_so),
		cmocka_unit_test(without_room_it_says_so),
		cmocka_unit_test(each_reason_is_a_text),
	};

	return live_run(tests, begin, end);
}
