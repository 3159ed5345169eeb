/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_PAGES_INTERNAL_H
#define TWINTOP_PROC_PAGES_INTERNAL_H

#include "twintop/base/vec.h"
#include "twintop/proc/pages.h"

/* Entries of one bite: 64 MiB of addresses, 128 KiB of pagemap. */
#define PAGES_BITE 16384u
/* Absent pages within a run; a longer hole ends it. */
#define PAGES_HOLE 64u
/* What a hole costs by pread against a resident page by PAGEMAP_SCAN: 1.5 ns to 40 ns. */
#define PAGES_SPARSE  27u
#define PAGES_REGIONS 4096u

/* include/uapi/linux/fs.h of Linux 6.7; installed headers may be older. */
struct pages_region {
	uint64_t start, end, categories;
};
#define PAGES_IS_PRESENT (1u << 3)
#define PAGES_IS_SWAPPED (1u << 4)
#define PAGES_IS_PFNZERO (1u << 5)
#define PAGES_IS_HUGE	 (1u << 6)
#define PAGES_IS_GUARD	 (1u << 8) /* from 6.15 */

/* One address space while it is read. */
struct page_side {
	struct page_target *target;  /* NULL: there is no such side */
	uint64_t *entry;	     /* the bite */
	bool here;		     /* has mappings within the bite, so entry is filled */
	int error;		     /* the first failure: nothing more is read */
	bool frames;		     /* some present entry bore a frame number */
	bool ksm;		     /* KSM merged some of its pages */
	size_t mapping;		     /* cursor: no mapping before this one reaches the bite */
	size_t before;		     /* cursor: no run of the previous read before this one does */
	struct pages_region *region; /* what the last scan found */
	size_t regions_n;
	VEC(struct page_run) run;
};

/* A page that both had as one and have no more; by_b: B's frame is the new one, else A's. */
struct parted {
	uint64_t address;
	bool by_b;
	bool looked;		 /* whether the next one is known */
	enum page_origin origin; /* of the new frame */
};
#define PARTED_LOOKED 256u /* so many of them are looked at in one read … */
#define PARTED_MOST 4096u  /* … and of no more than these each, where one of those is new */

/* What one read found of them. */
struct parted_found {
	bool uncertain;		 /* not each was seen to be a copy */
	VEC(uint64_t) address; /* of those that look new */
};

struct page_reader {
	const struct proc_root *root;
	struct access access;
	bool scan;	  /* PAGEMAP_SCAN works */
	bool scan_guard;  /* and knows PAGES_IS_GUARD … */
	bool guard_asked; /* … as it said itself */
	bool frames;	  /* frame numbers may be shown */
	bool huge;	  /* huge pages are in use somewhere on this machine */
	bool swap;	  /* something is in swap there */
	uint64_t asked_ns; /* CLOCK_MONOTONIC when the machine was asked for these two; 0: never */
	uint64_t zero_frame;
	uint64_t pause_ns;
	uint64_t work;		/* entries read since the last pause */
	int count_fd, flags_fd; /* kpagecount, kpageflags; or negative errno */
	uint64_t *again;	/* the second read of A's bite; frame flags */
	struct page_side side[2];
	VEC(struct parted) parted; /* by address */
	struct parted_found fresh, stale; /* of this read, and of the one before */
};

/* n entries from the page at start. 0, -ESRCH where the address space has ended, or another errno.
 */
int pages_pread(int fd, uint64_t start, size_t n, uint64_t *entry);
/*
 * Regions of start..*end whose pages have all of mask and any of anyof, at most room of them. Where
 * room or the bound on pages cut it short, *end moves to where the next scan begins. Their number
 * or negative errno; walk_end is never used, as it goes stale past 512 regions (6.18).
 */
ssize_t pages_scan(int fd, uint64_t start, uint64_t *end, uint64_t mask, uint64_t anyof,
	struct pages_region *region, size_t room);
/* Fills side->region with what is not a hole; cuts *end short as pages_scan does. 0 or errno. */
int pages_scan_side(struct page_reader *r, struct page_side *side, uint64_t start, uint64_t *end);

/*
 * What we keep of an entry of pagemap. Its bit for swap stands on all that is no page: on guards
 * too, on pages that userfaultfd(2) poisoned or protects, and on those that move just now.
 */
uint64_t pages_entry(const struct page_reader *r, uint64_t entry);

/* Before a read: which marks can occur at all. */
void pages_mark_prepare(struct page_reader *r);
/* Sets PAGE_ZERO, PAGE_HUGE and PAGE_KSM in the side's bite. */
void pages_mark(struct page_reader *r, struct page_side *side, uint64_t start, size_t n);
/*
 * Reads A's entries that differ from B's again (B's where they are lent), and sets PAGE_CHANGED in
 * A's where they moved.
 */
void pages_recheck(struct page_reader *r, uint64_t start, size_t n);

/* Notes the page where one side alone has another frame than the one that was both's before. */
void pages_note_parted(struct page_reader *r, uint64_t address, const uint64_t was[2],
	const uint64_t now[2]);
/* Looks at what was noted, and sets a's parted. */
void pages_judge_parted(struct page_reader *r, struct page_target *a, struct page_target *b);

/* Whether the side has a mapping within start..end; moves its cursor, so addresses must ascend. */
bool pages_reach(struct page_side *side, uint64_t start, uint64_t end);
/* Counts the side's bite by mapping and keeps it as runs. Returns the number of entries kept. */
size_t pages_store(struct page_side *side, uint64_t start, size_t n);
/* Ends the read of a side: runs, totals and state into its memory map. */
void pages_finish(const struct page_reader *r, struct page_side *side);

static inline bool pages_live(const struct page_side *side)
{
	return side->target && !side->error;
}

static inline bool pages_lent(const struct page_side *side)
{
	return side->target && side->target->lent;
}

#endif
