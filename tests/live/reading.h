/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_READING_H
#define TESTS_LIVE_READING_H

#include "twintop/model/snapshot.h"
#include "twintop/proc/pages.h"
#include "twintop/proc/threads.h"

/* One process's mappings and threads, read as the sampler does. Failures fail the test. */
struct reading {
	struct proc_root *root;
	struct access access; /* as probed */
	struct thread_reader *reader;
	struct page_reader *page_reader;
	pid_t pid;
	const struct memory_map *memory;
	const struct page_map *pages; /* NULL: not asked for */
	const struct thread_list *list;
	const struct mapping_marks *marks;
};

void reading_open(struct reading *r, pid_t pid, size_t fd_share);
/* Reads anew, pages with NEED_PAGES; the previous lists are released. */
void reading_take(struct reading *r, unsigned need);
void reading_close(struct reading *r);
/* Reads only the mappings, stacks not marked. 0 or negative errno. */
int reading_maps(struct reading *r);
/* What a mapping is and whose stack, as a side shows it. */
enum mapping_kind reading_kind(const struct reading *r, ptrdiff_t mapping);
pid_t reading_owner(const struct reading *r, ptrdiff_t mapping);
/* self is NULL: no such thread. */
struct thread reading_thread(const struct reading *r, pid_t tid);

#endif
