/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_MADE_H
#define TWINTOP_SYMBOLS_MADE_H

#include <sys/stat.h>

#include "perf_map.h"
#include "wire.h"

/* Names of the code that a target made at run time, from its /tmp/perf-PID.map. Zeroed: none read
 * yet. */
struct made_code {
	struct task_id id; /* whose it is */
	struct stat stat;  /* of the file that was read */
	struct textbuf text;
	struct perf_map map;
	char path[64]; /* of the file, in the target's root */
};
/* Reads it, where it is not what was read already. No gap, or why there are no names. */
enum symbol_gap made_code_read(
	struct made_code *made, const struct proc_root *root, const struct wire_question *q);
void made_code_free(struct made_code *made);

#endif
