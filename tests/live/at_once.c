/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "at_once.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "reach.h"

static pid_t start(void (*body)(void *))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	body(NULL);
	fflush(NULL);
	_exit(0);
}

void at_once(void (*const body[])(void *), size_t n)
{
	pid_t *pid = calloc(n, sizeof *pid);
	size_t skipped = 0, failed = 0;

	reach_open();
	fflush(NULL);
	for (size_t i = 0; i < n; i++)
		pid[i] = start(body[i]);
	for (size_t i = 0; i < n; i++) {
		int status;

		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		if (WIFEXITED(status) && WEXITSTATUS(status) == AS_NOBODY_SKIPPED)
			skipped++;
		else
			failed += status != 0;
	}
	free(pid);
	assert_int_equal(failed, 0);
	if (skipped == n)
		skip();
}
