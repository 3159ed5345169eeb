/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_PROC_PROGRAM_SIGNS_H
#define TWINTOP_SRC_PROC_PROGRAM_SIGNS_H

#include "twintop/model/runtime.h"
#include "twintop/proc/root.h"

struct memory_map;
/*
 * What a program's image in memory says of the rows of runtime_sign_table: symbols that it defines
 * for others, its notes, the libraries that it asks for. Needs attach access. 0, or why nothing
 * of it could be read: see image_open().
 */
int program_signs_read(const struct proc_root *root, pid_t pid, const struct memory_map *m,
	struct text exe, struct program_signs *ret);

#endif
