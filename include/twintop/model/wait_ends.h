/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_WAIT_ENDS_H
#define TWINTOP_MODEL_WAIT_ENDS_H

#include "twintop/model/connects.h"
#include "twintop/model/snapshot.h"
#include "twintop/model/wait.h"

#define WAIT_ENDS_MOST 8u

/* A descriptor of A or B by which somebody may end a wait. */
struct wait_end {
	unsigned side;
	int fd;
};

/*
 * The other ends of what a thread waits for: of a pipe those that are open the other way, of a
 * socket its peer. Those of the other process first.
 */
struct wait_ends {
	bool pipe, reads;
	bool known;  /* all descriptors of A and B were read: where there is none, others have it */
	bool itself; /* its process has one itself */
	bool listens;			    /* it waits for a peer to come */
	const struct fd_entry *own_fd;	    /* what it waits for */
	const struct connect_wait *connect; /* of connect(2) that waits at a unix socket: that is
					       what the ends are, if they are known; else NULL */
	size_t n, all;			    /* as many as are in end; how many there are */
	size_t compared;		    /* descriptors that were compared to find them */
	struct wait_end end[WAIT_ENDS_MOST];
};
/* False: it waits for no pipe and no socket, or what it waits for is not known. */
bool wait_ends_of(
	const struct snapshot *s, unsigned side, const struct wait *w, struct wait_ends *ret);
/* Adds the side's descriptors that the lock is held through, as fdinfo tells. */
void wait_ends_of_lock(const struct snapshot *s, unsigned side, const struct file_lock *lock,
	struct wait_ends *ret);
/* The address of a socket's peer, or of the one itself that listens; empty: it has none. */
struct text wait_ends_address(const struct wait_ends *e);
/* Whether the other side is of the same moment and machine, and another process. */
bool wait_ends_beside(const struct snapshot *s);
/* "in B as descriptor 4 and in itself as descriptors 8, 9": of at least one; appended. */
void wait_ends_tell(const struct wait_ends *e, unsigned side, struct textbuf *out);
/*
 * " from 4243", " to 4243 and itself" of a pipe, " with 4243", " with 10.0.0.1:80", " at
 * 127.0.0.1:80" of a socket: whose the other end is, which is of a wait of the side; " from
 * elsewhere" where none of the watched has it, nothing where that is not known. Appended.
 */
void wait_ends_brief(
	const struct wait_ends *e, const struct snapshot *s, unsigned side, struct textbuf *out);
/*
 * "its writing end is open in B as descriptor 4 and in itself as descriptor 8: as long as it has
 * that open itself, it never sees end of file", "its peer is 10.0.0.1:80", "it listens at
 * 127.0.0.1:80"; appended.
 */
void wait_ends_sentence(const struct wait_ends *e, unsigned side, struct textbuf *out);

#endif
