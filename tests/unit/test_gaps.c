/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/threads.h"
#include "twintop/model/gaps.h"

/* Of one thread. */
static struct thread_list *threads;

/* Two sides of which all was read. */
struct scene {
	struct fd_list fds;
	struct memory_map memory;
	struct process_info info;
	struct ipc_state ipc;
	struct lock_table locks;
	struct snapshot snapshot;
	struct pair pair;
	struct moment moment;
};

static void read_all(struct scene *s)
{
	*s = (struct scene){.ipc = {.namespace_inode = 7}};
	threads->source[THREAD_SYSCALL] = VALUE_KNOWN;
	s->info.namespace_inode[NAMESPACE_IPC] = 7;
	for (int i = 0; i < 2; i++)
		s->snapshot.side[i] = (struct side){
			.fds = &s->fds, .memory = &s->memory, .threads = threads, .info = &s->info};
	s->snapshot.sides = 2;
	s->snapshot.ipc = &s->ipc;
	s->snapshot.locks = &s->locks;
}

static const struct moment *moment_of(struct scene *s)
{
	s->moment = (struct moment){.snapshot = &s->snapshot, .pair = &s->pair};
	return &s->moment;
}

/* The only gap, which speaks of `what`. */
static void expect_gap(struct scene *s, const char *what)
{
	const char *reason[CHANNEL_GAPS];

	assert_int_equal(gaps_of_channels(moment_of(s), reason), 1);
	if (!strstr(reason[0], what))
		fail_msg("\"%s\" does not speak of %s", reason[0], what);
}

static void all_read_leaves_none(void **state)
{
	const char *reason[CHANNEL_GAPS];
	struct scene s;

	(void)state;
	read_all(&s);
	assert_int_equal(gaps_of_channels(moment_of(&s), reason), 0);
}

static void each_missing_read_is_named(void **state)
{
	struct scene s;

	(void)state;
	read_all(&s);
	s.fds.part.state = VALUE_DENIED;
	expect_gap(&s, "the descriptors of both could not be read");
	read_all(&s);
	s.snapshot.side[1].memory = NULL;
	expect_gap(&s, "the mappings of both were not read");
	s.memory.part.state = VALUE_DENIED; /* A's: that is worse than nobody having asked */
	expect_gap(&s, "the mappings of both could not be read");
	read_all(&s);
	threads->source[THREAD_SYSCALL] = VALUE_DENIED;
	expect_gap(&s, "the system calls of both could not be read");
	threads->source[THREAD_SYSCALL] = VALUE_UNREAD;
	expect_gap(&s, "the system calls of both were not read");
	read_all(&s);
	s.snapshot.side[0].threads = NULL;
	expect_gap(&s, "the system calls of both were not read");
	read_all(&s);
	s.snapshot.ipc = NULL;
	expect_gap(&s, "System V IPC was not read");
	read_all(&s);
	s.ipc.queues_state = VALUE_UNSUPPORTED;
	expect_gap(&s, "/proc/sysvipc/msg");
	read_all(&s);
	s.locks.part.error = -EACCES;
	expect_gap(&s, "/proc/locks");
	read_all(&s);
	s.snapshot.locks = NULL;
	expect_gap(&s, "file locks were not read");
	read_all(&s);
	s.fds.n = 1;
	s.fds.fd = &(struct fd_entry){.kind = FD_EVENTFD};
	s.fds.descriptions = VALUE_DENIED;
	expect_gap(&s, "one description");
}

static void objects_of_another_namespace_are_not_seen(void **state)
{
	struct process_info other;
	struct scene s;

	(void)state;
	read_all(&s);
	s.info.namespace_inode[NAMESPACE_IPC] = 8;
	expect_gap(&s, "to enter their IPC namespace");
	other = s.info;
	other.namespace_inode[NAMESPACE_IPC] = 7; /* ids of two namespaces join nothing */
	s.snapshot.side[1].info = &other;
	assert_int_equal(gaps_of_channels(moment_of(&s), (const char *[CHANNEL_GAPS]){0}), 0);
	s.info.source[PROCESS_NAMESPACES] = VALUE_DENIED;
	expect_gap(&s, "is not known");
}

