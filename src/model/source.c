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

int source_hold(struct source *source, struct task_id process, pid_t tid)
{
	if (!source->ops->hold)
		return -EOPNOTSUPP;
	source->ops->hold(source, process, tid);
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

const struct told_events *source_events(const struct source *source)
{
	return source->ops->events ? source->ops->events(source) : NULL;
}

void source_ask(struct source *source, const struct question *question, struct answer *ret)
{
	*ret = (struct answer){VALUE_UNSUPPORTED, "nobody can be asked here", 0};
	if (source && source->ops->ask)
		source->ops->ask(source, question, ret);
}

int source_play(struct source *source, unsigned pace)
{
	if (!source->ops->play)
		return -EOPNOTSUPP;
	source->ops->play(source, pace);
	return 0;
}

const char *source_over(const struct source *source)
{
	return source->ops->over ? source->ops->over(source) : NULL;
}

bool source_lag(const struct source *source, uint64_t *ret_ns)
{
	return source->ops->lag && source->ops->lag(source, ret_ns);
}

int source_swap(struct source *source)
{
	if (!source->ops->swap)
		return -EOPNOTSUPP;
	source->ops->swap(source);
	return 0;
}

int source_delay(struct source *source, uint64_t delay_ns)
{
	if (!source->ops->delay)
		return -EOPNOTSUPP;
	source->ops->delay(source, delay_ns);
	return 0;
}

int source_want_list(struct source *source, bool want)
{
	if (!source->ops->want_list)
		return -EOPNOTSUPP;
	source->ops->want_list(source, want);
	return 0;
}

int source_list_fd(const struct source *source)
{
	return source->ops->list_fd ? source->ops->list_fd(source) : -1;
}

const struct process_list *source_list(struct source *source)
{
	return source->ops->list ? source->ops->list(source) : NULL;
}

void source_reaped(struct source *source, pid_t pid, int status)
{
	if (source->ops->reaped)
		source->ops->reaped(source, pid, status);
}

uint64_t source_busy_ns(const struct source *source)
{
	return source->ops->busy_ns ? source->ops->busy_ns(source) : 0;
}

void source_free(struct source *source)
{
	if (source)
		source->ops->free(source);
}
