/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lane.h"

#include <stdlib.h>

#include "twintop/base/arena.h"
#include "twintop/base/clock.h"

#define RELIEF_NS 10000000u /* a lane waits so long for a worker that is at another */

struct hub *hub_new(void)
{
	struct hub *hub = mem_alloc(sizeof *hub);

	*hub = (struct hub){.references = 1};
	hub->last = &hub->first;
	pthread_mutex_init(&hub->lock, NULL);
	thread_cond_init(&hub->changed);
	thread_cond_init(&hub->work);
	return hub;
}

static void hub_free(struct hub *hub)
{
	pthread_cond_destroy(&hub->changed);
	pthread_cond_destroy(&hub->work);
	pthread_mutex_destroy(&hub->lock);
	free(hub);
}

/* One reference less; the lock is held, and given back. */
static void hub_put(struct hub *hub)
{
	unsigned left = --hub->references;

	pthread_cond_broadcast(&hub->changed);
	pthread_mutex_unlock(&hub->lock);
	if (left == 0)
		hub_free(hub);
}

uint64_t hub_busy_since(const struct hub *hub)
{
	uint64_t since = 0;

	for (const struct lane *l = hub->lanes; l; l = l->next)
		if (l->state == LANE_BUSY && !l->dropped && (!since || l->began_ns < since))
			since = l->began_ns;
	return since;
}

struct lane *lane_new(struct hub *hub, const struct lane_ops *ops, void *job)
{
	struct lane *lane = mem_alloc(sizeof *lane);

	*lane = (struct lane){.hub = hub, .ops = ops, .job = job, .next = hub->lanes};
	hub->lanes = lane;
	return lane;
}

static void lane_unlink(const struct lane *lane)
{
	struct lane **at = &lane->hub->lanes;

	while (*at != lane)
		at = &(*at)->next;
	*at = lane->next;
}

/* Not in the hub's list any more. */
static void lane_free(struct lane *lane)
{
	lane->ops->free(lane->job);
	free(lane);
}

void hub_await(struct hub *hub)
{
	hub_awaited(hub);
	hub->awaiting = true;
}

void lane_await(struct lane *lane)
{
	if (!lane->awaited)
		lane->hub->awaited++;
	lane->awaited = true;
}

void hub_awaited(struct hub *hub)
{
	for (struct lane *l = hub->lanes; l; l = l->next)
		l->awaited = false;
	hub->awaiting = false;
	hub->awaited = 0;
}

/* The lane has come home. */
static void announce(struct lane *lane)
{
	struct hub *hub = lane->hub;

	hub->awaited -= lane->awaited;
	if (!hub->awaiting || (lane->awaited && !hub->awaited))
		pthread_cond_broadcast(&hub->changed);
	lane->awaited = false;
}

/* ---- workers ------------------------------------------------------------- */

/* At the end of those that wait for a worker. */
static void line_up(struct lane *lane)
{
	struct hub *hub = lane->hub;

	lane->state = LANE_BUSY;
	lane->began_ns = lane->moved_ns = clock_monotonic_ns();
	lane->run_ns = 0;
	lane->behind = NULL;
	*hub->last = lane;
	hub->last = &lane->behind;
}

static struct lane *next_in_line(struct hub *hub)
{
	struct lane *lane = hub->first;

	hub->first = lane->behind;
	if (!hub->first)
		hub->last = &hub->first;
	return lane;
}

/* The lock is held, but not while the job runs. */
static void run_next(struct hub *hub)
{
	struct lane *lane = next_in_line(hub);

	lane->thread = pthread_self();
	lane->run_ns = lane->moved_ns = clock_monotonic_ns();
	if (!lane->dropped) {
		pthread_mutex_unlock(&hub->lock);
		lane->ops->run(lane->job);
		pthread_mutex_lock(&hub->lock);
	}
	lane->state = LANE_DONE;
	announce(lane);
	if (!lane->dropped)
		return;
	lane_unlink(lane);
	pthread_mutex_unlock(&hub->lock);
	lane_free(lane);
	pthread_mutex_lock(&hub->lock);
}

