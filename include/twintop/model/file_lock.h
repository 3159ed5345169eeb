/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_FILE_LOCK_H
#define TWINTOP_MODEL_FILE_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/model/lookup.h"
#include "twintop/model/part.h"

enum lock_kind { LOCK_POSIX, LOCK_FLOCK, LOCK_OFD, LOCK_LEASE, LOCK_KINDS };
/* "posix", "flock", "ofd", "lease" */
const char *lock_kind_name(enum lock_kind kind);

/* A lock on a file, or the wish for one: proc(5) /proc/locks. */
struct file_lock {
	uint64_t number; /* holder and waiters of one lock bear the same number */
	enum lock_kind kind;
	bool waiting;
	bool write;		/* else shared, for reading */
	pid_t pid;		/* -1: not told (OFD locks) */
	uint64_t device, inode; /* device as st_dev */
	uint64_t start, end;	/* bytes; end UINT64_MAX: to the end of the file */
};

/*
 * The locks on files, and who waits for them. Where none of A and B holds one, and no thread of
 * theirs waits for one, the table is known and empty: it was not read.
 */
struct lock_table {
	struct part part;
	size_t n;
	struct file_lock *lock;
	struct lookup_slot waiting, held; /* see the functions below */
};
/* Frees what was made to find locks by: the part table's release. */
void lock_table_release(void *table);

/*
 * The number of the lock on a file that pid waits behind, by flock(2) or by fcntl(2); of a wait in
 * fcntl(2) for an open file description's lock nobody is told, so those on the device's file count
 * for all. 0: there is none, or it may be one of several. Costs the logarithm of the table's
 * length.
 */
uint64_t lock_table_behind(
	const struct lock_table *t, bool by_flock, pid_t pid, uint64_t inode, uint64_t device);
/* The first entry of that number that holds its lock; NULL: none. */
const struct file_lock *lock_table_holder(const struct lock_table *t, uint64_t number);

#endif
