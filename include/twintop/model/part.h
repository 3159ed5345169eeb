/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_PART_H
#define TWINTOP_MODEL_PART_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "twintop/base/arena.h"
#include "twintop/model/value.h"

/*
 * A part is what one reader brought home from one side: filled once by its
 * reader, then sealed (const) and shared by every snapshot that shows it, until
 * the last reference goes. A part that was not read anew stays in the next
 * snapshot; its times say how old it is.
 */
struct part {
	atomic_uint references;
	struct arena arena;         /* owns all that the part points to, and the part itself */
	uint64_t begin_ns, end_ns;  /* CLOCK_MONOTONIC around the read */
	uint64_t cpu_ns;            /* CPU time that the read cost us */
	enum value_state state;     /* VALUE_KNOWN, or why nothing could be read */
	int error;                  /* the negative errno behind that, 0 when known */
	/* Puts back what the part holds references to, when its last one goes; NULL: nothing. */
	void (*release)(void *part);
};

/*
 * A part of size bytes whose first member is its struct part, zeroed, with one
 * reference and begin_ns set.
 */
void *part_new(size_t size);
/* Ends the read: sets end_ns, cpu_ns (given the thread's CPU clock at its start), state, error. */
void part_seal(struct part *part, uint64_t cpu_start_ns, int error);
/* When and how the other was read holds of part, too. */
void part_same_times(struct part *part, const struct part *as);
/* One more reference; NULL gives NULL. */
const void *part_get(const void *part);
/* One reference less; the last frees it. NULL is fine. */
void part_put(const void *part);

#endif
