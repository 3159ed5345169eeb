/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_LAUNCH_H
#define TWINTOP_SAMPLE_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A program on a pty of its own, held before exec until launch_release(): the
 * child waits in our code, so the first sample sees it before its first instruction.
 */
struct launch;

/*
 * Finds program as execvp(3) would and forks. 0, -ENOENT, -EACCES, -ENOEXEC, … before anything was
 * started where that can be told. argv ends in NULL.
 */
int launch_start(char *const argv[], unsigned columns, unsigned rows, struct launch **ret_launch);
pid_t launch_pid(const struct launch *l);
/* Lets it exec. 0 or the negative errno of its exec. */
int launch_release(struct launch *l);
/* The pty's master side, non-blocking: poll and read its output, write its input. */
int launch_fd(const struct launch *l);
/* Non-blocking wait(2): true once it ended (then and ever after), with its status. */
bool launch_reap(struct launch *l, int *ret_status);
/* Ends what still runs (SIGHUP by closing the pty, SIGKILL after a grace period), reaps, frees. NULL is fine. */
void launch_free(struct launch *l);

#endif
