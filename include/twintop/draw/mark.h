/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_MARK_H
#define TWINTOP_DRAW_MARK_H

#include <stdbool.h>
#include <stdint.h>

/* How long what has changed stays marked; longer where a whole room is to look there first. */
#define MARK_NS		3000000000ull
#define MARK_LECTURE_NS 8000000000ull

static inline uint64_t mark_ns(bool lecture)
{
	return lecture ? MARK_LECTURE_NS : MARK_NS;
}

#endif
