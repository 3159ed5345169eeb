/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_INSIDE_H
#define TWINTOP_PROC_INSIDE_H

#include <stddef.h>
#include <stdint.h>

#include "twintop/model/records.h"
#include "twintop/proc/root.h"

/*
 * Runs job(context) inside the namespace of that kind (NAMESPACE_NET or NAMESPACE_IPC) that a task
 * is in. A thread goes there and ends with the job; where only the owner of a user namespace may
 * enter, a process does. No thread of ours that goes on has ever been elsewhere. They share our
 * table of descriptors: what the job opens is ours afterwards. It makes system calls and nothing
 * else, and leaves what it found in context, which is size bytes. 0, or negative errno: then the
 * job did not run; -EPERM: entering needs CAP_SYS_ADMIN there.
 */
int inside_run(const struct proc_root *root, pid_t pid, enum namespace_kind kind,
	void (*job)(void *context), void *context, size_t size);
/* The inode of a namespace of a task, of the calling thread's for pid 0. 0 or negative errno. */
int inside_inode(const struct proc_root *root, pid_t pid, enum namespace_kind kind,
	uint64_t *ret_inode);

#endif
