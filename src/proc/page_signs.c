/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page_signs.h"

bool page_signs_take(const struct process_info *info, const struct space_record *space,
	struct page_signs *ret_signs)
{
	if (!space->flushes || !info || info->source[PROCESS_STAT] != VALUE_KNOWN ||
		info->source[PROCESS_STATUS] != VALUE_KNOWN || info->swap_bytes)
		return false;
	*ret_signs = (struct page_signs){.flushes = space->flushes,
		.minor_faults = info->minor_faults,
		.major_faults = info->major_faults,
		.anonymous = info->rss_anon_bytes,
		.file = info->rss_file_bytes,
		.shared = info->rss_shmem_bytes};
	return true;
}

bool page_signs_equal(const struct page_signs *a, const struct page_signs *b)
{
	return a->flushes == b->flushes && a->minor_faults == b->minor_faults &&
	       a->major_faults == b->major_faults && a->anonymous == b->anonymous &&
	       a->file == b->file && a->shared == b->shared;
}

bool page_signs_suffice(const struct page_map *pages)
{
	uint64_t all = 0;

	if (!page_map_known(pages))
		return false;
	for (size_t i = 0; i < pages->runs_n; i++)
		for (size_t k = 0; k < pages->run[i].n; k++)
			all |= pages->run[i].entry[k];
	return !(all & (PAGE_SWAPPED | PAGE_CHANGED));
}
