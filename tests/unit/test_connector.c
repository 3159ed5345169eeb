/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The proc connector's messages, as the kernel sends them and as it never would; and the filter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/feed/connector_filter.h"
#include "../../src/feed/connector_message.h"

#define SIZE (NLMSG_HDRLEN + sizeof(struct cn_msg) + sizeof(struct proc_event))

/* A datagram of one message. */
struct datagram {
	_Alignas(8) uint8_t bytes[NLMSG_ALIGN(SIZE)];
};

static struct datagram datagram_of(const struct proc_event *event)
{
	const struct nlmsghdr header = {.nlmsg_len = SIZE, .nlmsg_type = NLMSG_DONE};
	const struct cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof *event};
	struct datagram d = {{0}};

	memcpy(d.bytes, &header, sizeof header);
	memcpy(d.bytes + NLMSG_HDRLEN, &message, sizeof message);
	memcpy(d.bytes + NLMSG_HDRLEN + sizeof message, event, sizeof *event);
	return d;
}

static struct proc_event fork_of(pid_t parent, pid_t pid, pid_t tid)
{
	struct proc_event e = {.what = PROC_EVENT_FORK, .timestamp_ns = 77};

	e.event_data.fork.parent_pid = e.event_data.fork.parent_tgid = parent;
	e.event_data.fork.child_tgid = pid;
	e.event_data.fork.child_pid = tid;
	return e;
}

static struct proc_event exit_of(pid_t pid, pid_t tid, pid_t parent, uint32_t code)
{
	struct proc_event e = {.what = PROC_EVENT_EXIT, .timestamp_ns = 78};

	e.event_data.exit.process_tgid = pid;
	e.event_data.exit.process_pid = tid;
	e.event_data.exit.exit_code = code;
	e.event_data.exit.parent_pid = e.event_data.exit.parent_tgid = parent;
	return e;
}

static struct proc_event exec_of(pid_t pid)
{
	struct proc_event e = {.what = PROC_EVENT_EXEC};

	e.event_data.exec.process_pid = e.event_data.exec.process_tgid = pid;
	return e;
}

static struct proc_event name_of(pid_t pid, pid_t tid, const char *name)
{
	struct proc_event e = {.what = PROC_EVENT_COMM};

	e.event_data.comm.process_tgid = pid;
	e.event_data.comm.process_pid = tid;
	memcpy(e.event_data.comm.comm, name, strnlen(name, 16));
	return e;
}

static struct connector_message only(const struct proc_event *event)
{
	struct datagram d = datagram_of(event);
	struct connector_message m, none;
	size_t at = 0;

	assert_true(connector_next(d.bytes, SIZE, &at, &m));
	assert_false(connector_next(d.bytes, SIZE, &at, &none));
	return m;
}

static void each_kind_says_who(void **state)
{
	struct proc_event e = fork_of(3, 5, 5);
	struct connector_message m = only(&e);

	(void)state;
	assert_int_equal(m.kind, CONNECTOR_FORK);
	assert_int_equal(m.parent, 3);
	assert_int_equal(m.pid, 5);
	assert_int_equal(m.tid, 5);
	assert_int_equal(m.ns, 77);
	e = exit_of(5, 6, 3, 0x8b);
	m = only(&e);
	assert_int_equal(m.kind, CONNECTOR_EXIT);
	assert_int_equal(m.pid, 5);
	assert_int_equal(m.tid, 6);
	assert_int_equal(m.status, 0x8b);
	e = exec_of(9);
	m = only(&e);
	assert_int_equal(m.kind, CONNECTOR_EXEC);
	assert_int_equal(m.pid, 9);
	e = name_of(9, 10, "sixteen letters!");
	m = only(&e);
	assert_int_equal(m.kind, CONNECTOR_COMM);
	assert_int_equal(m.tid, 10);
	assert_memory_equal(m.name, "sixteen letters!", 16);
}

static void what_we_do_not_tell_of_is_passed_over(void **state)
{
	struct proc_event e = {.what = PROC_EVENT_PTRACE};

	(void)state;
	e.event_data.ptrace.process_pid = e.event_data.ptrace.process_tgid = 4;
	assert_int_equal(only(&e).kind, CONNECTOR_OTHER);
	e = (struct proc_event){.what = PROC_EVENT_NONE};
	assert_int_equal(only(&e).kind, CONNECTOR_OTHER);
	e = exit_of(-1, 5, 1, 0);
	assert_int_equal(only(&e).kind, CONNECTOR_OTHER);
	e = fork_of(1, 5, 0);
	assert_int_equal(only(&e).kind, CONNECTOR_OTHER);
}

