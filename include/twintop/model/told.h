/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_TOLD_H
#define TWINTOP_MODEL_TOLD_H

#include "twintop/model/event.h"

/*
 * Lives as feeds told of them: of processes that ended before anybody could look, and how those
 * ended that are found gone.
 */
#define TOLD_LIVES_MOST 2048 /* the oldest ones are forgotten */

struct told_life {
	pid_t pid;
	pid_t parent;	  /* who forked it; 0: its birth was not told */
	uint64_t born_ns; /* CLOCK_MONOTONIC when that was told; 0: as above */
	uint64_t span_ns; /* it was born within so long before that */
	uint64_t end_ns;  /* the same of its end: it was not later; 0: not told */
	bool status_known;
	int status; /* wait(2) status word */
	bool execed;
	unsigned char name_len; /* 0: unknown */
	char name[16];		/* as it was last */
};

/* Zeroed is empty. */
struct told_lives {
	size_t n; /* that were ever told; they stand in a ring, by n % TOLD_LIVES_MOST */
	struct told_life life[TOLD_LIVES_MOST];
};

/* What an event of the batch says of births, names, programs and ends. */
void told_lives_heed(
	struct told_lives *lives, const struct event_batch *batch, const struct event *e);
/* The oldest that is kept, and how many are kept: by told_lives_at(), in the order of telling. */
size_t told_lives_first(const struct told_lives *lives);
const struct told_life *told_lives_at(const struct told_lives *lives, size_t i);
/*
 * How well that life is one that began at start_ns (as exact as a clock tick), numbers alike: 0 not,
 * 1 by its end or about by its birth, 2 by its birth.
 */
unsigned told_life_fits(const struct told_life *life, uint64_t start_ns);
/* That of who had that number from start_ns on (as exact as a clock tick); NULL: none was told. */
const struct told_life *told_lives_find(
	const struct told_lives *lives, pid_t pid, uint64_t start_ns);

#endif
