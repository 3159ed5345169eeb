/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_FRAMES_H
#define TWINTOP_MODEL_FRAMES_H

#include "twintop/model/records.h"

/*
 * A set of page frame numbers: a bitmap in pieces of 1 GiB of memory, and those in parts of 16 MiB
 * (512 bytes each), made where frames are: those of a small process lie all over memory. Zeroed is
 * empty.
 */
struct frame_piece;
struct frame_set {
	struct frame_piece **piece;
	size_t pieces_n;
	uint64_t n; /* frames in it */
};

/* Empties it; it can be used again. */
void frame_set_free(struct frame_set *s);
/* False when it was there before, or is beyond any machine's memory. */
bool frame_set_add(struct frame_set *s, uint64_t frame);
/* Removes a frame; false when it was not there. */
bool frame_set_take(struct frame_set *s, uint64_t frame);
bool frame_set_has(const struct frame_set *s, uint64_t frame);
/* The first frame at or above *frame, into *frame; false when there is none. */
bool frame_set_next(const struct frame_set *s, uint64_t *frame);
/* All frames of m but the zero page's. */
void frame_set_add_pages(struct frame_set *s, const struct page_map *m);
/* The distinct frames that m and s both have; those are taken out of s and put into common, if any.
 */
uint64_t frame_set_take_common(
	struct frame_set *s, const struct page_map *m, struct frame_set *common);
/*
 * Where a frame is in the list; -1: it was not looked up. near: where the last one was found, as
 * neighbours mostly have neighbouring frames; kept up to date.
 */
ptrdiff_t frame_counts_find(const struct frame_counts *counts, uint64_t frame, size_t *near);
/* What was looked up of the frames of two that were read together; NULL: nothing. Either may be
 * NULL. */
const struct frame_counts *frame_counts_of(const struct page_map *a, const struct page_map *b);
/* At how many addresses m maps the frame. */
uint64_t frame_mappings(const struct page_map *m, uint64_t frame);
/* The frame of a page with contents of its own; 0: absent, hidden, or the zero page. */
static inline uint64_t frame_of_entry(uint64_t entry)
{
	return (entry & (PAGE_PRESENT | PAGE_ZERO)) == PAGE_PRESENT ? entry & PAGE_FRAME : 0;
}

#endif
