/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_COW_H
#define TWINTOP_COMPARE_COW_H

#include <stdbool.h>

#include "twintop/model/pair.h"
#include "twintop/record/keep.h"

/* What one virtual page of a private mapping of both looks like now and what was seen before. */
struct cow_page {
	uint64_t a, b; /* entries now (model/page.h) */
	/*
	 * Entries at the previous read; 0 absent, COW_UNSEEN not read. At first sight a_before is
	 * A's from before the fork, if that was seen, and b_before COW_UNSEEN.
	 */
	uint64_t a_before, b_before;
	/* Seen absent (or the zero page) in A before the fork, or in either after it. */
	bool absent_before_fork;
	enum page_verdict verdict_before; /* PAGE_VERDICT_ABSENT at first sight */
	bool exact;			  /* frames are known */
};
#define COW_UNSEEN (~0ull)

/*
 * The verdict, as DESIGN.md defines it. Pure. Beyond its table: against the zero page a page of
 * one's own is only_a or only_b; two different frames that both claim to be the file's page are
 * changed_while_reading, as the page cache has one page for an offset.
 */
enum page_verdict cow_verdict(const struct cow_page *p);
/* Pages in a mapping that both have MAP_SHARED. */
enum page_verdict cow_verdict_shared(uint64_t a, uint64_t b, bool exact);
/*
 * Pages of one file that processes map which no fork relates: equal frames (without frames: the
 * same page of the cache) are shared; else each has its own: only_a, and only_b where A has none.
 */
enum page_verdict cow_verdict_unrelated(uint64_t a, uint64_t b, bool exact);

/* Whether an anonymous page has the same frame at the same address in both: fork put it there. */
bool cow_any_shared(const struct page_map *a, const struct page_map *b);

/* The memory of a pair: references to what was read and judged last, nothing by the page. */
struct cow_tracker;
struct cow_tracker *cow_tracker_new(void);
void cow_tracker_free(struct cow_tracker *t); /* NULL is fine */
/* Forgets the pair; what was seen of A before stays when keep_a. */
void cow_tracker_reset(struct cow_tracker *t, bool keep_a);
/* A and B have changed places: what is remembered of them does, too. */
void cow_tracker_turn(struct cow_tracker *t);
/*
 * The verdicts of a pair with A and B the other way round: s, p and ret as in cow_tracker_pair(), s
 * and p turned; v is what was judged of them as they were.
 */
void cow_turn(const struct snapshot *s, const struct pair *p, const struct verdicts *v,
	struct verdicts *ret);
/* A as of this snapshot, whether alone or not: its pages are what a later fork would share. */
void cow_tracker_see_a(struct cow_tracker *t, const struct side *a);
/* As if p's verdicts had just been judged of s. */
void cow_tracker_seed(struct cow_tracker *t, const struct snapshot *s, const struct pair *p);
/* Writes down all that it remembers, or reads it back into an empty one. */
void cow_tracker_keep(struct cow_tracker *t, struct keep *k);
/*
 * The last verdicts once more, with a reference for the caller, when what they were made of is the
 * same; NULL when it is not.
 */
const struct verdicts *cow_tracker_repeat(
	const struct cow_tracker *t, const struct snapshot *s, const struct pair *p);
/*
 * Verdicts of all pages of v's rows: fills pages and state of each mapping row, totals, cow_shared
 * and verdict runs (its arena), and keeps a reference to v. Needs p's relation and one_space, v's
 * rows and fork_related. Where a side has ended, verdicts stay as last seen, but what was
 * cow_shared is released once the other side's page is seen to be its alone.
 */
void cow_tracker_pair(
	struct cow_tracker *t, const struct snapshot *s, const struct pair *p, struct verdicts *v);

#endif
