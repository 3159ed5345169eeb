/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_LIFELINE_H
#define TWINTOP_COMPARE_LIFELINE_H

#include "twintop/model/family.h"
#include "twintop/record/event_log.h"

/* How a life stands, or ended. */
enum life_end {
	LIFE_GOES_ON,
	LIFE_EXITED, /* with 0 */
	LIFE_FAILED, /* with another code */
	LIFE_KILLED, /* by a signal */
	LIFE_ENDED,  /* nobody but its parent was told how */
	LIFE_ENDS
};

/* The life of a member of a family, as it was known at a moment. Times are of CLOCK_MONOTONIC. */
struct lifeline {
	pid_t pid;
	uint64_t born_ns;   /* 0: before that clock began */
	uint64_t ended_ns;  /* not before it was born; 0: it has not ended */
	uint64_t orphan_ns; /* since when it has another parent than it was born to; 0: it has not,
			       or that is not known */
	bool orphan;	    /* it has */
	bool zombie;	    /* it has ended, and nobody has waited for it yet */
	uint64_t gone_ns;   /* when somebody did; 0: not yet, or nobody told */
	enum life_end end;
	/* Events that concern its number, of which those from born_ns to marks_until_ns are its
	 * own. NULL: none. */
	const struct event_marks *marks;
	uint64_t marks_until_ns;
	uint64_t known_ns; /* what a later moment told was not known yet */
};

/* Of the i-th member of m's family, which is there; log NULL: no events are kept. */
struct lifeline lifeline_of(const struct moment *m, size_t i, const struct event_log *log);
/* When the first one of m's family was born that is not its first member, or something happened to
 * that one; the moment's time where there is nothing to see. */
uint64_t lifelines_begin(const struct moment *m, const struct event_log *log);

#endif
