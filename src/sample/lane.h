/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_LANE_H
#define TWINTOP_SAMPLE_LANE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "twintop/base/thread.h"

/*
 * Workers. A lane runs one kind of job, one at a time. One worker runs those of all lanes of a hub
 * in turn, since most are over sooner than a thread wakes up; while it takes long, others join it,
 * so that a read that hangs in the kernel holds up its lane alone, and the others hardly. All lanes
 * of a hub share its lock, which nobody holds while a job runs.
 */
struct hub {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* CLOCK_MONOTONIC; a lane came home, or whatever the owner says */
	pthread_cond_t work;	/* for workers */
	unsigned references;	/* the owner and every worker that is not gone yet */
	unsigned idle;		/* workers that wait for work, … */
	bool called;		/* … of whom one has been woken and does not run yet */
	bool closing;
	struct lane *lanes;	    /* all, also dropped ones that are not home yet */
	struct lane *first, **last; /* of those that wait for a worker */
	bool awaiting; /* the owner waits for these lanes alone: the last one wakes it */
	unsigned awaited;
};

struct hub *hub_new(void);
/* Workers end when they have done what is in line, which is all there will be. The lock is held. */
void hub_end(struct hub *hub);
/*
 * Lets go of the hub, whose lanes were dropped: waits at most grace_ns for those
 * that still run. Returns how many it had to leave behind; they free themselves and the hub when
 * they come home. The lock is not held.
 */
unsigned hub_close(struct hub *hub, uint64_t grace_ns);
/*
 * Waits for `changed` until the monotonic time; false when it passed. Lanes that wait for a worker
 * meanwhile get one. The lock is held.
 */
bool hub_wait(struct hub *hub, uint64_t until_ns);
/* When the job that runs longest began (CLOCK_MONOTONIC), dropped lanes not counted; 0: none runs.
 */
uint64_t hub_busy_since(const struct hub *hub);

struct lane_ops {
	void (*run)(void *job);
	void (*free)(void *job);
};

enum lane_state { LANE_IDLE, LANE_BUSY, LANE_DONE };

/* While the lane is not busy, its owner may touch the job; while it is, only the worker may. */
struct lane {
	struct hub *hub;
	const struct lane_ops *ops;
	void *job;
	enum lane_state state;
	uint64_t began_ns; /* CLOCK_MONOTONIC; when it became busy, … */
	uint64_t run_ns;   /* … and a worker took it; 0: none has yet */
	bool used, dropped, awaited;
	pthread_t thread;	   /* the worker's; ours to ask while it runs */
	uint64_t cpu_ns, moved_ns; /* as lane_hangs() saw it last */
	struct lane *next, *behind;
};

/* Wakes an idle worker, better without the hub's lock, which it takes first. */
void hub_wake(struct hub *hub);

/* All of these are called with the hub's lock held. */
/* A lane that owns job. */
struct lane *lane_new(struct hub *hub, const struct lane_ops *ops, void *job);
/* Has the job run; it must be idle. True: once the hub is woken. */
bool lane_begin(struct lane *lane);
/* True once after each run: the job's results may be taken, and the lane is idle again. */
bool lane_settle(struct lane *lane);
/* Whether a busy lane has taken no CPU time for so long, as far as it was asked: it waits. */
bool lane_hangs(struct lane *lane, uint64_t for_ns);
/*
 * From here until hub_awaited() a lane that comes home wakes the owner only when it is the last of
 * those that lane_await() named since.
 */
void hub_await(struct hub *hub);
void lane_await(struct lane *lane);
void hub_awaited(struct hub *hub);
/* Frees lane and job: at once where it never ran, else on a worker. NULL is fine. */
void lane_drop(struct lane *lane);

#endif
