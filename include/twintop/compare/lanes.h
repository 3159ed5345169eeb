/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_LANES_H
#define TWINTOP_COMPARE_LANES_H

#include "twintop/model/snapshot.h"
#include "twintop/record/keep.h"

/*
 * Keeps what moments told of threads on CPUs for a while. Of whom nothing is told it samples: the
 * CPU time by which a thread's grew from one moment to the next, on the CPU where it was seen.
 */
struct lane_keeper;

struct lane_keeper *lane_keeper_new(void);
void lane_keeper_free(struct lane_keeper *k); /* NULL is fine */
void lane_keeper_reset(struct lane_keeper *k);
/* Gives the next moment its lanes; none where nobody asked for them. */
void lane_keeper_see(struct lane_keeper *k, struct snapshot *s);
/* Goes on from a moment that has them. */
void lane_keeper_seed(struct lane_keeper *k, const struct snapshot *s);
void lane_keeper_keep(struct lane_keeper *k, struct keep *keep);

#endif