/* Two lists of a socket each. */
static void sockets_in(struct scene *s, struct fd_list list[2], struct fd_entry fd[2])
{
	for (int i = 0; i < 2; i++) {
		fd[i] = (struct fd_entry){.kind = FD_SOCKET};
		list[i] = (struct fd_list){.n = 1, .fd = &fd[i]};
		s->snapshot.side[i].fds = &list[i];
	}
}

static void sockets_that_could_not_be_asked_are_told(void **state)
{
	struct fd_list list[2];
	struct fd_entry fd[2];
	struct scene s;

	(void)state;
	read_all(&s);
	sockets_in(&s, list, fd);
	assert_int_equal(gaps_of_channels(moment_of(&s), (const char *[CHANNEL_GAPS]){0}), 0);
	fd[1].source[FD_SOCKET_INFO] = VALUE_DENIED;
	expect_gap(&s, "network namespace of some needs CAP_SYS_ADMIN");
	fd[1].source[FD_SOCKET_INFO] = VALUE_UNSUPPORTED;
	expect_gap(&s, "sockets: some are in no list");
	s.snapshot.access.state[ACCESS_SOCK_DIAG] = VALUE_UNSUPPORTED;
	expect_gap(&s, "sock_diag could not be asked");
	fd[1].source[FD_SOCKET_INFO] = VALUE_UNREAD;
	expect_gap(&s, "sockets: what is at their other ends was not read");
	fd[0].source[FD_SOCKET_INFO] = VALUE_NONE; /* A's is joined to nothing */
	assert_int_equal(gaps_of_channels(moment_of(&s), (const char *[CHANNEL_GAPS]){0}), 0);
}

static void doubtful_memory_leaves_a_gap(void **state)
{
	struct mapping mapping = {.flags = MAPPING_SHARED};
	struct pair_mapping row[2] = {
		{.a = 0, .b = -1, .state = ROW_UNKNOWN}, {.a = -1, .b = 0, .state = ROW_UNKNOWN}};
	struct verdicts verdicts = {.mapping = row, .mappings_n = 2};
	struct scene s;

	(void)state;
	read_all(&s);
	s.memory.mapping = &mapping;
	s.memory.n = 1;
	s.pair.verdicts = &verdicts;
	expect_gap(&s, "nothing tells of some mappings");
	verdicts.mappings_n = 1; /* B has none that could be A's */
	assert_int_equal(gaps_of_channels(moment_of(&s), (const char *[CHANNEL_GAPS]){0}), 0);
	verdicts.mappings_n = 2;
	mapping.flags = 0;
	assert_int_equal(gaps_of_channels(moment_of(&s), (const char *[CHANNEL_GAPS]){0}), 0);
}

static void untold_waiters_leave_a_gap(void **state)
{
	struct scene s;

	(void)state;
	read_all(&s);
	s.pair.ofd_untold = true;
	expect_gap(&s, "OFD locks");
}

static void addresses_of_two_networks_leave_a_gap(void **state)
{
	struct fd_list list[2];
	struct fd_entry fd[2];
	struct scene s;

	(void)state;
	read_all(&s);
	sockets_in(&s, list, fd);
	for (unsigned i = 0; i < 2; i++) {
		fd[i].local = fd[i].remote = text_of("10.0.0.1:80");
		fd[i].net_inode = 4026532200 + i;
	}
	expect_gap(&s, "two network namespaces");
	fd[1].net_inode--;
	assert_int_equal(gaps_of_channels(moment_of(&s), (const char *[CHANNEL_GAPS]){0}), 0);
	fd[1].net_inode++;
	fd[0].peer_inode = 70;
	assert_int_equal(gaps_of_channels(moment_of(&s), (const char *[CHANNEL_GAPS]){0}), 0);
}

static int setup(void **state)
{
	static const struct thread_record record;

	(void)state;
	threads = threads_list(&record, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	part_put(threads);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_read_leaves_none),
		cmocka_unit_test(each_missing_read_is_named),
		cmocka_unit_test(objects_of_another_namespace_are_not_seen),
		cmocka_unit_test(sockets_that_could_not_be_asked_are_told),
		cmocka_unit_test(doubtful_memory_leaves_a_gap),
		cmocka_unit_test(untold_waiters_leave_a_gap),
		cmocka_unit_test(addresses_of_two_networks_leave_a_gap),
	};

	return cmocka_run_group_tests_name("gaps", tests, setup, teardown);
}
