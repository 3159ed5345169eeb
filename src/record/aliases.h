/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_ALIASES_H
#define TWINTOP_RECORD_ALIASES_H

#include <stdint.h>

#include "twintop/base/text.h"
#include "twintop/base/vec.h"

/* What texts are called by instead: a number each, from 1. Zeroed is empty. */
struct aliases {
	VEC(struct text) text; /* by number; 0 is none */
	VEC(uint32_t) slot;    /* numbers by hash; a power of two */
	struct arena arena;    /* of the texts' bytes */
};

/* The number of that text, a new one where it has none. */
uint32_t aliases_number(struct aliases *a, struct text text);
/* The same; 0: it has none. */
uint32_t aliases_find(const struct aliases *a, struct text text);
void aliases_free(struct aliases *a);

#endif
