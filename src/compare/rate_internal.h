/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RATE_INTERNAL_H
#define TWINTOP_RATE_INTERNAL_H

#include "twintop/base/vec.h"
#include "twintop/model/rates.h"

/*
 * A part, and for how long after it was read it was found to be so. What it says held from its
 * begin_ns, and no less until then.
 */
struct rate_sample {
	const void *part; /* a reference */
	uint64_t held_ns;
};
VEC_STRUCT(rate_samples, struct rate_sample);

/*
 * Fills the threads' rates of an empty part from the newest of lists (struct thread_list) and those
 * before it, of which the first is the one to compare with, as of then_ns after it was read; a
 * thread that it lacks is compared with the first list that has it. last (may be NULL): the rates
 * before, which are shared where they are the same. Returns the sum of the threads' CPU percent, of
 * which what is new since the first list is a part.
 */
double rate_threads(struct rates *rates, const struct rate_samples *lists, uint64_t then_ns,
	const struct rates *last);

#endif
