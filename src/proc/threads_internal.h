/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_THREADS_INTERNAL_H
#define TWINTOP_PROC_THREADS_INTERNAL_H

#include "twintop/model/records.h"
#include "twintop/model/thread_roll.h"

/*
 * Fills stack_start, stack_end, guard and source[THREAD_STACK] of threads from
 * their SP and robust_list; what stands there from an earlier read serves where
 * pages are not known now. all: of every thread; else of those whose call or
 * self was touched, where neither mappings, pages nor threads are others. pages may be NULL.
 */
void thread_stacks_find(const struct thread_kepts *threads, pid_t pid,
	const struct memory_map *memory, const struct page_map *pages, bool all);

/*
 * The list of robust futexes that the C library registered when the thread began; it lies in the
 * thread's control block. Needs ptrace read access, stops nothing. 0 or negative errno.
 */
int thread_robust_list(pid_t tid, uint64_t *ret);

/* What task/TID/syscall says: that it runs … */
void thread_set_running(struct thread_record *t);
/* … or what it is blocked in; number below 0: outside a system call, with no arguments. */
void thread_set_call(struct thread_record *t, int64_t number, const uint64_t argument[6],
	uint64_t stack_pointer, uint64_t program_counter);

#endif
