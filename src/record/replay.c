/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "replay_internal.h"
#include "twintop/base/io.h"

static int replay_fd(const struct source *source)
{
	return ((const struct replay *)source)->fd;
}

/* Watching begins with a look at identities alone, which nobody is shown. */
bool replay_is_begin(const struct snapshot *s)
{
	const struct side *a = &s->side[0];

	return s->sides && !a->threads && !a->memory && !a->fds;
}

const struct moment *replay_judge_next(struct replay *r)
{
	struct snapshot *s;
	struct text seed;

	r->error = recording_next(r->recording, &s);
	if (r->error)
		return NULL;
	seed = recording_seed(r->recording);
	r->seeded = seed.bytes && r->pairing.seed &&
		    !r->pairing.seed(r->pairing.context, s, recording_names(r->recording), &seed);
	return moment_new(s, r->pairing.pair(r->pairing.context, s));
}

/* ---- one after the other --------------------------------------------------- */

static const struct moment *replay_next(struct source *source)
{
	struct replay *r = (struct replay *)source;
	const struct moment *m = r->error ? NULL : replay_judge_next(r);

	if (m && !r->begun && replay_is_begin(m->snapshot)) {
		moment_put(m);
		m = replay_judge_next(r);
	}
	r->begun = true;
	return m;
}

static bool replay_done(const struct source *source)
{
	return replay_error(source) != 0;
}

static void replay_free(struct source *source)
{
	struct replay *r = (struct replay *)source;

	replay_places_free(r);
	recording_free(r->recording);
	close(r->fd);
	free(r);
}

static const struct source_ops stream_ops = {
	.id = "replay",
	.fd = replay_fd,
	.next = replay_next,
	.done = replay_done,
	.free = replay_free,
};

/* ---- of a file, anywhere ----------------------------------------------------- */

static const struct source_ops file_ops = {
	.id = "replay",
	.fd = replay_fd,
	.next = replay_file_next,
	.done = replay_done,
	.seek = replay_file_seek,
	.position = replay_file_position,
	.events = replay_file_events,
	.free = replay_free,
};

int replay_new(
	struct recording *recording, struct replay_pairing pairing, struct source **ret_source)
{
	struct replay *r = mem_alloc(sizeof *r);

	*r = (struct replay){.source = {&stream_ops}, .recording = recording, .pairing = pairing};
	r->fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->fd < 0) {
		int error = -errno;

		free(r);
		return error;
	}
	if (recording_is_file(recording) && pairing.reset) {
		r->source.ops = &file_ops;
		replay_places_find(r);
	}
	*ret_source = &r->source;
	return 0;
}

int replay_error(const struct source *replay)
{
	return ((const struct replay *)replay)->error;
}

const char *replay_end_words(int error)
{
	switch (error) {
	case 0:
	case -ENODATA:
	case -ECANCELED:
		return NULL;
	case -EPIPE:
		return "it was cut off: what was recorded up to there is shown";
	case -EBADMSG:
		return "it is damaged: what was recorded before that is shown";
	case -E2BIG:
		return "it would unfold to more than can have been recorded: what came before is "
		       "shown";
	case -ETIMEDOUT:
		return "it does not answer: what was read before that is shown";
	default:
		return strerror(-error);
	}
}

void replay_stop_by(struct source *replay, int stop_fd)
{
	recording_stop_by(((struct replay *)replay)->recording, stop_fd);
}

uint64_t replay_at(const struct source *replay)
{
	return recording_at(((const struct replay *)replay)->recording);
}
