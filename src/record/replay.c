/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "twintop/base/arena.h"
#include "twintop/base/io.h"

struct replay {
	struct source source;
	struct recording *recording;
	struct replay_pairing pairing;
	int fd; /* readable: the next one is there whenever it is asked for */
	bool begun;
	int error;
};

static int replay_fd(const struct source *source)
{
	return ((const struct replay *)source)->fd;
}

/* Watching begins with a look at identities alone, which nobody is shown. */
static bool is_begin(const struct moment *m)
{
	const struct side *a = &m->snapshot->side[0];

	return m->snapshot->sides && !a->threads && !a->memory && !a->fds;
}

static const struct moment *judge_next(struct replay *r)
{
	struct snapshot *s;

	r->error = recording_next(r->recording, &s);
	return r->error ? NULL : moment_new(s, r->pairing.pair(r->pairing.context, s));
}

static const struct moment *replay_next(struct source *source)
{
	struct replay *r = (struct replay *)source;
	const struct moment *m = r->error ? NULL : judge_next(r);

	if (m && !r->begun && is_begin(m)) {
		moment_put(m);
		m = judge_next(r);
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

	recording_free(r->recording);
	close(r->fd);
	free(r);
}

static const struct source_ops replay_ops = {
	.id = "replay",
	.fd = replay_fd,
	.next = replay_next,
	.done = replay_done,
	.free = replay_free,
};

int replay_new(
	struct recording *recording, struct replay_pairing pairing, struct source **ret_source)
{
	struct replay *r = mem_alloc(sizeof *r);

	*r = (struct replay){.source = {&replay_ops}, .recording = recording, .pairing = pairing};
	r->fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->fd < 0) {
		int error = -errno;

		free(r);
		return error;
	}
	*ret_source = &r->source;
	return 0;
}

int replay_error(const struct source *replay)
{
	return ((const struct replay *)replay)->error;
}

uint64_t replay_at(const struct source *replay)
{
	return recording_at(((const struct replay *)replay)->recording);
}
