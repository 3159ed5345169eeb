/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_ENDS_H
#define TWINTOP_MODEL_ENDS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How processes ended, as feeds were told: for who finds them gone and reaped. */
#define ENDS_MOST 128 /* the oldest ones are forgotten */

struct told_end {
	pid_t pid;
	int status;	       /* wait(2) status word */
	uint64_t monotonic_ns; /* CLOCK_MONOTONIC when that was told: it was not later */
};

/* Zeroed is empty. */
struct told_ends {
	size_t n; /* that were ever told; they stand in a ring, by n % ENDS_MOST */
	struct told_end end[ENDS_MOST];
};

void told_ends_add(struct told_ends *ends, struct told_end end);
/* The first end of that number at or after since_ns, its start; NULL: none was told. */
const struct told_end *told_ends_find(const struct told_ends *ends, pid_t pid, uint64_t since_ns);

#endif
