/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_FAULT_TRACE_H
#define TWINTOP_COMPARE_FAULT_TRACE_H

#include "twintop/base/vec.h"
#include "twintop/model/snapshot.h"

/*
 * Which pages of A were seen to fault when, as successive moments told: of the newest faults so
 * many, and of one A at a time. Zeroed is empty; release with fault_trace_clear.
 */
#define FAULT_TRACE_MOST 262144u

struct fault_touch {
	uint64_t time_ns, page; /* page: an address */
};

struct fault_trace {
	struct task_id id;
	VEC(struct fault_touch) touch; /* by the order in which they were told */
	uint64_t seen_ns;   /* of the last moment taken up: CLOCK_MONOTONIC; 0: none yet */
	uint64_t since_ns;  /* faults are told since then without a gap; 0: they are not */
	const char *reason; /* static text why not; NULL: nobody asked */
	bool partial;	    /* not each one is told */
	uint64_t lost;	    /* as the kernel last counted them */
};

/* Takes up what a moment tells; one that is no later than those before is passed over. */
void fault_trace_add(struct fault_trace *t, const struct snapshot *s);
/* What comes next does not follow upon what came last. */
void fault_trace_break(struct fault_trace *t);
void fault_trace_clear(struct fault_trace *t);

/* Pages that were seen to fault after one time and not after another. */
struct fault_pages {
	size_t n;
	uint64_t *page;	 /* ascending, each once; on the heap */
	const char *gap; /* static: nothing was seen, for this reason; NULL: what was is here */
	bool partial;	 /* others may have faulted, too */
};
/* How many faults were told of then. */
size_t fault_trace_count(const struct fault_trace *t, uint64_t after_ns, uint64_t until_ns);
/* Release page with free(3). */
struct fault_pages fault_trace_pages(
	const struct fault_trace *t, uint64_t after_ns, uint64_t until_ns);

#endif
