/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_READING_H
#define TESTS_LIVE_READING_H

#include "twintop/proc/pages.h"
#include "twintop/proc/threads.h"

/* One process's mappings and threads, read as the sampler does. Failures fail the test. */
struct reading {
	struct proc_root *root;
	struct access access; /* as probed */
	struct thread_reader *reader;
	struct page_reader *pages;
	pid_t pid;
	const struct memory_map *memory;
	const struct thread_list *list;
};

void reading_open(struct reading *r, pid_t pid, size_t fd_share);
/* Reads anew, pages with NEED_PAGES; the previous lists are released. */
void reading_take(struct reading *r, unsigned need);
void reading_close(struct reading *r);
/* Reads only the mappings, stacks not marked. 0 or negative errno. */
int reading_maps(struct reading *r);
/* NULL: no such thread. */
const struct thread *reading_thread(const struct reading *r, pid_t tid);

#endif
