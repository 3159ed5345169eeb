/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file is read alike where the kernel tells what is at hand and where it does not, as of /proc;
 * what does not answer at all is for live tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "twintop/base/far_file.h"

#define BYTES ((size_t)1 << 20)

static void never(void *context)
{
	(void)context;
	fail_msg("an answer is told to be late");
}

static const struct far_wait patient = {.stop_fd = -1, .late = never};

static void assert_reads_as_pread(int fd)
{
	static char got[BYTES], wanted[BYTES];
	struct far_file *f = far_file_new(fd);

	for (size_t offset = 0; offset < BYTES; offset = offset * 5 + 1) {
		ssize_t n = pread(fd, wanted, 1000, (off_t)offset);

		assert_int_equal(far_file_read(f, got, 1000, offset, &patient), n);
		assert_memory_equal(got, wanted, (size_t)n);
		assert_false(far_file_hangs(f));
	}
	far_file_free(f);
}

static void files_are_read(void **state)
{
	int memory = memfd_create("far", MFD_CLOEXEC);
	int proc = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
	char bytes[4096];

	(void)state;
	for (size_t i = 0; i < BYTES / sizeof bytes; i++) {
		memset(bytes, (int)i, sizeof bytes);
		assert_int_equal(write(memory, bytes, sizeof bytes), sizeof bytes);
	}
	assert_true(proc >= 0);
	assert_reads_as_pread(memory);
	assert_reads_as_pread(proc);
	close(memory);
	close(proc);
}

/* As much as there is, and what cannot be read at all. */
static void ends_and_errors_are_told(void **state)
{
	int proc = open("/proc/self/stat", O_RDONLY | O_CLOEXEC), folder = open("/proc", O_RDONLY);
	struct far_file *f = far_file_new(proc);
	char bytes[64];

	(void)state;
	assert_int_equal(far_file_read(f, bytes, sizeof bytes, 1 << 20, &patient), 0);
	far_file_free(f);
	f = far_file_new(folder);
	assert_int_equal(far_file_read(f, bytes, sizeof bytes, 0, &patient), -EISDIR);
	far_file_free(f);
	f = far_file_new(-1);
	assert_int_equal(far_file_read(f, bytes, sizeof bytes, 0, &patient), -EBADF);
	assert_false(far_file_hangs(f));
	far_file_free(f);
	assert_false(far_file_hangs(NULL));
	far_file_free(NULL);
	close(proc);
	close(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(ends_and_errors_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
