/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_TASK_ITERATOR_H
#define TWINTOP_TASK_ITERATOR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/proc/root.h"

/*
 * What tells of every thread of a process whether anything moved, in one read: a BPF iterator over
 * its tasks (kernel 6.1, CAP_BPF and CAP_PERFMON), which changes nothing in the target. The figures
 * are those of task/TID/schedstat; the others are for comparing with those of an earlier read.
 */
struct task_record {
	uint64_t tid, born_ns;
	uint64_t run_ns, wait_ns, slices; /* the three of schedstat */
	uint64_t state, exit_state;	  /* as the kernel numbers them */
	uint64_t priority, policy, rt_priority;
	uint64_t pending; /* signals of its own that wait for it */
	uint64_t name[2];
};

struct task_iterator;

/*
 * Takes some ten milliseconds of CPU. 0 or negative errno: -EOPNOTSUPP where the kernel has no such
 * iterator, or /proc counts PIDs otherwise than the kernel does; -EPERM. The caller's.
 */
int task_iterator_open(
	const struct proc_root *root, pid_t pid, struct task_iterator **ret_iterator);
void task_iterator_close(struct task_iterator *it);
/*
 * All threads of the process now, ascending by TID; the records live until the next read. 0 or
 * negative errno; a process that is gone has none.
 */
int task_iterator_read(
	struct task_iterator *it, const struct task_record **ret_record, size_t *ret_n);
/* The record of a TID among n; NULL: none. Quick where asked for in ascending order: *at is where
 * the last one was found, 0 at first. */
const struct task_record *task_record_find(
	const struct task_record *record, size_t n, size_t *at, pid_t tid);

#endif
