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
	/* Moves; next gives the moment that is there. 0, or -ENOENT: it is there already. */
	int (*seek)(struct source *source, struct seek seek);
	bool (*position)(const struct source *source, struct position *ret);
	/* Never blocks: the newest answer, or UNREAD while it is on its way. */
	void (*ask)(struct source *source, const struct question *question, struct answer *ret);
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
/*
 * Chooses what is watched, b as in sample/sampler.h. 0, -ESRCH with *ret_which (may be NULL) 0 for a
 * or 1 for b, or -EOPNOTSUPP: this source shows what it has.
 */
int source_watch(struct source *source, pid_t a, pid_t b_or_sibling, int *ret_which);
/*
 * From now on the family is that of the process so many generations above A or, where A is a worker,
 * above its parent. 0 or -EOPNOTSUPP.
 */
int source_lift(struct source *source, unsigned generations);
int source_seek(struct source *source, struct seek seek); /* -EOPNOTSUPP: it goes on by itself */
bool source_position(const struct source *source, struct position *ret); /* false: none to tell */
/* Unsupported, with a reason, where the source answers no questions; NULL answers none. */
void source_ask(struct source *source, const struct question *question, struct answer *ret);
void source_free(struct source *source); /* NULL is fine */

#endif
