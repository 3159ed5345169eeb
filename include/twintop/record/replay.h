/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_REPLAY_H
#define TWINTOP_RECORD_REPLAY_H

#include "twintop/model/source.h"
#include "twintop/record/recording.h"

/* Turns a snapshot into its pair, as struct sampler_pairing. */
struct replay_pairing {
	const struct pair *(*pair)(void *context, struct snapshot *s);
	/* Forgets all that it saw: the next snapshot is the first. NULL: nothing is sought. */
	void (*reset)(void *context);
	/*
	 * Remembers what was known before s, as recorder_seed() told; 0 or negative errno: then it
	 * has forgotten all. NULL: it goes by what it has seen.
	 */
	int (*seed)(void *context, const struct snapshot *s, const struct record_names *names,
		const struct text *seed);
	void *context;
};

/*
 * The moments of a recording as a source, one after the other as fast as they are taken; it takes
 * over the recording. Of a file any can be sought: next goes on from there, and the source tells of
 * all events at once. 0 or negative errno.
 */
int replay_new(struct recording *r, struct replay_pairing pairing, struct source **ret_source);
/* What ended it: as recording_next(); 0: it goes on, as it does after a seek. */
int replay_error(const struct source *replay);
/*
 * Why the recording ends where it does, where that is what ended it: static text, to be said behind
 * whose it is; NULL: as its writer ended it.
 */
const char *replay_end_words(int error);
/* CLOCK_MONOTONIC of the moment of a file that next gives; 0: none follows. */
uint64_t replay_ahead_ns(const struct source *replay);
/* See recording_stop_by(). */
void replay_stop_by(struct source *replay, int stop_fd);
/* Bytes of the recording up to there. */
uint64_t replay_at(const struct source *replay);

#endif
