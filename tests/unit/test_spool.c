/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that go by themselves, and what takes no more of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "twintop/base/clock.h"
#include "twintop/base/spool.h"

#define MOST	 65536u
#define PATIENCE 200000000u
#define BOUND_NS 10000000000u /* no wait of these tests is to take so long */
#define ROUNDS	 1000u

static char piece[4093]; /* what is written, again and again */

static struct spool *spool_of(int fd, uint64_t patience_ns)
{
	struct spool *s;

	for (size_t i = 0; i < sizeof piece; i++)
		piece[i] = (char)(i * 7);
	assert_int_equal(spool_new(fd, MOST, patience_ns, &s), 0);
	return s;
}

/* Writes until it is told that nothing goes any more, or so often. */
static int write_all(struct spool *s, unsigned rounds)
{
	int error = 0;

	while (!error && rounds--)
		error = spool_write(s, piece, sizeof piece);
	return error;
}

static void a_file_has_all_in_order(void **state)
{
	int fd = memfd_create("spool", MFD_CLOEXEC), copy = dup(fd);
	struct spool *s = spool_of(fd, PATIENCE);
	char got[sizeof piece];
	uint64_t written;

	(void)state;
	assert_int_equal(write_all(s, ROUNDS), 0);
	assert_true(spool_written(s) <= ROUNDS * sizeof piece);
	assert_int_equal(spool_end(s, &written), 0);
	assert_int_equal(written, ROUNDS * sizeof piece);
	for (unsigned i = 0; i < ROUNDS; i++) {
		assert_int_equal(pread(copy, got, sizeof got, i * (off_t)sizeof got), sizeof got);
		assert_memory_equal(got, piece, sizeof got);
	}
	assert_int_equal(pread(copy, got, 1, (off_t)written), 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	close(copy);
}

static void nothing_is_nothing(void **state)
{
	struct spool *s = spool_of(memfd_create("spool", MFD_CLOEXEC), 0);
	uint64_t written;

	(void)state;
	assert_int_equal(spool_error(s), 0);
	assert_int_equal(spool_end(s, &written), 0);
	assert_int_equal(written, 0);
}

/* What write(2) says is said by whatever comes next, and at the end. */
static void expect_fault(int fd, int error)
{
	struct spool *s = spool_of(fd, PATIENCE);
	uint64_t until = clock_monotonic_ns() + BOUND_NS, written;

	while (!spool_error(s) && clock_monotonic_ns() < until) {
		spool_write(s, piece, sizeof piece);
		clock_sleep_ns(1000000);
	}
	assert_int_equal(spool_error(s), error);
	assert_int_equal(spool_write(s, piece, sizeof piece), error);
	assert_int_equal(spool_end(s, &written), error);
}

static void a_full_disk_is_told(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0) {
		print_message("skipped: no /dev/full\n");
		skip();
	}
	expect_fault(fd, -ENOSPC);
}

static void a_reader_that_left_is_told(void **state)
{
	int fd[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	close(fd[0]);
	expect_fault(fd[1], -EPIPE);
}

static void a_limit_is_told(void **state)
{
	struct rlimit before, limit;
	char path[] = "/tmp/twintop-spool-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){3 * sizeof piece / 2, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	expect_fault(fd, -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

/* Of a reader that sleeps, with a descriptor that waits in write(2) and one that does not. */
static void expect_patience(int flags)
{
	uint64_t begin = clock_monotonic_ns(), written;
	int fd[2];
	struct spool *s;

	assert_int_equal(pipe2(fd, O_CLOEXEC | flags), 0);
	s = spool_of(fd[1], PATIENCE);
	assert_int_equal(write_all(s, ROUNDS), -ETIMEDOUT);
	assert_true(clock_monotonic_ns() - begin >= PATIENCE);
	assert_int_equal(spool_end(s, &written), -ETIMEDOUT);
	assert_true(written < ROUNDS * sizeof piece);
	assert_true(clock_monotonic_ns() - begin < BOUND_NS);
	/* Whatever was left behind ends with its reader. */
	close(fd[0]);
}

static void a_reader_that_sleeps_is_not_waited_for(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	expect_patience(0);
	expect_patience(O_NONBLOCK);
}

struct reader {
	int fd;
	uint64_t bytes;
};

static void *read_slowly(void *context)
{
	struct reader *r = context;
	char bytes[32768];
	ssize_t n;

	while ((n = read(r->fd, bytes, sizeof bytes)) > 0) {
		r->bytes += (uint64_t)n;
		clock_sleep_ns(2000000);
	}
	return NULL;
}

/* Nor is one that is slow given up. */
static void a_slow_reader_gets_all(void **state)
{
	struct reader r = {0};
	pthread_t thread;
	uint64_t written;
	int fd[2];
	struct spool *s;

	(void)state;
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	r.fd = fd[0];
	assert_int_equal(pthread_create(&thread, NULL, read_slowly, &r), 0);
	s = spool_of(fd[1], BOUND_NS);
	assert_int_equal(write_all(s, ROUNDS), 0);
	assert_int_equal(spool_end(s, &written), 0);
	pthread_join(thread, NULL);
	assert_int_equal(r.bytes, ROUNDS * sizeof piece);
	close(fd[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_all_in_order),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(a_reader_that_left_is_told),
		cmocka_unit_test(a_limit_is_told),
		cmocka_unit_test(a_reader_that_sleeps_is_not_waited_for),
		cmocka_unit_test(a_slow_reader_gets_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
