/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_HISTORY_H
#define TWINTOP_RECORD_HISTORY_H

#include "twintop/model/source.h"

/* The last moments, to step back in: bounded by count and by the memory of what they hold. */
#define HISTORY_MOMENTS 600
#define HISTORY_BYTES	(64u << 20)

struct history {
	const struct moment *moment[HISTORY_MOMENTS]; /* ring, oldest at first */
	size_t cost[HISTORY_MOMENTS];		      /* bytes that the one before does not share */
	size_t first, n, bytes;
	uint64_t gone; /* moments that have made room so far */
};

/* Adds m with a reference of its own; the oldest go where the bounds say so, m never. */
void history_add(struct history *h, const struct moment *m);
void history_clear(struct history *h);
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
