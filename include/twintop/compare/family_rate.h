/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_FAMILY_RATE_H
#define TWINTOP_COMPARE_FAMILY_RATE_H

#include "twintop/model/family.h"
#include "twintop/model/snapshot.h"
#include "twintop/record/keep.h"

/*
 * Rates of the members of a family from successive moments, over RATE_WINDOW_NS at least and twice
 * that at most where it is looked at so often: CPU from clock ticks, copied pages from one read of
 * a member's pages to another. And what the family's first member had when another was forked, if
 * that was while the family was watched and the first one's pages were read about then.
 * It remembers one family; another first member begins anew. Not for several threads at once.
 */
struct family_rater;

struct family_rater *family_rater_new(void);   /* free with family_rater_free */
void family_rater_free(struct family_rater *r); /* NULL is fine */
/* Puts into s what follows from its family and from the moments before. */
void family_rater_rate(struct family_rater *r, struct snapshot *s);
/* Remembers what s holds, as one of the moments before the next. */
void family_rater_seed(struct family_rater *r, const struct snapshot *s);
/* Writes down all that it remembers, or reads it back into an empty one. */
void family_rater_keep(struct family_rater *r, struct keep *k);
/* Forgets all moments: the next one is the first. */
void family_rater_reset(struct family_rater *r);

#endif
