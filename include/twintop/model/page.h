/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_PAGE_H
#define TWINTOP_MODEL_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One page as 64 bits. Bits that /proc/PID/pagemap defines keep its places
 * (Documentation/admin-guide/mm/pagemap.rst); the soft-dirty and uffd bits,
 * which we do not use, and two free ones hold what other interfaces add.
 */
#define PAGE_PRESENT   (1ull << 63)
#define PAGE_SWAPPED   (1ull << 62) /* frame bits hold the swap type and offset */
#define PAGE_FILE      (1ull << 61) /* file page or shared anonymous */
#define PAGE_HUGE      (1ull << 60) /* ours: part of a huge page (PAGEMAP_SCAN) */
#define PAGE_ZERO      (1ull << 59) /* ours: the kernel's zero page */
#define PAGE_GUARD     (1ull << 58) /* MADV_GUARD_INSTALL, kernels from 6.15 */
#define PAGE_KSM       (1ull << 57) /* ours: merged by KSM (kpageflags) */
#define PAGE_EXCLUSIVE (1ull << 56) /* mapped by one address space only */
#define PAGE_CHANGED   (1ull << 55) /* ours: differed between two reads around the other side's */
#define PAGE_FRAME     ((1ull << 55) - 1)
#define PAGE_FROM_KERNEL                                                                           \
	(PAGE_PRESENT | PAGE_SWAPPED | PAGE_FILE | PAGE_GUARD | PAGE_EXCLUSIVE | PAGE_FRAME)

/* Verdicts on one virtual page of a pair: DESIGN.md "What the page verdicts mean". */
enum page_verdict {
	PAGE_VERDICT_ABSENT, /* in neither */
	PAGE_VERDICT_COW_SHARED,
	PAGE_VERDICT_FILE_SHARED,
	PAGE_VERDICT_COPIED, /* nobody saw who wrote */
	PAGE_VERDICT_COPIED_BY_A,
	PAGE_VERDICT_COPIED_BY_B,
	PAGE_VERDICT_BORN_APART,
	PAGE_VERDICT_ONLY_A,
	PAGE_VERDICT_ONLY_B,
	PAGE_VERDICT_ZERO,
	PAGE_VERDICT_SWAPPED,
	PAGE_VERDICT_SHARED_MEMORY,
	PAGE_VERDICT_CHANGED, /* changed_while_reading */
	PAGE_VERDICT_ONE_SPACE, /* A and B are one address space: CoW does not apply */
	PAGE_VERDICT_RELEASED, /* was cow_shared; the sibling ended */
	/* Of A beside A of an earlier moment, or beside that of another recording: */
	PAGE_VERDICT_KEPT,     /* the frame of then; nothing tells of its contents */
	PAGE_VERDICT_FAULTED,  /* a page fault was seen there since */
	PAGE_VERDICT_REPLACED, /* another frame than then */
	PAGE_VERDICT_CAME,     /* there now, not then */
	PAGE_VERDICT_GONE,     /* there then, not now */
	PAGE_VERDICT_UNTOLD,   /* there then and now; frames do not tell which */
	PAGE_VERDICTS
};

struct page_verdict_info {
	const char *id;      /* "cow_shared": the JSON name */
	const char *title;   /* "shared since fork" */
	const char *meaning; /* a sentence */
	const char *glyph;   /* one column of UTF-8 */
	char ascii;
};
extern const struct page_verdict_info page_verdict_info[PAGE_VERDICTS];
/* Whether a verdict is one of two sides at one moment, and whether of two moments; some are both. */
bool page_verdict_of_pair(enum page_verdict v);
bool page_verdict_of_time(enum page_verdict v);

/*
 * Pages of consecutive addresses. Absent pages between present ones are entries
 * of value 0; long holes end a run, so runs cost what is resident.
 */
struct page_run {
	uint64_t start; /* address of entry[0] */
	size_t n;
	const uint64_t *entry;
};

/* Counts of pages (4 KiB each, huge pages by their parts). */
struct page_counts {
	uint64_t resident;  /* present */
	uint64_t anonymous; /* present, no file page, not the zero page */
	uint64_t file;      /* present file or shared-memory pages */
	uint64_t shared;    /* present, anonymous, not exclusive: mapped by someone else too */
	uint64_t zero;
	uint64_t swapped;
	uint64_t huge;
	uint64_t guard;
	uint64_t ksm;
};

/* Adds one entry to the counts. */
void page_count(struct page_counts *counts, uint64_t entry);

#endif
