/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_COMPARE_H
#define TWINTOP_COMPARE_COMPARE_H

#include "twintop/model/pair.h"
#include "twintop/record/codec.h"

/*
 * Makes pairs of successive snapshots. It remembers, by address, what it saw of
 * diverged pages (who copied, what was absent before), for one pair of
 * identities at a time: another A or B starts afresh, but A's last pages from
 * before B's birth stay known. Not for several threads at once.
 */
struct comparer;

struct comparer *comparer_new(void); /* free with comparer_free */
void comparer_free(struct comparer *c); /* NULL is fine */
/*
 * The pair of s, sealed, with one reference for the caller; NULL with fewer than two sides. s is
 * still its maker's: the parts that follow from others are put into it.
 */
const struct pair *comparer_pair(struct comparer *c, struct snapshot *s);
/* Forgets all that it saw: the next snapshot is the first. For seeking. */
void comparer_reset(struct comparer *c);
/*
 * As if it had just compared m and found m's pair: what comes next is judged as it was by one that
 * went through all moments up to m, page by page, who copied included. Of moments that came after m
 * it forgets all; what it saw before m stays. It knows no more than m holds and it saw before: a
 * moment without pages begins anew; rates, and a fork that comes next, want the last second's
 * moments before m seeded first, the oldest first.
 */
void comparer_seed(struct comparer *c, const struct moment *m);
/*
 * Writes down all that it remembers before it is given s: whoever reads that goes on from s just as
 * this one does. Parts of s are not told again.
 */
void comparer_save(
	struct comparer *c, const struct snapshot *s, const struct record_out *out);
/*
 * Reads it back: 0, or -EBADMSG, -E2BIG, -EPROTONOSUPPORT (another twintop remembers otherwise):
 * then it has forgotten all. names: of the recording that it was in.
 */
int comparer_load(struct comparer *c, const struct snapshot *s, const struct record_names *names,
	const struct text *saved);

#endif
