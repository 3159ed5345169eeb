/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_RECORDING_INTERNAL_H
#define TWINTOP_RECORD_RECORDING_INTERNAL_H

#include "frames.h"
#include "twintop/record/recording.h"

/* Of a recorded file, whose bytes are in no order: whoever reads on jumps to a keyframe first. */

/* The frame at that offset comes next: a keyframe, or what comes is damaged. */
void recording_jump(struct recording *r, uint64_t offset);
/* Where the first frame of moments is. */
uint64_t recording_first(const struct recording *r);
/*
 * What the frame there begins with, unfolded no further than that; it points into the recording
 * until anything is read. 0, -ENODATA: it is the index; or as recording_next().
 */
int recording_peek(struct recording *r, uint64_t offset, struct frame_head *ret);
/* The index that is there. 0 or as recording_next(). */
int recording_index(struct recording *r, uint64_t offset, struct wire_in *ret);
/* The frame of the moment that was read last, its offset as it is. */
struct frame_place recording_place(const struct recording *r);
uint64_t recording_size(const struct recording *r); /* bytes, as of now */
/* Up to n bytes from that offset, fewer at its end; or negative errno. */
ssize_t recording_bytes(const struct recording *r, uint64_t offset, void *ret, size_t n);

#endif
