/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_RECORDER_H
#define TWINTOP_RECORD_RECORDER_H

#include "twintop/model/pair.h"

/*
 * Writes moments to a file: zstd frames (RFC 8878), each a CBOR sequence (RFC 8742), so that
 * `zstd -dc` and any CBOR tool read them. First a frame with the header; then frames with what came
 * in about a second each; at the end one with an index of these, and where it is in a skippable
 * frame. What was written is whole up to the last frame, however the writer ends.
 */
#define RECORDING_MAJOR 1u /* a reader refuses newer ones, */
#define RECORDING_MINOR 0u /* and passes over what it does not know of later ones */
struct recorder;

/*
 * Begins with the header. fd stays the caller's and is written to and not sought in. program: who
 * writes it, "twintop 0.1.0". 0 or negative errno.
 */
int recorder_new(int fd, const char *program, struct recorder **ret_recorder);
/*
 * Adds a moment, which it holds a reference to until the next one. 0 or negative errno: nothing
 * more is written then.
 */
int recorder_add(struct recorder *r, const struct moment *m);
/* Ends the recording with its index and frees the recorder. 0 or negative errno. NULL is fine. */
int recorder_end(struct recorder *r);

#endif
