/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SEEDING_H
#define TWINTOP_SEEDING_H

#include "twintop/compare/compare.h"
#include "twintop/record/history.h"
#include "twintop/record/seeds.h"

/* What recordings hold of whoever judges moments, so that a reader can begin at any keyframe. */

/* Who judges, and where its seeds go to; the same as struct sampler_pairing wants it. */
struct seeding {
	struct comparer *comparer;
	struct seeds *seeds;
};
const struct pair *seeding_pair(void *seeding, struct snapshot *s);
/* A seed of the moment that is judged next, where one is due. */
void seeding_sow(const struct seeding *seeding, const struct snapshot *s);
/* See struct recorder_seed. */
int seeding_write(
	const char *bytes, size_t n, const struct snapshot *s, const struct record_out *out);
/* What was known before past[i], by those that came before it: one seed, appended. */
void seeding_of_past(const struct history *past, size_t i, struct textbuf *out);

#endif
