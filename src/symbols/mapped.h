/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_MAPPED_H
#define TWINTOP_SYMBOLS_MAPPED_H

#include <sys/stat.h>

#include "module.h"
#include "wire.h"

/* Files of a target, opened without a name of ours, and only plain ones. */
struct mapped_file {
	int fd;
	struct stat stat;
	bool proved; /* it is what is mapped; else its build-id has to tell */
};
/* Opens what is mapped; else the gap that says why not. */
enum symbol_gap mapped_open(
	const struct proc_root *root, const struct wire_question *q, struct mapped_file *ret_file);
/* Whether the module is what the target has in its memory, by the build-id; else the gap. */
enum symbol_gap mapped_prove(
	const struct proc_root *root, const struct wire_question *q, const struct module_id *id);
/* The vDSO's image, copied from the target's memory. A descriptor or negative errno. */
int mapped_copy_vdso(const struct proc_root *root, const struct wire_question *q);

/* The target's root directory, O_PATH. A descriptor or negative errno. */
int mapped_root(const struct proc_root *root, pid_t through);
/*
 * A plain file below such a root, where the target's own links lead; no_follow: not if it is a link
 * itself. A descriptor or negative errno; -EMEDIUMTYPE: it is no plain file.
 */
int mapped_open_in(const struct proc_root *root, int directory, const char *path, bool no_follow,
	struct stat *ret_stat);
/* The mapped file's path as the target's root has it: maps shows it from ours. */
void mapped_path(const struct proc_root *root, const struct wire_question *q, char ret[PATH_MAX]);
/* The target's user, as file systems count; false: not known. */
bool mapped_owner(const struct proc_root *root, pid_t through, uid_t *ret_owner);

#endif
