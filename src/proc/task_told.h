/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_TASK_TOLD_H
#define TWINTOP_TASK_TOLD_H

#include <stdbool.h>

#include "task_iterator.h"
#include "twintop/model/thread.h"

/*
 * What the iterator's records say in place of the files of task/TID/, as the kernel makes those.
 * Nothing is taken from them until some that were read of threads that stood still said the same,
 * nor after one said otherwise.
 */
enum task_file { TASK_STAT, TASK_STATUS, TASK_SYSCALL, TASK_WCHAN, TASK_FILES };

/* Times that were told last, for those that are told next never to go back; 0 at first. */
struct task_times {
	uint64_t user_ns, system_ns;
};

struct task_teller;

struct task_teller *task_teller_new(enum task_extent extent);
void task_teller_free(struct task_teller *t); /* NULL is fine */
/* Whether *now, which was read from files, is of the thread that the record is of: by its birth. */
bool task_teller_is_of(
	const struct task_teller *t, const struct task_record *r, const struct thread_record *now);
/*
 * Whether all that the record's signs show is as schedstat, stat and, where it is known, status had
 * it in *now: the thread has not moved since.
 */
bool task_teller_stood(const struct task_record *r, const struct thread_record *now);
/*
 * The file was read into *now of a thread that has not run since (or before) the record was told.
 */
void task_teller_prove(struct task_teller *t, enum task_file file, const struct task_record *r,
	const struct task_times *times, const struct thread_record *now);
/* Whether files are to be compared still. */
bool task_teller_doubts(const struct task_teller *t);
/* Whether the record told what the file would say (of stat all but the start time), and it is in
 * *now; else the file is to be read. */
bool task_teller_tell(struct task_teller *t, enum task_file file, const struct task_record *r,
	struct task_times *times, struct thread_record *now);
/* The name that wchan had for where the record says that the thread is blocked, which has not run
 * in between; it outlives the teller. */
void task_teller_learn(struct task_teller *t, const struct task_record *r, const char *channel);
/* Whether there is nothing to learn from that record. */
bool task_teller_knows(const struct task_teller *t, const struct task_record *r);

#endif
