/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_PACK_H
#define TWINTOP_RECORD_PACK_H

#include "image.h"
#include "twintop/model/pair.h"

/*
 * What a moment of the history holds of pages: of A, of B, and verdicts. The part itself, or what
 * is different in the one that came after it. Const once made.
 */
enum pack_slot { PACK_A, PACK_B, PACK_VERDICTS, PACK_SLOTS };
#define PACK_IMAGES 4 /* of a part, at most */

/* The places of an image, mostly those of many. */
struct pack_places {
	struct part part;
	struct image image;
};
struct pack_differ {
	const unsigned char *bytes;
	size_t n;
};
struct pack {
	struct part part;
	enum part_kind kind;
	const struct part *whole; /* a reference; NULL: */
	const struct part *head;  /* one of the kind without what the images hold; a reference */
	const uint32_t *shared;	  /* of verdicts: the numbers of rows that it points at */
	const struct pack_places *places[PACK_IMAGES]; /* references */
	struct pack_differ differ[PACK_IMAGES];	       /* from the one behind it, in its arena */
};

/* The part of a moment; NULL: it has none. */
const struct part *pack_part(const struct moment *m, enum pack_slot slot);
/* Of a part as it is: one reference. */
const struct pack *pack_whole(enum pack_slot slot, const struct part *part);
/*
 * Of one that is whole what differs from the next, which is; NULL: it is not worth it. older: the
 * one before it, for its places; may be NULL. One reference.
 */
const struct pack *pack_differ(
	const struct pack *now, const struct pack *next, const struct pack *older);
/* Bytes that it holds and before (may be NULL) does not. */
size_t pack_bytes(const struct pack *p, const struct pack *before);
size_t pack_differ_bytes(const struct pack *p);

/* One image as it goes from pack to pack; zeroed is none. */
struct pack_image {
	struct image image;
	const struct pack_places *places; /* a reference; NULL: its own */
	struct image_span *span;
	unsigned char *numbers;
};
void pack_image_free(struct pack_image *i);
/* The image with that index of a whole pack. */
void pack_image_load(struct pack_image *i, const struct pack *p, unsigned index);
/* From a neighbour, whose differences or whose own these are, to where it has these places. */
void pack_image_turn(struct pack_image *i, const struct pack_places *to, struct pack_differ by);

/* How many images its kind has, and which of them are of single pages. */
unsigned pack_images(const struct pack *p);
bool pack_image_is_of_pages(const struct pack *p, unsigned index);
/* The part again, with one reference, of its images; one that is NULL is left out. */
const struct part *pack_unpack(const struct pack *p, const struct pack_image *const image[]);

#endif
