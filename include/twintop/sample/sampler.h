/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_SAMPLER_H
#define TWINTOP_SAMPLE_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "twintop/model/source.h"
#include "twintop/proc/libproc.h"
#include "twintop/proc/root.h"

/*
 * Takes samples on a thread of its own and publishes moments to whoever subscribes; the first
 * source of them. Readers run as jobs on workers: one that hangs makes its part stale, never the
 * screen. All functions may be called from any thread.
 */
struct sampler;

enum follow { FOLLOW_NEWEST, FOLLOW_FIRST, FOLLOW_NONE };

/*
 * Turns a snapshot into its pair and adds what else follows from its parts, on the sampler's thread
 * (main plugs compare/ in).
 */
struct sampler_pairing {
	const struct pair *(*pair)(void *context, struct snapshot *s);
	void *context;
};

struct sampler_options {
	const struct proc_root *root;
	struct access access;
	struct sampler_pairing pairing;
	uint64_t delay_ns;	     /* between samples */
	uint64_t page_cost_permille; /* of one core that page reading may take; 50; 0: not paced */
	uint64_t page_pause_ns;	     /* rest between bites of page reading, for the target's sake */
	enum follow follow;	     /* which new child becomes B while nobody chose B */
	/*
	 * For reports: every sample waits for all that it needs (10 s at most, then what hangs is
	 * missing) and until all have taken the one before.
	 */
	bool whole;
	bool hurried; /* the first moment is waited for: see struct reader_job */
	bool kin_threads; /* births of threads are told of A's and B's descendants, too */
	bool brief;   /* one moment is all that is taken: see struct feed_context */
	/* Sampling ends with the target: A, and B where B was named. */
	bool until_end;
	uint64_t grace_ns; /* how long its end waits for reads under way; 0: as long as a person may
			    */
	pid_t steps_pid;   /* the launched program that tells its steps; 0: none */
	int steps_fd;	   /* where it does; outlives the sampler */
};

/* options are copied; their root must outlive it. 0 or negative errno. */
int sampler_new(const struct sampler_options *options, struct sampler **ret_sampler);
/*
 * No more moments are wanted, nor anything else but its end: it begins to end, on threads of its
 * own, so that sampler_free() has less to wait for. What subscribers have not taken yet stays theirs.
 */
void sampler_end(struct sampler *s);
/*
 * Stops its threads and frees it; NULL is fine. Returns how many workers hang in a read and were
 * left behind (after options.grace_ns): where any was, options.root must stay open.
 */
unsigned sampler_free(struct sampler *s);
/*
 * A subscription to its moments from now on; free it before the sampler. What any of them needs is
 * read; nothing but identities where none needs more. all: see subscriber_new(). Its fd is readable
 * when a moment is there. 0 or negative errno.
 */
int sampler_source(struct sampler *s, bool all, struct source **ret_source);

/*
 * Chooses what is watched, b as in model/source.h. 0, or -ESRCH with *ret_which (may be NULL) 0 for A or 1 for B. With an
 * explicit PID for B, follow does not replace it; nor with SIBLING_NONE and SIBLING_PARENT. Once
 * sampling has started its thread answers, mostly at once, -ETIMEDOUT after a second at most.
 */
int sampler_watch(struct sampler *s, pid_t a, pid_t b_or_sibling, int *ret_which);
/* Exchanges A and B; from then on B counts as named. */
void sampler_swap(struct sampler *s);
void sampler_delay(struct sampler *s, uint64_t delay_ns);
/* Asks for the process list (the chooser); it comes with sampler_take_list. */
void sampler_want_list(struct sampler *s, bool want);
/* Starts sampling. 0 or negative errno. */
int sampler_start(struct sampler *s);

/* Readable (poll(2) POLLIN) when a list is there. */
int sampler_list_fd(const struct sampler *s);
const struct process_list *sampler_take_list(struct sampler *s);
/* The child that sampler's owner reaped: status of wait(2), so that the ending is known. */
void sampler_reaped(struct sampler *s, pid_t pid, int status);
/* How long the running sample has been at it (ns), 0 when none is: a hang shows here. */
uint64_t sampler_busy_ns(const struct sampler *s);

#endif
