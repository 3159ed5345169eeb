/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_IPC_H
#define TWINTOP_PROC_IPC_H

#include "twintop/base/num.h"
#include "twintop/model/ipc.h"
#include "twintop/proc/root.h"

/*
 * System V IPC objects of the IPC namespace of a task (see inside_run); of ours for pid 0, and where
 * its own is not known or may not be entered: the part says of which they are. A table that could
 * not be read has its own state. 0 and a sealed part, or -ENOMEM.
 */
int ipc_read(const struct proc_root *root, pid_t pid, const struct ipc_state **ret_ipc);

/* Pure parsers of one file each, into the part's arena: 0, or -EINVAL when a line is none of the
 * format. */
int ipc_parse_shm(struct scan text, struct ipc_state *ipc);
int ipc_parse_queues(struct scan text, struct ipc_state *ipc);
int ipc_parse_semaphores(struct scan text, struct ipc_state *ipc);

#endif