/* Whatever is cut off or said to be longer than it is, nothing beyond is looked at. */
static void hostile_messages_are_refused(void **state)
{
	const struct proc_event e = exit_of(5, 5, 1, 0);
	struct datagram d = datagram_of(&e);
	struct connector_message m;
	struct nlmsghdr header;
	struct cn_msg message;
	size_t at;

	(void)state;
	for (size_t len = 0; len < SIZE; len++) {
		uint8_t *exact = malloc(len + 1);

		memcpy(exact, d.bytes, len);
		at = 0;
		assert_false(connector_next(exact, len, &at, &m));
		assert_int_equal(m.kind, CONNECTOR_OTHER);
		free(exact);
	}
	at = SIZE + 1;
	assert_false(connector_next(d.bytes, SIZE, &at, &m));
	memcpy(&header, d.bytes, sizeof header);
	for (uint32_t len = 0; len < 36; len++) {
		header.nlmsg_len = len;
		memcpy(d.bytes, &header, sizeof header);
		at = 0;
		assert_false(connector_next(d.bytes, SIZE, &at, &m));
	}
	d = datagram_of(&e);
	memcpy(&message, d.bytes + NLMSG_HDRLEN, sizeof message);
	message.len = UINT16_MAX;
	memcpy(d.bytes + NLMSG_HDRLEN, &message, sizeof message);
	at = 0;
	assert_false(connector_next(d.bytes, SIZE, &at, &m));
	message.len = 3;
	memcpy(d.bytes + NLMSG_HDRLEN, &message, sizeof message);
	at = 0;
	assert_true(connector_next(d.bytes, SIZE, &at, &m));
	assert_int_equal(m.kind, CONNECTOR_OTHER);
	/* Another one's connector. */
	d = datagram_of(&e);
	message.len = sizeof e;
	message.id.idx = CN_IDX_PROC + 1;
	memcpy(d.bytes + NLMSG_HDRLEN, &message, sizeof message);
	at = 0;
	assert_true(connector_next(d.bytes, SIZE, &at, &m));
	assert_int_equal(m.kind, CONNECTOR_OTHER);
}

static void one_datagram_may_hold_two(void **state)
{
	const struct proc_event e[] = {exec_of(5), exit_of(6, 6, 1, 256)};
	uint8_t bytes[2 * NLMSG_ALIGN(SIZE)];
	struct connector_message m;
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct datagram d = datagram_of(&e[i]);

		memcpy(bytes + i * NLMSG_ALIGN(SIZE), &d, NLMSG_ALIGN(SIZE));
	}
	assert_true(connector_next(bytes, sizeof bytes, &at, &m));
	assert_int_equal(m.pid, 5);
	assert_true(connector_next(bytes, sizeof bytes, &at, &m));
	assert_int_equal(m.pid, 6);
	assert_int_equal(m.status, 256);
	assert_false(connector_next(bytes, sizeof bytes, &at, &m));
}

/* ---- the filter ------------------------------------------------------------- */

struct channel {
	int fd[2];
	struct connector_filter *filter;
};

static void open_channel(struct channel *c, bool classic)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, c->fd), 0);
	assert_int_equal(connector_filter_open(c->fd[1], classic, &c->filter), 0);
}

static void close_channel(struct channel *c)
{
	connector_filter_close(c->filter);
	close(c->fd[0]);
	close(c->fd[1]);
}

/* Whether the message comes through, whole. */
static bool passes(const struct channel *c, struct proc_event e)
{
	struct datagram d = datagram_of(&e);
	uint8_t bytes[2 * SIZE];
	ssize_t sent = send(c->fd[0], d.bytes, SIZE, 0), got;

	assert_true(sent == (ssize_t)SIZE || (sent < 0 && errno == EPERM));
	got = recv(c->fd[1], bytes, sizeof bytes, MSG_DONTWAIT);
	if (got < 0)
		return false;
	assert_int_equal(got, SIZE);
	assert_memory_equal(bytes, d.bytes, SIZE);
	return true;
}

