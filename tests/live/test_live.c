/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tests' own promise: a test that fails leaves nothing to the next one. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"

#define PIDS 4

/* In memory that processes share. */
static struct {
	pid_t left[PIDS];
	unsigned n, runs;
} * seen;

static void remember(pid_t pid)
{
	assert_true(seen->n < PIDS);
	assert_int_equal(kill(pid, 0), 0);
	seen->left[seen->n++] = pid;
}

static void leaves_a_family(void **state)
{
	struct specimen *s = specimen_start("cow", "anon", "4", NULL);

	(void)state;
	specimen_say(s, "fork");
	remember(specimen_pid(s));
	remember((pid_t)specimen_number(s, "child"));
	fail();
}

static void leaves_a_child(void **state)
{
	pid_t pid = fork();

	(void)state;
	if (!pid)
		for (;;)
			pause();
	remember(pid);
	fail();
}

static void start_one_and_fail(void *context)
{
	(void)context;
	remember(specimen_pid(specimen_start("threads", NULL)));
	fail();
}

static void leaves_a_specimen_of_nobody(void **state)
{
	(void)state;
	as_nobody(start_one_and_fail, NULL);
}

static void skip_as_nobody(void *context)
{
	(void)context;
	remember(specimen_pid(specimen_start("threads", NULL)));
	skip();
}

static void skips_as_nobody(void **state)
{
	(void)state;
	as_nobody(skip_as_nobody, NULL);
	fail();
}

static void meets_none(void **state)
{
	(void)state;
	seen->runs++;
	for (unsigned i = 0; i < seen->n; i++) {
		assert_int_equal(kill(seen->left[i], 0), -1);
		assert_int_equal(errno, ESRCH);
	}
}

/* Exits with how many failed; what they say of it is not meant for people. */
_Noreturn static void run_quietly(const struct CMUnitTest first)
{
	const struct CMUnitTest tests[] = {first, cmocka_unit_test(meets_none)};
	int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

	dup2(nothing, 1);
	dup2(nothing, 2);
	_exit(live_run(tests, NULL, NULL));
}

/* So many fail of that test and the one behind it, which runs once and meets none of n processes.
 */
static void expect_ended(const struct CMUnitTest first, unsigned n, int failed)
{
	int status;
	pid_t pid;

	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(seen != MAP_FAILED);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		run_quietly(first);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), failed);
	assert_int_equal(seen->n, n);
	assert_int_equal(seen->runs, 1);
	munmap(seen, sizeof *seen);
}

static void a_specimen_and_its_child_end_with_a_failed_test(void **state)
{
	(void)state;
	expect_ended((struct CMUnitTest)cmocka_unit_test(leaves_a_family), 2, 1);
}

static void any_child_ends_with_a_failed_test(void **state)
{
	(void)state;
	expect_ended((struct CMUnitTest)cmocka_unit_test(leaves_a_child), 1, 1);
}

static void a_failure_as_nobody_is_one_failure(void **state)
{
	(void)state;
	expect_ended((struct CMUnitTest)cmocka_unit_test(leaves_a_specimen_of_nobody), 1, 1);
}

static void a_skip_as_nobody_skips(void **state)
{
	(void)state;
	expect_ended((struct CMUnitTest)cmocka_unit_test(skips_as_nobody), 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_specimen_and_its_child_end_with_a_failed_test),
		cmocka_unit_test(any_child_ends_with_a_failed_test),
		cmocka_unit_test(a_failure_as_nobody_is_one_failure),
		cmocka_unit_test(a_skip_as_nobody_skips),
	};

	return live_run(tests, NULL, NULL);
}
