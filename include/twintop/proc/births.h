/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_BIRTHS_H
#define TWINTOP_PROC_BIRTHS_H

#include "twintop/proc/root.h"

/*
 * Whether a task was born anywhere on this machine since the last look, for 2 us: /proc/loadavg
 * names the last PID that was given. Where nobody was, no process has a new child or thread of its
 * own making, and lists need not be read. Zeroed and opened it is ready; for one thread at a time.
 */
struct births {
	int fd;	   /* of loadavg */
	bool told; /* this /proc counts PIDs as we do; else every look counts as a birth */
	struct textbuf text;
	uint64_t count, settle_ns;
	pid_t last;    /* the number given last */
	pid_t settled; /* all up to this one have come to their lists, or gone */
};

void births_open(struct births *b, const struct proc_root *root);
void births_close(struct births *b);
/*
 * A number that is another one after births. A new task has its number a while before it stands in
 * a list: so each birth counts once more a little later.
 */
uint64_t births_look(struct births *b, uint64_t now_ns);
/*
 * Whether pid may have a new child among those born since `since`, an earlier b->settled: asked of
 * each by its number. True, too, where they are more than `most`: then lists are read sooner.
 */
bool births_had_child(const struct births *b, const struct proc_root *root, pid_t since,
	uint64_t most, pid_t pid);

#endif