/* exact: of others nothing comes; else what their processes do, but not their threads. */
static void ours_come_through(bool classic)
{
	struct channel c;
	bool exact;

	open_channel(&c, classic);
	assert_false(passes(&c, exit_of(5, 5, 1, 0)));
	assert_false(passes(&c, exec_of(5)));
	connector_filter_set(c.filter, 5, true);
	connector_filter_set(c.filter, 70000, true);
	assert_int_equal(connector_filter_apply(c.filter), 0);
	exact = !passes(&c, exec_of(8));
	assert_true(passes(&c, exit_of(5, 6, 1, 0)));
	assert_true(passes(&c, exit_of(70000, 70000, 1, 0)));
	assert_true(passes(&c, fork_of(1, 5, 6)));
	assert_true(passes(&c, exec_of(5)));
	assert_true(passes(&c, name_of(5, 6, "x")));
	assert_false(passes(&c, exit_of(8, 9, 1, 0)));
	assert_false(passes(&c, fork_of(1, 8, 9)));
	assert_int_equal(passes(&c, exit_of(8, 8, 1, 0)), !exact);
	assert_int_equal(passes(&c, fork_of(8, 9, 9)), !exact);
	assert_false(passes(&c, (struct proc_event){.what = PROC_EVENT_UID}));
	/* A child is told of from its birth on. */
	assert_true(passes(&c, fork_of(5, 21, 21)));
	assert_true(passes(&c, fork_of(5, 21, 22)));
	assert_true(passes(&c, exec_of(21)));
	assert_true(passes(&c, name_of(21, 21, "x")));
	assert_true(passes(&c, exit_of(21, 21, 5, 0)));
	connector_filter_set(c.filter, 5, false);
	connector_filter_set(c.filter, 21, false);
	assert_int_equal(connector_filter_apply(c.filter), 0);
	assert_int_equal(passes(&c, exit_of(5, 5, 1, 0)), !exact);
	assert_false(passes(&c, exit_of(5, 6, 1, 0)));
	assert_int_equal(passes(&c, exit_of(21, 21, 1, 0)), !exact);
	assert_true(passes(&c, exit_of(70000, 70000, 1, 0)));
	close_channel(&c);
}

/* Whom one forks that is not among ours yet; and whose parent is not told, as he was reaped. */
static void who_is_not_known_yet_comes_through(void **state)
{
	struct channel c;

	(void)state;
	open_channel(&c, true);
	connector_filter_set(c.filter, 5, true);
	assert_int_equal(connector_filter_apply(c.filter), 0);
	assert_true(passes(&c, fork_of(5, 21, 21)));
	assert_true(passes(&c, fork_of(21, 31, 31)));
	assert_true(passes(&c, exit_of(31, 31, 21, 0)));
	assert_true(passes(&c, exit_of(21, 21, 0, 0)));
	assert_false(passes(&c, exit_of(21, 22, 0, 0)));
	assert_true(passes(&c, exit_of(5, 6, 0, 0)));
	close_channel(&c);
}

static void the_classic_filter_knows_ours(void **state)
{
	(void)state;
	ours_come_through(true);
}

static void the_filter_knows_ours(void **state)
{
	(void)state;
	ours_come_through(false);
}

/* Of others not even an exec wakes us; a child of a child is ours as the child is. */
static void the_kernels_own_list_is_exact(void **state)
{
	struct channel c;
	bool exact;

	(void)state;
	open_channel(&c, false);
	connector_filter_set(c.filter, 5, true);
	assert_int_equal(connector_filter_apply(c.filter), 0);
	exact = !passes(&c, exec_of(8));
	if (!exact) {
		close_channel(&c);
		print_message("skipped: eBPF is not allowed here\n");
		skip();
	}
	assert_false(passes(&c, name_of(8, 8, "x")));
	assert_true(passes(&c, fork_of(5, 21, 21)));
	assert_true(passes(&c, fork_of(21, 31, 31)));
	assert_true(passes(&c, exec_of(31)));
	assert_true(passes(&c, exit_of(31, 31, 21, 0)));
	assert_false(passes(&c, fork_of(8, 41, 41)));
	assert_false(passes(&c, exec_of(41)));
	close_channel(&c);
}

/* More than a program of classic BPF has room for. */
static void many_are_no_failure(void **state)
{
	(void)state;
	for (int classic = 0; classic < 2; classic++) {
		struct channel c;

		open_channel(&c, classic);
		for (pid_t pid = 100; pid < 1100; pid++)
			connector_filter_set(c.filter, pid, true);
		assert_int_equal(connector_filter_apply(c.filter), 0);
		assert_true(passes(&c, exit_of(100, 100, 1, 0)));
		assert_false(passes(&c, exit_of(99, 98, 1, 0)));
		close_channel(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_says_who),
		cmocka_unit_test(what_we_do_not_tell_of_is_passed_over),
		cmocka_unit_test(hostile_messages_are_refused),
		cmocka_unit_test(one_datagram_may_hold_two),
		cmocka_unit_test(the_classic_filter_knows_ours),
		cmocka_unit_test(who_is_not_known_yet_comes_through),
		cmocka_unit_test(the_filter_knows_ours),
		cmocka_unit_test(the_kernels_own_list_is_exact),
		cmocka_unit_test(many_are_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
