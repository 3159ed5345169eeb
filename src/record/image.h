/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_IMAGE_H
#define TWINTOP_RECORD_IMAGE_H

#include "twintop/base/text.h"

/*
 * Numbers by address, with holes: pages by their number, or an array from 0 on. Two of them that
 * are alike are known by one and what differs: from either the other is made.
 */
struct image_span {
	uint64_t start; /* of its first number */
	size_t n;
	unsigned char *at; /* the numbers; NULL: of these the places alone are known */
};
struct image {
	size_t bytes; /* of a number: 1 or 8 */
	size_t n;     /* spans, which ascend and do not overlap */
	struct image_span *span;
};

size_t image_numbers(const struct image *image); /* in all of its spans */
bool image_same_places(const struct image *a, const struct image *b);
/* Appends what differs. */
void image_differ(const struct image *a, const struct image *b, struct textbuf *out);
/*
 * Fills `to` with what it was when it and `from` differed by that. Both may be one: then it is
 * changed where it stands.
 */
void image_turn(
	const struct image *from, const struct image *to, const unsigned char *differ, size_t n);

#endif
