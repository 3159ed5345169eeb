/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_MAPS_H
#define TWINTOP_PROC_MAPS_H

#include "twintop/base/num.h"
#include "twintop/model/records.h"
#include "twintop/proc/root.h"

/*
 * Parses the text of /proc/PID/maps into m (arena-owned copies), sorted, overlaps
 * cut: a mapping that split or merged between two reads of the file is never
 * counted twice. 0, or -EINVAL when any line is none of the format; ret_bad_line (may be NULL)
 * then holds its number from 1 and m no mappings.
 */
int maps_parse(struct scan text, struct memory_map *m, size_t *ret_bad_line);
/*
 * Classifies every mapping: exe is the path of the process's executable (may be empty), program a
 * mapping of it (NULL: all that bear that path are taken for it). Sets kind, by the origins where
 * they are known; the stacks of threads are told where mappings and threads meet (compare/marks.h).
 */
void maps_classify(struct memory_map *m, struct text exe, const struct mapping *program);

/*
 * Reads and classifies, with what else the kernel tells of mappings of pid (a
 * living thread of its) where root is its own; fd is /proc/PID/maps kept open. The caller seals m.
 * 0 or negative errno; -ESRCH too where no line came: a kernel thread, a zombie, or a process that
 * called execve(2) since fd was opened (open it again).
 */
int maps_read(const struct proc_root *root, pid_t pid, int fd, struct text exe,
	struct memory_map *m);
/*
 * The same of the file's text, which was read already; root NULL: nothing else is asked, for the
 * memory is locked.
 */
int maps_take(const struct proc_root *root, pid_t pid, struct text text, struct text exe,
	struct memory_map *m);
/*
 * The paths that maps writes with \012 may have that in them, or a newline: sets them as map_files
 * has them.
 */
void maps_correct_names(const struct proc_root *root, pid_t pid, struct memory_map *m);
/*
 * Settles whether files that maps shows as deleted are, by their mappings' links in map_files, which
 * needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN: sets deleted_state. Without root: it is late.
 */
void maps_check_deleted(const struct proc_root *root, pid_t pid, struct memory_map *m);
/*
 * Sets object of each mapping: of which ones device and inode do not tell the object, and what
 * statx(2) says of it through map_files or a descriptor. Those that files of other names are not
 * shared through are told by their pages and names: they are not looked at.
 */
void maps_tell_objects(const struct proc_root *root, pid_t pid, struct memory_map *m);

#endif
