/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes two mappings one object. That device and inode of maps do, holds of most file systems
 * only: subvolumes share a device, layers of an overlay number their files each, and perf rings,
 * BPF maps and other anonymous inodes are all one inode.
 */
#include "object.h"

#include "walk.h"

/* What has no inode is known by its name: each process has one of each of the kernel's. */
static bool of_kernel(const struct mapping *m)
{
	return m->kind == MAPPING_VDSO || m->kind == MAPPING_VVAR;
}

bool object_is(const struct mapping *m)
{
	return mapping_has_object(m) || of_kernel(m);
}

static int compare_u64(uint64_t x, uint64_t y)
{
	return x < y ? -1 : x > y;
}

/* A shmid is no inode, though both stand in one column of maps. */
int object_order(const struct mapping *a, const struct mapping *b)
{
	int order = compare_u64(a->device_major, b->device_major);

	if (!order)
		order = compare_u64(a->device_minor, b->device_minor);
	if (!order)
		order = compare_u64(a->inode, b->inode);
	if (!order)
		order = (a->kind == MAPPING_SYSV_SHM) - (b->kind == MAPPING_SYSV_SHM);
	if (!order)
		order = of_kernel(a) - of_kernel(b);
	return order || !of_kernel(a) ? order : text_compare(a->path, b->path);
}

int object_order_whole(const struct mapping *a, const struct mapping *b)
{
	int order = object_order(a, b);

	if (!order)
		order = (int)a->object.is - (int)b->object.is;
	if (order || a->object.is == MAPPING_OBJECT_PLAIN)
		return order;
	if (a->object.is == MAPPING_OBJECT_OF_MANY)
		return compare_u64(a->start, b->start);
	order = compare_u64(a->object.device, b->object.device);
	if (!order)
		order = compare_u64(a->object.inode, b->object.inode);
	return order ? order : text_compare(a->path, b->path);
}

bool object_is_plain(const struct mapping *m)
{
	return m->object.is == MAPPING_OBJECT_PLAIN;
}

#define TRIES_MOST 16 /* pages that differ: one or two may have moved between the reads */

/* Frames of one piece: how many are the object's in both, and equal or not. */
static void count_frames(const struct walk_piece *piece, size_t *same, size_t *differ)
{
	const uint64_t has = PAGE_PRESENT | PAGE_FILE, not = PAGE_CHANGED | PAGE_ZERO;

	if (!piece->entry[0] || !piece->entry[1])
		return;
	for (size_t i = 0; i < piece->n && !*same && *differ < TRIES_MOST; i++) {
		uint64_t a = piece->entry[0][i], b = piece->entry[1][i];

		if ((a & (has | not )) != has || (b & (has | not )) != has)
			continue;
		if ((a ^ b) & PAGE_FRAME)
			++*differ;
		else
			++*same;
	}
}

/* By pages of the object that both have at one offset. */
static enum object_verdict by_frames(
	const struct object_search *s, const struct mapping *a, const struct mapping *b)
{
	uint64_t shift = (b->start - b->offset) - (a->start - a->offset);
	struct walk walk = {
		{{s->pages[0], a->start, a->end, 0, 0}, {s->pages[1], b->start, b->end, shift, 0}},
		0, 0};
	struct walk_piece piece;
	size_t same = 0, differ = 0;

	if (!s->pages[0] || !s->pages[1] || !s->pages[0]->frames_known ||
		!s->pages[1]->frames_known)
		return OBJECT_UNKNOWN;
	walk.page_size = s->pages[0]->page_size;
	walk_begin(&walk);
	while (!same && differ < TRIES_MOST && walk_next(&walk, &piece))
		count_frames(&piece, &same, &differ);
	return same ? OBJECT_SAME : differ ? OBJECT_OTHER : OBJECT_UNKNOWN;
}

/*
 * A path names one file in one mount namespace; and what a fork has left in its place is what it
 * was.
 */
static bool one_path(
	const struct object_search *s, const struct mapping *a, const struct mapping *b)
{
	bool in_place = s->fork_related && a->start == b->start && a->offset == b->offset;

	return a->object.is != MAPPING_OBJECT_OF_MANY && b->object.is != MAPPING_OBJECT_OF_MANY &&
	       !a->deleted && !b->deleted && text_equal(a->path, b->path) &&
	       (s->one_mount_namespace || in_place);
}

/* "anon_inode:bpf-map", "anon_inode:[perf_event]": the kernel's own word for what it is. */
static bool other_sort(const struct mapping *a, const struct mapping *b)
{
	return a->object.is == MAPPING_OBJECT_OF_MANY && a->path.len && a->path.bytes[0] != '/' &&
	       !text_equal(a->path, b->path);
}

enum object_verdict object_compare(
	const struct object_search *s, const struct mapping *a, const struct mapping *b)
{
	enum object_verdict verdict;

	if (other_sort(a, b))
		return OBJECT_OTHER;
	/* One may have left with what it had attached, or have another one under the same id. */
	if (s->other_ipc && a->kind == MAPPING_SYSV_SHM)
		return by_frames(s, a, b);
	if (object_is_plain(a) && object_is_plain(b))
		return OBJECT_SAME;
	if (a->object.is == MAPPING_OBJECT_STATED && b->object.is == MAPPING_OBJECT_STATED)
		return a->object.device == b->object.device && a->object.inode == b->object.inode
			       ? OBJECT_SAME
			       : OBJECT_OTHER;
	verdict = by_frames(s, a, b);
	if (verdict != OBJECT_UNKNOWN)
		return verdict;
	return one_path(s, a, b) ? OBJECT_SAME : OBJECT_UNKNOWN;
}
