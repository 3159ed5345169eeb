/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lane.h"

#include <stdlib.h>

#include "twintop/base/arena.h"
#include "twintop/base/clock.h"

struct hub *hub_new(void)
{
	struct hub *hub = mem_alloc(sizeof *hub);

	*hub = (struct hub){.references = 1};
	pthread_mutex_init(&hub->lock, NULL);
	thread_cond_init(&hub->changed);
	return hub;
}

static void hub_free(struct hub *hub)
{
	pthread_cond_destroy(&hub->changed);
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

bool hub_wait(struct hub *hub, uint64_t until_ns)
{
	return thread_cond_wait(&hub->changed, &hub->lock, until_ns);
}

uint64_t hub_busy_since(const struct hub *hub)
{
	uint64_t since = 0;

	for (const struct lane *l = hub->lanes; l; l = l->next)
		if (l->state == LANE_BUSY && !l->dropped && (!since || l->began_ns < since))
			since = l->began_ns;
	return since;
}

unsigned hub_close(struct hub *hub, uint64_t grace_ns)
{
	uint64_t until = clock_monotonic_ns() + grace_ns;
	unsigned left;

	pthread_mutex_lock(&hub->lock);
	while (hub->references > 1 && hub_wait(hub, until))
		;
	left = hub->references - 1;
	hub_put(hub);
	return left;
}

struct lane *lane_new(struct hub *hub, const char *name, const struct lane_ops *ops, void *job)
{
	struct lane *lane = mem_alloc(sizeof *lane);

	*lane = (struct lane){.hub = hub, .name = name, .ops = ops, .job = job, .next = hub->lanes};
	thread_cond_init(&lane->wake);
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
	pthread_cond_destroy(&lane->wake);
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

static void *lane_main(void *context)
{
	struct lane *lane = context;
	struct hub *hub = lane->hub;

	pthread_mutex_lock(&hub->lock);
	for (;;) {
		while (lane->state != LANE_BUSY && !lane->dropped)
			pthread_cond_wait(&lane->wake, &hub->lock);
		if (lane->state != LANE_BUSY)
			break;
		pthread_mutex_unlock(&hub->lock);
		lane->ops->run(lane->job);
		pthread_mutex_lock(&hub->lock);
		lane->state = LANE_DONE;
		announce(lane);
	}
	lane_unlink(lane);
	pthread_mutex_unlock(&hub->lock);
	lane_free(lane);
	pthread_mutex_lock(&hub->lock);
	hub_put(hub);
	return NULL;
}

static void lane_start(struct lane *lane)
{
	if (thread_spawn(lane->name, lane_main, lane, &lane->thread))
		return;
	pthread_detach(lane->thread);
	lane->hub->references++;
	lane->started = true;
}

void lane_begin(struct lane *lane)
{
	lane->state = LANE_BUSY;
	lane->began_ns = lane->moved_ns = clock_monotonic_ns();
	if (!lane->started)
		lane_start(lane);
	if (lane->started)
		return;
	/* No thread to be had: better late than never. */
	pthread_mutex_unlock(&lane->hub->lock);
	lane->ops->run(lane->job);
	pthread_mutex_lock(&lane->hub->lock);
	lane->state = LANE_DONE;
}

void lane_wake(struct lane *lane)
{
	pthread_cond_signal(&lane->wake);
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
	uint64_t now = clock_monotonic_ns(), cpu_ns = clock_cpu_ns_of(lane->thread);

	if (cpu_ns != lane->cpu_ns)
		lane->moved_ns = now;
	lane->cpu_ns = cpu_ns;
	return now - lane->moved_ns >= for_ns;
}

void lane_drop(struct lane *lane)
{
	if (!lane)
		return;
	if (!lane->started) {
		lane_unlink(lane);
		lane_free(lane);
		return;
	}
	lane->dropped = true;
	pthread_cond_signal(&lane->wake);
}
