/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_PROC_NEEDED_H
#define TWINTOP_SRC_PROC_NEEDED_H

#include "image.h"

/*
 * Whether the program itself asks for a library whose name begins like one of names (NULL ends):
 * DT_NEEDED of its image in memory, or of its file for pages not there, which a library that
 * another one brings along is not in. Needs attach access. 0, -ENOENT where its image is not
 * mapped, -ENOEXEC where it is no such image as we know (64 bits, dynamically linked), or what
 * reading its memory ended in.
 */
int needed_find(const struct proc_root *root, pid_t pid, const struct memory_map *m,
	struct text exe, const char *const names[], bool *ret_needed);
/* The same of an image whose dynamic section was read. */
int needed_of(const struct proc_root *root, pid_t pid, const struct image *image,
	const char *const names[], bool *ret_needed);

#endif
