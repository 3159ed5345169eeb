/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_TASK_PROGRAM_H
#define TWINTOP_TASK_PROGRAM_H

#include "task_iterator.h"

/*
 * Loads the program that writes a struct task_record of each task; where TASK_SIGNS_ALONE stands in
 * it, only its signs. since_map: an array of one uint64_t: more than signs is told of tasks that
 * run or were put on a CPU later than that (arrived_ns). Its descriptor, or negative errno where
 * this kernel tells less than that extent.
 */
int task_program_load(enum task_extent extent, int since_map);

/* What a task's address space is, and how often its mappings were locked to be changed. */
struct space_record {
	uint64_t execs, space, sequence;
};
/* Loads the program that writes a struct space_record of each task that has one. The same. */
int space_program_load(void);

#endif
