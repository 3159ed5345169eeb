/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/fixtures/threads.h"
#include "twintop/compare/align.h"
#include "twintop/compare/channels.h"

/* Two sides whose descriptors, threads and mappings a test fills in. */
struct scene {
	struct fd_entry fd[2][16];
	struct fd_list fds[2];
	struct thread_record thread[2];
	size_t threads_n[2];
	struct mapping mapping[2];
	struct memory_map memory[2];
	struct process_info info[2];
	struct ipc_state ipc;
	struct lock_table locks;
	struct pair_mapping row;
	struct snapshot snapshot;
	struct verdicts verdicts;
	struct pair pair;
};

static struct fd_entry *add_fd(
	struct scene *s, unsigned side, enum fd_kind kind, uint64_t inode, unsigned flags)
{
	struct fd_list *list = &s->fds[side];
	struct fd_entry *e = &s->fd[side][list->n];

	e->fd = (int)list->n++ + 3;
	e->kind = kind;
	e->inode = inode;
	e->device = 13;
	e->flags = flags;
	return e;
}

static struct scene *new_scene(void)
{
	struct scene *s = mem_alloc(sizeof *s);

	s->snapshot.sides = 2;
	for (unsigned i = 0; i < 2; i++) {
		struct side *side = &s->snapshot.side[i];

		s->fds[i].fd = s->fd[i];
		s->memory[i].mapping = &s->mapping[i];
		s->info[i].id.pid = side->id.pid = 100 + (int)i;
		s->info[i].namespace_inode[NAMESPACE_IPC] = 7;
		side->fds = &s->fds[i];
		side->memory = &s->memory[i];
		side->info = &s->info[i];
	}
	s->ipc.namespace_inode = 7;
	s->snapshot.ipc = &s->ipc;
	s->snapshot.locks = &s->locks;
	s->pair.relation = RELATION_UNRELATED;
	s->pair.verdicts = &s->verdicts;
	return s;
}

static void find(struct scene *s)
{
	for (unsigned i = 0; i < 2; i++) {
		part_put(s->snapshot.side[i].threads);
		s->snapshot.side[i].threads = threads_list(&s->thread[i], s->threads_n[i]);
	}
	align_shared(&s->memory[0], &s->memory[1], &s->verdicts);
	channels_find(&s->snapshot, &s->pair);
}

static void free_scene(struct scene *s)
{
	part_put(s->snapshot.side[0].threads);
	part_put(s->snapshot.side[1].threads);
	arena_free(&s->pair.part.arena);
	arena_free(&s->verdicts.part.arena);
	free(s);
}

static void expect(const struct scene *s, size_t i, const char *kind, int a_fd, int b_fd,
	enum channel_direction direction)
{
	assert_true(i < s->pair.channels_n);
	assert_string_equal(s->pair.channel[i].kind, kind);
	assert_int_equal(s->pair.channel[i].a_fd, a_fd);
	assert_int_equal(s->pair.channel[i].b_fd, b_fd);
	assert_int_equal(s->pair.channel[i].direction, direction);
}

static void a_pipe_flows_from_its_writer(void **state)
{
	struct scene *s = new_scene();

	(void)state;
	add_fd(s, 0, FD_PIPE, 7, O_WRONLY);
	add_fd(s, 1, FD_PIPE, 9, O_WRONLY);
	add_fd(s, 1, FD_PIPE, 7, O_RDONLY);
	find(s);
	assert_int_equal(s->pair.channels_n, 1);
	expect(s, 0, "pipe", 3, 4, CHANNEL_A_TO_B);
	free_scene(s);
}

static void a_pipe_with_both_ends_in_both_goes_both_ways(void **state)
{
	struct scene *s = new_scene();

	(void)state;
	for (unsigned side = 0; side < 2; side++) {
		add_fd(s, side, FD_PIPE, 7, O_RDONLY);
		add_fd(s, side, FD_PIPE, 7, O_WRONLY);
	}
	find(s);
	assert_int_equal(s->pair.channels_n, 1);
	expect(s, 0, "pipe", 4, 3, CHANNEL_BOTH);
	free_scene(s);
}

static void two_readers_do_not_talk(void **state)
{
	struct scene *s = new_scene();

	(void)state;
	add_fd(s, 0, FD_FIFO, 7, O_RDONLY);
	add_fd(s, 1, FD_FIFO, 7, O_RDONLY);
	find(s);
	assert_int_equal(s->pair.channels_n, 0);
	free_scene(s);
}

