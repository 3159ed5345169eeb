/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_FD_LOOKUP_H
#define TWINTOP_MODEL_FD_LOOKUP_H

#include "twintop/model/lookup.h"
#include "twintop/model/records.h"

/*
 * Descriptors by what they are rather than by number. Each look costs the logarithm of the list's
 * length, but for the first, which sorts it.
 */

/* Whether it is a pipe or a FIFO of which it is known which, and for what it is open. */
bool fd_is_flow(const struct fd_entry *e);
/* Whether it is a socket of which the kernel told more than that. */
bool fd_is_told_socket(const struct fd_entry *e);

#define FD_ENDS_RUNS 4u
/* Runs of rows whose of is a descriptor (struct fd_entry), none in two of them. */
struct fd_ends {
	size_t n;
	struct lookup_run run[FD_ENDS_RUNS];
};
/*
 * The list's descriptors at the other end of own, one of this list or of another one: of a pipe,
 * those that are open to write where own reads, to read where it does not; of a socket those that
 * connection_joins() says of. list may be NULL.
 */
void fd_lookup_ends(
	const struct fd_list *list, const struct fd_entry *own, bool reads, struct fd_ends *ret);
/* The sockets of that inode. list may be NULL. */
struct lookup_run fd_lookup_socket(const struct fd_list *list, uint64_t inode);
/* Those through which the lock is held, as fdinfo tells: all that fdinfo tells of it is equal. */
struct lookup_run fd_lookup_lock(const struct fd_list *list, const struct file_lock *lock);

#endif
