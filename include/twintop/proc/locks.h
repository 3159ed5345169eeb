/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_LOCKS_H
#define TWINTOP_PROC_LOCKS_H

#include "twintop/model/thread_roll.h"
#include "twintop/proc/nspid.h"
#include "twintop/proc/root.h"

/* Whose locks they are. */
struct lock_world {
	pid_t pid;
	const struct proc_root *root; /* by whose helpers its memory is read … */
	bool may_read;		      /* … where it may be read at all */
	struct nspid_set *own;	      /* its threads, to be filled in where somebody waits */
	/* A thread of another process that may hold what is shared with it; 0: none. */
	pid_t (*elsewhere)(void *context, pid_t inner);
	/* The parent's thread of that number, as /proc counts; 0: there is none. */
	pid_t (*left_by_fork)(void *context, pid_t inner);
	void *context;
	uint64_t now_ns; /* CLOCK_MONOTONIC of this look; set by it */
};
/*
 * What a thread blocked in futex(2) waits for: fills wait_kind, wait_address and what stands
 * beside them of every such thread from its system call and the lock's words, read
 * with /proc/PID/mem by a helper and without a stop. A word holds its owner's TID as the
 * owner's own PID namespace counts: that of a live thread of the process, or, where the futex is no
 * private one, of one elsewhere; of two that go by one number it is neither. Threads that are not
 * in a futex get WAIT_NOTHING. Who has not run since the last
 * look waits for the same. Where that is news, their call is touched. 0, or the negative errno
 * for which no word could be read (-ETIMEDOUT: it hangs): then no owner is known.
 */
int locks_decode(const struct thread_kepts *threads, struct lock_world *world);

#endif
