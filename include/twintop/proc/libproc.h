/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_LIBPROC_H
#define TWINTOP_PROC_LIBPROC_H

#include "twintop/model/records.h"
#include "twintop/proc/root.h"

/*
 * Processes as libproc2 tells them; its only user. What libproc2 has no item for
 * (children, exit code, tracer, page tables), or gives without the reason where it
 * is denied (I/O, namespaces, executable), or with bytes replaced (names,
 * arguments) comes through the root. Not for several threads at once: each worker
 * makes its own reader.
 */
struct process_reader;

/* 0, -EOPNOTSUPP where root is not the kernel's (libproc2 knows no other), or negative errno. */
int process_reader_new(const struct proc_root *root, struct process_reader **ret_reader);
void process_reader_free(struct process_reader *r); /* NULL is fine */
/* Whether what is read next has forked nobody since it was read last: it would have been told. */
void process_reader_told(struct process_reader *r, bool told);
/*
 * One process, all but who it is through the thread that identity_through() gives. need:
 * NEED_COMMAND, NEED_SURROUNDINGS; what is not asked for stays as in before, its
 * previous reading, or unread where that is NULL. When the PID belongs
 * to another process by now (start time), the one that was read before is gone: -ESRCH in the part.
 * 0 and a sealed part (also where it could not be read: see part.state), or
 * -ENOMEM. A zombie has no cmdline, exe and maps: their sources say so.
 */
int process_read(struct process_reader *r, pid_t pid, pid_t through, unsigned need,
	const struct process_info *before, const struct process_info **ret_info);
/* A sealed part of a process of which nothing could be read, because of that negative errno. */
const struct process_info *process_unread(pid_t pid, int error);

/* One line of the process list, for the chooser and for picking a sibling. */
struct process_entry {
	struct task_id id;
	pid_t ppid;
	uid_t uid; /* the effective one */
	char state;
	struct text comm;
	struct text command; /* arguments joined by blanks, by command_state */
	enum value_state command_state; /* VALUE_NONE: it has no memory; VALUE_UNREAD: still to come */
	uint64_t rss_bytes;
	uint64_t ticks; /* user and system */
	uint64_t threads;
};
struct process_list {
	struct part part;
	size_t n;
	struct process_entry *entry; /* by PID */
};
struct commands;
/*
 * From stat and comm alone, which nothing holds up. commands: what is known of command lines and
 * learns whose are wanted; NULL: without. 0 and a sealed part, or negative errno.
 */
int process_list_read(
	struct process_reader *r, struct commands *commands, const struct process_list **ret_list);

/*
 * The nearest relative of pid: its newest child, else its parent when that runs
 * the same executable, else the newest sibling with the same executable, else its parent unless
 * that is PID 1, who is the parent of every daemon; never what has ended, nor ourselves. 0 when
 * there is none. Pure but for reading exe links.
 */
#define INIT_PID 1
pid_t process_nearest(const struct proc_root *root, const struct process_list *list, pid_t pid);
/*
 * The same of those who live now, of whom only the family is read: a file for each child of pid
 * and of its parent, however many others there are. 0, ret_nearest 0: there is none; -EOPNOTSUPP: a
 * kernel that does not tell of children; or another negative errno, also where one that might have
 * been it could not be read.
 */
int process_nearest_find(const struct proc_root *root, pid_t pid, pid_t *ret_nearest);

#endif
