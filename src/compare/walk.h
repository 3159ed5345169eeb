/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_WALK_H
#define TWINTOP_COMPARE_WALK_H

#include "twintop/model/records.h"

/* Runs of one page map within start..end. */
struct walk_side {
	const struct page_map *pages; /* NULL: nothing */
	uint64_t start, end;
	uint64_t shift; /* what to add to the walk's addresses to get this side's */
	size_t run;
};

/* Two sides' runs side by side, by the addresses of the first. */
struct walk {
	struct walk_side side[2];
	uint64_t page_size;
	uint64_t at;
};

/* Pages that each side either has in one run or lacks. */
struct walk_piece {
	uint64_t start;
	size_t n;
	const uint64_t *entry[2]; /* NULL: absent throughout */
};

/* Each side's addresses are its own; start and end may be equal: nothing. */
void walk_begin(struct walk *w);
bool walk_next(struct walk *w, struct walk_piece *ret_piece);

#endif
