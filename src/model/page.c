/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/page.h"

const struct page_verdict_info page_verdict_info[PAGE_VERDICTS] = {
	[PAGE_VERDICT_ABSENT] = {"absent", "in neither", "Neither process has this page in memory.",
		"·", '.'},
	[PAGE_VERDICT_COW_SHARED] = {"cow_shared", "shared since fork",
		"Both map the same frame; the next write by either copies it.", "═", '='},
	[PAGE_VERDICT_FILE_SHARED] = {"file_shared", "page cache",
		"Both map the page cache's own page of the file.", "─", '-'},
	[PAGE_VERDICT_COPIED] = {"copied", "copied, unseen by whom",
		"The frames differ: somebody wrote since the fork and nobody saw who, or dropped "
		"the page and touched a new one.",
		"╪", '#'},
	[PAGE_VERDICT_COPIED_BY_A] = {"copied_by_a", "copied by A",
		"A wrote: the kernel gave A a frame of its own.", "A", 'A'},
	[PAGE_VERDICT_COPIED_BY_B] = {"copied_by_b", "copied by B",
		"B wrote: the kernel gave B a frame of its own.", "B", 'B'},
	[PAGE_VERDICT_BORN_APART] = {"born_apart", "born apart",
		"Each faulted a page of its own after the fork; nothing was ever shared here.", "∥",
		'|'},
	[PAGE_VERDICT_ONLY_A] = {"only_a", "only in A", "Only A has a page here.", "◀", '<'},
	[PAGE_VERDICT_ONLY_B] = {"only_b", "only in B", "Only B has a page here.", "▶", '>'},
	[PAGE_VERDICT_ZERO] = {"zero", "zero page",
		"The kernel's shared page of zeroes stands here: it was read, never written.", "0",
		'0'},
	[PAGE_VERDICT_SWAPPED] = {"swapped", "in swap", "The page is in swap in one or both.", "s",
		's'},
	[PAGE_VERDICT_SHARED_MEMORY] = {"shared_memory", "shared memory",
		"A MAP_SHARED mapping of both: a write by one is seen by the other.", "━", 'M'},
	[PAGE_VERDICT_CHANGED] = {"changed_while_reading", "changed while reading",
		"A's page changed between two reads around the read of B's: not judged.", "~", '~'},
	[PAGE_VERDICT_ONE_SPACE] = {"one_space", "one address space",
		"A and B are one address space with one set of pages: copy-on-write does not "
		"apply.",
		"■", '@'},
	[PAGE_VERDICT_RELEASED] = {"released", "released",
		"It was shared until one of them ended; the page is the other's alone, with no "
		"copy.",
		"○", 'o'},
	[PAGE_VERDICT_KEPT] = {"same_frame", "same frame, content unknown",
		"The frame of then: whether what is in it has changed since no frame number tells.",
		"≡", ':'},
	[PAGE_VERDICT_FAULTED] = {"faulted", "faulted since then",
		"In its place, but a page fault was seen here since then: mostly it was written.",
		"!", '!'},
	[PAGE_VERDICT_REPLACED] = {"replaced", "another frame than then",
		"The page was replaced since then: copied, moved, or dropped and touched anew.",
		"R", 'R'},
	[PAGE_VERDICT_CAME] = {"new", "new since then", "There is a page now and was none then.",
		"+", '+'},
	[PAGE_VERDICT_GONE] = {"gone", "gone since then", "There was a page then and is none now.",
		"x", 'x'},
	[PAGE_VERDICT_UNTOLD] = {"untold", "there then and now",
		"There was a page and is one; whether it is the same one nobody can tell.", "?",
		'?'},
};

bool page_verdict_of_time(enum page_verdict v)
{
	return v >= PAGE_VERDICT_KEPT || v == PAGE_VERDICT_ZERO || v == PAGE_VERDICT_SWAPPED ||
	       v == PAGE_VERDICT_CHANGED || v == PAGE_VERDICT_ABSENT;
}

bool page_verdict_of_pair(enum page_verdict v)
{
	return v < PAGE_VERDICT_KEPT;
}

void page_count(struct page_counts *counts, uint64_t entry)
{
	bool present = entry & PAGE_PRESENT, zero = present && (entry & PAGE_ZERO);
	bool file = present && (entry & PAGE_FILE) && !zero;
	bool anonymous = present && !file && !zero;

	counts->resident += present;
	counts->zero += zero;
	counts->file += file;
	counts->anonymous += anonymous;
	counts->shared += anonymous && !(entry & PAGE_EXCLUSIVE);
	counts->swapped += !present && (entry & PAGE_SWAPPED);
	counts->huge += present && (entry & PAGE_HUGE);
	counts->guard += !present && (entry & PAGE_GUARD);
	counts->ksm += present && (entry & PAGE_KSM);
}
