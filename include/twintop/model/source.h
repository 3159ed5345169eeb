/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_SOURCE_H
#define TWINTOP_MODEL_SOURCE_H

#include "twintop/model/pair.h"
#include "twintop/model/question.h"

/*
 * Where moments come from: living processes, the history ring, a recording. Whoever shows or keeps
 * moments knows no more of it than this. A source is used from one thread at a time.
 */

/* Where to go in time. */
enum seek_kind {
	SEEK_STEPS, /* by moments, forward where positive; stops at either end */
	SEEK_TIME,  /* to the last moment not after a CLOCK_MONOTONIC time of its own machine */
	SEEK_FIRST,
	SEEK_LAST
};
struct seek {
	enum seek_kind kind;
	int64_t steps;
	uint64_t monotonic_ns;
};

/* Where one is in a source that can be sought in. */
struct position {
	size_t at, n;			   /* the moment shown, from 0, of so many */
	uint64_t shown_ns;		   /* its CLOCK_MONOTONIC time */
	uint64_t first_ns, last_ns;	   /* of the oldest and the newest */
};

struct process_list; /* of proc/libproc.h */

/* What one moment told of. */
struct told_batch {
	uint64_t moment_ns, sequence;	 /* of that moment: CLOCK_MONOTONIC */
	const struct event_batch *batch; /* lives as long as the source; more with a reference */
};
/* Events of all moments that a source holds, by moment: those to come, too. */
struct told_events {
	size_t n;
	const struct told_batch *item;
	/*
	 * Of moments before these the events are not all here, and not all main ones,
	 * event_is_main(); 0: none is left out.
	 */
	uint64_t all_ns, main_ns;
};

struct source;

/* What a source does; a member may be NULL where it cannot. */
struct source_ops {
	const char *id; /* "live", "history", … */
	/* Readable (poll(2) POLLIN) when next has something; -1: it never changes by itself. */
	int (*fd)(const struct source *source);
	/*
	 * The next moment that was not taken yet, with a reference for the caller; NULL: none now.
	 * None is skipped.
	 */
	const struct moment *(*next)(struct source *source);
	/* Whether no moment will come any more. */
	bool (*done)(const struct source *source);
	/*
	 * enum need bits that each moment should hold as fresh as can be, and those that may be a
	 * second old.
	 */
	void (*need)(struct source *source, unsigned now, unsigned beside);
	/* Other processes: see source_watch. */
	int (*watch)(struct source *source, pid_t a, pid_t b_or_sibling, int *ret_which);
	/* Another first one of the family: see source_lift. */
	void (*lift)(struct source *source, unsigned generations);
	/* Holds a thread for a moment: see source_hold. */
	void (*hold)(struct source *source, struct task_id process, pid_t tid);
	/*
	 * Moves; next gives the moment that is there. 0, -ENOENT: it is there already; or why that
	 * moment cannot be had: it is where it was.
	 */
	int (*seek)(struct source *source, struct seek seek);
	bool (*position)(const struct source *source, struct position *ret);
	/* Where it knows them without going there: see source_events. */
	const struct told_events *(*events)(const struct source *source);
	/* Never blocks: the newest answer, or UNREAD while it is on its way. */
	void (*ask)(struct source *source, const struct question *question, struct answer *ret);
	/* Goes on by itself, or stands still: see source_play. */
	void (*play)(struct source *source, unsigned pace);
	/* Why no moment comes by itself any more: see source_over. */
	const char *(*over)(const struct source *source);
	/* How much later than it could the newest moment came: see source_lag. */
	bool (*lag)(const struct source *source, uint64_t *ret_ns);
	/* Exchanges A and B; from then on B counts as named. */
	void (*swap)(struct source *source);
	/* Time between moments. */
	void (*delay)(struct source *source, uint64_t delay_ns);
	/* Processes to choose from, while they are wanted: see source_list. */
	void (*want_list)(struct source *source, bool want);
	int (*list_fd)(const struct source *source);
	const struct process_list *(*list)(struct source *source);
	/* How a child of ours ended, as wait(2) told whoever started it. */
	void (*reaped)(struct source *source, pid_t pid, int status);
	/* How long the next moment has been read for. */
	uint64_t (*busy_ns)(const struct source *source);
	void (*free)(struct source *source);
};

