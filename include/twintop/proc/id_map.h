/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_ID_MAP_H
#define TWINTOP_PROC_ID_MAP_H

#include "twintop/base/num.h"
#include "twintop/model/records.h"
#include "twintop/proc/root.h"

/*
 * Which user and group ids our user namespace maps: all others read as the overflow id, each of
 * them as that one number (user_namespaces(7)).
 */
struct id_map {
	bool users_whole, groups_whole;		/* every id is mapped */
	uint64_t overflow_user, overflow_group; /* /proc/sys/kernel/overflowuid, overflowgid */
};

/* Without such files (a kernel without user namespaces) every id is mapped. */
void id_map_read(const struct proc_root *root, struct id_map *ret_map);
/* Sets info's unmapped_ids by its ids. */
void id_map_mark(const struct id_map *map, struct process_info *info);
/*
 * Pure: whether /proc/PID/uid_map or gid_map maps every id that there is; lines of "inside outside
 * length".
 */
bool id_map_parse(struct scan text);

#endif
