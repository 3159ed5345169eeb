/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_CHANGES_H
#define TWINTOP_CHANGES_H

#include "twintop/model/pair.h"
#include "twintop/model/writers.h"

/*
 * Events that no feed tells: what moments have otherwise than those before, in parts that were read
 * anyway. A part that is still the same costs nothing, one that is read for the first time is no
 * change, and of one that was not read for a while the event says within how long it happened. Not
 * for several threads at once.
 */
struct changes;

struct changes *changes_new(void);
void changes_free(struct changes *c); /* NULL is fine */
/* Tells what s, and pair (NULL: none) made of it, have otherwise than the last ones had. */
void changes_follow(struct changes *c, const struct snapshot *s, const struct pair *pair,
	struct event_sink *sink);

/* ---- what differs in a part: a file each ------------------------------------ */

/* Two parts of one kind and process, both known. */
struct change {
	const void *before, *now;
	const struct side *side; /* that now is of */
	struct event event;	 /* what all that is told has: whose, since when, who says so */
	struct event_sink *sink;
};
#define CHANGE_SOURCE "sampler"
#define CHANGE_EACH   3u /* so many of a sort in one moment are told each, more as one */

void change_mappings(const struct change *c);
void change_fds(const struct change *c);
void change_signals(const struct change *c);
/* Whether the part can be compared at all. */
bool change_signals_known(const void *info);

/* ---- threads that wait for one another --------------------------------------- */

/* The rings that were told of. Zeroed there are none; release with deadlocks_free. */
struct deadlocks {
	VEC(uint64_t) told; /* what each is known by */
};
void deadlocks_follow(struct deadlocks *d, const struct snapshot *s, struct event_sink *sink);
void deadlocks_free(struct deadlocks *d);

/* ---- pages that the pair shared and shares no more -------------------------- */

#define BURST_QUIET_NS 1000000000ull /* a burst of copies is over when there was none for so long  \
				      */
#define BURST_LONG_NS 1000000000ull  /* one that goes on for so long is told while it does … */
#define BURST_LONGER  10	     /* … and again where that has become so many times as long */

/* Zeroed it has seen nothing; release with bursts_reset. */
struct burst {
	uint64_t pages[MAPPING_KINDS];
	uint64_t begin_ns, last_ns; /* last_ns 0: there is none */
	uint64_t told_ns;	    /* how long it had lasted when that was told; 0: it was not */
	const struct writers *writers; /* as they were before it; a reference, NULL: none */
};
struct bursts {
	struct task_id id[2]; /* the pair; pid 0: none */
	pid_t tid[2];
	bool begun, first_told;
	/* By whom (A, B, not seen) and by kind of mapping, as the last verdicts had it. */
	uint64_t copied[3][MAPPING_KINDS];
	struct burst burst[3];
	uint64_t read_ns;		 /* of the pages behind those */
	const struct verdicts *verdicts; /* those; a reference */
	/* Of the moment, with their names, and of the one before; references. */
	const struct writers *writers, *writers_before;
	const struct writer_names *names;
};
void bursts_follow(struct bursts *b, const struct snapshot *s, const struct pair *pair,
	struct event_sink *sink);
void bursts_reset(struct bursts *b);

#endif
