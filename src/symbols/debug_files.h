/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_DEBUG_FILES_H
#define TWINTOP_SYMBOLS_DEBUG_FILES_H

#include "mapped.h"

/*
 * Where separate debug information of one target's modules is looked for, on disk alone: by
 * build-id and by link in the target's root, where root or the target's own user owns the file; by
 * build-id in our /usr/lib/debug.
 */
struct debug_files {
	const struct proc_root *root;
	const struct wire_question *question; /* whose module it is, and its path */
	int directory; /* the target's root; -1: not opened yet, or not to be had */
};
/* A module_finder's find; context: struct debug_files. What it gives has the build-id or sum. */
int debug_files_find(
	void *context, const struct module_id *id, const char *link, const uint32_t *crc);
void debug_files_close(struct debug_files *d);

#endif
