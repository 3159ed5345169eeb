/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/player.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/record/history.h"
#include "twintop/record/replay.h"

#define SECOND_NS 1000000000u
#define LATE_NS	  500000000u /* what is later than that is not made up for */

struct player {
	struct source source;
	struct source *replay;
	int fd; /* a timer of CLOCK_MONOTONIC: the next one is due */
	unsigned pace;
	bool sought;		    /* the sought moment is still to be given */
	uint64_t from_ns, at_ns;    /* the recording's time, and ours when it was so */
	const struct moment *shown; /* a reference; NULL: none was given yet */
};

static struct player *of(struct source *source)
{
	return (struct player *)source;
}

static const struct player *of_const(const struct source *source)
{
	return (const struct player *)source;
}

/* When the next moment is to be given, by our clock; UINT64_MAX: not by itself. */
static uint64_t due_ns(const struct player *p)
{
	uint64_t ahead = replay_ahead_ns(p->replay), rest;

	if (p->sought || (p->pace && !p->shown))
		return 1;
	if (!p->pace || replay_error(p->replay))
		return UINT64_MAX;
	if (ahead <= p->from_ns)
		return p->at_ns;
	rest = ahead - p->from_ns;
	return p->at_ns + rest / p->pace * SOURCE_PACE + rest % p->pace * SOURCE_PACE / p->pace;
}

static void set_timer(const struct player *p)
{
	uint64_t due = due_ns(p);
	struct itimerspec timer = {0};

	if (due != UINT64_MAX) {
		timer.it_value.tv_sec = (time_t)(due / SECOND_NS);
		timer.it_value.tv_nsec = (long)(due % SECOND_NS);
	}
	timerfd_settime(p->fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

/* From now on time goes on from the shown moment. */
static void begin_here(struct player *p)
{
	p->from_ns = p->shown ? p->shown->snapshot->monotonic_ns : 0;
	p->at_ns = clock_monotonic_ns();
}

static const struct moment *take(struct player *p, uint64_t due)
{
	const struct moment *m = source_next(p->replay);
	bool sought = p->sought || !p->shown;

	p->sought = false;
	if (!m)
		return NULL;
	moment_put(p->shown);
	p->shown = moment_get(m);
	if (sought || clock_monotonic_ns() > due + LATE_NS)
		begin_here(p);
	return m;
}

static const struct moment *next(struct source *source)
{
	struct player *p = of(source);
	uint64_t due = due_ns(p);
	const struct moment *m = due <= clock_monotonic_ns() ? take(p, due) : NULL;

	set_timer(p);
	return m;
}

static int fd(const struct source *source)
{
	return of_const(source)->fd;
}

static bool done(const struct source *source)
{
	return source_done(of_const(source)->replay);
}

static int seek(struct source *source, struct seek seek)
{
	struct player *p = of(source);
	int error = source_seek(p->replay, seek);

	p->sought |= !error;
	set_timer(p);
	return error;
}

static bool position(const struct source *source, struct position *ret)
{
	return source_position(of_const(source)->replay, ret);
}

static const struct told_events *events(const struct source *source)
{
	return source_events(of_const(source)->replay);
}

static void ask(struct source *source, const struct question *question, struct answer *ret)
{
	held_answer(of(source)->shown, question, ret);
}

static void play(struct source *source, unsigned pace)
{
	struct player *p = of(source);

	p->pace = pace;
	begin_here(p);
	set_timer(p);
}

static const char *over(const struct source *source)
{
	int error = replay_error(of_const(source)->replay);
	const char *why = replay_end_words(error);

	return !error ? NULL : why ? why : "the recording ends here";
}

static void end(struct source *source)
{
	struct player *p = of(source);

	moment_put(p->shown);
	source_free(p->replay);
	close(p->fd);
	free(p);
}

static const struct source_ops player_ops = {
	.id = "player",
	.fd = fd,
	.next = next,
	.done = done,
	.seek = seek,
	.position = position,
	.events = events,
	.ask = ask,
	.play = play,
	.over = over,
	.free = end,
};

int player_new(struct source *replay, struct source **ret_source)
{
	struct player *p = mem_alloc(sizeof *p);

	*p = (struct player){.source = {&player_ops}, .replay = replay, .pace = SOURCE_PACE};
	p->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (p->fd < 0) {
		int error = -errno;

		free(p);
		return error;
	}
	set_timer(p);
	*ret_source = &p->source;
	return 0;
}
