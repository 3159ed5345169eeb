/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_RATE_H
#define TWINTOP_COMPARE_RATE_H

#include "twintop/model/snapshot.h"
#include "twintop/record/keep.h"

/*
 * Rates from the counters of successive moments, each over RATE_WINDOW_NS or since the sample
 * before, whichever is longer; over less at first.
 *  - A thread's are from schedstat, over the time between the two reads of that very thread; they
 *    never exceed 100 %, though the kernel books a running thread's time a tick late.
 *  - The process's is the sum of its threads', those that came since then included, or what its
 *    clock ticks prove beyond doubt where that is more: time of threads that ended between the
 *    samples. Where threads were not read lately it is from the ticks alone, over that time at
 *    least: ticks are of 10 ms, and user and system time are each rounded down to them.
 * It remembers references to the last moments' parts, of up to two processes.
 * Not for several threads at once.
 */
struct rater;

struct rater *rater_new(void);	  /* free with rater_free */
void rater_free(struct rater *r); /* NULL is fine */
/* Puts into each side what follows from it and from the moments before. */
void rater_rate(struct rater *r, struct snapshot *s);
/* Remembers what s holds, as one of the moments before the next. */
void rater_seed(struct rater *r, const struct snapshot *s);
/* Writes down all that it remembers, or reads it back into an empty one. */
void rater_keep(struct rater *r, struct keep *k);
/* Forgets all moments: the next one is the first. */
void rater_reset(struct rater *r);

#endif
