/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/sample/limits.h"

#include <stdbool.h>
#include <sys/resource.h>

static struct rlimit limit_before;
static bool limit_raised;

void limits_raise(void)
{
	struct rlimit limit;

	if (limit_raised || getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit_before = limit;
	limit.rlim_cur = limit.rlim_max;
	limit_raised = setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

void limits_restore(void)
{
	if (limit_raised)
		setrlimit(RLIMIT_NOFILE, &limit_before);
}

size_t limits_fd_share(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return 65536;
	return limit.rlim_cur - limit.rlim_cur / 8;
}
