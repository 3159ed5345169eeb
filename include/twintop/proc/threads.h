/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_THREADS_H
#define TWINTOP_PROC_THREADS_H

#include "twintop/base/num.h"
#include "twintop/proc/thread_source.h"

/*
 * All threads of one process, from the best source that there is: lists in chunks that share with
 * the one before what did not move. Not for several threads at once.
 */
struct thread_reader;

/*
 * fd_share: how many descriptors all readers together may keep open: a file that is kept open is
 * read for a third of what opening it costs. 0 or negative errno.
 */
int thread_reader_new(const struct proc_root *root, const struct access *access, struct task_id id,
	size_t fd_share, struct thread_reader **ret_reader);
/* The same from a source of the caller's choice. */
int thread_reader_over(const struct thread_source_ops *source, const struct proc_root *root,
	const struct access *access, struct task_id id, size_t fd_share,
	struct thread_reader **ret_reader);
void thread_reader_free(struct thread_reader *r); /* NULL is fine */
/* The process that stands beside it: of its threads one may hold a lock that both share. */
void thread_reader_beside(struct thread_reader *r, struct task_id other);
/*
 * need: NEED_THREAD_* and NEED_STACKS bits. memory: the process's mappings for the stacks, pages:
 * for guard pages, each or NULL. NEED_THREAD_SYSCALL brings the waits of locks_decode() too.
 * 0 and a sealed part, or -ENOMEM.
 */
int thread_read(struct thread_reader *r, unsigned need, const struct memory_map *memory,
	const struct page_map *pages, const struct thread_list **ret_list);

/* Pure parsers, for tests and fuzzing: 0, or -EINVAL with *t untouched. */
int thread_parse_stat(struct scan text, struct thread_record *t);
int thread_parse_status(struct scan text, struct thread_record *t);
int thread_parse_schedstat(struct scan text, struct thread_record *t);
int thread_parse_syscall(struct scan text, struct thread_record *t);

#endif
