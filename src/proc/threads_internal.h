/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_THREADS_INTERNAL_H
#define TWINTOP_PROC_THREADS_INTERNAL_H

#include "twintop/model/records.h"

/*
 * Fills stack_start, stack_end, guard and source[THREAD_STACK] of every thread
 * from its SP and robust_list; what stands there from an earlier read serves
 * where pages are not known now. memory may be NULL or hold no mappings, pages NULL.
 */
void thread_stacks_find(struct thread_list *list, pid_t pid, const struct memory_map *memory,
	const struct page_map *pages);

#endif
