/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_SEGMENT_H
#define TWINTOP_MODEL_SEGMENT_H

#include "twintop/model/snapshot.h"

/* The parts of an address space that the lecture names. */
enum segment {
	SEGMENT_CODE,
	SEGMENT_DATA,
	SEGMENT_HEAP,
	SEGMENT_STACKS,
	SEGMENT_ANONYMOUS,
	SEGMENT_SHARED,
	SEGMENT_LIBRARIES,
	SEGMENT_FILES,
	SEGMENTS
};
struct segment_sum {
	uint64_t size_bytes, resident_bytes;
};

/* That of a kind of mapping; SEGMENTS: in none (guards, the kernel's own). */
unsigned segment_of(enum mapping_kind kind);
/* Adds all mappings of the side to sum[SEGMENTS]; resident ones where their pages are known. */
void segments_add(const struct side *side, struct segment_sum *sum);

#endif
