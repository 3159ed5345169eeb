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
	uint64_t ns; /* the oldest moments go that a later one of that age stands for; 0: HISTORY_NS
		      */
	size_t bytes; /* 0: HISTORY_BYTES */
};

#define HISTORY_PACKS 3 /* of a moment: pages of A, of B, and verdicts */
#define HISTORY_TOLD  2 /* and page faults, and how what a fork shared is copied */

struct kept_moment {
	const struct moment *moment; /* a reference */
	size_t cost;		     /* bytes that the one before does not share */
	bool lean;   /* the packs have its pages and verdicts, the moment has none; … */
	bool judged; /* … its snapshot had these verdicts, too */
	const struct pack *pack[HISTORY_PACKS];	    /* references; NULL: there are none */
	const struct told_pack *told[HISTORY_TOLD]; /* the same; NULL: the moment has them itself */
};

struct history {
	struct history_bounds most;
	/* Pages and verdicts are kept as what differs from one moment to the next, where that is
	 * less. */
	bool packs;
	struct kept_moment *kept; /* ring, oldest at first */
	size_t room;		  /* a power of two, or 0 */
	size_t first, n, bytes;
	uint64_t gone;			   /* moments that have made room so far */
	size_t way[HISTORY_PACKS];	   /* bytes of what differs since one was kept whole */
	struct history_unpacked *unpacked; /* what was looked at last, beside the bound */
};

/* The bounds with what 0 stands for. */
struct history_bounds history_most(const struct history *h);
/* Adds m with a reference of its own; the oldest go where the bounds say so, m never. */
void history_add(struct history *h, const struct moment *m);
void history_clear(struct history *h); /* releases all; the bounds stay */
/*
 * 0 the oldest; NULL beyond. Of one that is packed pages, verdicts, faults and erosion are not
 * there, as if nobody had asked for them.
 */
const struct moment *history_at(const struct history *h, size_t i);
/*
 * The same as it was; with verdicts row by row but without pages; and without either: one
 * reference. i below n.
 */
const struct moment *history_get(const struct history *h, size_t i);
const struct moment *history_get_rows(const struct history *h, size_t i);
const struct moment *history_get_told(const struct history *h, size_t i);
/* The same moments once more, for another thread; release with history_clear. */
void history_copy(struct history *to, const struct history *from);

/* What a moment that is held answers: as far as it holds it, else unread. m NULL: nothing. */
void held_answer(const struct moment *m, const struct question *question, struct answer *ret);

/*
 * The moments kept as a source, which stands on the newest one when it is made and goes where it is
 * sought; h must outlive it. A time before all that is kept leads to the oldest. The moment that it
 * stands on is held by a reference: when it makes room in h it stays, older than the oldest, and
 * position says so by a shown_ns before first_ns. Questions are answered as far as that moment
 * holds the answer, else unread.
 */
struct source *history_source_new(const struct history *h);

#endif
