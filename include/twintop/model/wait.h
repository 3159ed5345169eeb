/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_WAIT_H
#define TWINTOP_MODEL_WAIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What a thread can wait for. Those down to WAIT_BARRIER are made of futexes: what they are is read
 * from the target's memory and recorded, by number; the others follow from the system call.
 */
enum wait_kind {
	WAIT_NOTHING, /* it runs, or is blocked in nothing that is told apart here */
	WAIT_FUTEX,   /* a futex that has no owner that can be told */
	WAIT_MUTEX,
	WAIT_PI_MUTEX,
	WAIT_JOIN, /* pthread_join(3) */
	WAIT_RWLOCK,
	WAIT_CONDITION,
	WAIT_SEMAPHORE,
	WAIT_BARRIER,
	WAIT_READ,
	WAIT_WRITE,
	WAIT_RECEIVE,
	WAIT_SEND,
	WAIT_CONNECT,
	WAIT_ACCEPT,
	WAIT_EPOLL,
	WAIT_POLL,
	WAIT_SELECT,
	WAIT_FILE_LOCK,	  /* flock(2) */
	WAIT_RECORD_LOCK, /* fcntl(2) */
	WAIT_CHILD,
	WAIT_SLEEP,
	WAIT_SIGNAL,
	WAIT_OPEN,
	WAIT_DISK,
	WAIT_MESSAGE,	     /* msgrcv(2), msgsnd(2) */
	WAIT_SYSV_SEMAPHORE, /* semop(2) */
	WAIT_KINDS
};

/* What is told of a kind beside itself. */
enum wait_has {
	WAIT_HAS_ADDRESS = 1u << 0,
	WAIT_HAS_OWNER = 1u << 1, /* a thread that holds it, or that it ends with */
	WAIT_HAS_FD = 1u << 2,
	WAIT_HAS_HOLDER =
		1u << 3 /* whoever owns it alone can end the wait: cycles are made of these */
};

struct wait_row {
	const char *id, *words; /* "pi_mutex", "a mutex with priority inheritance" */
	const char *brief;	/* as a column says it: "lock" */
	unsigned has;		/* enum wait_has */
};
const struct wait_row *wait_row(enum wait_kind kind);
const char *wait_kind_name(enum wait_kind kind); /* its id; "unknown" of none */

/* A wait, as the thread's record tells it. */
struct wait {
	enum wait_kind kind;
	uint64_t address; /* of a futex; 0: none */
	uint64_t object;  /* of what it lies in: a condition variable, a lock; as the address where
			     that is not told apart */
	pid_t owner;	  /* 0: none is known */
	int fd;		  /* -1: none */
	bool timed;	  /* it ends by itself */
};
struct thread;
struct thread_call;
/* The same of the system call alone: no futexes. */
enum wait_kind wait_call_kind(const struct thread_call *call);
/* Whether the call watches descriptors and was given none: a sleep, or a wait for a signal. */
bool wait_has_no_set(const struct thread_call *call);
/*
 * Where the thread's system call is known (THREAD_SYSCALL); WAIT_NOTHING where it is not, and of
 * threads that run or have ended.
 */
struct wait wait_of(const struct thread *t);

/*
 * How long it sleeps yet, in ns, at CLOCK_MONOTONIC now_ns and CLOCK_REALTIME real_ns; of one that
 * slept already when it was first looked at, and for a span rather than until a time: at most.
 * False: it is no sleep, or its time was not read.
 */
bool wait_left(const struct thread *t, uint64_t now_ns, uint64_t real_ns, uint64_t *ret_ns);

#endif
