/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_PART_CODE_H
#define TWINTOP_RECORD_PART_CODE_H

#include "twintop/model/snapshot.h"
#include "twintop/record/codec.h"

/* What a part is written in, and beside what. */
struct part_scene {
	const struct snapshot *now; /* what is written, or what of it was read yet */
	unsigned side;		    /* whose part it is, where it is a side's */
};

/* How a kind of part is written: most by their shape alone. */
struct part_code {
	void (*put)(struct textbuf *out, const struct part_scene *scene, const void *now,
		const void *before);
	/* 0 or negative errno. */
	int (*get)(struct record_in *in, const struct part_scene *scene, void *ret,
		const void *before);
	const struct shape *const *shape; /* NULL: put and get know */
};
/* All NULL: it is not written. */
extern const struct part_code part_codes[PART_KINDS];

#endif
