/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_COPIES_H
#define TWINTOP_COMPARE_COPIES_H

#include "twintop/model/pair.h"
#include "twintop/record/keep.h"

/* When the pages of both were last found to be as s shows them, CLOCK_MONOTONIC; those of the ended
 * are so for good: now. */
uint64_t copies_read_ns(const struct snapshot *s);

/* What was copied of one pair as it was seen, read by read. */
struct copies;

struct copies *copies_new(void);      /* free with copies_free */
void copies_free(struct copies *c);   /* NULL is fine */
/* Forgets all: the next one is another pair. */
void copies_reset(struct copies *c);
/*
 * The pair of s; its rate is put into s. What ceases to be there is no copy that was undone: counts
 * that fall leave the rate as it is. A pair without page counts has no rate.
 */
void copies_see(struct copies *c, struct snapshot *s, const struct pair *p);
/* As if it had just seen s. */
void copies_seed(struct copies *c, const struct snapshot *s, const struct pair *p);
/* Writes down all that it remembers, or reads it back into an empty one. */
void copies_keep(struct copies *c, struct keep *k);

#endif
