/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_TREND_H
#define TWINTOP_RECORD_TREND_H

#include "twintop/model/pair.h"

/* Counters of a process that are followed as time goes by. */
enum counter {
	COUNTER_CPU,	  /* percent of a core */
	COUNTER_RESIDENT, /* bytes */
	COUNTER_COPIED,	  /* of the pair: bytes of pages that a fork shared and that are two now */
	COUNTER_FAULTS,	  /* a second, minor and major */
	COUNTER_SWITCHES, /* a second, of all threads, voluntary or not */
	COUNTER_THREADS,
	COUNTER_FDS,
	COUNTERS
};

/*
 * What they were since the oldest moment that is kept: in spans of time that grow with it, so that
 * each moment costs the same, and each drawing, however far back that is. Zeroed is empty.
 */
#define TREND_SPANS 240u

struct trend_value {
	double sum; /* of n looks, where the counter is a mean; else of the last one */
	unsigned n; /* 0: not known */
};
struct trend_side {
	struct task_id id; /* pid 0: there was nobody */
	struct trend_value value[COUNTERS];
};
struct trend_span {
	uint64_t from_ns, to_ns; /* the first and last moment of it, CLOCK_MONOTONIC */
	struct trend_side side[2];
};
struct trend {
	size_t first, n;
	uint64_t step_ns; /* a span takes moments for so long; 0: each has its own */
	struct trend_span span[TREND_SPANS];
};

/*
 * Takes up a moment that is later than those before, and forgets what lies before first_ns. It
 * looks at the rate of each thread once.
 */
void trend_add(struct trend *t, const struct moment *m, uint64_t first_ns);
/* Forgets what was from that time on. */
void trend_cut(struct trend *t, uint64_t from_ns);
const struct trend_span *trend_at(const struct trend *t, size_t i); /* 0 the oldest; NULL beyond */
/*
 * A counter in the i-th span, of that process, whichever side it was; of the pair only where both
 * were A and B. What is so much a second is that since the span before. False: it is not known.
 */
bool trend_value(const struct trend *t, size_t i, enum counter counter, const struct task_id id[2],
	unsigned side, double *ret_value);

#endif
