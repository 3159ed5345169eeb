/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_WAIT_FILE_H
#define TWINTOP_MODEL_WAIT_FILE_H

#include "twintop/model/wait_ends.h"

/* Descriptors that a wait is for: of epoll, poll and select. */
struct wait_set {
	bool known;
	size_t n; /* as many as are in fd … */
	size_t all;
	int fd[WAIT_SET_TOLD];
};
/* False: it waits for no set. Not known: it was not read, or could not be. */
bool wait_set_of(
	const struct snapshot *s, unsigned side, const struct thread *t, struct wait_set *ret);
/* "3, 5, 9 and 12 more", "none", "?". */
void wait_set_tell(const struct wait_set *set, struct textbuf *out);

/* Who has the lock on a file that a thread waits for. */
struct wait_holder {
	enum lock_kind kind;
	bool write;
	pid_t pid; /* who took it; of an OFD lock nobody is told: 0 */
	struct wait_ends
		held; /* descriptors of A and B that it is held through; of all but record locks */
};
/*
 * False: it waits for none, or who holds it is not known: nobody is told, or there are several that
 * it may be.
 */
bool wait_holder_of(
	const struct snapshot *s, unsigned side, const struct wait *w, struct wait_holder *ret);
/*
 * The thread of A or B that alone can let go of the lock on a file that a thread of the side waits
 * for: the only one of the process that holds it. Of flock(2) and of open file descriptions' locks
 * that is the one of A and B that has a descriptor of the lock, where the other has none. 0: none
 * is known, or it is one of several.
 */
pid_t wait_lock_owner(const struct snapshot *s, unsigned side, const struct wait *w);
/* "4243 holds it", "4243 took it; held in B as descriptor 5"; appended. */
void wait_holder_tell(const struct wait_holder *h, unsigned side, struct textbuf *out);
/*
 * "its writing end is open …", "its peer is …", "descriptors 3, 5 and 12 more", "4243 holds it":
 * what stands behind the descriptor that it waits for. False: nothing, and nothing is appended.
 */
bool wait_behind_tell(
	const struct snapshot *s, unsigned side, const struct thread *t, struct textbuf *out);

#endif
