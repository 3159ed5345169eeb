/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_CONVOY_H
#define TWINTOP_MODEL_CONVOY_H

#include "twintop/model/part.h"
#include "twintop/model/wait.h"

/* So many threads that wait for one lock are a convoy. */
#define CONVOY_LEAST 3u
/* One that has become shorter is told of for so long yet. */
#define CONVOY_LASTS_NS 10000000000u

/* From ns (CLOCK_MONOTONIC) on so many waited. */
struct convoy_point {
	uint64_t ns;
	uint32_t length;
};

/* Threads of a process that wait for one lock, whoever has it: it is handed from one to the next.
 */
struct convoy {
	pid_t pid;
	enum wait_kind kind;
	uint64_t address; /* of the lock, of which the futex is a part */
	pid_t owner;	  /* who was last seen to have it; 0: nobody was */
	uint32_t length, longest;
	uint64_t longest_ns; /* when it was first so long */
	size_t n;
	struct convoy_point *point; /* by time: the first is where looking began, or memory */
};

/* Of A and B, by process and address. */
struct convoys {
	struct part part;
	size_t n;
	struct convoy *convoy;
};

/* How many waited then; false: that is not known. */
bool convoy_length_at(const struct convoy *c, uint64_t ns, uint32_t *ret_length);
/* "5 now, longest 7 2s ago; 1s ago 2"; appended. */
void convoy_print(const struct convoy *c, uint64_t now_ns, struct textbuf *out);

#endif
