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

/* The only gap, which speaks of `what`. */
static void expect_gap(const struct scene *s, const char *what)
{
	const char *reason[CHANNEL_GAPS];

	assert_int_equal(gaps_of_channels(&s->snapshot, reason), 1);
	if (!strstr(reason[0], what))
		fail_msg("\"%s\" does not speak of %s", reason[0], what);
}

static void all_read_leaves_none(void **state)
{
	const char *reason[CHANNEL_GAPS];
	struct scene s;

	(void)state;
	read_all(&s);
	assert_int_equal(gaps_of_channels(&s.snapshot, reason), 0);
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
}

static void objects_of_another_namespace_are_not_seen(void **state)
{
	struct scene s;

	(void)state;
	read_all(&s);
	s.info.namespace_inode[NAMESPACE_IPC] = 8;
	expect_gap(&s, "namespace");
	s.info.source[PROCESS_NAMESPACES] = VALUE_DENIED;
	assert_int_equal(gaps_of_channels(&s.snapshot, (const char *[CHANNEL_GAPS]){0}), 0);
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
	};

	return cmocka_run_group_tests_name("gaps", tests, setup, teardown);
}
