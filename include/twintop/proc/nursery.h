/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_NURSERY_H
#define TWINTOP_PROC_NURSERY_H

#include "twintop/proc/root.h"

/*
 * Processes of ours that do what may hang or break down, and is more than a helper may do (see
 * helper.h): they allocate memory and use libraries. Whoever has threads cannot fork such a process
 * safely; so one of ours with a single thread, forked early, forks them on demand.
 */

/*
 * Forks the one that forks, before there are threads. Where that was not done, or fails, processes
 * are forked as they are needed, from whoever asks.
 */
void nursery_begin(const struct proc_root *root);

/* What a process does: until the socket ends, then it returns and the process is no more. */
typedef void nursery_work(const struct proc_root *root, int socket);

/*
 * Starts one, deaf to signals, with nothing of ours open but the root and its end of a
 * SOCK_SEQPACKET. Our end goes to ret_socket and its number to ret_pid. 0 or negative errno.
 */
int nursery_start(const struct proc_root *root, const char *name, nursery_work *work,
	int *ret_socket, pid_t *ret_pid);
/*
 * Has one started ahead, which the first nursery_start() with that work is given: called before
 * there are threads, after nursery_begin(), and not waited for. One that nobody takes ends with the
 * root.
 */
void nursery_order(const struct proc_root *root, const char *name, nursery_work *work);
/* Kills one and closes our end. Its end is not waited for. */
void nursery_end(const struct proc_root *root, int socket, pid_t pid);

#endif
