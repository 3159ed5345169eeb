/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_STIR_H
#define TWINTOP_PROC_STIR_H

#include "twintop/base/vec.h"
#include "twintop/proc/root.h"

/*
 * Whether a process has run since the last look, for 3 us and 1 us a thread: what only it can
 * change is as it was where none of its threads has, and need not be read. task/PID/stat tells in
 * the same look of much that others may do to it (its parent, signals to its main thread, niceness,
 * what is resident). Zeroed it is ready; for one thread at a time.
 */
struct stir {
	uint64_t count;	  /* of looks that found that it may have run */
	uint64_t look_ns; /* CLOCK_MONOTONIC of the last one */
	bool opened;
	int stat_fd;
	VEC(int) run_fd; /* schedstat of each thread */
	struct textbuf now, before;
};

/*
 * Counts up unless it is certain that pid has not run since the look before. Processes of many
 * threads always count, as do those of which schedstat tells nothing.
 */
void stir_look(struct stir *s, const struct proc_root *root, pid_t pid);
void stir_close(struct stir *s);

#endif
