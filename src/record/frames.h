/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_FRAMES_H
#define TWINTOP_RECORD_FRAMES_H

#include "twintop/record/wire.h"

/* Where a frame of moments is in a recording, and what it begins with. */
struct frame_place {
	uint64_t offset;   /* bytes from the begin */
	uint64_t time_ns;  /* CLOCK_MONOTONIC of its first moment */
	uint64_t sequence; /* of that one */
	bool key;	   /* it refers to nothing before it */
};

/* A map: {"frame": offset, "time": ns, "sequence": number, "key": true}. */
void frame_place_put(struct textbuf *out, const struct frame_place *place);
/* 0 or -EBADMSG. */
int frame_place_get(struct wire_in *in, struct frame_place *ret);

/* The last bytes of a whole recording: a skippable frame, little-endian. */
#define FRAME_END_MAGIC 0x184d2a5eu
struct frame_end {
	uint32_t magic, bytes;
	uint64_t index_offset;
};

#endif
