/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_EVENT_H
#define TWINTOP_MODEL_EVENT_H

#include <sys/types.h>

#include "twintop/base/vec.h"
#include "twintop/model/fault.h"
#include "twintop/model/part.h"

enum event_kind {
#define EVENT(KIND, ...) EVENT_##KIND,
#include "twintop/model/event_rows.h"
	EVENT_KINDS
};

/* What a kind of event may carry. */
enum event_has {
	EVENT_HAS_TID = 1u << 0,
	EVENT_HAS_OTHER = 1u << 1,
	EVENT_HAS_NAME = 1u << 2,
	EVENT_HAS_BEFORE = 1u << 3,
	EVENT_HAS_STATUS = 1u << 4,
	EVENT_HAS_COUNT = 1u << 5
};
#define EVENT_HAS_N 6
extern const char *const event_has_name[EVENT_HAS_N]; /* in JSON, by bit */

struct event_row {
	const char *id, *title;
	unsigned has; /* EVENT_HAS_* */
	const char *sentence, *why;
};
extern const struct event_row event_table[EVENT_KINDS];

/* What happened, and when we learnt of it. Names are numbers in the batch that it is of. */
struct event {
	enum event_kind kind;
	uint64_t realtime_ns, monotonic_ns;
	pid_t pid;   /* the process that it happened to; 0: to none */
	pid_t tid;   /* the thread; 0: which one is unknown, or all of them */
	pid_t other; /* the process that it made or that was chosen; 0: none */
	int status;  /* wait(2) status word, when status_known */
	bool status_known;
	uint64_t count;
	uint32_t name, before; /* 0: unknown */
	const char *source;    /* who told it: a feed's id, "sampler"; static text */
};

/* Events between two moments in the order of their times. Sealed: a part of the later moment. */
struct event_batch {
	struct part part;
	size_t n;
	const struct event *event;
	size_t names_n;
	const struct text *name; /* by number; each is there once, raw bytes; 0 is none */
};

/* bytes NULL: unknown. */
struct text event_name(const struct event_batch *batch, uint32_t number);
/* "4242 fork-cow forked 4243": printable UTF-8, appended. */
void event_sentence(
	const struct event_batch *batch, const struct event *event, struct textbuf *out);

#define EVENT_SINK_MOST 65536u /* events; what comes beyond is counted as lost */

/*
 * Where events gather until they are sealed. Zeroed is empty; one thread at a time. Release with
 * event_sink_free.
 */
struct event_sink {
	VEC(struct event) event;
	VEC(struct text) name;
	VEC(uint32_t) slot; /* numbers of names by their hash; a power of two */
	struct arena arena; /* of the names' bytes */
	struct fault_sink faults; /* no events: there are too many of them */
};

/* Copies event and names (bytes NULL: unknown); a time of 0 becomes now. */
void event_sink_add(
	struct event_sink *sink, struct event event, struct text name, struct text before);
void event_sink_add_batch(
	struct event_sink *sink, const struct event_batch *batch); /* NULL: none */
/* All of from's events too; from is empty then. */
void event_sink_move(struct event_sink *sink, struct event_sink *from);
/* The batch of all, with one reference, NULL where there are none; the sink is empty then. */
const struct event_batch *event_sink_seal(struct event_sink *sink);
void event_sink_free(struct event_sink *sink);

#endif