static void unix_sockets_are_joined_by_their_peer(void **state)
{
	struct scene *s = new_scene();
	struct fd_entry *a = add_fd(s, 0, FD_SOCKET, 70, O_RDWR),
			*b = add_fd(s, 1, FD_SOCKET, 71, O_RDWR);

	(void)state;
	a->protocol = b->protocol = "unix stream";
	a->peer_inode = 71;
	b->peer_inode = 70;
	b->queues_known = true;
	b->receive_queue_bytes = 5;
	find(s);
	assert_int_equal(s->pair.channels_n, 1);
	expect(s, 0, "unix", 3, 3, CHANNEL_BOTH);
	assert_int_equal(s->pair.channel[0].waiting_state[1], VALUE_KNOWN);
	assert_int_equal(s->pair.channel[0].waiting_bytes[1], 5);
	assert_int_equal(s->pair.channel[0].waiting_state[0], VALUE_UNSUPPORTED);
	free_scene(s);
}

static void tcp_sockets_are_joined_by_their_names(void **state)
{
	struct scene *s = new_scene();
	struct fd_entry *a = add_fd(s, 0, FD_SOCKET, 70, O_RDWR),
			*b = add_fd(s, 1, FD_SOCKET, 71, O_RDWR);
	struct fd_entry *other = add_fd(s, 1, FD_SOCKET, 72, O_RDWR);

	(void)state;
	a->protocol = b->protocol = other->protocol = "tcp";
	a->local = b->remote = text_of("127.0.0.1:80");
	a->remote = b->local = text_of("127.0.0.1:4000");
	other->local = text_of("127.0.0.1:4001");
	other->remote = text_of("127.0.0.1:80");
	find(s);
	assert_int_equal(s->pair.channels_n, 1);
	expect(s, 0, "tcp", 3, 3, CHANNEL_BOTH);
	free_scene(s);
}

static void shared_memory_flows_to_whom_may_read(void **state)
{
	struct scene *s = new_scene();

	(void)state;
	s->mapping[0] = (struct mapping){.start = 4096,
		.end = 8192,
		.inode = 3,
		.flags = MAPPING_SHARED | MAPPING_READ | MAPPING_WRITE};
	s->mapping[1] = (struct mapping){
		.start = 4096, .end = 8192, .inode = 3, .flags = MAPPING_SHARED | MAPPING_READ};
	s->memory[0].n = s->memory[1].n = 1;
	s->row.mechanism = MECHANISM_MEMFD;
	s->verdicts.mapping = &s->row;
	s->verdicts.mappings_n = 1;
	s->threads_n[1] = 1;
	s->thread[1] = (struct thread_record){.self.tid = 101,
		.call.wait_kind = WAIT_FUTEX,
		.call.wait_address = 4100,
		.call.syscall_name = "futex"};
	find(s);
	assert_int_equal(s->pair.channels_n, 2);
	expect(s, 0, "memfd", -1, -1, CHANNEL_A_TO_B);
	expect(s, 1, "futex", -1, -1, CHANNEL_A_TO_B);
	free_scene(s);
}

static void a_private_futex_is_no_channel(void **state)
{
	struct scene *s = new_scene();

	(void)state;
	s->mapping[0] = s->mapping[1] = (struct mapping){
		.start = 4096, .end = 8192, .flags = MAPPING_SHARED | MAPPING_READ};
	s->memory[0].n = s->memory[1].n = 1;
	s->verdicts.mapping = &s->row;
	s->verdicts.mappings_n = 1;
	s->threads_n[1] = 1;
	s->thread[1] = (struct thread_record){.call.wait_kind = WAIT_FUTEX,
		.call.wait_address = 4100,
		.call.syscall_name = "futex",
		.call.syscall_arg = {4100, 128}};
	find(s);
	assert_int_equal(s->pair.channels_n, 0);
	free_scene(s);
}

static void system_v_objects_need_two_users(void **state)
{
	struct scene *s = new_scene();
	struct ipc_queue q[2] = {{.id = 1, .last_sender = 100, .last_receiver = 101, .bytes = 8},
		{.id = 2, .last_sender = 100, .last_receiver = 999}};
	struct ipc_semaphores sem = {.id = 9, .n = 1, .last = {100}};

	(void)state;
	s->ipc.queue = q;
	s->ipc.queues_n = 2;
	s->ipc.semaphores = &sem;
	s->ipc.semaphores_n = 1;
	s->threads_n[1] = 1;
	s->thread[1] =
		(struct thread_record){.call.syscall_name = "semop", .call.syscall_arg = {9}};
	find(s);
	assert_int_equal(s->pair.channels_n, 2);
	expect(s, 0, "sysv_queue", -1, -1, CHANNEL_A_TO_B);
	assert_int_equal(s->pair.channel[0].waiting_bytes[1], 8);
	expect(s, 1, "sysv_semaphores", -1, -1, CHANNEL_BOTH);
	free_scene(s);
}

