/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_BACKTRACES_CROWD_H
#define TWINTOP_SYMBOLS_BACKTRACES_CROWD_H

#include "twintop/base/vec.h"
#include "twintop/model/thread.h"
#include "twintop/proc/blocked.h"
#include "twintop/proc/reader.h"

/*
 * Threads that stood when their list was read, and what lies on their stacks, which is copied of
 * many at once. Whether one stood on until after that is for whoever unwinds it to look.
 */
struct crowd_one {
	pid_t tid;
	struct blocked at; /* as the list says */
	size_t bytes;	   /* of its stack, from the stack pointer on; 0: not to be had */
	const char *here;
};
struct crowd {
	VEC(struct crowd_one) one; /* by TID, once all are there */
	size_t first, end;	   /* those whose stacks lie in room */
	char *room;
};
void crowd_free(struct crowd *c);

/* Takes a thread in, if it stood. */
void crowd_add(struct crowd *c, const struct thread *t);
void crowd_sort(struct crowd *c);
/*
 * One of them with a piece of its stack; with it those of some that follow are copied, and those
 * that were copied before are gone. NULL: it did not stand, or its stack is not to be had so.
 */
const struct crowd_one *crowd_find(
	struct crowd *c, const struct proc_root *root, const struct reader_side *side, pid_t tid);

#endif
