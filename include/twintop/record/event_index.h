/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_EVENT_INDEX_H
#define TWINTOP_RECORD_EVENT_INDEX_H

#include "twintop/model/event.h"

/* Which events concern a process, in the order of their times. It costs a few looks an event. */
struct event_mark {
	const struct event *event; /* of the batch, which outlives the index or what it had of it */
	const struct event_batch *batch;
	uint64_t moment_ns; /* the moment that told of it: CLOCK_MONOTONIC */
};
VEC_STRUCT(event_marks, struct event_mark);

struct event_index_row {
	pid_t pid; /* 0: a free slot */
	struct event_marks marks;
};
/* Zeroed is empty. Release with event_index_free. */
struct event_index {
	struct event_index_row *row; /* by a hash of the pid */
	size_t rows_n, room;	     /* room: a power of two, or 0 */
};

/* Adds each event of the batch, of its process and of its other one. */
void event_index_add(
	struct event_index *x, const struct event_batch *batch, uint64_t moment_ns);
/* Of that number, whichever processes have had it; NULL: none. Until the next add. */
const struct event_marks *event_index_of(const struct event_index *x, pid_t pid);
/* The first mark that is not before the time; marks->n: none. */
size_t event_marks_from(const struct event_marks *marks, uint64_t monotonic_ns);
void event_index_free(struct event_index *x);

#endif
