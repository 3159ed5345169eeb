/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_LIVES_H
#define TWINTOP_LIVES_H

#include "exit_codes.h"
#include "task_name.h"
#include "twintop/feed/feed.h"

/*
 * What a feed that is told of births and ends keeps of the processes that it tells of: the watched
 * ones and all that descend from them. The feed hands on what it is told, with the time that it
 * happened; what that means, and what is to be said of it, is known here.
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
	pid_t parent;	   /* who forked it; 0: it is none's */
	pid_t root;	   /* the watched one that it descends from; 0: none */
	bool watched;	   /* else only its births, its end, its programs and its name are told */
	bool told;	   /* its end */
	bool unheard;	   /* the feed is not told of it: it is looked at */
	int pidfd;	   /* for its status; -1: none */
	int main_status; /* how its main thread ended; 0: it did not, or so, or that is not known */
	uint64_t leaving_ns; /* when its last thread ended; how is looked for; 0: it did not */
	uint64_t gone_ns;    /* since when it does not live, as that shows; 0: it does */
	bool kept;	     /* as the last pass over all found */
	uint64_t since_ns;   /* what happened before is no event */
	struct task_name name;
	VEC(struct life_thread) thread; /* ascending; the main one too */
	size_t living;
};

struct lives {
	const char *source; /* the feed's id */
	const struct proc_root *root;
	const struct exit_codes *codes; /* the feed's, which knows how each ended; NULL: none */
	VEC(struct life *) life;	/* by PID, ascending */
	struct task_id ended[32];	/* ring: whose end was told last */
	size_t ended_n;
	bool changed;	  /* others are in it than when the feed last asked … */
	VEC(pid_t) left;  /* … and who is not any more */
	bool kin_threads; /* births of threads are told of all, not of the watched alone */
	size_t pidfds, pidfds_most; /* that are held; and may be */
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
/* gone: the child is known to have ended since, and to have been waited for. */
void lives_forked(struct lives *l, pid_t parent, pid_t child, bool gone, uint64_t ns);
void lives_cloned(struct lives *l, pid_t pid, pid_t tid, uint64_t ns);
/* name: its name from then on; bytes NULL: it is read. */
void lives_execed(struct lives *l, pid_t pid, struct text name, uint64_t ns);
void lives_named(struct lives *l, pid_t pid, pid_t tid, struct text name, uint64_t ns);
/* status: of wait(2); negative: not told. */
void lives_ended(struct lives *l, pid_t pid, pid_t tid, int64_t status, uint64_t ns);
/*
 * The same from one who never tells how: of the last thread it is looked for, see lives_look(). It
 * may live on where the kernel keeps what is told of it from us, after a program that runs with
 * other rights.
 */
void lives_left(struct lives *l, pid_t pid, pid_t tid, uint64_t ns);
/* A pidfd of one that was born, for its status; the caller's no more. */
void lives_hold(struct lives *l, pid_t pid, int pidfd);

/* n messages were lost: says so, and finds out what is otherwise than what was told. */
void lives_lost(struct lives *l, uint64_t n);
/*
 * Looks for those that have gone though nobody told of it: of all that are watched, else of those
 * where something speaks for it. They are believed to have when it is not told for a while.
 */
void lives_check(struct lives *l, bool all);
/* How those that left have ended, where that shows by now. */
void lives_look(struct lives *l);
/* Whether some are looked at since nobody tells of them; and what they did since the last look. */
bool lives_unheard(const struct lives *l);
void lives_compare(struct lives *l);
/*
 * Whether ends wait to be told: of threads, as their process may be about to end with them; of who
 * has gone, as the kernel may be about to tell of it.
 */
bool lives_wait(const struct lives *l);
/* Tells of those that ended before that time; forgets whom nobody wants to know of. */
void lives_settle(struct lives *l, uint64_t before_ns);

#endif
