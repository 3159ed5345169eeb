/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/source.h"

#include <errno.h>
#include <poll.h>

#include "twintop/base/clock.h"

int source_fd(const struct source *source)
{
	return source && source->ops->fd ? source->ops->fd(source) : -1;
}

const struct moment *source_next(struct source *source)
{
	return source->ops->next(source);
}

const struct moment *source_wait(struct source *source, uint64_t timeout_ns)
{
	uint64_t now, until = clock_monotonic_ns() + timeout_ns;
	const struct moment *m;

	while (!(m = source_next(source)) && !source_done(source)) {
		struct pollfd fd = {.fd = source_fd(source), .events = POLLIN};

		now = clock_monotonic_ns();
		if (now >= until)
			break;
		poll(&fd, 1, (int)((until - now) / 1000000) + 1);
	}
	return m;
}

bool source_done(const struct source *source)
{
	return source->ops->done && source->ops->done(source);
}

void source_need(struct source *source, unsigned now, unsigned beside)
{
	if (source->ops->need)
		source->ops->need(source, now, beside);
}

int source_watch(struct source *source, pid_t a, pid_t b_or_sibling, int *ret_which)
{
	return source->ops->watch ? source->ops->watch(source, a, b_or_sibling, ret_which)
				  : -EOPNOTSUPP;
}

int source_lift(struct source *source, unsigned generations)
{
	if (!source->ops->lift)
		return -EOPNOTSUPP;
	source->ops->lift(source, generations);
	return 0;
}

int source_seek(struct source *source, struct seek seek)
{
	return source->ops->seek ? source->ops->seek(source, seek) : -EOPNOTSUPP;
}

bool source_position(const struct source *source, struct position *ret)
{
	return source->ops->position && source->ops->position(source, ret);
}

void source_ask(struct source *source, const struct question *question, struct answer *ret)
{
	*ret = (struct answer){VALUE_UNSUPPORTED, "nobody can be asked here", 0};
	if (source && source->ops->ask)
		source->ops->ask(source, question, ret);
}

void source_free(struct source *source)
{
	if (source)
		source->ops->free(source);
}
