/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_LANES_H
#define TWINTOP_MODEL_LANES_H

#include <sys/types.h>

#include "twintop/base/vec.h"
#include "twintop/model/part.h"

/*
 * When each thread was on a CPU, and on which: as the kernel tells of each context switch, or as
 * far as two looks at its CPU time tell.
 */

/* How a stretch on a CPU ended. */
enum lane_end {
	LANE_STAYS,	/* it did not: so far it is told */
	LANE_GAVE_WAY,	/* a voluntary switch: it had to wait for something */
	LANE_PREEMPTED, /* an involuntary one: it could have gone on */
	LANE_LEFT,	/* the thread ended */
	LANE_SAMPLED,	/* nobody knows: its CPU time grew between two looks */
	LANE_ENDS
};
const char *lane_end_name(enum lane_end end); /* "stays", "voluntary", …; static */

/* Of one thread on one CPU; where several are told as one, all between the first and the last. */
struct lane_span {
	uint64_t begin_ns, end_ns; /* CLOCK_MONOTONIC */
	uint64_t run_ns;	   /* on the CPU: all of it, or less where several are one */
	uint64_t queued_ns;	   /* of the rest it was ready, and waited for a CPU */
	uint64_t before_ns;	   /* the same just before it: known of who was preempted before */
	pid_t pid, tid;
	int cpu;
	uint32_t voluntary, involuntary; /* switches in it, its end's among them */
	enum value_state switches;	 /* whether they are counted */
	enum lane_end end;
};

/* How the switches of a process are seen. */
struct lane_watch {
	pid_t pid;
	enum value_state state; /* KNOWN: the kernel tells of each */
	const char *reason;	/* static text where it does not */
};
#define LANE_WATCHES	2      /* A and B */
#define LANE_SPANS_MOST 16384u /* between two moments; what comes beyond is counted as lost */

/* What is said of all that is listened to. */
struct lane_ears {
	size_t watches_n;
	struct lane_watch watch[LANE_WATCHES];
	uint64_t told, lost;	      /* records since it is listened to; lost ones had no room */
	uint64_t threads, threads_of; /* listened to, of those that there are */
	uint64_t merged_ns; /* stretches so little apart are told as one; 0: each by itself */
	uint64_t deaf_ns;   /* so long of it nobody listened: too many records came */
};

/* Time in which nobody listened to those that are listened to else: too many records came. */
struct lane_gap {
	uint64_t begin_ns, end_ns; /* CLOCK_MONOTONIC */
};

/* Stretches since the moment before, by thread and time. Sealed: a part of the moment. */
struct lane_batch {
	struct part part;
	uint64_t from_ns, until_ns; /* all in between is in it, but for gaps; 0: nothing is told */
	struct lane_ears ears;
	size_t n, gaps_n;
	const struct lane_span *span;
	const struct lane_gap
		*gap; /* by time; they may begin before from_ns and end after until_ns */
};
/* How that process's switches are seen; NULL: nobody asked. batch may be NULL. */
const struct lane_watch *lane_watch_of(const struct lane_batch *batch, pid_t pid);
/* A thread's stretches, by time: *ret_n of them. */
const struct lane_span *lane_batch_of(const struct lane_batch *batch, pid_t tid, size_t *ret_n);

/* Where stretches gather until they are sealed. Zeroed is empty; release with lane_sink_free. */
struct lane_sink {
	VEC(struct lane_span) span;
	VEC(struct lane_gap) gap;
	struct lane_ears ears;
	bool said; /* what ears are: else nobody has */
	uint64_t from_ns, until_ns;
};

void lane_sink_add(struct lane_sink *sink, const struct lane_span *span);
/* One that begins where the last one ends is one with it. */
void lane_sink_add_gap(struct lane_sink *sink, struct lane_gap gap);
/* All of from's, and what it says; from is empty then. */
void lane_sink_move(struct lane_sink *sink, struct lane_sink *from);
/*
 * The batch of all, with one reference; before (may be NULL) once more where there is nothing to be
 * told. The sink is empty then, but for what it says.
 */
const struct lane_batch *lane_sink_seal(struct lane_sink *sink, const struct lane_batch *before);
void lane_sink_free(struct lane_sink *sink);

/*
 * The lanes of the last while: all stretches that the moments' batches told, and what is sampled of
 * those of whom nothing is told. A part that compare/ makes.
 */
#define LANES_BATCHES_MOST 1024u
#define LANES_SPANS_MOST   16384u
#define LANES_KEPT_NS	   60000000000ull
struct lanes {
	struct part part;
	size_t n;
	const struct lane_batch **batch; /* references, by time; the newest last */
};
void lanes_release(void *lanes);
size_t lanes_bytes(const void *now, const void *before);

/* What is counted of a thread's stretches between two times. */
struct lane_sum {
	uint64_t run_ns, queued_ns;
	uint64_t voluntary, involuntary, migrations;
	bool sampled; /* some of it */
};
/* lanes may be NULL. */
struct lane_sum lanes_sum(const struct lanes *lanes, pid_t tid, uint64_t from_ns, uint64_t to_ns);
/* So long between two times nobody listened. lanes may be NULL. */
uint64_t lanes_deaf_ns(const struct lanes *lanes, uint64_t from_ns, uint64_t to_ns);
/* Since when lanes are kept; 0: none are. */
uint64_t lanes_begin_ns(const struct lanes *lanes);
/* The newest batch; NULL: there is none. */
const struct lane_batch *lanes_newest(const struct lanes *lanes);

#endif
