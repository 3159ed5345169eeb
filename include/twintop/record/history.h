/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_HISTORY_H
#define TWINTOP_RECORD_HISTORY_H

#include "twintop/model/pair.h"

/* The last moments, to step back in: bounded by count and by the memory of what they hold. */
#define HISTORY_MOMENTS 600
#define HISTORY_BYTES	(64u << 20)

struct history {
	const struct moment *moment[HISTORY_MOMENTS]; /* ring, oldest at first */
	size_t cost[HISTORY_MOMENTS];		      /* bytes that the one before does not share */
	size_t first, n, bytes;
};

/* Adds m with a reference of its own; the oldest go where the bounds say so, m never. */
void history_add(struct history *h, const struct moment *m);
void history_clear(struct history *h);
const struct moment *history_at(const struct history *h, size_t i); /* 0 the oldest; NULL beyond */
/* Index of m, or of the oldest when m has gone. */
size_t history_find(const struct history *h, const struct moment *m);

#endif
