/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_THREAD_H
#define TWINTOP_MODEL_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/base/text.h"
#include "twintop/model/chunk.h"
#include "twintop/model/part.h"
#include "twintop/model/wait.h"

enum thread_source {
	THREAD_STAT,
	THREAD_STATUS,
	THREAD_SCHEDSTAT,
	THREAD_WCHAN,
	THREAD_SYSCALL,
	THREAD_STACK, /* its bounds; NONE, UNSUPPORTED: enum stack_gap says why they are not known
		       */
	THREAD_TLS,   /* UNSUPPORTED: the C library left no trace by which it is found */
	THREAD_LOCKS, /* of a list: the words that its threads wait on (/proc/PID/mem) */
	THREAD_SOURCES
};

/* Why the bounds of a thread's stack are not known, though all was read. */
enum stack_gap {
	STACK_NO_GAP,
	STACK_NONE,	 /* it has none in user space */
	STACK_LEFT,	 /* the thread has ended */
	STACK_RUNS,	 /* its stack pointer is not told while it runs, and nothing else tells */
	STACK_ELSEWHERE, /* its stack pointer is not in the stack that it was given */
	STACK_UNPROVEN,	 /* nothing proves where what its stack pointer is in begins and ends */
	STACK_UNTOLD,	 /* VALUE_UNTOLD */
	STACK_GAPS
};
/* Static text; NULL for STACK_NO_GAP. */
const char *stack_gap_reason(enum stack_gap gap);
/* The same of whatever only a thread that lives, and only a blocked one shows. */
#define THREAD_LEFT "this thread has ended"
#define THREAD_RUNS "it runs: only a blocked thread shows its system call and registers"

/*
 * What is known of a thread stands in four groups, by how it moves: lists share what did not move
 * since the one before, group by group.
 */

/* What moves whenever the thread runs. */
struct thread_run {
	/*
	 * CLOCK_MONOTONIC when run_ns and wait_ns were read. Where they stood still they were read
	 * again since: see struct thread_window.
	 */
	uint64_t read_ns;
	uint64_t run_ns, wait_ns; /* schedstat: on CPU, waiting for one */
	uint64_t voluntary_switches, involuntary_switches;
	int processor;
	char state;
	bool first; /* it may have been so before read_ns: nobody had looked */
};

/* What it has used up. */
struct thread_spent {
	uint64_t user_ticks, system_ticks;
	uint64_t minor_faults, major_faults;
};

#define WAIT_SET_TOLD 8u

/* What it is blocked in: task/TID/syscall and wchan. syscall_number -1: outside a system call. */
struct thread_call {
	int64_t syscall_number;
	const char *syscall_name; /* static, NULL if not in our table, or by which it counts is
				     unknown */
	uint64_t syscall_arg[6];
	uint64_t stack_pointer, program_counter;
	const char *wait_channel; /* kernel function; NULL while it runs */
	uint64_t wait_address;
	uint64_t wait_known_ns; /* CLOCK_MONOTONIC of the first look that found it wait so for
				   wait_owner */
	uint64_t wait_time_ns;	/* of a sleep: the time that it was given; 0: not read */
	/*
	 * Of poll(2) and select(2) the first descriptors that it waits for, ascending where it is
	 * select; wait_fds_all: how many there are.
	 */
	int64_t wait_fd[WAIT_SET_TOLD];
	uint32_t wait_fds_all;
	uint8_t wait_fds_n;
	bool wait_set_read;
	enum wait_kind wait_kind; /* of futexes; of what else it waits for see wait_of() */
	pid_t wait_owner;	  /* 0: none known */
	pid_t wait_left; /* the parent's thread that held the mutex when fork copied it; 0: none */
	uint8_t wait_type;   /* of a mutex of glibc's: the low byte of its kind */
	uint8_t wait_inside; /* bytes from the begin of what is waited for to the futex's word in it
				 (pthread_cond_t …); 0 too where what that is is not known */
	uint8_t wait_state;  /* enum value_state of the futex's word */
	uint8_t syscall_args_n; /* how many of the six mean something */
	uint8_t syscall_abi;	/* enum syscall_abi */
	uint8_t abi_state;	/* enum value_state of it; UNSUPPORTED: the code does not tell */
	bool running;		/* the file said "running": no number, no registers */
	bool registers_known;
};

