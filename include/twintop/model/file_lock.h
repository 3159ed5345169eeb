/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_FILE_LOCK_H
#define TWINTOP_MODEL_FILE_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

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
};

#endif
