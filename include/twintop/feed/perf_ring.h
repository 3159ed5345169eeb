/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FEED_PERF_RING_H
#define TWINTOP_FEED_PERF_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/model/example.h"
#include "twintop/proc/root.h"

/*
 * Streams of perf_event_open(2) about one process: an event for each of its threads on each CPU,
 * all of a CPU into one ring, inherited by the threads and children that are born later. Nothing
 * of the target stops for it. Not for several threads at once.
 */
struct perf_rings;

enum perf_kind {
	PERF_OTHER, /* nothing that we use */
	PERF_FAULT, /* a page fault */
	PERF_LOST,  /* records that had no room */
	PERF_FORK,  /* a thread, or where other is not pid a process, was born */
	PERF_EXIT,  /* a thread ended; how is not told */
	PERF_COMM,  /* a thread took another name */
	PERF_EXEC,  /* the same by exec: its addresses are another program's from here on */
	PERF_ON,    /* a thread got a CPU */
	PERF_OFF,   /* it gave it up, or lost it */
	PERF_KINDS  /* none: how many there are */
};

/* A thread's user side; the stack's bytes are of what was parsed, and stand as long as that. */
struct perf_user {
	struct registers
		registers; /* none known: it has none, or is no program of this machine's size */
	const char *stack;
	size_t stack_n;
};

/* One record. PIDs are as our own PID namespace counts them; 0: outside of it. */
struct perf_record {
	enum perf_kind kind;
	uint64_t time_ns;	/* CLOCK_MONOTONIC; 0: PERF_LOST has none */
	pid_t pid, tid;		/* of whom; of PERF_FORK: who was born */
	pid_t other, other_tid; /* PERF_FORK, PERF_EXIT: the parent's */
	/* PERF_FAULT: the page's address; where the program stood, which is behind its system call
	 * where the kernel touched the page for it; 0: not told. */
	uint64_t address, ip;
	bool kernel;		      /* PERF_FAULT: the kernel touched it */
	bool preempted;		      /* PERF_OFF: it could have gone on */
	int cpu;		      /* whose ring told of it; of a record alone 0 */
	uint64_t lost;		      /* PERF_LOST: how many */
	char name[16];		      /* PERF_COMM, PERF_EXEC: ends in NUL */
	const struct perf_user *user; /* PERF_FAULT of rings with stacks; NULL: not told */
};

/* One record of a ring. 0, or -EBADMSG: its form is none that we asked for. */
int perf_record_parse(const void *bytes, size_t len, struct perf_record *ret_record);
/* The same of a ring that was asked for stacks: ret_user is ret_record's user, where it has one. */
int perf_record_parse_stacked(
	const void *bytes, size_t len, struct perf_record *ret_record, struct perf_user *ret_user);

/* What to tell of a process. Births, ends, names and execs are always told. */
struct perf_ask {
	pid_t pid;
	uint64_t fault_period; /* one in so many page faults; 0: none */
	bool few;	       /* few records come: into small rings */
	bool alone; /* of these threads alone, and it calls for each record: who forks waits for
		       that */
	/* Of each fault all registers of the user's side, and so many bytes of its stack; 0: none.
	 * A multiple of 8. These rings are small, and few files are opened for them. */
	uint32_t stack_bytes;
	bool brief;    /* it is read soon and then no more: smaller rings do */
	bool switches; /* each context switch */
};
/* Whether this machine's registers are known, without which stacks say nothing. */
bool perf_knows_registers(void);

struct perf_rings_state {
	uint64_t lost;		    /* records so far, of all kinds */
	size_t rings, ring_bytes;   /* how many, and how large each */
	size_t threads, threads_of; /* so many are listened to of those that were there */
	bool kernel;		    /* faults that the kernel makes are told, too */
};

/*
 * Begins to listen to all threads. 0 or negative errno: -EACCES and -EPERM where that is refused,
 * -ESRCH where none lives. The root must count PIDs as we do (proc_root_calls).
 */
int perf_rings_open(
	const struct proc_root *root, const struct perf_ask *ask, struct perf_rings **ret_rings);
/* The same; from then on that epoll descriptor of the caller's is readable when they call. */
int perf_rings_open_to(const struct proc_root *root, const struct perf_ask *ask, int epoll_fd,
	struct perf_rings **ret_rings);
void perf_rings_close(struct perf_rings *r); /* NULL is fine */
/* An epoll descriptor: readable when a ring is half full, or a thread has ended. */
int perf_rings_fd(const struct perf_rings *r);
/* Hands on what lies in the rings now, CPU by CPU, and makes room for more. */
void perf_rings_read(struct perf_rings *r,
	void (*each)(void *context, const struct perf_record *record), void *context);
/* Listens to all threads of one more process. 0 or negative errno: to none of them, or not all. */
int perf_rings_add(struct perf_rings *r, const struct proc_root *root, pid_t pid);
/*
 * After it was opened, or one was added: hands on what lies in the rings, and listens to threads
 * that were born meanwhile by one that nobody listened to yet.
 */
void perf_rings_complete(struct perf_rings *r, const struct proc_root *root,
	void (*each)(void *context, const struct perf_record *record), void *context);
/* Whether the process (or thread) was born of one that is listened to: it is listened to as well.
 */
bool perf_rings_cover(const struct perf_rings *r, pid_t pid);
const struct perf_rings_state *perf_rings_state(const struct perf_rings *r);
/* Nothing is told, and nothing costs the target anything, until it is let go on. */
void perf_rings_pause(struct perf_rings *r, bool pause);

#endif
