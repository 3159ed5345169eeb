/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_USER_STACKS_H
#define TWINTOP_MODEL_USER_STACKS_H

#include "twintop/model/backtrace.h"
#include "twintop/model/thread.h"

/*
 * User-level threads: the kernel knows one thread, whose stack pointer is found on one stack at one
 * moment and on another one at the next. Only threads that were seen off their own stack are told
 * of; what a stack is, the way says that leads to where its thread stood on it.
 */
enum user_stack_kind {
	USER_STACK_UNTOLD, /* off its own stack, but not whose it is: its backtrace does not say */
	USER_STACK_OWN,	   /* the kernel's, or what its C library gave it */
	USER_STACK_OTHER,  /* where its way begins anew: a user-level thread's */
	USER_STACK_GO,	   /* the same in Go's heap: a goroutine's */
	USER_STACK_PART,   /* from which it leads back: a signal's alternate stack, a split one */
	USER_STACK_KINDS
};
const char *user_stack_kind_name(enum user_stack_kind kind); /* "untold", "own", "user", … */

struct user_stack {
	pid_t tid;
	enum user_stack_kind kind;
	bool now;		   /* it stands there at this moment */
	uint32_t looks;		   /* that found it there */
	uint64_t low, high;	   /* the stack pointers that were seen … */
	uint64_t pointer, counter; /* … and the last one, with where it would go on */
	uint64_t last_ns;	   /* CLOCK_MONOTONIC when that was */
	struct backtrace trace;	   /* how it came there then; no frames: not known */
	uint64_t trace_ns;	   /* of a look that may be older; 0: there is none */
};

/* By TID, then by address. */
struct user_stacks {
	struct part part;
	size_t n;
	struct user_stack *stack;
};

/* Those of a thread; how many. list may be NULL. */
size_t user_stacks_of(const struct user_stacks *list, pid_t tid, const struct user_stack **ret);
/* How many user-level threads a thread was seen to run; 0: none, or fewer than two stacks of its
 * own and theirs. */
size_t user_threads_of(const struct user_stacks *list, pid_t tid);
/*
 * "blocked in read: stops its 4 user-level threads"; "runs 4 user-level threads"; nothing where it
 * has none. Goroutines are not stopped by who blocks: their runtime moves them.
 */
void user_threads_print(
	const struct user_stacks *list, const struct thread *t, struct textbuf *out);

#endif
