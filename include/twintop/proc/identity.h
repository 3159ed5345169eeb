/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_IDENTITY_H
#define TWINTOP_PROC_IDENTITY_H

#include "twintop/model/snapshot.h"
#include "twintop/proc/root.h"

/* A hold on one process that PID reuse cannot fool: start time and, where there is one, a pidfd. */
struct identity {
	struct task_id id;
	pid_t tid;     /* the thread that was named, else id.pid */
	int pidfd;     /* -1: none */
	int pidfd_error; /* why */
};

/*
 * Takes hold of the process (or of a thread's process) named by number.
 * 0, -ESRCH (no such task), or another negative errno. Release with identity_close.
 */
int identity_open(const struct proc_root *root, pid_t number, struct identity *ret_identity);
void identity_close(struct identity *i);
/* Whether it still lives: 1, 0 (ended: the ending is filled as far as the kernel tells). Zombies have ended. */
int identity_alive(const struct proc_root *root, const struct identity *i, struct ending *ret_ending);
/*
 * Exit status without being the parent: PIDFD_GET_INFO's PIDFD_INFO_EXIT (6.15), else the zombie's
 * stat field 52. 0 or negative errno; ret_source names the interface.
 */
int identity_exit_status(const struct proc_root *root, const struct identity *i, int *ret_status,
	const char **ret_source);
/* Live children of every thread of pid (task/TID/children), ascending by PID, malloc'ed. 0 or negative errno. */
int identity_children(const struct proc_root *root, pid_t pid, pid_t **ret_children, size_t *ret_n);

#endif
