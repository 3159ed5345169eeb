/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_NSPID_H
#define TWINTOP_PROC_NSPID_H

#include "twintop/base/num.h"
#include "twintop/proc/root.h"

/*
 * A task has a number in its own PID namespace and in each one above. /proc counts as the namespace
 * that it was mounted for does; what a task writes down itself (lock words, names of its stacks)
 * counts as its own; our system calls take what ours counts. proc(5) status "NSpid:" joins them:
 * "NSpid:\t4242\t7" is of a task that /proc knows as 4242 and that knows itself as 7.
 */

/* How many numbers the line has, and the last, the task's own; 0: no such line (before 4.1). */
unsigned nspid_parse(struct scan status, pid_t *ret_inner);
/* The same of a task that /proc knows; negative errno where status cannot be read. */
int nspid_read(const struct proc_root *root, pid_t task, pid_t *ret_inner);

/*
 * Whether root counts as our own namespace does: our system calls reach whom it names. Else a
 * number of its is another task's to them, or nobody's.
 */
bool nspid_counts_as_we(const struct proc_root *root);
/* Ourselves as root counts; 0: it does not see us. */
pid_t nspid_self(const struct proc_root *root);
/* A child of ours, which fork(2) told us, as root counts; 0: it does not see it. */
pid_t nspid_child(const struct proc_root *root, pid_t child);

/* A task by its own number and by /proc's. */
struct nspid {
	pid_t inner, outer;
};
/* Tasks of one PID namespace, ascending by their own numbers; zeroed is empty. */
struct nspid_set {
	size_t n, room;
	struct nspid *item;
};
void nspid_set_add(struct nspid_set *set, struct nspid task);
/* Puts them in order: before the first search, after the last addition. */
void nspid_set_sort(struct nspid_set *set);
/* /proc's number of the task that knows itself by that one; 0: it is none of them. */
pid_t nspid_set_find(const struct nspid_set *set, pid_t inner);
/* All threads of a process, in order, instead of what was there. 0 or negative errno. */
int nspid_set_read(const struct proc_root *root, pid_t pid, struct nspid_set *set);
void nspid_set_free(struct nspid_set *set);

#endif
