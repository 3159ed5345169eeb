/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_SEEDS_H
#define TWINTOP_RECORD_SEEDS_H

#include "twintop/base/text.h"

/*
 * Seeds, see recorder_seed(), on their way from the thread that judges moments to the one that
 * writes them.
 */
struct seeds;

struct seeds *seeds_new(void);	  /* free with seeds_free */
void seeds_free(struct seeds *s); /* NULL is fine */
/* Whether anybody writes: from the next moment on. */
void seeds_want(struct seeds *s, bool want);
/* The next moment is to have one, unless one is on its way. */
void seeds_hurry(struct seeds *s);
/* Whether the moment of that CLOCK_MONOTONIC time is to have one. */
bool seeds_due(struct seeds *s, uint64_t monotonic_ns);
/* That of the moment with that sequence number: takes the bytes over. */
void seeds_put(struct seeds *s, uint64_t sequence, struct textbuf *bytes);
/* Takes it, to be freed by the caller; false: there is none. Those of moments before are lost. */
bool seeds_take(struct seeds *s, uint64_t sequence, struct textbuf *ret);

#endif
