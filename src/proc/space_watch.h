/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SPACE_WATCH_H
#define TWINTOP_SPACE_WATCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "task_program.h"

/*
 * Whether the mappings of a process are as they were, for next to nothing: the kernel counts how
 * often their lock was taken to change any (Linux 6.14, CAP_BPF and CAP_PERFMON). Files that are
 * mapped may be renamed or deleted all the same.
 */
struct space_watch;

/* Of the process that a living thread belongs to. 0 or negative errno: -EOPNOTSUPP, -EPERM. */
int space_watch_open(const struct proc_root *root, pid_t tid, struct space_watch **ret_watch);
/* The same beside another one, whose program it takes: that costs next to nothing. */
int space_watch_open_beside(
	const struct space_watch *other, pid_t tid, struct space_watch **ret_watch);
void space_watch_close(struct space_watch *w); /* NULL is fine */
/* What it is now. False: not known, or being changed just then. */
bool space_watch_read(const struct space_watch *w, struct space_record *ret_now);
/* Whether it has the same mappings still. */
bool space_is_same(const struct space_record *a, const struct space_record *b);

#endif
