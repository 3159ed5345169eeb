/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_HISTORY_PACK_H
#define TWINTOP_RECORD_HISTORY_PACK_H

#include "pack.h"
#include "twintop/record/history.h"

static inline struct kept_moment *history_slot(const struct history *h, size_t i)
{
	return &h->kept[(h->first + i) & (h->room - 1)];
}

/*
 * Packs of the newest moment; those of the moment before it may become what differs. Returns the
 * index of the first moment whose cost that changes; h->n - 1: none but the newest one's.
 */
size_t history_pack_newest(struct history *h);
/* Bytes of the packs of moment i that the one before does not hold (i 0: all). */
size_t history_pack_bytes(const struct history *h, size_t i);
void history_pack_put(struct kept_moment *kept);
void history_pack_clear(struct history *h); /* what was unpacked */

#endif
