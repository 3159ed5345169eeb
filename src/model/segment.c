/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/segment.h"

#include "twintop/base/table.h"

static const uint8_t table[] = {
	[MAPPING_CODE] = SEGMENT_CODE,
	[MAPPING_RODATA] = SEGMENT_CODE,
	[MAPPING_DATA] = SEGMENT_DATA,
	[MAPPING_BSS] = SEGMENT_DATA,
	[MAPPING_HEAP] = SEGMENT_HEAP,
	[MAPPING_STACK] = SEGMENT_STACKS,
	[MAPPING_THREAD_STACK] = SEGMENT_STACKS,
	[MAPPING_GUARD] = SEGMENTS,
	[MAPPING_ANONYMOUS] = SEGMENT_ANONYMOUS,
	[MAPPING_LIBRARY_CODE] = SEGMENT_LIBRARIES,
	[MAPPING_LIBRARY_RODATA] = SEGMENT_LIBRARIES,
	[MAPPING_LIBRARY_DATA] = SEGMENT_LIBRARIES,
	[MAPPING_LIBRARY_OTHER] = SEGMENT_LIBRARIES,
	[MAPPING_SHARED_ANONYMOUS] = SEGMENT_SHARED,
	[MAPPING_POSIX_SHM] = SEGMENT_SHARED,
	[MAPPING_SYSV_SHM] = SEGMENT_SHARED,
	[MAPPING_MEMFD] = SEGMENT_SHARED,
	[MAPPING_FILE] = SEGMENT_FILES,
	[MAPPING_DEVICE] = SEGMENT_FILES,
	[MAPPING_VDSO] = SEGMENTS,
	[MAPPING_VVAR] = SEGMENTS,
	[MAPPING_VSYSCALL] = SEGMENTS,
	[MAPPING_HUGETLB] = SEGMENT_ANONYMOUS,
	[MAPPING_RESERVED] = SEGMENTS,
	[MAPPING_OTHER] = SEGMENTS,
};
TABLE_ROWS(table, MAPPING_KINDS);

unsigned segment_of(enum mapping_kind kind)
{
	return kind < MAPPING_KINDS ? table[kind] : SEGMENTS;
}

void segments_add(const struct side *side, struct segment_sum *sum)
{
	const struct memory_map *m = side->memory;

	for (size_t i = 0; m && i < m->n; i++) {
		const struct page_counts *pages = side_mapping_pages(side, i);
		unsigned segment = segment_of(side_mapping_kind(side, i));

		if (segment >= SEGMENTS)
			continue;
		sum[segment].size_bytes += m->mapping[i].end - m->mapping[i].start;
		if (pages)
			sum[segment].resident_bytes += pages->resident * side->pages->page_size;
	}
}
