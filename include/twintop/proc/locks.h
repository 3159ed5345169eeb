/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_LOCKS_H
#define TWINTOP_PROC_LOCKS_H

#include "twintop/model/thread_roll.h"
#include "twintop/proc/root.h"

/*
 * What a thread blocked in futex(2) waits for: fills wait_kind, wait_address and
 * wait_owner of every such thread from its system call and the lock word, read
 * with process_vm_readv(2) by a helper and without a stop. An owner counts only if it is a live
 * TID of threads, which stand in the order of a list. Threads that are not in a futex get
 * WAIT_NOTHING. Where that is news, their call is touched. may_read: whether memory may be read at
 * all. 0, or the negative errno for which no word could be read (-ETIMEDOUT: it hangs): then no
 * owner is known.
 */
int locks_decode(const struct proc_root *root, const struct thread_kepts *threads, pid_t pid,
	bool may_read);

#endif
