/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_SAME_H
#define TWINTOP_MODEL_SAME_H

#include "twintop/model/connects.h"
#include "twintop/model/snapshot.h"

/*
 * Whether two readings say the same, their times apart: then the earlier part stays, and nothing
 * that was made of it is made anew. False may be said of equal ones, true never of others.
 */
bool same_process(const struct process_info *a, const struct process_info *b);
bool same_threads(const struct thread_list *a, const struct thread_list *b);
bool same_pages(const struct page_map *a, const struct page_map *b);
bool same_fds(const struct fd_list *a, const struct fd_list *b);
bool same_shares(const struct shares *a, const struct shares *b);
bool same_ipc(const struct ipc_state *a, const struct ipc_state *b);
bool same_locks(const struct lock_table *a, const struct lock_table *b);

/*
 * The part to show of one that was had and one that was read: had, where they are the same. Takes
 * over the reference to now, returns one; had may be NULL and stays its owner's.
 */
const void *same_kept(const void *had, const void *now, bool same);
bool same_connects(const struct connects *a, const struct connects *b);

#endif
