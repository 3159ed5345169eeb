/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "screen_internal.h"
#include "twintop/base/leave.h"

/* What becomes of each signal; a crash restores the terminal and goes its way. */
enum reaction { REACT_TELL, REACT_STOP, REACT_LEAVE, REACT_CRASH };
static const struct caught {
	int number;
	enum reaction reaction;
	unsigned bit;
} caught_table[] = {
	{SIGINT, REACT_LEAVE, SIGNALS_END},
	{SIGTERM, REACT_LEAVE, SIGNALS_END},
	{SIGHUP, REACT_LEAVE, SIGNALS_END},
	{SIGQUIT, REACT_LEAVE, SIGNALS_END},
	{SIGWINCH, REACT_TELL, SIGNALS_RESIZE},
	{SIGTSTP, REACT_STOP, SIGNALS_STOP},
	{SIGCONT, REACT_TELL, SIGNALS_CONT},
	{SIGCHLD, REACT_TELL, SIGNALS_CHILD},
	{SIGSEGV, REACT_CRASH, 0},
	{SIGBUS, REACT_CRASH, 0},
	{SIGABRT, REACT_CRASH, 0},
	{SIGFPE, REACT_CRASH, 0},
	{SIGILL, REACT_CRASH, 0},
};
#define CAUGHT_N (sizeof caught_table / sizeof *caught_table)

static struct sigaction before[CAUGHT_N];
static bool changed[CAUGHT_N];
static int pipe_end[2] = {-1, -1};

static char crash_bytes[256];
static volatile sig_atomic_t crash_len, crash_armed;
static int crash_fd;
static struct termios crash_modes;

/* A descriptor of the same terminal that never waits; fd itself where there is none. */
static int without_waiting(int fd)
{
	char name[64];
	int own = ttyname_r(fd, name, sizeof name)
			  ? -1
			  : open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	return own < 0 ? fd : own;
}

void signals_crash_arm(int fd, const char *bytes, size_t len, const struct termios *modes)
{
	crash_fd = without_waiting(fd);
	crash_len = (sig_atomic_t)(len < sizeof crash_bytes ? len : sizeof crash_bytes);
	memcpy(crash_bytes, bytes, (size_t)crash_len);
	crash_modes = *modes;
	crash_armed = 1;
}

void signals_crash_disarm(void)
{
	if (crash_armed && crash_fd > STDERR_FILENO)
		close(crash_fd);
	crash_armed = 0;
}

/* Only what tcflow(3) has stopped it starts (drivers/tty/tty_ioctl.c n_tty_ioctl_helper). */
void signals_start_output(int fd)
{
	tcflow(fd, TCOOFF);
	tcflow(fd, TCOON);
}

void signals_crash_restore(void)
{
	ssize_t written;

	if (!crash_armed)
		return;
	crash_armed = 0;
	signals_start_output(crash_fd);
	written = write(crash_fd, crash_bytes, (size_t)crash_len);
	if (written < crash_len) { /* full of what nobody reads: it goes for this */
		tcflush(crash_fd, TCOFLUSH);
		(void)!write(crash_fd, crash_bytes, (size_t)crash_len);
	}
	tcsetattr(crash_fd, TCSANOW, &crash_modes);
}

/* Async-signal-safe: the byte in the pipe is the signal's number. */
static void tell(int number)
{
	int saved = errno;
	unsigned char byte = (unsigned char)number;
	ssize_t written = write(pipe_end[1], &byte, 1);

	(void)written; /* a full pipe wakes the reader just as well */
	errno = saved;
}

/* What we are writing shall not wait for Ctrl-Q then. */
void signals_leave(int number)
{
	leave_begin(number);
	if (crash_armed)
		signals_start_output(crash_fd);
}

static void leave(int number)
{
	int saved = errno;

	tell(number);
	signals_leave(number);
	errno = saved;
}

/* Nor shall Ctrl-Z find us waiting for Ctrl-Q. */
static void stop(int number)
{
	int saved = errno;

	tell(number);
	if (crash_armed)
		signals_start_output(crash_fd);
	errno = saved;
}

/* Restores the terminal, then lets whoever was there before have the signal: it comes again. */
static void crash(int number)
{
	signals_crash_restore();
	for (size_t i = 0; i < CAUGHT_N; i++)
		if (caught_table[i].number == number)
			sigaction(number, &before[i], NULL);
	raise(number);
}

static int make_pipe(void)
{
	return pipe2(pipe_end, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
}

static void (*const reactions[])(int) = {
	[REACT_TELL] = tell, [REACT_STOP] = stop, [REACT_LEAVE] = leave, [REACT_CRASH] = crash};

/* What was ignored when we started (nohup, a shell without job control) stays so. */
static void catch_signal(size_t i)
{
	const struct caught *caught = &caught_table[i];
	struct sigaction action = {.sa_flags = SA_RESTART};

	sigaction(caught->number, NULL, &before[i]);
	changed[i] = before[i].sa_handler != SIG_IGN;
	if (!changed[i])
		return;
	sigfillset(&action.sa_mask);
	action.sa_handler = reactions[caught->reaction];
	sigaction(caught->number, &action, NULL);
}

int signals_open(void)
{
	int error = make_pipe();

	if (error)
		return error;
	for (size_t i = 0; i < CAUGHT_N; i++)
		catch_signal(i);
	leave_restore_by(signals_crash_restore);
	return 0;
}

void signals_close(void)
{
	if (pipe_end[0] < 0)
		return;
	leave_restore_by(NULL);
	for (size_t i = 0; i < CAUGHT_N; i++)
		if (changed[i])
			sigaction(caught_table[i].number, &before[i], NULL);
	close(pipe_end[0]);
	close(pipe_end[1]);
	pipe_end[0] = pipe_end[1] = -1;
}

int signals_fd(void)
{
	return pipe_end[0];
}

unsigned signals_take(void)
{
	unsigned char number[64];
	unsigned bits = 0;
	ssize_t n;

	while ((n = read(pipe_end[0], number, sizeof number)) > 0)
		for (ssize_t i = 0; i < n; i++)
			for (size_t k = 0; k < CAUGHT_N; k++)
				if (caught_table[k].number == number[i])
					bits |= caught_table[k].bit;
	return bits;
}
