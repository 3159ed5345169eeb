/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_TASK_H
#define TWINTOP_PROC_TASK_H

#include "twintop/model/records.h"
#include "twintop/proc/root.h"

/*
 * What the kernel keeps for each thread though mostly a whole process agrees on it:
 * namespaces, cgroup, user and group ids of thread tid of process pid, from
 * /proc/TID. A sealed part whose id.pid is the TID; all else in it is unread.
 * VALUE_GONE in its sources where the thread has ended. 0 or -ENOMEM.
 */
int task_read(
	const struct proc_root *root, pid_t pid, pid_t tid, const struct process_info **ret_info);

/* The name of thread tid of process pid, without its newline, appended. 0 or negative errno. */
int task_comm_read(const struct proc_root *root, pid_t pid, pid_t tid, struct textbuf *out);

/* Who traces the main thread of a process; 0: nobody. 0 or negative errno. */
int task_tracer_read(const struct proc_root *root, pid_t pid, pid_t *ret_tracer);
/* The same in two steps: its file, to be closed, or negative errno; and what it says now. text:
 * room for it. 0 or negative errno; -ESRCH: it is gone. */
int task_status_open(const struct proc_root *root, pid_t pid);
int task_tracer_reread(int fd, struct textbuf *text, pid_t *ret_tracer);

/* Whether thread tid of process pid has ended: its files are gone. */
bool task_is_gone(const struct proc_root *root, pid_t pid, pid_t tid);

/* "Uid:" and "Gid:" of status: real and effective ids. False, nothing set: one is missing. */
bool task_credentials_parse(const char *bytes, size_t len, struct process_info *info);

#endif
