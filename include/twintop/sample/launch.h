/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_LAUNCH_H
#define TWINTOP_SAMPLE_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "twintop/proc/root.h"

/*
 * A program on a pty of its own, held before exec until launch_release(): the
 * child waits in our code, so the first sample sees it before its first
 * instruction. The program has our environment but for what tells of our own
 * terminal, default signal dispositions and no signal blocked.
 */
struct launch;

/*
 * The file that execvp(3) would take for name, malloc'ed. 0, -ENOENT, or of what was found instead:
 * -EISDIR a folder, -ENODEV no regular file, -EACCES not executable. -EPERM with rights that our
 * caller has not (privilege.h): nothing is looked for then, as the answer could tell what he may
 * not see.
 */
int launch_find(const char *name, char **ret_path);
/*
 * Forks argv[0], which launch_find must find, or its error comes back before
 * anything was started. argv ends in NULL; term is its TERM. 0 or negative errno.
 */
int launch_start(char *const argv[], const char *term, unsigned columns, unsigned rows,
	struct launch **ret_launch);
/*
 * Where /proc is of another PID namespace than ours it counts the child otherwise than fork(2) told
 * us: launch_pid() says root's number from here on. -EXDEV: that /proc does not see it.
 */
int launch_look_up(struct launch *l, const struct proc_root *root);
/* The same of a program that may tell its steps: see <twintop/step.h>. */
int launch_start_stepped(char *const argv[], const char *term, unsigned columns, unsigned rows,
	struct launch **ret_launch);
/* The same with our standard input in place of the pty. */
int launch_start_fed(char *const argv[], const char *term, unsigned columns, unsigned rows,
	struct launch **ret_launch);
pid_t launch_pid(const struct launch *l);
/* Lets it exec. 0 or the negative errno of its exec (-ENOEXEC: no program, and no #! line). */
int launch_release(struct launch *l);
/* The pty's master side, non-blocking: poll and read its output, write its input. */
int launch_fd(const struct launch *l);
/* Where its steps come from, a stream; stays the launch's. -1: it was not asked to tell any. */
int launch_steps(const struct launch *l);
/* Lets a program that waits at a step go on; negative errno: it does not listen. */
int launch_go(struct launch *l);
/* Non-blocking wait(2): true once it ended (then and ever after), with its status. */
bool launch_reap(struct launch *l, int *ret_status);
/*
 * Ends what still runs (SIGHUP by closing the pty, SIGKILL to its process group
 * after 500 ms), reaps, frees. NULL is fine.
 */
void launch_free(struct launch *l);

#endif
