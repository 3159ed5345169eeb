/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_PAST_INTERNAL_H
#define TWINTOP_COMPARE_PAST_INTERNAL_H

#include "twintop/compare/fault_trace.h"
#include "twintop/model/pair.h"

/* Takes A of another moment as B, with references of its own. */
void past_put_b(struct snapshot *s, const struct snapshot *other);
/* Says of each thing that two may share why these cannot; p's relation is set. */
void past_set_card(struct pair *p);
/* The row of a descriptor that only one side has: index -1 of the other. */
struct pair_fd past_fd_row(int a, int b, const bool hidden[2]);
/* Two recordings: s has a side of each. One reference; its rows are s's parts, too. */
struct pair *diff_pair(struct snapshot *s);
/* From when to when the two looks at A's pages are: CLOCK_MONOTONIC. */
struct past_span {
	uint64_t after_ns, until_ns;
};
struct past_span past_span_of(const struct snapshot *s);
/*
 * The verdicts of time: rows by align_mappings(), their pages by frames and faults. s has both
 * sides. A part with one reference.
 */
const struct verdicts *past_verdicts(
	const struct snapshot *s, const struct pair *p, const struct fault_trace *faults);
/* Which thread is which. */
const struct pair_threads *past_threads(const struct snapshot *s);
/* Which descriptor is which: fills p. */
void past_fds(const struct snapshot *s, struct pair *p);

#endif
