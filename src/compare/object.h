/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_OBJECT_H
#define TWINTOP_COMPARE_OBJECT_H

#include "twintop/model/pair.h"

/* Where it is looked up whether a mapping of A and one of B are of one object. */
struct object_search {
	const struct memory_map *memory[2];
	const struct page_map *pages[2]; /* of these mappings; NULL: not known of them */
	bool one_mount_namespace;	 /* one path is one file */
	bool fork_related;
	bool other_ipc; /* ids of System V segments are of two IPC namespaces */
};

enum object_verdict { OBJECT_OTHER, OBJECT_SAME, OBJECT_UNKNOWN };

/* Whether a file, a segment or a thing of the kernel is mapped. */
bool object_is(const struct mapping *m);
/*
 * Order by what maps tells: device, inode, for things of the kernel the name. Where 0 comes out the
 * two may be one object; where not, they are not.
 */
int object_order(const struct mapping *a, const struct mapping *b);
/* The same, and by all else that is known of each by itself: 0 is one object of one process. */
int object_order_whole(const struct mapping *a, const struct mapping *b);
/* Whether device and inode suffice to tell the object from all others. */
bool object_is_plain(const struct mapping *m);
/*
 * Whether A's mapping a and B's b, which have no order, are of one object: by statx(2) of both,
 * else by frames at one offset, else by the path where that is one file's.
 */
enum object_verdict object_compare(
	const struct object_search *s, const struct mapping *a, const struct mapping *b);

#endif
