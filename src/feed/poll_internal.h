/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_POLL_INTERNAL_H
#define TWINTOP_POLL_INTERNAL_H

#include "task_name.h"
#include "twintop/feed/feed.h"
#include "twintop/proc/births.h"
#include "twintop/proc/identity.h"

#define POLL_NAMES 64 /* threads whose names are followed; a larger process's are not */

/* What hints at a change: a task was born somewhere on this machine, or this very thing moved. */
enum poll_sign { POLL_NO_SIGN, POLL_BIRTH, POLL_MOVED, POLL_SIGNS };

/* When a look that costs may be taken again: the sooner the better the sign. */
struct poll_pace {
	uint64_t due_ns[POLL_SIGNS];
	uint64_t births; /* of struct poll when it was taken last */
};

VEC_STRUCT(poll_ids, pid_t);

/* A list of tasks, ascending, and when it may be looked at again. */
struct poll_list {
	bool known;
	uint64_t read_ns; /* when its last reading began; CLOCK_MONOTONIC; 0: none yet */
	struct poll_ids ids;
	struct poll_pace pace;
};

struct poll_thread {
	pid_t tid;
	struct task_name name;
};

enum poll_state {
	POLL_LIVES,
	POLL_ENDED, /* its status may still come */
	POLL_TOLD
};

/* A process that is watched, or a child of one. */
struct poll_process {
	struct identity identity;
	pid_t parent; /* the watched one that forked it; 0: it is none's */
	bool begun;   /* its children and threads are followed, since it is watched */
	bool watched; /* else only its end, its programs and its name are told */
	bool kept;    /* as the last pass over all found */
	bool listed;  /* among its parent's children */
	enum poll_state state;
	struct event end; /* from POLL_ENDED on */

	struct task_name name;
	uint64_t flags, start_code; /* of the last stat */
	bool execing;		    /* between two programs */
	bool main_ended;	    /* the main thread, before the others */
	int space_fd;		    /* pagemap of the memory that it had; -1: none */
	int stat_fd;		    /* its stat; -1: opened for each look */
	bool on_call, rang;	    /* epoll watches its pidfd; and it told of the end */

	struct poll_list children, threads;
	VEC(struct poll_thread) names; /* of threads but the main one; empty where they are many */
	struct poll_pace names_pace;
};

struct poll {
	struct feed feed;
	struct feed_context context;
	int epoll_fd, timer_fd;
	VEC(struct poll_process *) process;
	struct poll_pace children_pace; /* of looks at children that are not watched */
	struct task_id ended[32];	/* ring: whose end was told last */
	size_t ended_n;

	struct births births;

	uint64_t next_ns; /* when to look at all of them */
	/* Of the drain under way. */
	struct event_sink *sink;
	uint64_t now_ns;
	bool asked; /* somebody who saw a sign of it wants to know */
	unsigned watched_n;
	struct textbuf text;
};

/* poll.c */
extern const struct feed_ops feed_poll;
/* Takes up a child that was forked by, or is among the children of, a watched process. */
struct poll_process *poll_adopt(struct poll *f, pid_t pid, pid_t parent);
struct poll_process *poll_find_pid(const struct poll *f, pid_t pid);
bool poll_due(const struct poll *f, const struct poll_pace *pace, enum poll_sign sign);
/* The look that cost since cpu_start_ns (the thread's CPU clock) was taken. */
void poll_rest(const struct poll *f, struct poll_pace *pace, uint64_t cpu_start_ns);

/* Puts an event into the sink of the drain under way; names as event_sink_add() takes them. */
void poll_tell(struct poll *f, struct event event, struct text name, struct text before);

/* poll_process.c */
/* What it is now; nothing of that is told. */
void poll_process_begin(struct poll *f, struct poll_process *p);
/* It is watched from now on, with its children and threads as they are now; or not any more. */
void poll_process_watch(struct poll *f, struct poll_process *p);
void poll_process_leave(struct poll_process *p);
/* Tells what it did since the last look. */
void poll_process_look(struct poll *f, struct poll_process *p);
void poll_process_ended(struct poll *f, struct poll_process *p, const struct ending *ending);
void poll_process_free(struct poll *f, struct poll_process *p);

/* poll_lists.c */
/* The same of its children and threads. */
void poll_lists_begin(struct poll *f, struct poll_process *p);
void poll_lists_look(struct poll *f, struct poll_process *p, uint64_t threads_n);
void poll_lists_end(struct poll_process *p);

#endif
