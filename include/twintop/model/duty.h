/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_DUTY_H
#define TWINTOP_MODEL_DUTY_H

#include "twintop/model/rates.h"

/*
 * What a thread does with its time: on a CPU, ready and waiting for one, blocked, and in what. The
 * first two are schedstat's; what it is blocked in is seen moment by moment, so shares of that are
 * sampled.
 */

struct host;
struct snapshot;

/* What it was blocked in for so long. */
struct duty_wait {
	enum wait_kind kind;
	uint64_t ns, address;
	pid_t owner;
	int fd;
};
#define DUTY_WAITS 2

struct thread_duty {
	uint64_t ns;		    /* so long it was looked at */
	uint64_t run_ns, queued_ns; /* of these on a CPU, and ready and waiting for one */
	uint64_t other_ns;	    /* blocked in what nobody saw, or in more than fits */
	size_t waits_n;
	struct duty_wait wait[DUTY_WAITS]; /* what most of the time was spent in comes first */
};
/* Adds both's times. */
void duty_add(struct thread_duty *to, const struct thread_duty *from);
/* So long it was blocked: in that, or WAIT_NOTHING: nobody saw in what. */
void duty_block(struct thread_duty *d, const struct wait *w, uint64_t ns);
/* All that it ran since it began, of so long, and the rest of that in what it stands in. */
void duty_of_life(struct thread_duty *d, const struct thread *t, uint64_t ns);
/*
 * When it began, as far as clock ticks tell, by the clock of moments (CLOCK_MONOTONIC); 0: they do
 * not, as where the machine slept meanwhile.
 */
uint64_t duty_began_ns(const struct thread *t, const struct host *host, uint64_t now_ns);

/* A thread that is followed. */
struct duty_track {
	pid_t tid;
	uint64_t start_ticks;
	uint64_t last_ns, last_run_ns, last_queued_ns; /* as it was when it was last looked at */
	struct thread_duty now, before;		       /* of this window, and of the last one */
};

/* Over so long duties are told, to twice as long; of more threads, by their rates of a second. */
#define DUTY_WINDOW_NS 5000000000u
#define DUTIES_MOST    32u /* that ran in a window: each moment that is kept holds them */

/* Of a side's threads that ran, or would have, in the last while. A part that compare/ makes. */
struct duties {
	struct part part;
	uint64_t since_ns, before_ns; /* when this window began, and the last one; 0: none */
	size_t n;
	const struct duty_track *track; /* by TID; what is not in it has stood still */
	bool partial;			/* others ran, too */
};

/* Of which time a duty tells. */
enum duty_span { DUTY_UNKNOWN, DUTY_LATELY, DUTY_SINCE_START };
/*
 * Of thread i of the side: over the last while or, where it was seen once only, since its start.
 * DUTY_UNKNOWN: *ret_reason, static text, says why.
 */
enum duty_span duty_of(const struct snapshot *s, unsigned side, size_t i, struct thread_duty *ret,
	const char **ret_reason);
uint64_t duty_blocked_ns(const struct thread_duty *d);
/* In percent of the time it tells of. */
double duty_percent(const struct thread_duty *d, uint64_t ns);

/* What sort of thread that makes it: "CPU-bound", "I/O-bound", "waits", "sleeps", "mixed"; static.
 */
const char *duty_sort(const struct thread_duty *d);
/*
 * The same with what it stands on: "I/O-bound: 92% in read on fd 5 (pipe from 4243)". The side of
 * the moment (may be NULL) tells what a descriptor is, and who has its other end. Appended.
 */
void duty_say(
	const struct thread_duty *d, const struct snapshot *s, unsigned side, struct textbuf *out);

#endif
