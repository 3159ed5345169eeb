/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_EVENT_H
#define TWINTOP_MODEL_EVENT_H

#include <sys/types.h>

#include "twintop/base/vec.h"
#include "twintop/model/fault.h"
#include "twintop/model/lanes.h"
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
	EVENT_HAS_COUNT = 1u << 5,
	EVENT_HAS_FORMER = 1u << 6,
	EVENT_HAS_SIGNAL = 1u << 7,
	EVENT_HAS_FD = 1u << 8,
	EVENT_HAS_ADDRESS = 1u << 9,
	EVENT_HAS_BYTES = 1u << 10,
	EVENT_HAS_FUNCTION = 1u << 11,
	EVENT_HAS_SPAN = 1u << 12
};
#define EVENT_HAS_N 13
extern const char *const event_has_name[EVENT_HAS_N]; /* in JSON, by bit */

/* What a kind of event is about. */
enum event_class {
	EVENT_OF_LIFE,	  /* processes and threads come, go, and change their ways */
	EVENT_OF_COPIES,  /* pages that a pair shared and shares no more */
	EVENT_OF_MEMORY,  /* mappings */
	EVENT_OF_FILES,	  /* descriptors */
	EVENT_OF_SIGNALS, /* what they do to a process */
	EVENT_OF_US,	  /* what twintop did or missed, and what a demo says */
	EVENT_CLASSES
};
extern const char *const event_class_name[EVENT_CLASSES]; /* "life", "copies", … */

struct event_row {
	const char *id, *title;
	enum event_class class;
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
	uint32_t name, before, function; /* 0: unknown */
	pid_t former;			 /* the process that other stands for now; 0: unknown */
	int signal;			 /* 0: unknown */
	int fd;
	uint64_t address, bytes; /* 0: unknown, or of several */
	uint64_t span_ns;	 /* it happened within so long before; 0: when it was told */
	const char *source;	 /* who told it: a feed's id, "sampler"; static text */
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
/*
 * Whether people look for the kind: a list that has room for few leaves out what a program does all
 * the time.
 */
bool event_is_main(enum event_kind kind);
/*
 * Where there is room for one of several, that of the greatest weight tells most. 0: it is not
 * main, or EVENT_KINDS.
 */
unsigned event_weight(enum event_kind kind);
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
	VEC(uint32_t) slot;	  /* numbers of names by their hash; a power of two */
	struct arena arena;	  /* of the names' bytes */
	struct fault_sink faults; /* no events: there are too many of them */
	struct lane_sink lanes;	  /* the same of switches */
};

/* What an event calls by name; bytes NULL: unknown. */
struct event_names {
	struct text name, before, function;
};
/* Copies event and names; a time of 0 becomes now. */
void event_sink_put(struct event_sink *sink, struct event event, const struct event_names *names);
/* The same of one without a function. */
void event_sink_add(
	struct event_sink *sink, struct event event, struct text name, struct text before);
/* The same of an event of a batch. */
void event_sink_copy(
	struct event_sink *sink, const struct event_batch *batch, const struct event *event);
void event_sink_add_batch(
	struct event_sink *sink, const struct event_batch *batch); /* NULL: none */
/* All of from's events too; from is empty then. */
void event_sink_move(struct event_sink *sink, struct event_sink *from);
/* The batch of all, with one reference, NULL where there are none; the sink is empty then. */
const struct event_batch *event_sink_seal(struct event_sink *sink);
void event_sink_free(struct event_sink *sink);

#endif
