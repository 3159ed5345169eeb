/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_EROSION_H
#define TWINTOP_MODEL_EROSION_H

#include "twintop/model/part.h"
#include "twintop/model/series.h"

/*
 * How what a fork shared is copied as time goes by: of the pages that both still have, how many are
 * one. Of a pair, or of one mapping of it.
 */

/* Values of its series: pages. */
enum erosion_value { EROSION_SHARED, EROSION_COPIED };

/* Over how long its rate is taken, where looks go so far back; longer where they are rare. */
#define EROSION_WINDOW_NS 4000000000u

/* Why no time to half is told. */
enum erosion_gap {
	EROSION_KNOWN,
	EROSION_NO_PAGES, /* the two have no page of which that could be said */
	EROSION_ENDED,
	EROSION_PAST,	 /* half is copied already */
	EROSION_SHORT,	 /* watched for too short a time: no rate either */
	EROSION_NOTHING, /* nothing is copied */
	EROSION_FEW,	 /* too few pages for a rate that holds */
	EROSION_UNSTEADY,
	EROSION_GAPS
};
const char *erosion_gap_reason(enum erosion_gap gap); /* static text; NULL for EROSION_KNOWN */

/* As of the last look. */
struct erosion_state {
	uint64_t shared, copied; /* pages */
	uint64_t seen_ns; /* CLOCK_MONOTONIC of the look; where nothing changed, of an older one */
	bool has_rate;
	double rate;		 /* pages copied a second, over window_ns */
	double slowest, fastest; /* in a quarter of it */
	uint64_t window_ns;
	enum erosion_gap gap; /* of half_s */
	double half_s;	      /* seconds until half is copied, at that rate */
	uint64_t half_ns;     /* when half was first seen copied; 0: not seen */
};

/* Of the pair, since it was first seen: a part. */
struct erosion {
	struct part part;
	uint64_t since_ns;
	struct erosion_state now;
	size_t n;
	const struct series_point *point;
	/* What a rate goes on from: looks of the window, and copies seen up to each. */
	size_t looks_n;
	const struct erosion_look *look;
	uint64_t step_ns; /* of the series */
};
struct erosion_look {
	uint64_t ns, copies;
};

const char *erosion_rate_reason(const struct erosion_state *state); /* NULL: it has a rate */
/* The share that is still one, 0 to 1; false: they have no page of which that could be said. */
bool erosion_share(uint64_t shared, uint64_t copied, double *ret_share);
/*
 * "62% left of 400M once shared, copied 1.2M/s over 4s; half in ~40s": or why that is not
 * known, and when it was. All are what is still shared and what was copied. now_ns: of the moment shown. Appended.
 */
void erosion_say(const struct erosion_state *state, uint64_t page_size, uint64_t now_ns,
	struct textbuf *out);

#endif
