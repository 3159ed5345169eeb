/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/base/io.h"
#include "twintop/base/thread.h"
#include "twintop/model/publisher.h"
#include "twintop/record/replay.h"

#define DRIFT	     10000u /* two clocks go apart by a part of so many, at most */
#define WAITING_MOST 100u   /* moments that nobody took yet: then the pipe fills up */

struct stream {
	struct source source;
	struct source *replay; /* the thread's until it has ended */
	struct publisher *publisher;
	struct subscriber *subscriber;
	int stop_fd, taken_fd;
	pthread_t thread;
	_Atomic uint64_t came_ns, next_ns; /* when the newest came, and how long until the next */
	_Atomic uint64_t late_ns;	   /* how much later than the quickest it came */
	atomic_int error;		   /* what ended it */
};

static struct stream *of(struct source *source)
{
	return (struct stream *)source;
}

static const struct stream *of_const(const struct source *source)
{
	return (const struct stream *)source;
}

/* ---- the thread ------------------------------------------------------------ */

static void taken(void *context)
{
	io_announce(((const struct stream *)context)->taken_fd, true);
}

/* Until not too many wait; false: it is to end. */
static bool wait_for_room(const struct stream *s)
{
	struct pollfd p[] = {
		{.fd = s->stop_fd, .events = POLLIN}, {.fd = s->taken_fd, .events = POLLIN}};

	io_announce(s->taken_fd, false);
	while (publisher_waiting(s->publisher) >= WAITING_MOST && !p[0].revents) {
		poll(p, 2, -1);
		io_announce(s->taken_fd, false);
	}
	return !p[0].revents;
}

/*
 * Our clock and theirs are apart by least_ns less what the quickest moment took. They may drift:
 * the least is given up slowly.
 */
static void note_time(struct stream *s, const struct snapshot *m, uint64_t *least_ns)
{
	uint64_t now = clock_monotonic_ns(), apart = now - m->monotonic_ns;

	*least_ns += s->came_ns ? (now - s->came_ns) / DRIFT : apart - *least_ns;
	if ((int64_t)(apart - *least_ns) < 0)
		*least_ns = apart;
	s->late_ns = apart - *least_ns;
	s->next_ns = m->delay_ns;
	s->came_ns = now;
}

static void *read_all(void *context)
{
	struct stream *s = context;
	const struct moment *m;
	uint64_t least_ns = 0;

	while (wait_for_room(s) && (m = source_next(s->replay))) {
		note_time(s, m->snapshot, &least_ns);
		publisher_publish(s->publisher, m);
		moment_put(m);
	}
	s->error = replay_error(s->replay);
	publisher_end(s->publisher);
	return NULL;
}

/* ---- as a source ----------------------------------------------------------- */

static int fd(const struct source *source)
{
	return subscriber_fd(of_const(source)->subscriber);
}

static const struct moment *next(struct source *source)
{
	return subscriber_next(of(source)->subscriber);
}

static bool done(const struct source *source)
{
	return subscriber_done(of_const(source)->subscriber);
}

/* What is overdue counts once it is so by more than the delay. */
static bool lag(const struct source *source, uint64_t *ret_ns)
{
	const struct stream *s = of_const(source);
	uint64_t came = s->came_ns, wait = s->next_ns, passed = clock_monotonic_ns() - came;

	if (!came)
		return false;
	*ret_ns = s->late_ns + (passed > 2 * wait ? passed - wait : 0);
	return true;
}

static const char *over(const struct source *source)
{
	int error;

	if (!done(source))
		return NULL;
	error = of_const(source)->error; /* set before the end is told */
	switch (error) {
	case -ENODATA:
		return "the stream ended";
	case -EPIPE:
		return "the stream was cut off";
	case -EBADMSG:
		return "the stream is damaged: nothing more is shown";
	case -E2BIG:
		return "the stream would unfold to more than can have been recorded: nothing more "
		       "is shown";
	default:
		return "the stream cannot be read any more";
	}
}

static void discard(struct stream *s)
{
	subscriber_free(s->subscriber);
	publisher_free(s->publisher);
	if (s->stop_fd >= 0)
		close(s->stop_fd);
	if (s->taken_fd >= 0)
		close(s->taken_fd);
	free(s);
}

static void end(struct source *source)
{
	struct stream *s = of(source);

	io_announce(s->stop_fd, true);
	pthread_join(s->thread, NULL);
	source_free(s->replay);
	discard(s);
}

static const struct source_ops stream_ops = {
	.id = "stream",
	.fd = fd,
	.next = next,
	.done = done,
	.over = over,
	.lag = lag,
	.free = end,
};

static int open_all(struct stream *s)
{
	s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->taken_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->stop_fd < 0 || s->taken_fd < 0)
		return -errno;
	s->publisher = publisher_new(taken, s);
	return subscriber_new(s->publisher, false, &s->subscriber);
}

int stream_new(struct source *replay, struct source **ret_source)
{
	struct stream *s = mem_alloc(sizeof *s);
	int error;

	*s = (struct stream){
		.source = {&stream_ops}, .replay = replay, .stop_fd = -1, .taken_fd = -1};
	error = open_all(s);
	if (!error) {
		replay_stop_by(replay, s->stop_fd);
		error = thread_spawn("stream", read_all, s, &s->thread);
	}
	if (error) {
		discard(s);
		return error;
	}
	*ret_source = &s->source;
	return 0;
}
