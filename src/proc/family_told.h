/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FAMILY_TOLD_H
#define TWINTOP_FAMILY_TOLD_H

#include "twintop/model/told.h"

/* Lives that feeds told of, by number; and which of them belong to members that were found. */
struct family_told {
	const struct told_lives *lives; /* NULL: none */
	VEC(uint32_t) order;		/* places in it, by PID, then as they were told */
	bool *claimed;			/* by place */
};

/* lives (NULL: none) must outlive it. */
void family_told_open(struct family_told *t, const struct told_lives *lives);
void family_told_close(struct family_told *t);
/* As told_lives_find(), in no time. */
const struct told_life *family_told_find(const struct family_told *t, pid_t pid, uint64_t start_ns);
/* That one is of a member. */
void family_told_claim(struct family_told *t, pid_t pid, uint64_t start_ns);
/* The next from *i on whose birth was told and that is no member's; *i behind it. NULL: none. */
const struct told_life *family_told_next(const struct family_told *t, size_t *i);

#endif
