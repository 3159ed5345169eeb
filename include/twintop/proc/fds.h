/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_FDS_H
#define TWINTOP_PROC_FDS_H

#include "twintop/base/num.h"
#include "twintop/model/snapshot.h"
#include "twintop/proc/root.h"

/* Descriptors of one process. Not for several threads at once. */
struct fd_reader;

/* root must outlive it. 0 or negative errno; free with fd_reader_free. */
int fd_reader_new(const struct proc_root *root, const struct access *access, struct fd_reader **ret_reader);
void fd_reader_free(struct fd_reader *r); /* NULL is fine */
/* Who else is looked at (0: nobody): sockets may be of the network namespace of that task. */
void fd_reader_set_other(struct fd_reader *r, pid_t other);
/*
 * The descriptors of pid. need: NEED_SOCKETS resolves sockets by sock_diag(7), in their
 * network namespace where that may be entered. Its times and state are set; fds_compare may still add description ids
 * until it is shared. One that was closed or used anew in between is left out or has its state
 * in source[]. Needs ptrace read access: else the list is empty and VALUE_DENIED; VALUE_GONE
 * where the process has ended. 0 or -ENOMEM.
 */
int fds_read(struct fd_reader *r, pid_t pid, unsigned need, struct fd_list **ret_list);
/*
 * Gives descriptors of a and b (may be NULL; may belong to one process) that are one open file
 * description the same non-zero id, by kcmp(2) KCMP_FILE sorted within equal device and inode,
 * so that the cost is N log N; one that is alone in its description keeps 0. Ids hold for this
 * call only. Sets a->descriptions and b->descriptions.
 */
void fds_compare(struct fd_list *a, pid_t pid_a, struct fd_list *b, pid_t pid_b);
/*
 * What an earlier list of the same process knows and a later one was not asked for. Sockets that
 * are open as they were keep their addresses. Description ids mean something only in all lists
 * that were compared together: they are to be kept in all of them or in none, and only where all
 * descriptors are as before, by what a read without them tells: number, kind, inode, flags.
 */
void fds_keep_sockets(struct fd_list *list, const struct fd_list *had);
bool fds_as_before(const struct fd_list *list, const struct fd_list *had);
void fds_keep_descriptions(struct fd_list *list, const struct fd_list *had);
/*
 * For a list that was compared by itself, since the other of the pair has ended: what is open as in
 * had (may be NULL) gets the ids back that it had in common with the other, all else ids above top,
 * the highest that was given before. The highest now.
 */
uint64_t fds_keep_ids(struct fd_list *list, const struct fd_list *had, uint64_t top);

/*
 * Pure parsers for tests and fuzzing. The first takes an fdinfo, watches go into the arena; -EINVAL
 * (e untouched) without pos or flags. The second sets target (not copied), kind and the inode of
 * "pipe:[N]"; a path is FD_UNKNOWN until it is stat'ed, "/memfd:…" a memfd that is to be proven.
 */
int fds_parse_info(struct scan text, struct fd_entry *e, struct arena *arena);
void fds_parse_link(struct text link, struct fd_entry *e);

#endif
