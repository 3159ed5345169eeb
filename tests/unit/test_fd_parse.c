/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fdinfo and the links of fd/, as the kernel writes them and as nobody should. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/proc/fds.h"

static struct arena arena;

static int parse(const char *text, struct fd_entry *e)
{
	memset(e, 0, sizeof *e);
	return fds_parse_info(scan_of(text, strlen(text)), e, &arena);
}

static void test_plain(void **state)
{
	struct fd_entry e;

	(void)state;
	assert_int_equal(parse("pos:\t4711\nflags:\t02102001\nmnt_id:\t27\nino:\t19\n", &e), 0);
	assert_int_equal(e.offset, 4711);
	assert_int_equal(e.flags, 0102001);
	assert_true(e.close_on_exec);
	assert_int_equal(e.inode, 19);
	assert_int_equal(e.watches_n, 0);
}

static void test_old_kernel(void **state)
{
	struct fd_entry e;

	(void)state;
	assert_int_equal(parse("pos:\t0\nflags:\t02\n", &e), 0);
	assert_int_equal(e.inode, 0);
	assert_false(e.close_on_exec);
	assert_int_equal(e.flags, O_RDWR);
}

static void test_negative_position(void **state)
{
	struct fd_entry e;

	(void)state;
	assert_int_equal(parse("pos:\t-2\nflags:\t00\n", &e), 0);
	assert_true(e.offset == (uint64_t)-2);
}

static void test_kinds(void **state)
{
	struct fd_entry e;

	(void)state;
	assert_int_equal(parse("pos:\t0\nflags:\t02\nmnt_id:\t17\nino:\t1038\n"
			       "eventfd-count:               2a\neventfd-id: 1\n",
				 &e),
		0);
	assert_int_equal(e.eventfd_count, 42);
	assert_int_equal(parse("pos:\t0\nflags:\t02\nsigmask:\t0000000000004200\n", &e), 0);
	assert_int_equal(e.signals, 0x4200);
	assert_int_equal(parse("pos:\t0\nflags:\t02000002\nPid:\t9851\nNSpid:\t9851\t1\n", &e), 0);
	assert_int_equal(e.pidfd_pid, 9851);
	assert_int_equal(parse("pos:\t0\nflags:\t02000002\nPid:\t-1\nNSpid:\t-1\n", &e), 0);
	assert_int_equal(e.pidfd_pid, 0);
}

static void test_epoll(void **state)
{
	struct fd_entry e;

	(void)state;
	assert_int_equal(parse("pos:\t0\nflags:\t02\nmnt_id:\t17\nino:\t1038\n"
			       "tfd:        3 events:       19 data:                0  pos:0 "
			       "ino:40e sdev:10\n"
			       "tfd:    70000 events:        1 data: ffffffffffffffff  pos:0 "
			       "ino:40e sdev:10\n",
				 &e),
		0);
	assert_int_equal(e.watches_n, 2);
	assert_int_equal(e.watches[0], 3);
	assert_int_equal(e.watches[1], 70000);
	assert_int_equal(e.inode, 1038);
}

static void test_locks(void **state)
{
	struct fd_entry e;

	(void)state;
	assert_int_equal(parse("pos:\t5\nflags:\t0100002\nmnt_id:\t27\nino:\t77\n"
			       "lock:\t1: FLOCK  ADVISORY  WRITE 359 00:13:11691 0 EOF\n",
				 &e),
		0);
	assert_int_equal(e.inode, 77);
	assert_int_equal(e.locks_n, 1);
	assert_int_equal(e.locks[0].kind, LOCK_FLOCK);
	assert_int_equal(e.locks[0].pid, 359);
	assert_int_equal(e.locks[0].inode, 11691);
	assert_int_equal(parse("pos:\t5\nflags:\t02\nlock:\tof another kind\n", &e), 0);
	assert_int_equal(e.locks_n, 1);
	assert_int_equal(e.locks[0].kind, LOCK_KINDS);
}

static void test_broken(void **state)
{
	static const char *const broken[] = {"", "\n\n", "pos:\t1\n", "flags:\t02\n",
		"pos:\tx\nflags:\t02\n", "pos:\t1\nflags:\t9\n",
		"pos:\t99999999999999999999\nflags:\t0\n", " pos:\t1\n flags:\t0\n"};
	struct fd_entry e;

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		assert_int_equal(parse(broken[i], &e), -EINVAL);
		assert_int_equal(e.offset, 0);
		assert_int_equal(e.flags, 0);
	}
}

static void test_links(void **state)
{
	static const struct {
		const char *link;
		enum fd_kind kind;
		uint64_t inode;
	} row[] = {
		{"pipe:[13657]", FD_PIPE, 13657},
		{"socket:[4026531833]", FD_SOCKET, 4026531833},
		{"net:[4026531833]", FD_NAMESPACE, 4026531833},
		{"pidfd:[12]", FD_PIDFD, 12},
		{"anon_inode:[eventfd]", FD_EVENTFD, 0},
		{"anon_inode:inotify", FD_INOTIFY, 0},
		{"anon_inode:bpf-prog", FD_BPF, 0},
		{"anon_inode:bpf_link", FD_BPF, 0},
		{"anon_inode:[fscontext]", FD_ANON, 0},
		{"anon_inode:[eventfd] ", FD_ANON, 0},
		{"/memfd:a b (deleted)", FD_MEMFD, 0},
		{"/memfd:a b", FD_UNKNOWN, 0},
		{"/secretmem (deleted)", FD_MEMFD, 0},
		{"/pipe:[1]", FD_UNKNOWN, 0},
		{"/tmp/anon_inode:[eventfd]", FD_UNKNOWN, 0},
		{"pipe:[", FD_ANON, 0},
		{"pipe:[]", FD_ANON, 0},
		{"pipe:[1", FD_ANON, 0},
		{"pipe:[1]x", FD_ANON, 0},
		{"pipe:[99999999999999999999]", FD_ANON, 0},
		{"", FD_UNKNOWN, 0},
	};
	struct fd_entry e;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		memset(&e, 0, sizeof e);
		fds_parse_link(text_of(row[i].link), &e);
		if (e.kind != row[i].kind || e.inode != row[i].inode)
			fail_msg("%s is taken for %s %llu", row[i].link, fd_kind_name(e.kind),
				(unsigned long long)e.inode);
		assert_true(text_equal(e.target, text_of(row[i].link)));
	}
}

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_old_kernel),
		cmocka_unit_test(test_negative_position),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_epoll),
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
