/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_SERIES_H
#define TWINTOP_MODEL_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Amounts over time, as looks found them: bounded, coarser as it grows. It keeps looks as they were
 * and leaves others out, so give it amounts and counts, not rates: between two counts that stay, no
 * rate is lost.
 */
#define SERIES_POINTS 240u
#define SERIES_VALUES 2u

/* It was found so at each look from from_ns to to_ns, CLOCK_MONOTONIC. */
struct series_point {
	uint64_t from_ns, to_ns;
	uint64_t value[SERIES_VALUES];
	bool gap; /* what was between the one before and this is not known */
};

/* Zeroed is empty. */
struct series {
	size_t n;
	uint64_t step_ns; /* points that stay are at least so far apart; 0: all do */
	bool gap;	  /* the next one comes after one */
	struct series_point point[SERIES_POINTS]; /* by time */
};

/* What a look found; one that is not after the last is nothing new. Returns whether more than the
 * time of the last point changed. */
bool series_add(struct series *s, uint64_t ns, const uint64_t value[SERIES_VALUES]);
/* From the last point on nothing is known. */
void series_break(struct series *s);

#endif
