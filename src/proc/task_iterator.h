/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_TASK_ITERATOR_H
#define TWINTOP_TASK_ITERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/proc/root.h"

/*
 * What shows whether a thread moved; run_ns, wait_ns and slices are those of schedstat, the others
 * are as the kernel numbers them.
 */
struct task_signs {
	uint64_t tid, born_ns;
	uint64_t run_ns, wait_ns, slices;
	uint64_t state, exit_state;
	uint64_t nice, priority, policy, rt_priority; /* static_prio, prio, … */
	uint64_t pending;			      /* signals of its own that wait for it */
	uint64_t name[2];
};

/*
 * What stat and status are made of, of a thread that moved since the read before: else all is 0,
 * arrived_ns too.
 */
struct task_told {
	uint64_t user_ns, system_ns;	     /* by ticks … */
	uint64_t user_was_ns, system_was_ns; /* … and as they were told last: prev_cputime */
	uint64_t minor_faults, major_faults;
	uint64_t voluntary, involuntary; /* switches */
	uint64_t blocked;		 /* signals */
	uint64_t processor;
	uint64_t arrived_ns; /* by the scheduler's clock: last put on a CPU */
};

/* What syscall and wchan are made of, of a blocked thread that moved since the read before. */
struct task_call {
	uint64_t known;	  /* 0: nothing here is told */
	uint64_t channel; /* the innermost function that is not the scheduler's; 0: unknown */
	uint64_t status;  /* of thread_info: flags of the kernel's */
	uint64_t number;  /* orig_ax */
	uint64_t argument[6];
	uint64_t stack_pointer, program_counter;
};

/*
 * What tells of every thread of a process whether anything moved, in one read: a BPF iterator over
 * its tasks (kernel 6.1, CAP_BPF and CAP_PERFMON), which changes nothing in the target. All members
 * are 64 bits wide: the program fills them one by one.
 */
struct task_record {
	struct task_signs signs;
	struct task_told told;
	struct task_call call;
};
#define TASK_SIGNS_ALONE (1ull << 32) /* with the TID: of this one nothing else was written */

/* How much of a record an iterator fills; the rest is 0. */
enum task_extent { TASK_SIGNS, TASK_TOLD, TASK_CALLS };

struct task_iterator;

/* Whether the kernel's own numbers are those of this /proc: in the first PID namespace only. */
bool task_numbers_are_ours(const struct proc_root *root);

/*
 * Takes some ten milliseconds of CPU. threads: so many are expected; 0: they are read through the
 * iterator's file, as on kernels before 6.7, which takes twice as long. 0 or negative errno:
 * -EOPNOTSUPP where the kernel has no such iterator, or /proc counts PIDs otherwise than the kernel
 * does; -EPERM. The caller's.
 */
int task_iterator_open(const struct proc_root *root, pid_t pid, size_t threads,
	struct task_iterator **ret_iterator);
void task_iterator_close(struct task_iterator *it);
enum task_extent task_iterator_extent(const struct task_iterator *it);
/*
 * All threads of the process now, ascending by TID; the records live until the next read. whole: of
 * those that did not move, too, all is told. 0 or negative errno; a process that is gone has none.
 */
int task_iterator_read(
	struct task_iterator *it, bool whole, const struct task_record **ret_record, size_t *ret_n);
/* The record of a TID among n; NULL: none. Quick where asked for in ascending order: *at is where
 * the last one was found, 0 at first. */
const struct task_record *task_record_find(
	const struct task_record *record, size_t n, size_t *at, pid_t tid);

#endif