static void *worker_main(void *context)
{
	struct hub *hub = context;

	pthread_mutex_lock(&hub->lock);
	hub->called = false;
	for (;;) {
		while (!hub->first && !hub->closing) {
			hub->idle++;
			pthread_cond_wait(&hub->work, &hub->lock);
			hub->idle--;
			hub->called = false;
		}
		if (!hub->first)
			break;
		run_next(hub);
	}
	hub_put(hub);
	return NULL;
}

/* 0 or negative errno. */
static int start_worker(struct hub *hub)
{
	pthread_t thread;
	int error = thread_spawn("worker", worker_main, hub, &thread);

	if (error)
		return error;
	pthread_detach(thread);
	hub->references++;
	return 0;
}

/* Whether a worker comes to those in line before long. */
static bool is_served(const struct hub *hub, uint64_t now)
{
	bool served = hub->called;

	for (const struct lane *l = hub->lanes; l && !served; l = l->next)
		served = l->state == LANE_BUSY && l->run_ns && now - l->run_ns < RELIEF_NS;
	return served;
}

/* One more for those in line: an idle one, whom hub_wake() is to wake (true), or a new one. */
static bool call_worker(struct hub *hub)
{
	hub->called = hub->idle || !start_worker(hub);
	return hub->idle;
}

void hub_wake(struct hub *hub)
{
	pthread_cond_signal(&hub->work);
}

bool hub_wait(struct hub *hub, uint64_t until_ns)
{
	uint64_t now = clock_monotonic_ns();

	if (!hub->first || now + RELIEF_NS >= until_ns)
		return thread_cond_wait(&hub->changed, &hub->lock, until_ns);
	if (!hub->called && now - hub->first->began_ns >= RELIEF_NS && call_worker(hub))
		hub_wake(hub);
	thread_cond_wait(&hub->changed, &hub->lock, now + RELIEF_NS);
	return clock_monotonic_ns() < until_ns;
}

void hub_end(struct hub *hub)
{
	hub->closing = true;
	pthread_cond_broadcast(&hub->work);
}

unsigned hub_close(struct hub *hub, uint64_t grace_ns)
{
	uint64_t until = clock_monotonic_ns() + grace_ns;
	unsigned left;

	pthread_mutex_lock(&hub->lock);
	hub_end(hub);
	while (hub->first && hub->references == 1)
		run_next(hub);
	while (hub->references > 1 && hub_wait(hub, until))
		;
	left = hub->references - 1;
	hub_put(hub);
	return left;
}

/* ---- lanes --------------------------------------------------------------- */

bool lane_begin(struct lane *lane)
{
	struct hub *hub = lane->hub;
	bool wake;

	lane->used = true;
	line_up(lane);
	if (is_served(hub, lane->began_ns))
		return false;
	wake = call_worker(hub);
	/* No thread to be had: better late than never. */
	while (hub->first && hub->references == 1)
		run_next(hub);
	return wake;
}

bool lane_settle(struct lane *lane)
{
	if (lane->state != LANE_DONE)
		return false;
	lane->state = LANE_IDLE;
	return true;
}

bool lane_hangs(struct lane *lane, uint64_t for_ns)
{
	uint64_t now = clock_monotonic_ns(), cpu_ns;

	if (!lane->run_ns)
		return false;
	cpu_ns = clock_cpu_ns_of(lane->thread);
	if (cpu_ns != lane->cpu_ns)
		lane->moved_ns = now;
	lane->cpu_ns = cpu_ns;
	return now - lane->moved_ns >= for_ns;
}

void lane_drop(struct lane *lane)
{
	if (!lane)
		return;
	if (!lane->used) {
		lane_unlink(lane);
		lane_free(lane);
		return;
	}
	lane->dropped = true;
	if (lane->state != LANE_BUSY)
		line_up(lane);
}
