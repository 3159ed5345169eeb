/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_TASK_PROGRAM_H
#define TWINTOP_TASK_PROGRAM_H

#include "task_iterator.h"

/* What the program and whoever reads it share: the one value of an array that is mapped. */
struct task_shared {
	uint64_t
		since_ns; /* more than signs is told of tasks that run or were put on a CPU later */
	uint64_t tasks;	  /* so many were looked at … */
	uint64_t words; /* … and so many of the room were filled: less than all, if it is full */
	uint64_t record[]; /* as the iterator's file has them */
};
/*
 * Loads the program that writes a struct task_record of each task; where TASK_SIGNS_ALONE stands in
 * it, only its signs. room: words for records in the map, and it is to be linked to a process's
 * first task alone, whose threads it looks at by itself (kernel 6.7); 0: it is called for each
 * task, and records go to the iterator's file. Its descriptor, or negative errno where this kernel
 * tells less than that extent.
 */
int task_program_load(enum task_extent extent, int map, size_t room);

/*
 * What a task's address space is, how often its mappings were locked to be changed, and how often
 * CPUs were told that a page that was there is no more or is another one (0: not counted).
 */
struct space_record {
	uint64_t execs, space, sequence;
	uint64_t flushes;
};
/*
 * Loads the program that writes a struct space_record of each task that has one, with flushes or
 * without. The same.
 */
int space_program_load(bool flushes);

#endif
