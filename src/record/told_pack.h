/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_TOLD_PACK_H
#define TWINTOP_RECORD_TOLD_PACK_H

#include "twintop/model/snapshot.h"

/*
 * What each moment of the history has for itself, as a recording would hold it: page faults, and
 * the series of how what a fork shared is copied. Const once made.
 */
enum told_slot { TOLD_FAULTS, TOLD_EROSION, TOLD_SLOTS };
struct told_pack {
	struct part part;
	enum part_kind kind;
	size_t n, packed_n; /* bytes, and how many the arena holds of them */
	const char *packed;
};

enum part_kind told_kind(enum told_slot slot);
/* The part of a moment; NULL: it has none. */
const struct part *told_part(const struct snapshot *s, enum told_slot slot);
/* The moment's part is that, whose reference it takes over; NULL: it has none. */
void told_set(struct snapshot *s, enum told_slot slot, const struct part *part);

/* What packing takes, over and over. */
struct told_packer;
struct told_packer *told_packer_new(void);
void told_packer_free(struct told_packer *p); /* NULL is fine */
/* One reference; NULL: it is not worth it. */
const struct told_pack *told_pack(
	struct told_packer *p, enum told_slot slot, const struct part *part);
/* The part again, with one reference; NULL: no more texts last, see text_lasting(). */
const struct part *told_unpack(struct told_packer *p, const struct told_pack *pack);

#endif
