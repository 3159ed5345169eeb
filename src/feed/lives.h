/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_LIVES_H
#define TWINTOP_LIVES_H

#include "task_name.h"
#include "twintop/feed/feed.h"

/*
 * What a feed that is told of births and ends keeps of the processes that it tells of: the watched
 * ones and their children. The feed hands on what it is told, with the time that it happened; what
 * that means, and what is to be said of it, is known here.
 */

/* A thread that lives, or whose end was not told yet. */
struct life_thread {
	pid_t tid;
	bool ended;
	int status;	 /* how */
	uint64_t end_ns; /* and when: CLOCK_MONOTONIC */
	struct task_name name;
};

struct life {
	struct task_id id; /* start_ticks 0: not known */
	pid_t parent;	   /* the watched one that forked it; 0: it is none's */
	bool watched;	   /* else only its end, its programs and its name are told */
	bool told;	   /* its end */
	uint64_t gone_ns;  /* since when it does not live, as that shows; 0: it does */
	bool kept;	   /* as the last pass over all found */
	uint64_t since_ns; /* what happened before is no event */
	struct task_name name;
	VEC(struct life_thread) thread; /* ascending; the main one too */
	size_t living;
};

struct lives {
	const char *source; /* the feed's id */
	const struct proc_root *root;
	VEC(struct life *) life;  /* by PID, ascending */
	struct task_id ended[32]; /* ring: whose end was told last */
	size_t ended_n;
	bool changed;	 /* others are in it than when the feed last asked … */
	VEC(pid_t) left; /* … and who is not any more */
	/* Of the drain or watch under way. */
	struct event_sink *sink;
	struct textbuf text;
	/* What is to be told at the next drain: what watching found. */
	struct event_sink found;
};

void lives_open(struct lives *l, const char *source, const struct proc_root *root);
void lives_close(struct lives *l);
struct life *lives_find(const struct lives *l, pid_t pid);
/* As feed_ops.watch. */
void lives_watch(struct lives *l, const struct task_id *id, size_t n);

/* What happened at a CLOCK_MONOTONIC time. */
void lives_forked(struct lives *l, pid_t parent, pid_t child, uint64_t ns);
void lives_cloned(struct lives *l, pid_t pid, pid_t tid, uint64_t ns);
void lives_execed(struct lives *l, pid_t pid, uint64_t ns);
void lives_named(struct lives *l, pid_t pid, pid_t tid, struct text name, uint64_t ns);
/* status: of wait(2); negative: not told. */
void lives_ended(struct lives *l, pid_t pid, pid_t tid, int64_t status, uint64_t ns);

/* n messages were lost: says so, and finds out what is otherwise than what was told. */
void lives_lost(struct lives *l, uint64_t n);
/*
 * Looks for those that have gone though nobody told of it: of all that are watched, else of those
 * where something speaks for it. They are believed to have when it is not told for a while.
 */
void lives_check(struct lives *l, bool all);
/*
 * Whether ends wait to be told: of threads, as their process may be about to end with them; of who
 * has gone, as the kernel may be about to tell of it.
 */
bool lives_wait(const struct lives *l);
/* Tells of those that ended before that time; forgets whom nobody wants to know of. */
void lives_settle(struct lives *l, uint64_t before_ns);

#endif
