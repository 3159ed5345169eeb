/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_COW_H
#define TWINTOP_COMPARE_COW_H

#include <stdbool.h>

#include "twintop/model/pair.h"

/* What one virtual page of a private mapping of both looks like now and what was seen before. */
struct cow_page {
	uint64_t a, b;             /* entries now (model/page.h) */
	uint64_t a_before, b_before; /* entries at the previous read; 0 absent, COW_UNSEEN not read */
	bool absent_before_fork;   /* seen absent (or the zero page) in A before the fork, or in B after it */
	enum page_verdict verdict_before; /* PAGE_VERDICT_ABSENT at first sight */
	bool exact;                /* frames are known */
};
#define COW_UNSEEN (~0ull)

/* The verdict, as DESIGN.md defines it. Pure. */
enum page_verdict cow_verdict(const struct cow_page *p);

/* The memory of a pair: what was seen of pages, by address. */
struct cow_tracker;
struct cow_tracker *cow_tracker_new(void);
void cow_tracker_free(struct cow_tracker *t);
/* Forgets the pair; A's pages as last seen alone stay when keep_a. */
void cow_tracker_reset(struct cow_tracker *t, bool keep_a);
/* A alone, before any B: its pages are what a fork would share. */
void cow_tracker_see_alone(struct cow_tracker *t, const struct memory_map *a);
/*
 * Verdicts of all pages of the pair's rows: fills pages of each mapping row, totals, cow_shared
 * and verdict runs in p (its arena).
 */
void cow_tracker_pair(struct cow_tracker *t, const struct memory_map *a, const struct memory_map *b,
	struct pair *p);

#endif
