/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "past_internal.h"
#include "twintop/base/clock.h"
#include "twintop/compare/diff.h"

struct diff {
	struct source source;
	struct source *a, *b;
	enum diff_align align;
	bool turned;			 /* A is b's */
	uint64_t a_begin_ns, b_begin_ns; /* of their first moments; 0: none came yet */
	const struct moment *now,
		*ahead; /* of b: which stands there, and the one after it; references */
};

static struct diff *of(struct source *source)
{
	return (struct diff *)source;
}

static const struct diff *of_const(const struct source *source)
{
	return (const struct diff *)source;
}

/* By which moments are told to be of one time. */
static uint64_t time_in(const struct diff *d, const struct moment *m, uint64_t begin_ns)
{
	const struct snapshot *s = m->snapshot;

	if (d->align == DIFF_BY_CLOCK)
		return s->realtime_ns;
	return s->monotonic_ns > begin_ns ? s->monotonic_ns - begin_ns : 0;
}

static void put_b(struct diff *d)
{
	moment_put(d->now);
	moment_put(d->ahead);
	d->now = d->ahead = NULL;
}

/* The next moment of b that has an A; NULL: none comes. */
static const struct moment *take(struct diff *d)
{
	const struct moment *m;

	while ((m = source_next(d->b)) && !m->snapshot->sides)
		moment_put(m);
	if (m && !d->b_begin_ns)
		d->b_begin_ns = m->snapshot->monotonic_ns;
	return m;
}

/* Where a has gone back b begins anew. */
static void go_back(struct diff *d, uint64_t time)
{
	if (!d->now || time_in(d, d->now, d->b_begin_ns) <= time)
		return;
	if (source_seek(d->b, (struct seek){.kind = SEEK_FIRST}) == 0)
		put_b(d);
}

/* Lets the last moment that is not later stand there. */
static void go_to(struct diff *d, uint64_t time)
{
	go_back(d, time);
	if (!d->ahead)
		d->ahead = take(d);
	while (d->ahead && time_in(d, d->ahead, d->b_begin_ns) <= time) {
		moment_put(d->now);
		d->now = d->ahead;
		d->ahead = take(d);
	}
}

/* A alone, as there is no moment of the other yet. */
static const struct moment *alone(const struct moment *m)
{
	struct snapshot *s = snapshot_of_a(m->snapshot);

	s->alone = "the other recording had not begun then";
	part_seal(&s->part, clock_thread_cpu_ns(), 0);
	return moment_new(s, NULL);
}

static const struct moment *next(struct source *source)
{
	struct diff *d = of(source);
	const struct moment *m = source_next(d->a), *both;
	struct position p;

	if (!m || !m->snapshot->sides)
		return m;
	if (!d->a_begin_ns)
		d->a_begin_ns = source_position(d->a, &p) ? p.first_ns : m->snapshot->monotonic_ns;
	go_to(d, time_in(d, m, d->a_begin_ns));
	if (!d->now && d->turned) {
		moment_put(m);
		return next(source);
	}
	both = !d->now ? alone(m) : d->turned ? diff_beside(d->now, m) : diff_beside(m, d->now);
	moment_put(m);
	return both;
}

static int fd(const struct source *source)
{
	return source_fd(of_const(source)->a);
}

static bool done(const struct source *source)
{
	return source_done(of_const(source)->a);
}

static int seek(struct source *source, struct seek seek)
{
	return source_seek(of(source)->a, seek);
}

static bool position(const struct source *source, struct position *ret)
{
	return source_position(of_const(source)->a, ret);
}

static const struct told_events *events(const struct source *source)
{
	return source_events(of_const(source)->a);
}

static void play(struct source *source, unsigned pace)
{
	source_play(of(source)->a, pace);
}

static const char *over(const struct source *source)
{
	return source_over(of_const(source)->a);
}

static bool lag(const struct source *source, uint64_t *ret_ns)
{
	return source_lag(of_const(source)->a, ret_ns);
}

static void end(struct source *source)
{
	struct diff *d = of(source);

	put_b(d);
	source_free(d->a);
	source_free(d->b);
	free(d);
}

static const struct source_ops diff_ops = {
	.id = "diff",
	.fd = fd,
	.next = next,
	.done = done,
	.seek = seek,
	.position = position,
	.events = events,
	.play = play,
	.over = over,
	.lag = lag,
	.free = end,
};

/* Of moments that come when they come: nobody goes back to one, and none plays. */
static const struct source_ops stream_ops = {
	.id = "diff",
	.fd = fd,
	.next = next,
	.done = done,
	.over = over,
	.lag = lag,
	.free = end,
};

void diff_source_turn(struct source *source)
{
	of(source)->turned = true;
}

struct source *diff_source_new(struct source *a, struct source *b, enum diff_align align)
{
	struct diff *d = mem_alloc(sizeof *d);

	*d = (struct diff){
		.source = {a->ops->seek ? &diff_ops : &stream_ops}, .a = a, .b = b, .align = align};
	return &d->source;
}
