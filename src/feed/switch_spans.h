/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FEED_SWITCH_SPANS_H
#define TWINTOP_FEED_SWITCH_SPANS_H

#include "twintop/feed/perf_ring.h"
#include "twintop/model/lanes.h"

/*
 * Makes stretches on a CPU of records of context switches, births and ends, which come CPU by CPU
 * and so in no order. Of threads that switch too often, stretches that lie close together become
 * one: what is counted stays exact.
 */
struct switch_spans;

struct switch_spans *switch_spans_new(void);
void switch_spans_free(struct switch_spans *s); /* NULL is fine */
/* All before is forgotten: from then on each switch is told. Whoever is told of first as he leaves
 * a CPU had it since then. */
void switch_spans_begin(struct switch_spans *s, uint64_t now_ns);
void switch_spans_note(struct switch_spans *s, const struct perf_record *r);
/*
 * All records up to then have been noted: adds the stretches that they make of the n processes, as
 * far as then. What is later waits.
 */
void switch_spans_settle(struct switch_spans *s, uint64_t until_ns, const pid_t *pid, size_t n,
	struct lane_sink *sink);
/* Stretches that lie so little apart are told as one now; 0: none are. */
uint64_t switch_spans_merged_ns(const struct switch_spans *s);

#endif
