/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/errand.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static void close_from(unsigned first, unsigned last)
{
	long most = sysconf(_SC_OPEN_MAX);

	if (first > last || !close_range(first, last, 0))
		return;
	for (unsigned fd = first; fd <= last && (long)fd < most; fd++)
		close((int)fd);
}

static void close_others(int a, int b)
{
	unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);

	if (low)
		close_from(0, low - 1);
	close_from(low + 1, high - 1);
	close_from(high + 1, ~0u);
}

pid_t errand_fork(const char *name, int keep, int keep_too)
{
	sigset_t all, before;
	pid_t pid;

	/* Blocked before the fork: no handler of ours runs there. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid) {
		pthread_sigmask(SIG_SETMASK, &before, NULL);
		return pid;
	}
	close_others(keep, keep_too);
	prctl(PR_SET_NAME, name);
	return 0;
}
