/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_EROSION_H
#define TWINTOP_COMPARE_EROSION_H

#include "twintop/model/erosion.h"
#include "twintop/model/pair.h"
#include "twintop/record/keep.h"

/* More than a window holds of looks a step apart, and those that are rare. */
#define EROSION_LOOKS 24u

/* Looks at the pages of a pair, or of a mapping of it, one after the other. Zeroed is empty. */
struct erosion_track {
	struct series series;
	struct erosion_look look[EROSION_LOOKS]; /* of the window; the first may lie before it */
	size_t looks_n;
	uint64_t counted; /* copied pages in the last look */
	struct erosion_state state;
};

/*
 * A look that found so many pages, at a CLOCK_MONOTONIC time. One that comes more than apart_ns
 * after the one before leaves a gap between them. What ceases to be there is no copy undone.
 * Returns whether there is anything new to tell.
 */
bool erosion_track_look(
	struct erosion_track *t, uint64_t ns, uint64_t shared, uint64_t copied, uint64_t apart_ns);
/* Nothing is known from here on, until the next look. */
void erosion_track_break(struct erosion_track *t);
/* One of the two ended: what was last seen stands. Returns whether that is new. */
bool erosion_track_end(struct erosion_track *t);

/* How far apart looks of that moment may be before what lay between them counts as not known. */
uint64_t erosion_apart_ns(const struct snapshot *s);
/* Whether a look at the pages of the pair tells anything: it has counts, and both live. */
bool erosion_shows(const struct snapshot *s, const struct pair *p);

/* Whether anything is known of the pair's erosion up to m, be it of an older look. */
bool erosion_begun(const struct moment *m);
/* Why it is not known of m itself: static text; NULL where it is. */
const char *erosion_hidden(const struct moment *m);
/* What is known of it in one line, see erosion_say(), or "not known: …". Appended. */
void erosion_tell(const struct moment *m, struct textbuf *out);
/* Until when the last point of its series stood, as far as m shows, in whole seconds, so that what
 * stands still is drawn so; it has begun. */
uint64_t erosion_until_ns(const struct moment *m);

/* Of a pair, moment by moment. */
struct erosion_watch;
struct erosion_watch *erosion_watch_new(void);	   /* free with erosion_watch_free */
void erosion_watch_free(struct erosion_watch *w);  /* NULL is fine */
void erosion_watch_reset(struct erosion_watch *w); /* the next one is another pair */
/* s gets what is known so far, if its pages were ever seen. */
void erosion_watch_see(struct erosion_watch *w, struct snapshot *s, const struct pair *p);
/* As if it had just seen s. */
void erosion_watch_seed(struct erosion_watch *w, const struct snapshot *s, const struct pair *p);
/* Writes down all that it remembers, or reads it back into an empty one. */
void erosion_watch_keep(struct erosion_watch *w, struct keep *k);

#endif
