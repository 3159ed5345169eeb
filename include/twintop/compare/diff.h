/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_DIFF_H
#define TWINTOP_COMPARE_DIFF_H

#include "twintop/model/source.h"

/*
 * Two recordings side by side: the moments of one, and in B's place A of the other. They may be of
 * two machines: nothing is shared, and frame numbers of one mean nothing in the other, so no page
 * is judged. Mappings stand together by kind and path in the order of their addresses, threads by
 * name and order of birth, descriptors by number.
 */
enum diff_align {
	DIFF_BY_BEGIN, /* as long after the begin of the one as after that of the other */
	DIFF_BY_CLOCK, /* at one time on the clocks of both */
};

/*
 * The moments of a, each beside the last one of b that is not later; before b's first there is no B,
 * and after its last that stays. Both are taken over; what else can be asked of a source is asked
 * of a. b is sought where a goes back, if it can be.
 */
struct source *diff_source_new(struct source *a, struct source *b, enum diff_align align);
/*
 * From now on A is b's, and its moments are the ones that are told; a still says when. There is no
 * moment before b's first.
 */
void diff_source_turn(struct source *diff);
/* The moment of one beside A of another: a reference of the caller's. Both have an A. */
const struct moment *diff_beside(const struct moment *a, const struct moment *b);

#endif
