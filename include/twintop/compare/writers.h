/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_WRITERS_H
#define TWINTOP_COMPARE_WRITERS_H

#include "twintop/model/pair.h"
#include "twintop/model/writers.h"
#include "twintop/record/keep.h"

/*
 * Joins the page faults of a pair with what its pages became. The last fault of a side before a
 * look finds its page copied is who copied it. Faults that come late wait, and verdicts wait for
 * faults that are still to come. Not for several threads at once.
 */
struct writers_join;

struct writers_join *writers_join_new(void);	/* free with writers_join_free */
void writers_join_free(struct writers_join *j); /* NULL is fine */
/* Forgets the pair, but not the faults of whoever may be of the next one. */
void writers_join_reset(struct writers_join *j);
/* Forgets all. */
void writers_join_clear(struct writers_join *j);
/* A and B have changed places. */
void writers_join_turn(struct writers_join *j);
/* What s and its pair show; s gets the writers so far, if anybody asked for faults. */
void writers_join_see(struct writers_join *j, struct snapshot *s, const struct pair *p);
/* As if it had just seen s, whose writers are what it found. */
void writers_join_seed(struct writers_join *j, const struct snapshot *s, const struct pair *p);
/*
 * Writes down all that it remembers, or reads it back into an empty one, but for the stacks of
 * examples.
 */
void writers_join_keep(struct writers_join *j, struct keep *k);

#endif
