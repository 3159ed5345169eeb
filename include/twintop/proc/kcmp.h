/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_KCMP_H
#define TWINTOP_PROC_KCMP_H

#include "twintop/model/snapshot.h"

/*
 * What two tasks (TIDs may be named) share, by kcmp(2); each item has its own state. VALUE_NONE:
 * both lack it (an undo list, an I/O context, a kernel thread's memory), which kcmp(2) calls equal.
 */
void kcmp_shares(pid_t a, pid_t b, struct shares *ret_shares);
/* Whether two tasks have one table of descriptors: 0 they do, 1 to 3 not, or negative errno. */
int kcmp_tables(pid_t a, pid_t b);
/*
 * Order of two descriptors' open file descriptions: 0 the same, 1 less, 2 greater, 3 unequal
 * without order; or negative errno.
 */
int kcmp_files(pid_t a, int fd_a, pid_t b, int fd_b);

#endif
