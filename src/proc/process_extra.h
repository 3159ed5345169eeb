/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_PROCESS_EXTRA_H
#define TWINTOP_PROC_PROCESS_EXTRA_H

#include "twintop/model/snapshot.h"
#include "twintop/proc/root.h"

/*
 * What libproc2 has no item for, or gives only with its bytes replaced: the raw
 * name, the arguments (libproc2 parts them at newlines too), the executable's
 * link, I/O with the reason where it is denied,
 * namespaces, cgroup, tracer and page tables, a zombie's exit code.
 * What need (NEED_COMMAND, NEED_SURROUNDINGS) does not ask for stays as before (NULL: unread), but
 * for another program's; so do arguments that were read unless command_due. Wants id, state and
 * kernel_thread set; fills the rest of info and its source[]s. -ESRCH when the PID belongs to
 * somebody else by now (info is then worthless), else 0: a process that ends in mid-read leaves
 * sources that are gone.
 */
int process_extra_read(const struct proc_root *root, unsigned need, bool command_due,
	const struct process_info *before, struct process_info *info);

/* Children and their state: read now, or those of an earlier reading in the state given. */
void process_children_read(const struct proc_root *root, struct process_info *info);
void process_children_keep(
	const struct process_info *before, struct process_info *info, enum value_state state);

/* Namespaces and cgroup of the task info->through, which may be a thread. 0 or negative errno. */
int process_namespaces_read(const struct proc_root *root, struct process_info *info);
int process_cgroup_read(const struct proc_root *root, struct process_info *info);

/* Comm as the kernel has it, its newline taken off; appended to out. 0 or negative errno. */
int process_comm_read(const struct proc_root *root, pid_t pid, struct textbuf *out);

/* Arguments in /proc/PID/cmdline, which they point into; argument NULL: counts only. */
size_t process_cmdline_parse(const char *bytes, size_t len, struct text *argument);
/*
 * How many of n those are: without the empty ones behind a title. Where the stack still tells where
 * each began, they are the program's own arguments, empty or not.
 */
size_t process_arguments_count(
	const struct proc_root *root, pid_t pid, const struct text *argument, size_t n);
/* Whether the stack (len bytes of it, from argc on) tells of these very arguments. */
bool process_arguments_agree(const struct text *argument, size_t n, const void *stack, size_t len);
/* Pure parsers of /proc/PID/io, status and cgroup. */
void process_io_parse(const char *bytes, size_t len, struct process_info *info);
void process_status_parse(const char *bytes, size_t len, struct process_info *info);
/* The path of the unified hierarchy, else the first other than "/"; "/" is what remains. */
struct text process_cgroup_parse(const char *bytes, size_t len);
/* "mnt:[4026531832]": the inode; 0 when it is something else. */
uint64_t process_namespace_parse(const char *bytes, size_t len);

#endif
