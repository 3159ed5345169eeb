/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "twintop/proc/file_locks.h"
#include "twintop/proc/reader.h"

extern const struct reader_ops locks_reader_ops;

static struct scan text(const char *s)
{
	return scan_of(s, strlen(s));
}

static void locks_say_who_holds_and_who_waits(void **state)
{
	struct lock_table table = {0};

	(void)state;
	assert_int_equal(
		file_locks_parse(text("1: POSIX  ADVISORY  WRITE 26259 fe:00:10952852 0 EOF\n"
				      "1: -> POSIX  ADVISORY  READ 26303 fe:00:10952852 10 19\n"
				      "2: FLOCK  ADVISORY  READ 5 08:01:77 0 EOF\n"
				      "3: OFDLCK ADVISORY  WRITE -1 08:01:78 0 0\n"
				      "4: LEASE  ACTIVE    READ 9 08:01:79 0 EOF\n"),
			&table),
		0);
	assert_int_equal(table.n, 5);
	assert_true(
		!table.lock[0].waiting && table.lock[0].write && table.lock[0].end == UINT64_MAX);
	assert_int_equal(table.lock[0].device, makedev(0xfe, 0));
	assert_int_equal(table.lock[0].inode, 10952852);
	assert_true(table.lock[1].waiting && !table.lock[1].write && table.lock[1].number == 1);
	assert_true(table.lock[1].start == 10 && table.lock[1].end == 19);
	assert_int_equal(table.lock[2].kind, LOCK_FLOCK);
	assert_true(table.lock[3].kind == LOCK_OFD && table.lock[3].pid == -1);
	assert_int_equal(table.lock[4].kind, LOCK_LEASE);
	arena_free(&table.part.arena);
}

static void broken_lines_are_errors(void **state)
{
	struct lock_table table = {0};

	(void)state;
	assert_int_equal(
		file_locks_parse(text("1: POSIX  ADVISORY  SOMETIMES 1 08:01:2 0 EOF\n"), &table),
		-EINVAL);
	assert_int_equal(table.n, 0);
	assert_int_equal(file_locks_parse(text(""), &table), 0);
	arena_free(&table.part.arena);
}

/* What the reader brings of two sides that have such descriptors. */
static const struct lock_table *read_with(const struct fd_list *a, const struct fd_list *b)
{
	struct reader_context context = {0};
	struct reader_job job = {.need = NEED_LOCKS};
	struct proc_root *root;
	void *reader;

	assert_int_equal(proc_root_open(NULL, &root), 0);
	context.root = root;
	job.side[0].id.pid = job.side[1].id.pid = getpid();
	job.side[0].had.fds = a;
	job.side[1].had.fds = b;
	assert_int_equal(locks_reader_ops.open(&context, &reader), 0);
	locks_reader_ops.read(reader, &job);
	locks_reader_ops.close(reader);
	proc_root_close(root);
	assert_non_null(job.pair.locks);
	assert_int_equal(job.pair.locks->part.state, VALUE_KNOWN);
	return job.pair.locks;
}

/* Whether the table holds our lock on that file. */
static bool has_ours(const struct lock_table *table, uint64_t inode)
{
	for (size_t i = 0; i < table->n; i++)
		if (table->lock[i].pid == getpid() && table->lock[i].inode == inode)
			return true;
	return false;
}

static void the_table_is_read_where_a_lock_is_held_or_may_be(void **state)
{
	struct fd_entry none = {.source[FD_INFO] = VALUE_KNOWN}, hidden = {0}, held = none;
	struct fd_list free_list = {.n = 1, .fd = &none}, hidden_list = {.n = 1, .fd = &hidden},
		       held_list = {.n = 1, .fd = &held};
	const struct fd_list *may[] = {&hidden_list, &held_list, NULL};
	const struct lock_table *table;
	int fd = memfd_create("locked", MFD_CLOEXEC);
	struct stat st;

	(void)state;
	held.locks_n = 1;
	hidden.source[FD_INFO] = VALUE_DENIED;
	assert_true(fd >= 0 && !fstat(fd, &st) && !flock(fd, LOCK_EX));
	table = read_with(&free_list, &free_list);
	assert_int_equal(table->n, 0);
	part_put(table);
	for (size_t i = 0; i < sizeof may / sizeof *may; i++) {
		table = read_with(&free_list, may[i]);
		assert_true(has_ours(table, st.st_ino));
		part_put(table);
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locks_say_who_holds_and_who_waits),
		cmocka_unit_test(broken_lines_are_errors),
		cmocka_unit_test(the_table_is_read_where_a_lock_is_held_or_may_be),
	};

	return cmocka_run_group_tests_name("file_locks", tests, NULL, NULL);
}
