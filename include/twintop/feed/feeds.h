/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FEED_FEEDS_H
#define TWINTOP_FEED_FEEDS_H

#include "twintop/feed/feed.h"

/*
 * All feeds, drained on a thread of their own: one that hangs holds up no reader and no screen.
 * What they tell gathers here until somebody takes it; what has no room is counted as lost. All
 * functions may be called from any thread; none but flush and free waits.
 */
struct feeds;

/*
 * Opens the feeds of the table (feed_table, feed_table_n) on their thread; one that cannot be
 * opened tells nothing. context is copied, its root must outlive the feeds. 0 or negative errno.
 */
int feeds_new(const struct feed_context *context, const struct feed_ops *const *table, size_t n,
	struct feeds **ret_feeds);
/* Ends the thread, without waiting for that; feeds_free() is still to be called. */
void feeds_end(struct feeds *f);
/*
 * Ends the thread and frees all; NULL is fine. False: it hangs in a read and was left behind after
 * a second, so that the root must stay open.
 */
bool feeds_free(struct feeds *f);

/* The processes to tell of, which lived when their identity was taken. */
void feeds_watch(struct feeds *f, const struct task_id *id, size_t n);
/* Since when they are told of, CLOCK_MONOTONIC; 0: not all of them yet. */
uint64_t feeds_watched_ns(struct feeds *f);
/* What somebody needs, enum need bits: nothing at first. */
void feeds_need(struct feeds *f, unsigned need);
/* How long it is from moment to moment. */
void feeds_pace(struct feeds *f, uint64_t delay_ns);
/* A child of ours ended with that wait(2) status. */
void feeds_reaped(struct feeds *f, pid_t pid, int status);
/*
 * Lets every feed tell what happened until now, also after watch and reaped; waits until they did,
 * at most until the CLOCK_MONOTONIC time. False: they are not done yet.
 */
bool feeds_flush(struct feeds *f, uint64_t until_ns);
/* The same of those that have it at hand: cheap. */
bool feeds_catch_up(struct feeds *f, uint64_t until_ns);
/* Adds the page faults since the last call to sink. */
void feeds_take_faults(struct feeds *f, struct fault_sink *sink);
/* The same of what threads did on CPUs. */
void feeds_take_lanes(struct feeds *f, struct lane_sink *sink);
/* Who tells of births and ends; NULL: nobody, or none was opened yet. */
const struct feed_ops *feeds_lifecycle(struct feeds *f);
/* Why that one may miss some: static; NULL: it does not, or there is none. */
const char *feeds_lacks(struct feeds *f);
/* Why that one may not know how some ended: the same. */
const char *feeds_ends_lack(struct feeds *f);
/* What happened since the last call, with one reference, in the order of time; NULL: nothing. */
const struct event_batch *feeds_take(struct feeds *f);

#endif
