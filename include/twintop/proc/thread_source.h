/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_THREAD_SOURCE_H
#define TWINTOP_PROC_THREAD_SOURCE_H

#include <stdbool.h>

#include "twintop/model/snapshot.h"
#include "twintop/model/words.h"
#include "twintop/proc/root.h"

/*
 * Where the reader of threads has them from: the files of /proc, or whatever else can tell them.
 * What stands above (the roll, chunks, stacks, locks) knows no more of it than this.
 */
struct thread_source_options {
	const struct proc_root *root;
	const struct access *access;
	struct task_id id;   /* the process */
	size_t fd_share;     /* descriptors that all open sources together may keep */
	struct words *words; /* the names of wait channels; the source takes no reference */
};

struct thread_source_ops {
	const char *name;
	size_t keep_bytes; /* what it keeps with each thread: zeroed bytes at first */
	/* 0 or negative errno; -EOPNOTSUPP: not on this machine. All of options outlive it. */
	int (*open)(const struct thread_source_options *options, void **ret_source);
	void (*close)(void *source);
	/*
	 * The TIDs of the process, ascending, malloc'ed; NULL where they may be those of the last
	 * call: then there are `known` of them, and whether one has ended shows as they are read.
	 * known 0: they must be told. 0 or negative errno.
	 */
	int (*list)(void *source, size_t known, int **ret_tid, size_t *ret_n);
	/*
	 * Brings the record of t->self.tid up to date: what need (NEED_THREAD_*) asks for and t
	 * does not hold yet, with the states of its sources, which are unread at first; start_ticks
	 * always, since by the main thread's it is told that this still is the process. *ret_moved:
	 * it may have changed since it was read last; else it is untouched. 0; -ESRCH, -ENOENT: it
	 * has ended; -ESTALE: the number is another thread's now.
	 */
	int (*read)(
		void *source, void *keep, unsigned need, struct thread_record *t, bool *ret_moved);
	/* Lets go of what is kept with a thread that has ended, or is to be read as a new one. */
	void (*forget)(void *source, void *keep);
};

/* The best first, ending in NULL. */
extern const struct thread_source_ops *const thread_sources[];

#endif
