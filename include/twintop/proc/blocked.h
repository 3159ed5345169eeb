/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_BLOCKED_H
#define TWINTOP_PROC_BLOCKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "twintop/base/num.h"
#include "twintop/model/backtraces.h"
#include "twintop/proc/root.h"

/* What a blocked thread shows of itself while nobody stops it. */

/* Where it stands: /proc/PID/task/TID/syscall; and what it has run: its schedstat. */
struct blocked {
	bool running;	    /* it is not blocked: no registers */
	bool has_registers; /* else it has none of a program: a kernel thread, or one that ended */
	bool run_known;
	uint64_t stack_pointer, program_counter;
	uint64_t run_ns;
};
/* 0 or negative errno; -EACCES, -EPERM: it needs ptrace attach access. */
int blocked_look(const struct proc_root *root, pid_t pid, pid_t tid, struct blocked *ret);
/* Whether it has not run in between: it stands where it stood, and has used no CPU time. */
bool blocked_same(const struct blocked *before, const struct blocked *after);

/*
 * Copies what is there of a thread's memory from start on, page after page up to the first that it
 * does not have (a helper reads it, see helper.h); at most BLOCKED_MOST bytes. How many, or
 * negative errno.
 */
#define BLOCKED_MOST (64u << 10)
ssize_t blocked_copy(
	const struct proc_root *root, pid_t tid, uint64_t start, uint64_t end, char *here);

/* The functions of the kernel that it stands in. 0 or negative errno: needs CAP_SYS_ADMIN. */
#define KERNEL_FRAMES_MOST 64u
int blocked_kernel(const struct proc_root *root, pid_t pid, pid_t tid, struct arena *arena,
	struct kernel_trace *ret);
/*
 * Pure parser of /proc/PID/task/TID/stack, lines as "[<0>] futex_wait_queue+0x65/0x90": others are
 * left out. The texts are copied.
 */
void blocked_parse_kernel(struct scan text, struct arena *arena, struct kernel_trace *ret);

#endif
