/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_WORDS_H
#define TWINTOP_MODEL_WORDS_H

#include "twintop/model/part.h"

/*
 * Each of a few texts once, for records that name them over and over (functions of the kernel).
 * One thread adds words; the words themselves may be read by all, as long as a reference is held.
 */
struct words {
	struct part part;
	const char **word; /* open addressing; NULL is free */
	size_t n, room;
};

struct words *words_new(void); /* release with part_put */
/* The word with those bytes (no NUL among them), ending in NUL; lives as long as w. */
const char *words_keep(struct words *w, struct text bytes);

#endif
