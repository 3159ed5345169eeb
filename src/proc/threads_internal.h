/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_THREADS_INTERNAL_H
#define TWINTOP_PROC_THREADS_INTERNAL_H

#include "twintop/model/records.h"
#include "twintop/model/thread_roll.h"
#include "twintop/proc/root.h"

/*
 * Fills stack_start, stack_end, guard and source[THREAD_STACK] of threads from
 * their SP and robust_list; what stands there from an earlier read serves where
 * pages are not known now. all: of every thread; else of those whose call or
 * self was touched, where neither mappings, pages, threads nor what these were given are others.
 * pages may be NULL.
 */
void thread_stacks_find(const struct thread_kepts *threads, pid_t pid,
	const struct memory_map *memory, const struct page_map *pages, bool all);

/*
 * The list of robust futexes that the C library registered when the thread began; it lies in the
 * thread's control block. Needs ptrace read access, stops nothing. 0 or negative errno.
 */
int thread_robust_list(pid_t tid, uint64_t *ret);

/*
 * A number that is another one once the thread has run: its time on a CPU and its wait for one, else
 * its switches, else the round.
 */
uint64_t thread_ran(const struct thread_record *t, uint64_t round);
/*
 * The time that those were given who sleep in a system call since they were looked at last (ran),
 * from the memory of the process: wait_time_ns, 0 where it is not there.
 */
void thread_times_read(const struct thread_kepts *threads, const struct proc_root *root, pid_t pid);
/* The same of the descriptors that poll(2) and select(2) wait for. */
void thread_sets_read(const struct thread_kepts *threads, const struct proc_root *root, pid_t pid);
/*
 * The thread of pid's parent that knows itself by that number, as /proc counts; 0: there is none.
 * apart: pid knows its threads by other numbers than /proc.
 */
pid_t thread_left_by_fork(const struct proc_root *root, pid_t pid, bool apart, pid_t number);

/* What task/TID/syscall says: that it runs … */
void thread_set_running(struct thread_record *t);
/* … or what it is blocked in; number below 0: outside a system call, with no arguments. */
void thread_set_call(struct thread_record *t, int64_t number, const uint64_t argument[6],
	uint64_t stack_pointer, uint64_t program_counter);

#endif
