/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_FILE_LOCKS_H
#define TWINTOP_PROC_FILE_LOCKS_H

#include "twintop/base/num.h"
#include "twintop/model/file_lock.h"

/* Pure: one line of proc(5) /proc/locks, or what stands behind "lock:" in a line of fdinfo; false:
 * it is none. */
bool file_lock_parse(struct scan line, struct file_lock *ret_lock);
/* Pure: /proc/locks, into the part's arena; 0, or -EINVAL when a line is none of the format. */
int file_locks_parse(struct scan text, struct lock_table *table);

#endif
