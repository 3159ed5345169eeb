/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_REPLAY_H
#define TWINTOP_RECORD_REPLAY_H

#include "twintop/model/source.h"
#include "twintop/record/recording.h"

/* Turns a snapshot into its pair, as struct sampler_pairing. */
struct replay_pairing {
	const struct pair *(*pair)(void *context, struct snapshot *s);
	void *context;
};

/*
 * The moments of a recording as a source, one after the other as fast as they are taken; it takes
 * over the recording. 0 or negative errno.
 */
int replay_new(struct recording *r, struct replay_pairing pairing, struct source **ret_source);
/* What ended it: as recording_next(); 0: it goes on. */
int replay_error(const struct source *replay);
/* Bytes of the recording up to there. */
uint64_t replay_at(const struct source *replay);

#endif
