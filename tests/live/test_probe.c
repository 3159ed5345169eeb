/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is allowed is found out soon, however much happens on the machine meanwhile. */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "twintop/base/clock.h"
#include "twintop/proc/caps.h"

#define BOUND_NS 60000000000u
#define PAUSE_NS 20000000u /* shorter than any wait for silence */

/* A process that forks all the while; it ends with the test. */
static void make_busy(void)
{
	pid_t pid = fork(), child;

	assert_true(pid >= 0);
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		child = fork();
		if (!child)
			_exit(0);
		waitpid(child, NULL, 0);
		clock_sleep_ns(PAUSE_NS);
	}
}

static void probe_in_time(void)
{
	uint64_t begin = clock_monotonic_ns();
	struct proc_root *root;
	struct access access;

	assert_int_equal(proc_root_open(NULL, &root), 0);
	assert_int_equal(caps_probe(root, NULL, &access), 0);
	assert_true(clock_monotonic_ns() - begin < BOUND_NS);
	proc_root_close(root);
}

static void on_a_busy_machine(void **state)
{
	(void)state;
	make_busy();
	probe_in_time();
}

/* There the kernel acknowledges no listener, and yet tells him of everybody. */
static void in_a_container_on_a_busy_machine(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	make_busy();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (unshare(CLONE_NEWPID))
			_exit(77);
		pid = fork();
		if (!pid) {
			probe_in_time();
			_exit(0);
		}
		_exit(waitpid(pid, &status, 0) == pid && !status ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("a PID namespace needs CAP_SYS_ADMIN\n");
		skip();
	}
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_a_busy_machine),
		cmocka_unit_test(in_a_container_on_a_busy_machine),
	};

	return live_run(tests, NULL, NULL);
}