#define THREAD_NAME_MOST                                                                           \
	64 /* "kworker/u8:1-events_unbound" is the longest sort of name in stat                    \
	    */

/* What it is. */
struct thread_self {
	pid_t tid;
	pid_t inner_tid;		/* as its own PID namespace counts it; 0: not asked for */
	uint8_t source[THREAD_SOURCES]; /* enum value_state of each: see thread_source_state() */
	uint8_t name_len;
	char name[THREAD_NAME_MOST]; /* raw bytes */
	int nice, priority;
	uint64_t start_ticks;
	uint64_t signals_pending, signals_blocked;
	/* Usable stack without the guard; both 0 while its bounds are not known. */
	uint64_t stack_start, stack_end;
	uint64_t stack_guard_bytes;
	/* The stack that its C library says that it gave it: see proc/given_stack.h; end 0:
	 * unknown. */
	uint64_t given_start, given_end, given_guard_bytes;
	uint64_t robust_list; /* get_robust_list(2): lies in the control block; 0 unknown */
	uint64_t entry; /* the function that it began with, as its C library noted it; 0: unknown */
	uint64_t tls_base; /* fs_base on x86-64; 0 unknown: see proc/tls.h */
	bool stack_guard_known;
	uint8_t stack_gap; /* enum stack_gap */
};

enum thread_group {
	THREAD_GROUP_RUN,
	THREAD_GROUP_SPENT,
	THREAD_GROUP_CALL,
	THREAD_GROUP_SELF,
	THREAD_GROUPS
};

/* All of a thread, for whoever makes lists. */
struct thread_record {
	struct thread_run run;
	struct thread_spent spent;
	struct thread_call call;
	struct thread_self self;
};

/* Who stands where. Lists with the same seats are of the same TIDs in the same order. */
struct thread_seats {
	struct part part;
	struct chunk_layout layout;
};

/* CLOCK_MONOTONIC around the reads of all run_ns of one chunk. */
struct thread_window {
	uint64_t begin_ns, end_ns;
};

/* How many threads block signal i + 1, or have it pending for themselves. */
#define SIGNAL_BLOCKERS 8
struct thread_signals {
	struct part part;
	uint32_t blocked_by[64], pending_in[64];
	pid_t blocker[64][SIGNAL_BLOCKERS]; /* the first of blocked_by, in the order of the list */
};

/* The threads of a process, by TID; the main thread (TID = PID) first. */
struct thread_list {
	struct part part;
	size_t n;
	/* enum value_state: KNOWN: each record tells its own; STALE: as it was not long before. */
	uint8_t source[THREAD_SOURCES];
	const struct thread_seats *seats;
	const struct chunk **group[THREAD_GROUPS]; /* seats->layout.chunks of each */
	struct thread_window *window;		   /* a chunk each */
	enum value_state signals_state;
	const struct thread_signals *signals; /* NULL: unknown for that reason */
	const void *texts; /* the part that owns the wait channels; NULL: static */
};

/* A thread of a list, by what is known of it; lives as long as the list. */
struct thread {
	const struct thread_run *run;
	const struct thread_spent *spent;
	const struct thread_call *call;
	const struct thread_self *self; /* NULL: no such thread */
	const struct thread_list *list;
};

/* The record of one group; i below list->n. */
static inline const void *thread_group_at(
	const struct thread_list *list, enum thread_group group, size_t i)
{
	struct chunk_place at = chunk_place(&list->seats->layout, i);

	return chunk_at(list->group[group][at.chunk], at.slot);
}

static inline const struct thread_self *thread_self_at(const struct thread_list *list, size_t i)
{
	return thread_group_at(list, THREAD_GROUP_SELF, i);
}

