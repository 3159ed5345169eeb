/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_FRAMES_H
#define TWINTOP_RECORD_FRAMES_H

#include "twintop/record/codec.h"
#include "twintop/record/event_log.h"

/* Where a frame of moments is in a recording, and what it begins with. */
struct frame_place {
	uint64_t offset;   /* bytes from the begin */
	uint64_t time_ns;  /* CLOCK_MONOTONIC of its first moment */
	uint64_t sequence; /* of that one */
	bool key;	   /* it refers to nothing before it */
};

/*
 * What such a frame begins with, and the index has of it: a map {"frame": offset, "time": ns,
 * "sequence": number, "key": true, "moments": [times]}; in the frame itself also "events": those
 * that its moments tell of, and "seed": see recorder_seed().
 */
struct frame_head {
	struct frame_place place;
	struct wire_in times;  /* a typed array; n 0: it is not told */
	struct wire_in events; /* the same */
	struct text seed;      /* bytes NULL: there is none */
};

void frame_head_put(const struct record_out *out, const struct frame_place *place,
	const uint64_t *time_ns, size_t moments);
/* The same with the rest; seed may be NULL. */
void frame_head_put_all(const struct record_out *out, const struct frame_place *place,
	const uint64_t *time_ns, size_t moments, const struct told_events *events,
	const struct text *seed);
/*
 * What points into the bytes of in. cut: it may end within the seed, which is none then. 0 or
 * -EBADMSG.
 */
int frame_head_get(struct wire_in *in, bool cut, struct frame_head *ret);

/* An array of moments that told of any: [time, sequence, batch]. */
void frame_events_put(const struct record_out *out, const struct told_events *events);
/* Adds them to the log. 0, -EBADMSG or -E2BIG. */
int frame_events_get(struct wire_in *in, const struct record_names *names, struct event_log *log);

/* Of two sides with 128 GiB in memory each a keyframe has 8 bytes a page. */
#define FRAME_MOST  ((size_t)1 << 29)  /* bytes that a frame may unfold to … */
#define FRAME_SMALL ((size_t)64 << 20) /* … and so many times its own size, beyond so many */
#define RATIO_MOST  2000u
/* What stands before a frame that would unfold to more: a skippable frame of zeros. */
#define FRAME_PADDING_MAGIC 0x184d2a50u

/* The last bytes of a whole recording: a skippable frame, little-endian. */
#define FRAME_END_MAGIC 0x184d2a5eu
struct frame_end {
	uint32_t magic, bytes;
	uint64_t index_offset;
};

#endif
