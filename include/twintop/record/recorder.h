/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_RECORDER_H
#define TWINTOP_RECORD_RECORDER_H

#include "twintop/model/pair.h"
#include "twintop/record/codec.h"

/*
 * Writes moments to a file: zstd frames (RFC 8878), each a CBOR sequence (RFC 8742), so that
 * `zstd -dc` and any CBOR tool read them. First a frame with the header; then frames with what came
 * in about a second each; at the end one with an index of these, and where it is in a skippable
 * frame. What was written is whole up to the last frame, however the writer ends.
 * What was private and is replaced is said to be so in the header.
 */
#define RECORDING_MAJOR 2u	     /* a reader refuses newer ones, */
#define RECORDING_MINOR 0u	     /* and passes over what it does not know of later ones */
#define RECORDER_KEY_NS 10000000000u /* a keyframe comes at least so often, */
/*
 * and one is due when what changed since the last weighs so much, see moment_code_weight(): whoever
 * goes anywhere makes no more than that, and what a moment or two add. Where nobody brings a seed
 * the recorder waits for twice as much.
 */
#define RECORDER_KEY_BYTES (320u << 20)
struct recorder;

struct recorder_options {
	/* Takes bytes of the recording, one after the other. 0 or negative errno. */
	int (*write)(void *context, const char *bytes, size_t n);
	void *context;
	const char *program; /* who writes it, "twintop 0.1.0" */
	bool live;	     /* somebody waits for each moment: it is written as it comes */
	bool redact;	     /* what is private is written as something else: redaction.h */
};
/* Such a write: to the descriptor that context, an int *, points to. */
int recorder_to_fd(void *context, const char *bytes, size_t n);
/* Begins with the header. 0 or negative errno. */
int recorder_new(const struct recorder_options *options, struct recorder **ret_recorder);
/*
 * What whoever judges moments remembers before it is given the next one that is added: then that
 * one is a keyframe, from which a reader can judge as from the first. The bytes, an item or
 * several, stay the caller's, until that moment is added. write: the same once more, as redaction.h
 * has it, 0 or negative errno; NULL: what is redacted has no seed.
 */
struct recorder_seed {
	const char *bytes;
	size_t n;
	int (*write)(const char *bytes, size_t n, const struct snapshot *s,
		const struct record_out *out);
};
void recorder_seed(struct recorder *r, const struct recorder_seed *seed);
/* Whether so much has changed that the next moment should be a keyframe: bring a seed soon. */
bool recorder_key_due(const struct recorder *r);
/*
 * Adds a moment, which it holds a reference to until the next one. 0 or negative errno: nothing
 * more is written then.
 */
int recorder_add(struct recorder *r, const struct moment *m);
/* Ends the recording with its index and frees the recorder. 0 or negative errno. NULL is fine. */
int recorder_end(struct recorder *r);

#endif
