/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_GIVEN_STACK_H
#define TWINTOP_PROC_GIVEN_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/proc/root.h"

/* The stack that the C library gave a thread, as it wrote it into the thread's control block. */
struct given_stack {
	uint64_t start, end;  /* what may be used: above the guard */
	uint64_t guard_bytes; /* made by the library below start; 0: it made none */
	uint64_t entry; /* the function that the thread began with; 0: not told there */
};

/* The words around a thread's head of robust futexes in which they are looked for. */
#define GIVEN_BELOW_BYTES 64u
#define GIVEN_ABOVE_BYTES 0x600u

/* A thread whose stack is looked for. */
struct given_place {
	pid_t tid;
	uint64_t robust_list;	  /* in; of get_robust_list(2), which lies in the control block */
	uint64_t stack_pointer;	  /* in; 0: unknown. Read where there is no robust list */
	struct given_stack stack; /* out; all 0: not found */
	uint64_t musl_block;	  /* out; what it was found in where there is no robust list */
	int error;		  /* out */
};

/*
 * musl registers no robust list until a program needs one. Its control block lies at the top of the
 * stack, and is looked for in so many pages from the stack pointer on.
 */
#define GIVEN_PAGES_ABOVE 4u

/*
 * The stacks that n threads of one process were given. Each place's error: 0; -ENODATA: no bounds
 * there that hold the block itself (another library, or the main thread, whose stack the kernel
 * made); or negative errno of /proc/PID/mem, which needs ptrace attach access and is called
 * by a helper, -ETIMEDOUT where it hangs.
 */
void given_stacks_find(const struct proc_root *root, struct given_place *place, size_t n);

/*
 * Pure search in n words that lie at address start. glibc: struct pthread has, one after the other,
 * stackblock, stackblock_size, guardsize and reported_guardsize. musl: map_base, map_size, stack
 * (its end), stack_size and guard_size, right below the robust list. False: none, or several.
 */
bool given_stack_find(const uint64_t *word, size_t n, uint64_t start, uint64_t robust_list,
	struct given_stack *ret_stack);

/*
 * The same above a stack pointer that lies at start: musl's control block, which names itself and
 * its neighbours, and tells a stack that holds the pointer. Index of the block; n: none, or several.
 */
size_t given_stack_find_above(
	const uint64_t *word, size_t n, uint64_t start, struct given_stack *ret_stack);

#endif
