/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_THREADS_H
#define TWINTOP_PROC_THREADS_H

#include "twintop/base/num.h"
#include "twintop/model/snapshot.h"
#include "twintop/proc/root.h"

/*
 * All threads of one process, by descriptors kept open between reads (schedstat
 * and stat first), up to a share of RLIMIT_NOFILE; past it by open, read, close.
 * A thread whose schedstat did not move since the last read keeps its other
 * figures, but for every read in `refresh` rounds. Not for several threads at once.
 */
struct thread_reader;

/* fd_share: how many descriptors it may keep open. */
int thread_reader_new(const struct proc_root *root, const struct access *access, struct task_id id,
	size_t fd_share, struct thread_reader **ret_reader);
void thread_reader_free(struct thread_reader *r); /* NULL is fine */
/*
 * need: NEED_THREAD_* and NEED_STACKS bits. memory: the process's mappings for the stacks, pages:
 * for guard pages, each or NULL. NEED_THREAD_SYSCALL brings the waits of locks_decode() too.
 * 0 and a sealed part, or -ENOMEM.
 */
int thread_read(struct thread_reader *r, unsigned need, const struct memory_map *memory,
	const struct page_map *pages, const struct thread_list **ret_list);

/*
 * Pure parsers, for tests and fuzzing: 0, or -EINVAL with *t untouched. The name goes into arena;
 * NULL: it points into text.
 */
int thread_parse_stat(struct scan text, struct thread *t, struct arena *arena);
int thread_parse_status(struct scan text, struct thread *t);
int thread_parse_schedstat(struct scan text, struct thread *t);
int thread_parse_syscall(struct scan text, struct thread *t);

#endif
