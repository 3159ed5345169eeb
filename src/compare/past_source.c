/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments beside those of so long before. */
#include "twintop/compare/past.h"

#include <stdlib.h>

#include "twintop/base/clock.h"

#define KEPT_A_SPAN 30u /* moments that are kept of the time between the two */

struct past_source {
	struct source source;
	struct source *of;
	uint64_t against_ns;
	struct past *past;
	struct fault_trace faults;
	VEC(const struct moment *) kept; /* by time, references; the first is what stands beside */
	const struct moment *newest;	 /* a reference; NULL: none came, or it was given */
	bool given;			 /* any was */
};

static uint64_t time_of(const struct moment *m)
{
	return m->snapshot->monotonic_ns;
}

static void drop_first(struct past_source *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		moment_put(p->kept.item[i]);
	for (size_t i = n; i < p->kept.n; i++)
		p->kept.item[i - n] = p->kept.item[i];
	p->kept.n -= n;
}

/* Of moments that come close together one is enough. */
static void keep(struct past_source *p, const struct moment *m)
{
	const struct moment *last = p->kept.n ? p->kept.item[p->kept.n - 1] : NULL;

	if (last && time_of(m) < time_of(last) + p->against_ns / KEPT_A_SPAN)
		return;
	VEC_PUSH(&p->kept, moment_get(m));
}

/* Leaves the last one that is old enough at the front; whether there is one. */
static bool find_then(struct past_source *p, uint64_t now_ns)
{
	size_t n = 0;

	while (n < p->kept.n && time_of(p->kept.item[n]) + p->against_ns <= now_ns)
		n++;
	if (n)
		drop_first(p, n - 1);
	return n;
}

static void set_newest(struct past_source *p, const struct moment *m)
{
	moment_put(p->newest);
	p->newest = m;
}

/* Takes m up, whose reference it takes over, and gives what stands beside it, if that is old
 * enough. */
static const struct moment *take(struct past_source *p, const struct moment *m)
{
	if (p->kept.n && !past_fits(m, p->kept.item[0]))
		drop_first(p, p->kept.n);
	fault_trace_add(&p->faults, m->snapshot);
	if (m->snapshot->sides)
		keep(p, m);
	set_newest(p, m);
	if (!p->kept.n || !find_then(p, time_of(m)))
		return NULL;
	p->given = true;
	return past_beside(p->past, m, p->kept.item[0], &p->faults);
}

/* A of the only moment there is. */
static const struct moment *without_past(const struct moment *m)
{
	struct snapshot *s = snapshot_of_a(m->snapshot);

	s->alone = "there is but one moment of A, none to put beside it";
	part_seal(&s->part, clock_thread_cpu_ns(), 0);
	return moment_new(s, NULL);
}

/* At the end of a source that was shorter than that. */
static const struct moment *take_oldest(struct past_source *p)
{
	if (p->given || !p->newest || !p->kept.n)
		return NULL;
	p->given = true;
	if (p->newest == p->kept.item[0])
		return without_past(p->newest);
	return past_beside(p->past, p->newest, p->kept.item[0], &p->faults);
}

static const struct moment *next(struct source *source)
{
	struct past_source *p = (struct past_source *)source;
	const struct moment *m, *beside = NULL;

	while (!beside && (m = source_next(p->of)))
		beside = take(p, m);
	return beside || !source_done(p->of) ? beside : take_oldest(p);
}

static int fd(const struct source *source)
{
	return source_fd(((const struct past_source *)source)->of);
}

static bool done(const struct source *source)
{
	return source_done(((const struct past_source *)source)->of);
}

static void need(struct source *source, unsigned now, unsigned beside)
{
	source_need(((struct past_source *)source)->of, now, beside);
}

static void end(struct source *source)
{
	struct past_source *p = (struct past_source *)source;

	drop_first(p, p->kept.n);
	VEC_FREE(&p->kept);
	moment_put(p->newest);
	fault_trace_clear(&p->faults);
	past_free(p->past);
	source_free(p->of);
	free(p);
}

static const struct source_ops past_ops = {
	.id = "past",
	.fd = fd,
	.next = next,
	.done = done,
	.need = need,
	.free = end,
};

struct source *past_source_new(struct source *of, uint64_t against_ns)
{
	struct past_source *p = mem_alloc(sizeof *p);

	*p = (struct past_source){
		.source = {&past_ops}, .of = of, .against_ns = against_ns, .past = past_new()};
	return &p->source;
}
