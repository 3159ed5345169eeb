/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_JUDGE_H
#define TWINTOP_COMPARE_JUDGE_H

#include "twintop/base/vec.h"
#include "twintop/model/pair.h"

/* The entries of a page map one after the other, mostly at ascending addresses. */
struct judge_cursor {
	const struct page_map *pages;
	size_t run;
};

/* One judging of all pages of a pair. */
struct judge {
	const struct pair *p;
	struct verdicts *v; /* with its rows; filled */
	const struct page_map *pages[2];
	const struct page_map *before[2]; /* previous reads; NULL: not seen */
	const struct page_map *absent;	  /* a sight of A from before the pair: what was absent */
	const struct page_parted *parted; /* what else than frames tells of copies; NULL: nothing */
	const struct verdicts *last;	  /* previous verdicts; NULL at first sight */
	bool ended; /* one side: verdicts stay, but for what was shared */
	bool last_ended; /* so it was at the previous verdicts */
	int left;	 /* the side that lives on, -1: neither */
	bool again; /* last is of these very pages: where both have some it is what is found */
	/* private to judge.c */
	struct judge_cursor was[2], sight;
	size_t last_run;
	VEC(struct verdict_run) run;
};

/* Fills pages and state of each row, totals, cow_shared and verdict runs. */
void judge_pages(struct judge *j);

#endif
