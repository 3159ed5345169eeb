/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_REPLAY_INTERNAL_H
#define TWINTOP_RECORD_REPLAY_INTERNAL_H

#include "places.h"
#include "twintop/record/history.h"
#include "twintop/record/replay.h"

struct replay {
	struct source source;
	struct recording *recording;
	struct replay_pairing pairing;
	int fd;	    /* readable: the next one is there whenever it is asked for */
	bool begun; /* the first moment was read */
	int error;
	/* Of a file: what it holds, and where one is. */
	struct places places; /* the moments that are shown */
	bool begins;	      /* before them there is one that is not */
	bool scanned;	      /* they are known by the frames, the index was wrong */
	VEC(struct told_batch) told;
	struct told_events events;
	size_t at;	     /* the moment shown */
	bool taken;	     /* next gave it */
	size_t ahead;	     /* the moment that the recording gives next */
	bool lost;	     /* it gives something else: where is not known */
	bool seeded;	     /* what was known before the last one that was read was told with it */
	struct history kept; /* those before it that were judged last */
};

bool replay_is_begin(const struct snapshot *s);
/* The recording's next moment; NULL: r->error says why there is none. */
const struct moment *replay_judge_next(struct replay *r);

/* Looks through the recording once. */
void replay_places_find(struct replay *r);
void replay_places_free(struct replay *r);

const struct moment *replay_file_next(struct source *source);
int replay_file_seek(struct source *source, struct seek seek);
bool replay_file_position(const struct source *source, struct position *ret);
const struct told_events *replay_file_events(const struct source *source);

#endif