/* Each waits on an object of its own namespace: of one id, but not one. */
static void ids_of_two_namespaces_are_two_objects(void **state)
{
	struct scene *s = new_scene();
	struct ipc_queue q = {.id = 9};
	struct ipc_semaphores sem = {.id = 9, .n = 1};

	(void)state;
	s->ipc.queue = &q;
	s->ipc.semaphores = &sem;
	s->ipc.queues_n = s->ipc.semaphores_n = 1;
	s->threads_n[0] = s->threads_n[1] = 1;
	s->thread[0] =
		(struct thread_record){.call.syscall_name = "msgsnd", .call.syscall_arg = {9}};
	s->thread[1] =
		(struct thread_record){.call.syscall_name = "msgrcv", .call.syscall_arg = {9}};
	find(s);
	assert_int_equal(s->pair.channels_n, 1);
	s->info[1].namespace_inode[NAMESPACE_IPC] = 8;
	find(s);
	assert_int_equal(s->pair.channels_n, 0);
	s->thread[0].call.syscall_name = s->thread[1].call.syscall_name = "semop";
	find(s);
	assert_int_equal(s->pair.channels_n, 0);
	s->info[1].namespace_inode[NAMESPACE_IPC] = 7;
	find(s);
	assert_int_equal(s->pair.channels_n, 1);
	free_scene(s);
}

static void a_lock_joins_its_holder_and_its_waiter(void **state)
{
	struct scene *s = new_scene();
	struct file_lock lock[] = {{.number = 1, .pid = 101, .inode = 5},
		{.number = 1, .pid = 100, .inode = 5, .waiting = true},
		{.number = 2, .pid = 100, .inode = 6}};

	(void)state;
	s->locks.lock = lock;
	s->locks.n = 3;
	find(s);
	assert_int_equal(s->pair.channels_n, 1);
	expect(s, 0, "lock", -1, -1, CHANNEL_B_TO_A);
	free_scene(s);
}

static void child_and_tracer(void **state)
{
	struct scene *s = new_scene();

	(void)state;
	s->pair.relation = RELATION_CHILD;
	s->info[1].exit_signal = 17;
	s->info[1].exit_signal_known = true;
	s->info[1].tracer = 100;
	find(s);
	assert_int_equal(s->pair.channels_n, 2);
	expect(s, 0, "signal", -1, -1, CHANNEL_B_TO_A);
	expect(s, 1, "ptrace", -1, -1, CHANNEL_A_TO_B);
	assert_string_equal(s->pair.channel[0].detail, "SIGCHLD from child to parent");
	free_scene(s);
}

static void an_end_sends_the_signal_that_clone_was_told(void **state)
{
	struct scene *s = new_scene();

	(void)state;
	s->pair.relation = RELATION_PARENT;
	s->info[1].exit_signal = 17;
	s->info[1].exit_signal_known = true;
	find(s);
	assert_int_equal(s->pair.channels_n, 0); /* A's is not known */
	s->info[0].exit_signal_known = true;
	find(s);
	assert_int_equal(s->pair.channels_n, 0);
	s->info[0].exit_signal = 10;
	find(s);
	expect(s, 0, "signal", -1, -1, CHANNEL_A_TO_B);
	assert_string_equal(s->pair.channel[0].detail, "SIGUSR1 from child to parent");
	free_scene(s);
}

static void missing_parts_are_no_trouble(void **state)
{
	struct snapshot snapshot = {.sides = 2};
	struct verdicts verdicts = {.pages_state = VALUE_UNREAD};
	struct pair pair = {.relation = RELATION_UNRELATED, .verdicts = &verdicts};

	(void)state;
	channels_find(&snapshot, &pair);
	assert_int_equal(pair.channels_n, 0);
	arena_free(&pair.part.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_flows_from_its_writer),
		cmocka_unit_test(a_pipe_with_both_ends_in_both_goes_both_ways),
		cmocka_unit_test(two_readers_do_not_talk),
		cmocka_unit_test(unix_sockets_are_joined_by_their_peer),
		cmocka_unit_test(tcp_sockets_are_joined_by_their_names),
		cmocka_unit_test(shared_memory_flows_to_whom_may_read),
		cmocka_unit_test(a_private_futex_is_no_channel),
		cmocka_unit_test(system_v_objects_need_two_users),
		cmocka_unit_test(ids_of_two_namespaces_are_two_objects),
		cmocka_unit_test(a_lock_joins_its_holder_and_its_waiter),
		cmocka_unit_test(child_and_tracer),
		cmocka_unit_test(an_end_sends_the_signal_that_clone_was_told),
		cmocka_unit_test(missing_parts_are_no_trouble),
	};

	return cmocka_run_group_tests_name("channels", tests, NULL, NULL);
}