static inline const struct thread_run *thread_run_at(const struct thread_list *list, size_t i)
{
	return thread_group_at(list, THREAD_GROUP_RUN, i);
}

/* Thread i; where list is NULL or has no such thread, self is NULL. */
static inline struct thread thread_at(const struct thread_list *list, size_t i)
{
	struct thread t = {.list = list};
	struct chunk_place at;

	if (!list || i >= list->n)
		return t;
	at = chunk_place(&list->seats->layout, i);
	t.run = chunk_at(list->group[THREAD_GROUP_RUN][at.chunk], at.slot);
	t.spent = chunk_at(list->group[THREAD_GROUP_SPENT][at.chunk], at.slot);
	t.call = chunk_at(list->group[THREAD_GROUP_CALL][at.chunk], at.slot);
	t.self = chunk_at(list->group[THREAD_GROUP_SELF][at.chunk], at.slot);
	return t;
}
/* Index of a TID, or -1. list may be NULL. */
ptrdiff_t thread_find(const struct thread_list *list, pid_t tid);

/* What a read brought of the thread: nothing where nobody asked for it of late. */
static inline enum value_state thread_source_state(
	const struct thread *t, enum thread_source source)
{
	enum value_state of_all = (enum value_state)t->list->source[source];
	enum value_state own = (enum value_state)t->self->source[source];

	if (of_all == VALUE_KNOWN || (of_all == VALUE_STALE && own != VALUE_KNOWN))
		return own;
	return of_all;
}

static inline struct text thread_name(const struct thread *t)
{
	return (struct text){t->self->name, t->self->name_len};
}

/*
 * Whether all that threads are (enum thread_group's SELF) stands in both lists, which then are of
 * the same threads; that of sources too. Lists that were not made of one another never do.
 */
bool thread_list_same_selves(const struct thread_list *a, const struct thread_list *b);
/* The same of where their stacks are, however old that is. */
bool thread_list_same_stacks(const struct thread_list *a, const struct thread_list *b);

/* Whether it has ended: the main thread stays as a zombie until the others have, too. */
static inline bool thread_has_ended(const struct thread *t)
{
	return t->run->state == 'Z' || t->run->state == 'X';
}

/* The kernel's function that it is blocked in, as far as the moment says; bytes NULL: unknown. */
static inline struct text thread_channel(const struct thread *t)
{
	return value_state_has_value(thread_source_state(t, THREAD_WCHAN))
		       ? text_of(t->call->wait_channel)
		       : text_of(NULL);
}

/* Raw bytes, of which the record keeps THREAD_NAME_MOST. */
void thread_set_name(struct thread_self *self, struct text name);

/* ---- making lists -------------------------------------------------------- */

/* The group's part of a record. */
static inline const void *thread_record_group(const struct thread_record *r, enum thread_group g)
{
	switch (g) {
	case THREAD_GROUP_RUN:
		return &r->run;
	case THREAD_GROUP_SPENT:
		return &r->spent;
	case THREAD_GROUP_CALL:
		return &r->call;
	default:
		return &r->self;
	}
}
extern const size_t thread_group_bytes[THREAD_GROUPS];

/* Seats of as many chunks of those sizes; one reference. */
const struct thread_seats *thread_seats_new(const uint32_t *sizes, size_t chunks);
/* Gives an empty list its places, whose chunks its maker puts there; takes over the reference. */
void thread_list_seat(struct thread_list *list, const struct thread_seats *seats);
/* Fills an empty list with n threads, in their order. */
void thread_list_fill(struct thread_list *list, const struct thread_record *record, size_t n);
/*
 * Adds up the signal masks of all threads; unknown when any thread's is. What last (may be NULL)
 * counted is shared where no mask moved since.
 */
void thread_list_count(struct thread_list *list, const struct thread_list *last);

/* Rows of the part table. */
void thread_list_release(void *list);
size_t thread_list_bytes(const void *now, const void *before);

#endif
