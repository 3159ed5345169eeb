/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_PAST_H
#define TWINTOP_COMPARE_PAST_H

#include "twintop/compare/fault_trace.h"
#include "twintop/model/field.h"
#include "twintop/model/source.h"

/*
 * A process beside its own past: A of one moment, and in B's place A of an earlier one. They are
 * compared by rules for time:
 *  - a page in the same frame is in its place, and nothing tells of its contents, but where a page
 *    fault was seen there since; another frame says that the page was replaced;
 *  - mappings stand beside each other as those of a parent and a fork do, by address and object;
 *  - a thread is itself by TID and start time;
 *  - a descriptor is itself by number, kind, device and inode: that it was closed and opened anew
 * in between cannot be told. Where one number stands for two things there are two rows. What
 * kcmp(2) says of two that live at one time does not exist here: nothing is shared with the past
 * (pair_apart()).
 */
struct past;

struct past *past_new(void);	/* free with past_free */
void past_free(struct past *p); /* NULL is fine */
/* Whether two moments have one A, named alike, so that one can stand beside the other. */
bool past_fits(const struct moment *now, const struct moment *then);
/*
 * The moment with then's A as B, a reference of the caller's; past_fits(). faults: what was seen of
 * A up to now. It remembers the last one, of which what did not change is shared.
 */
const struct moment *past_beside(struct past *p, const struct moment *now,
	const struct moment *then, const struct fault_trace *faults);

/* Counters of A of which it tells how much they grew. */
struct past_growth {
	const char *name;  /* JSON: "resident_bytes" */
	const char *title; /* "resident memory" */
	const char *field; /* id in the field table */
};
extern const struct past_growth past_growth_table[];
extern const size_t past_growth_n;
/* By how much; false where that is not known, with the reason (static text). */
bool past_grew(const struct moment *m, const struct past_growth *row, int64_t *ret,
	const char **ret_reason);
/* "+12M", "-3": appended. */
void past_growth_text(const struct past_growth *row, int64_t by, struct textbuf *out);
/* How many threads or descriptors only that side has: came since then, or went. */
size_t past_count(const struct moment *m, enum part_kind kind, unsigned side);
/* Why it is not known which threads or descriptors came or went: static text; NULL: it is. */
const char *past_hides(const struct moment *m, enum part_kind kind);

/*
 * A source whose moments stand beside those of so long before, from a source of moments of one or
 * two processes, which it takes over. The first is given when there is one so long before it, or at
 * the end of the source: then beside the oldest, or with no B where there is but one. What is older than that by no more than a
 * thirtieth stands for it, so that no more moments are held than are needed.
 */
struct source *past_source_new(struct source *of, uint64_t against_ns);

#endif
