/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_EVENT_LOG_H
#define TWINTOP_RECORD_EVENT_LOG_H

#include "twintop/model/source.h"
#include "twintop/record/event_index.h"

/*
 * What happened, in the order in which moments told of it: the events of each moment once, however
 * often and in whatever order the moments come by. Bounded: of the oldest moments first those go
 * that are not main, then all. Zeroed is empty.
 */
#define EVENT_LOG_MOST 20000u /* events; those of the newest moment stay whatever their number */

/* The events that one moment told of. */
struct logged_batch {
	uint64_t moment_ns, sequence; /* of the moment: CLOCK_MONOTONIC */
	const struct event_batch *batch;
	size_t first;		   /* number of its first event in the log */
	size_t first_main, main_n; /* the same among the main ones, event_is_main(), and how many */
	enum event_kind telling;   /* the most telling kind of those; EVENT_KINDS: there are none */
};

struct event_log {
	VEC(struct logged_batch) batch; /* by moment */
	size_t n, main_n;		/* events, and the main ones of them */
	/* Of moments before these not all are here, and not all main ones; 0: all are. */
	uint64_t all_ns, main_ns;
	uint64_t renumbered;	  /* how often events got other numbers than they had */
	struct event_index index; /* of all its events */
};

/* One event of the log and the moment that told of it. */
struct logged_event {
	const struct event_batch *batch;
	const struct event *event;
	uint64_t moment_ns;
};

void event_log_add(struct event_log *log, const struct moment *m);
/* The same of what one moment told of, and of all that a source tells of at once. */
void event_log_add_batch(struct event_log *log, const struct told_batch *told);
void event_log_add_told(struct event_log *log, const struct told_events *told);
void event_log_clear(struct event_log *log);
/* How many of the log's first events were known at that moment. */
size_t event_log_known(const struct event_log *log, const struct moment *m);
/* An event by its number, 0 the oldest; false beyond the newest. */
bool event_log_at(const struct event_log *log, size_t number, struct logged_event *ret);
/* The same of the main ones alone. */
size_t event_log_main_known(const struct event_log *log, const struct moment *m);
bool event_log_main_at(const struct event_log *log, size_t number, struct logged_event *ret);
/*
 * The events told by the first moment after the time that told of a main one, or the last one
 * before it; NULL: none.
 */
const struct logged_batch *event_log_after(const struct event_log *log, uint64_t moment_ns);
const struct logged_batch *event_log_before(const struct event_log *log, uint64_t moment_ns);
/*
 * What the moments from one time until before another told of that tells most, the earliest of it;
 * NULL: of no main event.
 */
const struct logged_batch *event_log_telling(
	const struct event_log *log, uint64_t from_ns, uint64_t until_ns);

#endif
