/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_PACING_H
#define TWINTOP_SAMPLE_PACING_H

#include "sampler_internal.h"

/* How often readers read, so that all of it stays within its share of a core. */

/* Sets when the post is due again after a read. */
void pacing_rest(struct sampler *s, const struct reader_ops *ops, struct post *post,
	const struct reading *reading);
/* Of one core for a reader of pages in turns in this round: its job's page_permille. */
unsigned pacing_turns_permille(const struct sampler *s, const struct round *r);

#endif
