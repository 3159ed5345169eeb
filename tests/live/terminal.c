/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"
#include "reach.h"
#include "terminal.h"
#include "twintop/base/clock.h"

_Noreturn static void child_of_terminal(
	const struct terminal *t, const char *folder, const char *const argv[])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	ioctl(t->slave, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(t->slave, fd);
	setenv("TERM", "xterm-256color", 1);
	/* The leak checker opens files of its own by names that begin in the folder. */
	if (folder)
		setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	if (!folder || !chdir(folder))
		reach_exec(REACH_PROGRAM, reach_program(), (char *const *)argv);
	_exit(99);
}

struct terminal terminal_start(const char *folder, const char *const argv[])
{
	struct winsize size = {.ws_row = 50, .ws_col = 200};
	struct terminal t = {.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};

	reach_open();
	assert_true(t.master >= 0);
	assert_int_equal(grantpt(t.master), 0);
	assert_int_equal(unlockpt(t.master), 0);
	t.slave = open(ptsname(t.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(t.slave >= 0);
	assert_int_equal(ioctl(t.slave, TIOCSWINSZ, &size), 0);
	assert_int_equal(tcgetattr(t.slave, &t.before), 0);
	t.run = fork();
	assert_true(t.run >= 0);
	if (!t.run)
		child_of_terminal(&t, folder, argv);
	return t;
}

bool terminal_take(struct terminal *t, int ms)
{
	struct pollfd p = {.fd = t->master, .events = POLLIN};
	char bytes[65536];
	ssize_t n = poll(&p, 1, ms) == 1 ? read(t->master, bytes, sizeof bytes) : 0;

	if (n > 0)
		textbuf_add(&t->said, bytes, (size_t)n);
	return n > 0;
}

void terminal_await(struct terminal *t, const char *text)
{
	uint64_t until = clock_monotonic_ns() + TERMINAL_BOUND_NS;

	while (!t->said.len || !strstr(t->said.bytes, text)) {
		if (clock_monotonic_ns() > until)
			fail_msg("\"%s\" does not come", text);
		terminal_take(t, 50);
	}
}

void terminal_type(const struct terminal *t, const char *keys)
{
	assert_int_equal(write(t->master, keys, strlen(keys)), strlen(keys));
}

bool terminal_ends(struct terminal *t, bool reads, int *ret_status)
{
	uint64_t until = clock_monotonic_ns() + TERMINAL_END_NS;
	pid_t reaped;

	while ((reaped = waitpid(t->run, ret_status, WNOHANG)) == 0 && clock_monotonic_ns() < until)
		if (!reads || !terminal_take(t, 5))
			clock_sleep_ns(5000000);
	if (reaped != t->run)
		kill(t->run, SIGKILL);
	return reaped == t->run;
}

void terminal_end(struct terminal *t)
{
	struct termios now;

	assert_int_equal(tcgetattr(t->slave, &now), 0);
	assert_int_equal(now.c_lflag, t->before.c_lflag);
	assert_int_equal(now.c_iflag, t->before.c_iflag);
	close(t->master);
	close(t->slave);
	textbuf_free(&t->said);
}

const char *terminal_own_pid(void)
{
	static char number[16];

	snprintf(number, sizeof number, "%d", (int)getpid());
	return number;
}
