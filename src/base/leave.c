/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/leave.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include "twintop/base/io.h"

#define LEAVE_US 850000 /* for the ordinary ways out */
#define GUARD_US 100000

static volatile sig_atomic_t begun, by_signal;
static int begun_fd = -1;
static void (*restore_terminal)(void);
static void (*stalled)(void);

/* SIGALRM after us, and again and again; 0: not at all. */
static void set_alarm(suseconds_t us)
{
	const struct itimerval timer = {.it_value.tv_usec = us, .it_interval.tv_usec = us};

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void force(void)
{
	sigset_t one;

	if (restore_terminal)
		restore_terminal();
	if (!by_signal)
		_exit(0);
	signal(by_signal, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, by_signal);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	raise(by_signal);
	_exit(128 + by_signal);
}

static void on_alarm(int alarm)
{
	(void)alarm;
	if (begun)
		force();
	else if (stalled)
		stalled();
}

void leave_open(void)
{
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	sigset_t one;

	begun_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	/* SIGTTOU too: the terminal is given back from the background as well. */
	sigfillset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	sigemptyset(&one);
	sigaddset(&one, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
}

void leave_restore_by(void (*restore)(void))
{
	restore_terminal = restore;
}

void leave_begin(int number)
{
	int saved = errno;

	if (begun)
		return;
	by_signal = number;
	begun = 1;
	set_alarm(LEAVE_US);
	if (begun_fd >= 0)
		io_announce(begun_fd, true);
	errno = saved;
}

void leave_guard(void (*look)(void))
{
	stalled = look;
	if (begun)
		return;
	set_alarm(look ? GUARD_US : 0);
	if (begun) /* just now */
		set_alarm(LEAVE_US);
}

bool leave_begun(void)
{
	return begun;
}

int leave_signal(void)
{
	return by_signal;
}

int leave_fd(void)
{
	return begun_fd;
}
