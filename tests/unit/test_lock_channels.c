/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who holds a file lock and who waits for it, from descriptors, the table and threads. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/threads.h"
#include "twintop/compare/channels.h"

#define A	   100
#define B	   101
#define OTHER	   999
#define FILE_INODE 5

/* A and B, each with descriptor 3 on the file and 4 on another, and a thread. */
struct scene {
	struct fd_entry fd[2][2];
	struct fd_list fds[2];
	struct thread_record thread[2];
	struct file_lock lock[8];
	struct lock_table table;
	struct snapshot snapshot;
	struct verdicts verdicts;
	enum value_state calls;
};

static struct scene new_scene(void)
{
	struct scene s = {.calls = VALUE_KNOWN};

	for (unsigned i = 0; i < 2; i++)
		for (int k = 0; k < 2; k++)
			s.fd[i][k] = (struct fd_entry){.fd = 3 + k,
				.kind = FD_FILE,
				.inode = (uint64_t)(FILE_INODE + k),
				.device = 13};
	return s;
}

/* A line of the table; pid -1: an OFD lock. */
static void add(struct scene *s, uint64_t number, enum lock_kind kind, bool waiting, pid_t pid)
{
	s->lock[s->table.n++] = (struct file_lock){.number = number,
		.kind = kind,
		.waiting = waiting,
		.write = true,
		.pid = pid,
		.device = 7,
		.inode = FILE_INODE,
		.end = UINT64_MAX};
}

/* The side's descriptor 3 shows the i-th lock in its fdinfo. */
static void show(struct scene *s, unsigned side, size_t i)
{
	s->fd[side][0].locks = &s->lock[i];
	s->fd[side][0].locks_n = 1;
}

static void block(struct scene *s, unsigned side, uint64_t fd)
{
	s->thread[side] = (struct thread_record){
		.call.syscall_name = "fcntl", .call.syscall_arg = {fd, F_OFD_SETLKW}};
}

/* What is told: "A holds, B waits" for each channel, with "?" behind where waiters are untold. */
static const char *told(struct scene *s)
{
	static char out[256];
	struct pair p = {.relation = RELATION_UNRELATED, .verdicts = &s->verdicts};
	struct thread_list *threads[2];

	s->table.lock = s->lock;
	s->snapshot = (struct snapshot){.sides = 2, .locks = &s->table};
	for (unsigned i = 0; i < 2; i++) {
		s->fds[i] = (struct fd_list){.n = 2, .fd = s->fd[i]};
		threads[i] = threads_list(&s->thread[i], 1);
		threads[i]->source[THREAD_SYSCALL] = (uint8_t)s->calls;
		s->snapshot.side[i] = (struct side){
			.id.pid = i ? B : A, .fds = &s->fds[i], .threads = threads[i]};
	}
	channels_find(&s->snapshot, &p);
	out[0] = 0;
	for (size_t i = 0; i < p.channels_n; i++) {
		assert_string_equal(p.channel[i].kind, "lock");
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s;",
			strchr(p.channel[i].detail, ':') + 2);
	}
	if (p.ofd_untold)
		strcat(out, "?");
	arena_free(&p.part.arena);
	for (unsigned i = 0; i < 2; i++)
		part_put(threads[i]);
	return out;
}

static void a_blocked_thread_tells_who_waits(void **state)
{
	struct scene s = new_scene();

	(void)state;
	add(&s, 1, LOCK_OFD, false, -1);
	add(&s, 1, LOCK_OFD, true, -1);
	show(&s, 0, 0);
	assert_string_equal(told(&s), "");
	block(&s, 1, 4); /* for another file's */
	assert_string_equal(told(&s), "");
	block(&s, 1, 3);
	assert_string_equal(told(&s), "A holds, B waits;");
	s.thread[1].call.syscall_arg[1] = F_OFD_SETLK; /* which does not wait */
	assert_string_equal(told(&s), "");
	block(&s, 1, 9); /* closed while it waits */
	assert_string_equal(told(&s), "?");
	block(&s, 1, 3);
	s.calls = VALUE_DENIED;
	assert_string_equal(told(&s), "?");
}

/* B waits for one of two, and nothing says which. */
static void two_holders_leave_it_open(void **state)
{
	struct scene s = new_scene();

	(void)state;
	add(&s, 1, LOCK_OFD, false, -1);
	add(&s, 1, LOCK_OFD, true, -1);
	add(&s, 2, LOCK_OFD, false, -1);
	s.lock[2].start = 10;
	add(&s, 2, LOCK_OFD, true, -1);
	show(&s, 0, 0);
	block(&s, 1, 3);
	assert_string_equal(told(&s), "?");
	s.lock[3].inode = s.lock[2].inode = 77; /* on another file it is nothing to us */
	assert_string_equal(told(&s), "A holds, B waits;");
}

static void kinds_of_locks_conflict(void **state)
{
	struct scene s = new_scene();

	(void)state;
	add(&s, 1, LOCK_OFD, false, -1);
	add(&s, 1, LOCK_POSIX, true, A);
	add(&s, 1, LOCK_POSIX, true, OTHER);
	show(&s, 1, 0);
	assert_string_equal(told(&s), "A waits, B holds;");
	s = new_scene();
	add(&s, 1, LOCK_POSIX, false, A);
	add(&s, 1, LOCK_OFD, true, -1);
	show(&s, 0, 0);
	block(&s, 1, 3);
	assert_string_equal(told(&s), "A holds, B waits;");
}

/* A took it and has closed the file; B has the description by fork. */
static void a_lock_is_whose_the_description_is(void **state)
{
	struct scene s = new_scene();

	(void)state;
	add(&s, 1, LOCK_FLOCK, false, A);
	add(&s, 1, LOCK_FLOCK, true, A);
	add(&s, 1, LOCK_FLOCK, true, A);
	show(&s, 1, 0);
	assert_string_equal(told(&s), "A waits, B holds;");
	show(&s, 0, 0);
	s.table.n = 1;
	assert_string_equal(told(&s), "");
}

static void locks_for_reading_are_of_both(void **state)
{
	struct scene s = new_scene();

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		add(&s, i, LOCK_OFD, false, -1);
		s.lock[i].write = false;
	}
	show(&s, 0, 0);
	assert_string_equal(told(&s), "");
	show(&s, 1, 1);
	assert_string_equal(told(&s), "A holds, B holds;");
	s.lock[1].end = s.lock[2].end = 9;
	s.lock[0].start = 10; /* apart in one file */
	assert_string_equal(told(&s), "A holds, B holds;");
	s.lock[1].inode = s.lock[2].inode = 77;
	assert_string_equal(told(&s), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_blocked_thread_tells_who_waits),
		cmocka_unit_test(two_holders_leave_it_open),
		cmocka_unit_test(kinds_of_locks_conflict),
		cmocka_unit_test(a_lock_is_whose_the_description_is),
		cmocka_unit_test(locks_for_reading_are_of_both),
	};

	return cmocka_run_group_tests_name("lock_channels", tests, NULL, NULL);
}
