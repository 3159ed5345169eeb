/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_PLACES_H
#define TWINTOP_RECORD_PLACES_H

#include "recording_internal.h"
#include "twintop/base/vec.h"

/* A frame of moments in a recorded file. */
struct placed_frame {
	uint64_t offset;
	size_t first; /* of its moments, among all */
	bool key;
};

/* What a recorded file holds, and where. Zeroed is empty. */
struct places {
	VEC(struct placed_frame) frame;
	VEC(uint64_t) time; /* CLOCK_MONOTONIC of each moment */
	struct event_log log;
	int end_error; /* what follows the last of them: as recording_next() */
};

/*
 * By its index; where that is not there, or wrong, by what each frame begins with; and where that
 * does not tell it, by reading all. Where the recording is then is undefined. What it finds is in
 * order, but what the frames hold may be something else.
 */
void places_find(struct places *p, struct recording *r);
/* The same without the index. */
void places_scan(struct places *p, struct recording *r);
/* The first of the moments is not shown. */
void places_hide_first(struct places *p);
/* The last keyframe from which the moment can be read, by its number among the frames. */
size_t places_key_of(const struct places *p, size_t moment);
void places_free(struct places *p);

#endif