/* The first member of every source. */
struct source {
	const struct source_ops *ops;
};

int source_fd(const struct source *source); /* -1 too for NULL */
const struct moment *source_next(struct source *source);
/* Waits for it, at most timeout_ns; NULL: none came. */
const struct moment *source_wait(struct source *source, uint64_t timeout_ns);
bool source_done(const struct source *source);
void source_need(struct source *source, unsigned now, unsigned beside);
/* What may stand beside a process, besides a PID. */
#define SIBLING_NONE 0
/* The newest child, else a parent of the same executable, a sibling, the parent. */
#define SIBLING_NEAREST (-1)
#define SIBLING_PARENT	(-2)
#define SIBLING_CHILD	(-3) /* the newest child, also one still to be born */
/*
 * Chooses what is watched, as soon as can be. 0, -ESRCH with *ret_which (may be NULL) 0 for a
 * or 1 for b, or -EOPNOTSUPP: this source shows what it has.
 */
int source_watch(struct source *source, pid_t a, pid_t b_or_sibling, int *ret_which);
/*
 * From now on the family is that of the process so many generations above A or, where A is a worker,
 * above its parent. 0 or -EOPNOTSUPP.
 */
int source_lift(struct source *source, unsigned generations);
/*
 * Has a thread of a watched process held for its registers and its stack, which the target may
 * notice: only where somebody said so. What comes of it stands in the backtraces of later moments,
 * until the next wish. tid 0: no more. 0 or -EOPNOTSUPP: nobody can be held there.
 */
int source_hold(struct source *source, struct task_id process, pid_t tid);
int source_seek(struct source *source, struct seek seek); /* -EOPNOTSUPP: it goes on by itself */
bool source_position(const struct source *source, struct position *ret); /* false: none to tell */
/* The source's own, until it is freed; NULL: what it tells of is known as one gets there. */
const struct told_events *source_events(const struct source *source);
/* Unsupported, with a reason, where the source answers no questions; NULL answers none. */
void source_ask(struct source *source, const struct question *question, struct answer *ret);
/*
 * From now on moments come at so many eighths of the pace at which they came once, 0: none does but
 * by seeking. 0 or -EOPNOTSUPP: they come when they come.
 */
#define SOURCE_PACE 8u
int source_play(struct source *source, unsigned pace);
/* Static text: "the stream ended"; NULL: some may come, or it is a source that never ends. */
const char *source_over(const struct source *source);
/*
 * Of moments that come from another machine: how much later the newest one came, or the next one
 * is overdue, than the quickest. What even that one took is not known, as two clocks differ. False:
 * none come from there.
 */
bool source_lag(const struct source *source, uint64_t *ret_ns);
/* Exchanges A and B; from then on B counts as named. 0 or -EOPNOTSUPP. */
int source_swap(struct source *source);
/* Time between moments. 0 or -EOPNOTSUPP: they come as they were recorded. */
int source_delay(struct source *source, uint64_t delay_ns);
/*
 * Whether all processes there are shall be listed to choose from, once in a while; a list is taken
 * by source_list, with a reference for the caller (NULL: none is there), when source_list_fd is
 * readable (-1: none will come). 0 or -EOPNOTSUPP.
 */
int source_want_list(struct source *source, bool want);
int source_list_fd(const struct source *source);
const struct process_list *source_list(struct source *source);
/* Whoever started a process tells how it ended: status of wait(2). */
void source_reaped(struct source *source, pid_t pid, int status);
/* How long the next moment has been read for (ns), 0 when none is: a hang shows here. */
uint64_t source_busy_ns(const struct source *source);
void source_free(struct source *source); /* NULL is fine */

#endif
