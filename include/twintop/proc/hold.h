/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_HOLD_H
#define TWINTOP_PROC_HOLD_H

#include "twintop/model/backtraces.h"
#include "twintop/model/example.h"
#include "twintop/proc/root.h"

/*
 * Holds one thread for as long as it takes to copy its registers and its stack: PTRACE_SEIZE,
 * PTRACE_INTERRUPT, PTRACE_GETREGSET, PTRACE_DETACH. The only thing here that a target can notice:
 * epoll_wait, semop, sigtimedwait, and calls on sockets with a time limit return EINTR from it.
 * Nothing else of its process stops. Only ever on an explicit wish.
 */
#define HOLD_STACK (192u << 10) /* bytes that are kept of a stack, from its stack pointer on */
struct held {
	struct registers registers; /* none known: a 32-bit program, or a machine not known here */
	uint64_t stack_pointer;
	uint64_t time_ns; /* CLOCK_MONOTONIC, when it was let go */
	uint64_t held_ns; /* it was held so long at the very most: from the wish to stop to its end
			   */
	pid_t tracer;	  /* HOLD_TRACED: by whom; 0: not known here */
	char tracer_name[16];
	size_t stack_n;
	char stack[HOLD_STACK]; /* up to the first page that is not there */
};

/*
 * A helper does it (see helper.h): when that ends, however it does, the kernel lets the thread go.
 * A thread that does not stop within HOLD_DEADLINE_NS, as in an uninterruptible call, is let go
 * unstopped. One that was stopped by a signal stays so. HOLD_DONE, or why not: ret has no more than
 * its tracer then.
 */
#define HOLD_DEADLINE_NS 300000000u
enum hold_end hold_thread(const struct proc_root *root, pid_t pid, pid_t tid, struct held *ret);

#endif
