/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_KEEP_H
#define TWINTOP_RECORD_KEEP_H

#include "twintop/base/vec.h"
#include "twintop/model/snapshot.h"
#include "twintop/record/codec.h"

#define KEEP_FORMAT	  3u /* that is written; those from 1 on are read */
#define KEEP_NEWEST_FIRST 2u /* since then samples are told so, and of threads what rates need */
#define KEEP_LANES	  3u /* since then lanes and duties are, too */

/*
 * What somebody remembers of moments, written down or read back: one function visits it for both,
 * value by value. What is read comes from a file that nobody vouches for: numbers are below what
 * was said, lists end, strings and parts are sound in themselves; whether they go together is for
 * the visitor to check. After an error all that is read is nothing.
 */
struct keep {
	const struct record_out *out; /* written to; NULL: it is read */
	struct wire_in *in;
	const struct record_names *names;
	/* Its parts are told by number, as are those that were told once. */
	const struct snapshot *beside;
	VEC(struct kept_part) part;
	size_t room;
	uint64_t format;
	int error; /* 0, -EBADMSG, -E2BIG */
};
struct kept_part {
	enum part_kind kind;
	unsigned side;
	bool lean;		 /* of threads: told without what rates do not need */
	const struct part *part; /* a reference */
};

struct keep keep_write(const struct record_out *out, const struct snapshot *beside);
struct keep keep_read(
	struct wire_in *in, const struct record_names *names, const struct snapshot *beside);
/* Lets go of what it holds; returns its error. */
int keep_end(struct keep *k);
void keep_fail(struct keep *k); /* what was read does not go together */
static inline bool keep_reads(const struct keep *k)
{
	return !k->out;
}

/* The number, or the one that is read: below most (0: any). */
uint64_t keep_number(struct keep *k, uint64_t number, uint64_t most);
#define KEEP_BELOW(k, value, most)                                                                 \
	((value) = (__typeof__(value))keep_number((k), (uint64_t)(value), (most)))
/* Of an unsigned number, or one that is not negative; its type holds all that may be read. */
#define KEEP(k, value)	    KEEP_BELOW(k, value, sizeof(value) < 8 ? 1ull << (8 * sizeof(value) - 1) : 0)
#define KEEP_BOOL(k, value) ((value) = keep_number((k), (value), 2) != 0)
double keep_real(struct keep *k, double value);
/* How many items of a list come next, at least a number each. */
size_t keep_count(struct keep *k, size_t n, size_t most);
/* Values of such a shape; what is read is in the arena, and *ret_n of them. */
const void *keep_records(struct keep *k, enum shape_number shape, const void *first, size_t n,
	struct arena *arena, size_t *ret_n);
/* Raw bytes of that privacy; what is read is in the arena. */
struct text keep_text(
	struct keep *k, struct text text, enum shape_privacy privacy, struct arena *arena);
/*
 * A reference to a part, or NULL: what is read takes the place of the one given. Lean threads may be
 * told without what rates do not need: thread_run_at() and thread_self_at() are all that is there.
 */
const void *keep_part(
	struct keep *k, enum part_kind kind, unsigned side, bool lean, const void *part);
#define KEEP_PART(k, kind, side, slot) ((slot) = keep_part((k), (kind), (side), false, (slot)))
#define KEEP_LEAN(k, kind, side, slot) ((slot) = keep_part((k), (kind), (side), true, (slot)))
/* The same of an example, but for its stack. */
const struct fault_example *keep_example(struct keep *k, const struct fault_example *example);

#endif
