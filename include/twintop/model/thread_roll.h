/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_THREAD_ROLL_H
#define TWINTOP_MODEL_THREAD_ROLL_H

#include "twintop/base/vec.h"
#include "twintop/model/thread.h"

/*
 * The threads of one process as they are known now, kept in order from one list to the next, so
 * that a list costs what moved since the last one. Who ends or comes changes the chunk that it
 * stands in and no other. Not for several threads at once.
 */

/* A thread on the roll. */
struct thread_kept {
	struct thread_record now;
	uint8_t touched; /* 1u << enum thread_group: this of it may differ from the last list */
	bool ran;	 /* since what it waits for was looked at last */
	bool ended;	 /* goes with the next thread_roll_sweep() */
	alignas(max_align_t) unsigned char own[]; /* of whoever keeps the roll, zeroed at first */
};
#define THREAD_TOUCHED_ALL ((1u << THREAD_GROUPS) - 1)

/* What is a chunk of the next list. */
struct thread_cell {
	uint32_t n;
	int was; /* the chunk of the last list that holds the same threads; -1: none */
	struct thread_window window;
};

VEC_STRUCT(thread_kepts, struct thread_kept *);
VEC_STRUCT(thread_cells, struct thread_cell);

struct thread_roll {
	pid_t first;					      /* this TID stands first */
	size_t own_bytes;				      /* of struct thread_kept */
	void (*forget)(void *context, struct thread_kept *k); /* before k goes; NULL: nothing */
	void *context;
	struct thread_kepts thread;
	struct thread_cells cell; /* in the order of thread */
	const struct thread_list *last;
	unsigned changes; /* how often somebody came or went */
};

/* Makes them those of tid[], ascending: all that is not in it goes, all that is new is added. */
void thread_roll_seat(struct thread_roll *r, const int *tid, size_t n);
/* Lets go of those that have ended. */
void thread_roll_sweep(struct thread_roll *r);
/*
 * Puts the threads into an empty list, which shares with the last one what did not move; it is the
 * last one then, and nothing is touched.
 */
void thread_roll_list(struct thread_roll *r, struct thread_list *list);
/* Lets go of all threads and of the last list; the roll can be used on. */
void thread_roll_clear(struct thread_roll *r);

#endif
