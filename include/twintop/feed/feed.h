/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FEED_FEED_H
#define TWINTOP_FEED_FEED_H

#include "twintop/model/snapshot.h"
#include "twintop/proc/root.h"

/*
 * A stream of events about the watched processes. Each feed is a file that ends in one const struct
 * feed_ops and has a row in src/feed/feed_table.c; whoever hears of its events knows no more of it.
 * All of a feed runs on one thread, that of struct feeds.
 */
struct feed_context {
	const struct proc_root *root; /* outlives the feeds */
	struct access access;
	pid_t steps_pid;  /* the launched program that tells its steps; 0: none */
	int steps_fd;	  /* where it does; the launcher's, outlives the feeds */
	bool kin_threads; /* births of threads are told of descendants, too */
	bool brief;	  /* they end soon: what takes long to set up and pays with time is left */
};

/* The first member of every feed. */
struct feed {
	const struct feed_ops *ops;
};

struct feed_ops {
	const char *id;	   /* "poll": its events' source */
	const char *blind; /* what it cannot see: a sentence for people; static */
	/* Tells of births and ends: of these the first that opens and watches does, alone. */
	bool lifecycle;
	/* Why it may miss some, now: static; NULL: it does not. The function NULL: it never does.
	 */
	const char *(*lacks)(const struct feed *feed);
	/* Why it may not know how some end that it tells of: static; NULL, of both: it does. */
	const char *(*ends_lack)(const struct feed *feed);
	/* 0 or negative errno; -ENOENT: there is nothing for it to tell of. */
	int (*open)(const struct feed_context *context, struct feed **ret_feed);
	/* Readable (poll(2) POLLIN) when drain has something to do. */
	int (*fd)(const struct feed *feed);
	/*
	 * Tells of these processes from now on; what is known of those that stay is kept. They
	 * lived when their identity was taken: one that has ended since is told of. False: of some
	 * it may not tell; of the lifecycle feeds the next one is asked then.
	 */
	bool (*watch)(struct feed *feed, const struct task_id *id, size_t n);
	/* What somebody needs, enum need bits; NULL: it tells the same whoever needs what. */
	void (*need)(struct feed *feed, unsigned need);
	/* How long it is from moment to moment, for whoever looks by itself; NULL: it does not. */
	void (*pace)(struct feed *feed, uint64_t delay_ns);
	bool at_hand; /* what it tells lies ready: to ask for it costs next to nothing */
	/* What wait(2) said of a child of ours; NULL: it has no use for that. */
	void (*reaped)(struct feed *feed, pid_t pid, int status);
	/* What another feed has just told; names are left out. NULL: it has no use for that. */
	void (*heard)(struct feed *feed, const struct event *event);
	/* Puts what happened into sink. now: what its descriptor does not tell yet too, if any. */
	void (*drain)(struct feed *feed, bool now, struct event_sink *sink);
	void (*close)(struct feed *feed);
};

#define FEEDS_MOST 8 /* in a table */
extern const struct feed_ops *const feed_table[];
extern const size_t feed_table_n;
/* The feed of that name, to say what it cannot see; NULL: there is none. */
const struct feed_ops *feed_find(const char *id);

#endif
