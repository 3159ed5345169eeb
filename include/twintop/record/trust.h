/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_TRUST_H
#define TWINTOP_RECORD_TRUST_H

#include "twintop/model/snapshot.h"

/*
 * What everybody trusts of a moment, as whoever read it alive made it so: orders that are searched,
 * sizes that are divided by, ways that have an end. Of one that was recorded nobody vouches for it.
 * The rule that it breaks, by its name; NULL: none. before (may be NULL) is the moment before it,
 * whose parts were looked at.
 */
const char *trust_breach(const struct snapshot *s, const struct snapshot *before);
/* The same of another part of that kind, which is not of s but of a moment of its host. */
const char *trust_part_breach(
	const struct snapshot *s, enum part_kind kind, const struct part *part);

#endif
