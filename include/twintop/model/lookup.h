/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_LOOKUP_H
#define TWINTOP_MODEL_LOOKUP_H

#include <stddef.h>

#include "twintop/base/vec.h"

/*
 * What a sealed part holds, in another order than its own: made by the first who asks, from any
 * thread, and freed with the part. Its rows point into the part.
 */
struct lookup_row {
	const void *of;	 /* what is looked for: a descriptor, a lock */
	const void *key; /* what it is looked for by; as of, or something that it has */
};
VEC_STRUCT(lookup_rows, struct lookup_row);

struct lookup;
/* A member of the part: zeroed where it begins. */
struct lookup_slot {
	_Atomic(struct lookup *) made;
};

struct lookup_kind {
	/* Adds the rows of what the part holds, each of once by one key. */
	void (*collect)(const void *part, struct lookup_rows *rows);
	int (*order)(const void *key, const void *other); /* as qsort(3) wants it, of keys */
};

/* Rows of one key. */
struct lookup_run {
	const struct lookup_row *row;
	size_t n;
	size_t compared; /* rows that were compared to find them: what the look cost */
};
/*
 * The rows whose keys order() calls equal to key: where that is the kind's order, by where of
 * stands. It may be a coarser one, of which the kind's is a refinement: then by that. slot is a
 * member of part.
 */
struct lookup_run lookup_find(const struct lookup_slot *slot, const struct lookup_kind *kind,
	const void *part, int (*order)(const void *key, const void *other), const void *key);
/* Frees what was made. */
void lookup_release(struct lookup_slot *slot);

#endif
