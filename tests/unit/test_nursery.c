/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that are forked on demand, and one that was ordered ahead. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "twintop/proc/nursery.h"

#define PATIENCE_MS 60000

/* Tells its number for each byte that it is sent. */
static void tell_number(const struct proc_root *root, int socket)
{
	pid_t pid = getpid();
	char byte;

	(void)root;
	while (recv(socket, &byte, 1, 0) == 1)
		if (send(socket, &pid, sizeof pid, MSG_NOSIGNAL) != sizeof pid)
			break;
}

static void tell_nothing(const struct proc_root *root, int socket)
{
	char byte;

	(void)root;
	while (recv(socket, &byte, 1, 0) == 1)
		;
}

static pid_t ask(int socket)
{
	struct pollfd p = {.fd = socket, .events = POLLIN};
	pid_t pid = 0;

	assert_int_equal(send(socket, "", 1, MSG_NOSIGNAL), 1);
	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	assert_int_equal(recv(socket, &pid, sizeof pid, 0), sizeof pid);
	return pid;
}

struct started {
	int socket;
	pid_t pid;
};

static struct started start(const struct proc_root *root, nursery_work *work)
{
	struct started s;

	assert_int_equal(nursery_start(root, "nursling", work, &s.socket, &s.pid), 0);
	assert_true(s.pid > 0);
	return s;
}

static void check(struct started s)
{
	assert_int_equal(ask(s.socket), s.pid);
}

static void check_name(const struct proc_root *root, pid_t pid, const char *name)
{
	struct textbuf comm = {0};

	assert_int_equal(proc_read(root, &comm, "%d/comm", (int)pid), 0);
	textbuf_chomp(&comm);
	assert_string_equal(comm.bytes, name);
	textbuf_free(&comm);
}

static struct proc_root *open_root(bool begin)
{
	struct proc_root *root;

	assert_int_equal(proc_root_open(NULL, &root), 0);
	if (begin)
		nursery_begin(root);
	return root;
}

/* With one that forks and without. */
static void starts_and_ends_them(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct proc_root *root = open_root(i);
		struct started a = start(root, tell_number), b = start(root, tell_number);

		check(b);
		check(a);
		assert_int_not_equal(a.pid, b.pid);
		nursery_end(root, a.socket, a.pid);
		check(b);
		nursery_end(root, b.socket, b.pid);
		proc_root_close(root);
	}
}

/* Each is who it says, whatever is started between. */
static void gives_the_one_that_was_ordered_to_the_first_who_asks(void **state)
{
	struct proc_root *root = open_root(true);
	struct started other, a, b;

	(void)state;
	nursery_order(root, "ordered", tell_number);
	nursery_order(root, "too many", tell_number);
	other = start(root, tell_nothing);
	a = start(root, tell_number);
	b = start(root, tell_number);
	check(a);
	check(b);
	check_name(root, a.pid, "ordered");
	check_name(root, b.pid, "nursling");
	assert_int_not_equal(a.pid, b.pid);
	nursery_end(root, a.socket, a.pid);
	nursery_end(root, b.socket, b.pid);
	nursery_end(root, other.socket, other.pid);
	proc_root_close(root);
}

/* Nobody asks, or there is none that forks. */
static void needs_not_be_taken(void **state)
{
	struct proc_root *root = open_root(true);
	struct started a;

	(void)state;
	nursery_order(root, "ordered", tell_number);
	proc_root_close(root);
	root = open_root(true);
	nursery_order(root, "ordered", tell_number);
	a = start(root, tell_nothing);
	nursery_end(root, a.socket, a.pid);
	proc_root_close(root);
	root = open_root(false);
	nursery_order(root, "ordered", tell_number);
	a = start(root, tell_number);
	check(a);
	nursery_end(root, a.socket, a.pid);
	proc_root_close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_and_ends_them),
		cmocka_unit_test(gives_the_one_that_was_ordered_to_the_first_who_asks),
		cmocka_unit_test(needs_not_be_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
