/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_HISTORY_H
#define TWINTOP_RECORD_HISTORY_H

#include "twintop/model/source.h"

/*
 * The last moments, to step back in: bounded by how far they go back and by the memory of what they
 * hold, whichever comes first. Zeroed is empty, with these bounds.
 */
#define HISTORY_NS    600000000000u
#define HISTORY_BYTES (64u << 20)

struct history_bounds {
	uint64_t ns;  /* the oldest moments go that a later one of that age stands for; 0: HISTORY_NS */
	size_t bytes; /* 0: HISTORY_BYTES */
};

struct kept_moment {
	const struct moment *moment; /* a reference */
	size_t cost;		     /* bytes that the one before does not share */
};

struct history {
	struct history_bounds most;
	struct kept_moment *kept; /* ring, oldest at first */
	size_t room;		  /* a power of two, or 0 */
	size_t first, n, bytes;
	uint64_t gone; /* moments that have made room so far */
};

/* The bounds with what 0 stands for. */
struct history_bounds history_most(const struct history *h);
/* Adds m with a reference of its own; the oldest go where the bounds say so, m never. */
void history_add(struct history *h, const struct moment *m);
void history_clear(struct history *h); /* releases all; the bounds stay */
const struct moment *history_at(const struct history *h, size_t i); /* 0 the oldest; NULL beyond */

/*
 * The moments kept as a source, which stands on the newest one when it is made and goes where it is
 * sought; h must outlive it. A time before all that is kept leads to the oldest. The moment that it
 * stands on is held by a reference: when it makes room in h it stays, older than the oldest, and
 * position says so by a shown_ns before first_ns. Questions are answered as far as that moment
 * holds the answer, else unread.
 */
struct source *history_source_new(const struct history *h);

#endif
