/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_WAIT_GRAPH_H
#define TWINTOP_MODEL_WAIT_GRAPH_H

#include <stddef.h>

#include "twintop/base/text.h"
#include "twintop/model/snapshot.h"
#include "twintop/model/wait.h"

#define WAIT_CYCLE_MOST 64u /* threads; what is longer is not found */

/* A thread that waits for a lock, or for a thread's end, and who has it. */
struct wait_link {
	unsigned side;
	size_t index; /* in the side's threads */
	pid_t tid;
	struct wait wait; /* its owner told of a lock on a file, too: wait_lock_owner() */
};

/*
 * Threads that wait for one another in a ring, each for the next one, the last for the first.
 *
 * It holds at one instant where that is proved: each of them was found in its wait, and the next
 * one's number in what it waits for, at a first look, and none of them had run by a later one. Who
 * does not run neither lets go of a lock nor takes one. Of locks on files alone the kernel's table
 * proves it, which tells of all of one instant.
 */
struct wait_cycle {
	unsigned n;
	bool proved;
	bool timed; /* one of the waits ends by itself: then it is no deadlock yet */
	struct wait_link link[WAIT_CYCLE_MOST];
};

/* What the thread waits for, where somebody has that; false: nothing, or nobody. */
bool wait_link_of(
	const struct snapshot *s, unsigned side, size_t index, struct wait_link *ret_link);
/* Where the one stands who has it; false: in none of the lists that it may be in. */
bool wait_link_owner(const struct snapshot *s, const struct wait_link *link, unsigned *ret_side,
	size_t *ret_index);

/*
 * How long, in ns, the thread was seen to wait as it does: up to when the look began that found it
 * so last, which may be before the moment. False: it is not known since when.
 */
bool wait_seen_for(
	const struct snapshot *s, unsigned side, const struct thread *t, uint64_t *ret_ns);

/* The ring that the thread stands in; false: it stands in none. Of two moments or two machines each
 * side is for itself. */
bool wait_cycle_of(
	const struct snapshot *s, unsigned side, size_t index, struct wait_cycle *ret_cycle);
/* It is proved, and nobody in it goes on by itself. */
bool wait_cycle_is_dead(const struct wait_cycle *c);
/* Whether the thread stands in such a ring. */
bool wait_is_dead(const struct snapshot *s, unsigned side, size_t index);

/*
 * Hands each ring of the moment on once, beginning with the thread that stands first; false ends
 * that.
 */
void wait_cycles_each(const struct snapshot *s,
	bool (*each)(void *context, const struct wait_cycle *c), void *context);
/* Whether there is one that another look may prove. */
bool wait_cycles_open(const struct snapshot *s);
/* Why rings of a side may be missing: static text; NULL: they are not. */
const char *wait_cycles_hidden(const struct snapshot *s, unsigned side);

/* "4250 “left” waits for a mutex (lock_a) of 4251", appended. */
void wait_link_tell(const struct snapshot *s, const struct wait_link *link, struct textbuf *out);

#endif
