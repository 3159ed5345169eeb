/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_LANE_H
#define TWINTOP_SAMPLE_LANE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "twintop/base/thread.h"

/*
 * Workers. A lane runs one kind of job on a thread of its own, one at a time,
 * so that a read that hangs in the kernel holds up nothing but its lane. All
 * lanes of a hub share its lock, which nobody holds while a job runs.
 */
struct hub {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* CLOCK_MONOTONIC; a lane came home, or whatever the owner says */
	unsigned references;	/* the owner and every thread that is not gone yet */
	struct lane *lanes;	/* all, also dropped ones that are not home yet */
	bool awaiting;		/* the owner waits for these lanes alone: the last one wakes it */
	unsigned awaited;
};

struct hub *hub_new(void);
/*
 * Lets go of the hub, whose lanes were dropped: waits at most grace_ns for those
 * that still run. Returns how many it had to leave behind; they free themselves and the hub when
 * they come home. The lock is not held.
 */
unsigned hub_close(struct hub *hub, uint64_t grace_ns);
/* Waits for `changed` until the monotonic time; false when it passed. The lock is held. */
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
	const char *name; /* of its thread; static */
	const struct lane_ops *ops;
	void *job;
	enum lane_state state;
	uint64_t began_ns; /* CLOCK_MONOTONIC; when it became busy */
	bool started, dropped, awaited;
	pthread_t thread;	   /* where started; ours to ask while the lane is busy */
	uint64_t cpu_ns, moved_ns; /* as lane_hangs() saw it last */
	pthread_cond_t wake;
	struct lane *next;
};

/* Sets about what lane_begin() made it do; with or without the hub's lock. */
void lane_wake(struct lane *lane);

/* All of these are called with the hub's lock held. */
/* A lane that owns job; its thread starts with the first lane_begin. */
struct lane *lane_new(struct hub *hub, const char *name, const struct lane_ops *ops, void *job);
/* Has the job run, when the lane is woken; it must be idle. */
void lane_begin(struct lane *lane);
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
/* Frees lane and job: at once, or when the job that runs comes home. NULL is fine. */
void lane_drop(struct lane *lane);

#endif
