/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_PAGES_H
#define TWINTOP_PROC_PAGES_H

#include "twintop/model/snapshot.h"
#include "twintop/proc/root.h"

/* How one address space's pages are read. Not for several threads at once. */
struct page_reader;

/*
 * pause_ns: rest between bites of 64 MiB of addresses, so that the target gets its mmap lock. The
 * root must outlive the reader. 0 or negative errno.
 */
int page_reader_new(const struct proc_root *root, const struct access *access, uint64_t pause_ns,
	struct page_reader **ret_reader);
void page_reader_free(struct page_reader *r); /* NULL is fine */

/*
 * One side of a read: the mappings whose pages to read, where to put them (a new part, not sealed
 * yet; it takes a reference to the mappings), and an open /proc/PID/pagemap.
 * The descriptor stays with the address space that it was opened on: after an exec it reads as
 * ended, and must be opened anew.
 */
struct page_target {
	const struct memory_map *memory;
	struct page_map *pages;
	int pagemap_fd; /* or the negative errno that its open gave */
	/* The same process's previous page read or NULL: tells dense ranges from sparse ones. */
	const struct page_map *before;
	pid_t pid; /* whose; 0 leaves pages that KSM merged unmarked */
	/*
	 * Of b alone: its pages as they were read a moment ago, NULL: none. They are taken from there,
	 * not read again, and pages stays NULL.
	 */
	const struct page_map *lent;
};
/*
 * Fills runs, counts and totals of both targets (b may be NULL) chunk by chunk,
 * A and B side by side; entries of A that differ from B's, unless both are as
 * the previous reads found them, are read again after B's and marked
 * PAGE_CHANGED where they moved. Where B's pages are lent, it is B's that are read
 * again, of those that both have. Dense ranges by pread(2) of pagemap, sparse
 * ones by PAGEMAP_SCAN first (a hole costs 1.5 ns by pread, a resident page
 * 32 ns by pread and 40 ns by scan). How it went is in each part's state, with
 * the times of the read; an address space without mappings has VALUE_NONE. Both
 * parts are sealed then. Returns 0.
 */
int pages_read(struct page_reader *r, struct page_target *a, struct page_target *b);

/*
 * After pages_read of both, and before anybody else sees them: sets a's counts, how often the
 * frames that both map are mapped beyond the two (kpagecount, some 300 ns a frame where frames lie
 * scattered). Of more than so many a spread sample is looked up.
 */
#define PAGES_COUNTED_MOST 32768u
void pages_count_frames(struct page_reader *r, struct page_target *a, struct page_target *b);

/* What a page is that took the place of one that still is another's, by what both hold. */
enum page_origin { PAGE_IS_EITHER, PAGE_IS_COPY, PAGE_IS_NEW };
enum page_origin pages_origin(const void *kept, const void *moved, size_t bytes);

/* Processes that map a frame (kpagecount) and its flags (kpageflags); 0 or negative errno. */
int pages_frame_count(struct page_reader *r, uint64_t frame, uint64_t *ret_count);
int pages_frame_flags(struct page_reader *r, uint64_t frame, uint64_t *ret_flags);

#endif
