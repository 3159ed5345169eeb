/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/erosion.h"

#include <stdlib.h>
#include <string.h>

#include "twintop/base/clock.h"
#include "twintop/compare/copies.h"
#include "twintop/model/part_table.h"

#define STEP_NS	      250000000u  /* between looks that a rate is taken from */
#define LEAST_NS      2000000000u /* no rate of less */
#define LEAST_LOOKS   4u
#define QUARTERS      4u
#define LEAST_PAGES   4 /* in a window: of fewer no rate is told that holds */
#define UNTIL_STEP_NS 1000000000u
#define APART_NS      2000000000u /* looks that are not further apart leave no gap */

/* ---- the rate ---------------------------------------------------------------- */

/* Lets go of what lies more than a window back, but for the last of it and a few. */
static void forget_old(struct erosion_track *t)
{
	size_t old = 0;

	while (t->looks_n - old > LEAST_LOOKS + 1 &&
		t->look[t->looks_n - 1].ns - t->look[old + 1].ns >= EROSION_WINDOW_NS)
		old++;
	if (t->looks_n - old == EROSION_LOOKS)
		old++;
	t->looks_n -= old;
	memmove(t->look, t->look + old, t->looks_n * sizeof *t->look);
}

/* The last one stands until another comes a step after the one before it. */
static void add_look(struct erosion_track *t, uint64_t ns, uint64_t copied)
{
	struct erosion_look next = {.ns = ns};

	if (t->looks_n)
		next.copies = t->look[t->looks_n - 1].copies +
			      (copied > t->counted ? copied - t->counted : 0);
	t->counted = copied;
	if (t->looks_n > 1 && ns - t->look[t->looks_n - 2].ns < STEP_NS) {
		t->look[t->looks_n - 1] = next;
		return;
	}
	forget_old(t);
	t->look[t->looks_n++] = next;
	forget_old(t);
}

/* Copies seen up to then, evenly between two looks. */
static double copies_at(const struct erosion_track *t, double ns)
{
	size_t i = 1;
	double part;

	while (i + 1 < t->looks_n && (double)t->look[i].ns < ns)
		i++;
	part = (ns - (double)t->look[i - 1].ns) / (double)(t->look[i].ns - t->look[i - 1].ns);
	return (double)t->look[i - 1].copies +
	       part * (double)(t->look[i].copies - t->look[i - 1].copies);
}

/* Where the window begins: as long ago as it is long, or further where looks are rare. */
static uint64_t begin_of(const struct erosion_track *t)
{
	uint64_t last = t->look[t->looks_n - 1].ns;

	if (t->looks_n <= LEAST_LOOKS + 1 || last - t->look[0].ns < EROSION_WINDOW_NS)
		return t->look[0].ns;
	return last - EROSION_WINDOW_NS;
}

static double copies_between(const struct erosion_track *t, double from, double to)
{
	return copies_at(t, to) - copies_at(t, from);
}

/* Whether each quarter of the window had about as many copies: half as many more or less, and one
 * that just missed it. */
static bool is_steady(const struct erosion_track *t, struct erosion_state *e)
{
	double quarter = (double)e->window_ns / QUARTERS, first = (double)begin_of(t);
	double mean = e->rate * quarter / 1e9;
	bool steady = true;

	for (unsigned i = 0; i < QUARTERS; i++) {
		double pages = copies_between(t, first + i * quarter, first + (i + 1) * quarter);
		double rate = pages * 1e9 / quarter;
		double off = pages > mean ? pages - mean : mean - pages;

		e->slowest = !i || rate < e->slowest ? rate : e->slowest;
		e->fastest = !i || rate > e->fastest ? rate : e->fastest;
		steady &= off <= mean / 2 + 1;
	}
	return steady;
}

/* Copies of the window; the rest of e follows from them. */
static double set_rate(const struct erosion_track *t, struct erosion_state *e, bool *ret_steady)
{
	uint64_t last = t->look[t->looks_n - 1].ns, first = begin_of(t);
	double copies;

	e->window_ns = last - first;
	e->has_rate = t->looks_n >= LEAST_LOOKS && e->window_ns >= LEAST_NS;
	if (!e->has_rate)
		return 0;
	copies = copies_between(t, (double)first, (double)last);
	e->rate = copies * 1e9 / (double)e->window_ns;
	*ret_steady = is_steady(t, e);
	return copies;
}

static enum erosion_gap gap_of(const struct erosion_state *e, double copies, bool steady)
{
	if (!(e->shared + e->copied))
		return EROSION_NO_PAGES;
	if (e->copied >= e->shared)
		return EROSION_PAST;
	if (!e->has_rate)
		return EROSION_SHORT;
	if (!(copies > 0))
		return EROSION_NOTHING;
	if (copies < LEAST_PAGES)
		return EROSION_FEW;
	return steady ? EROSION_KNOWN : EROSION_UNSTEADY;
}

/* ---- a track ----------------------------------------------------------------- */

/* seen: what led here was seen, too. */
static void set_state(
	struct erosion_track *t, uint64_t ns, uint64_t shared, uint64_t copied, bool seen)
{
	const struct erosion_state was = t->state;
	struct erosion_state e = {.shared = shared, .copied = copied, .seen_ns = ns};
	bool steady = false;
	double copies;

	copies = set_rate(t, &e, &steady);
	e.gap = gap_of(&e, copies, steady);
	if (e.gap == EROSION_KNOWN)
		e.half_s = (double)(shared - copied) / 2 / e.rate;
	if (e.gap == EROSION_PAST)
		e.half_ns = was.gap == EROSION_PAST ? was.half_ns : seen ? ns : 0;
	t->state = e;
}

/* Whether people or programs are told anything else; times alone are not. */
static bool tells_else(const struct erosion_state *a, const struct erosion_state *b)
{
	return a->shared != b->shared || a->copied != b->copied || a->has_rate != b->has_rate ||
	       a->gap != b->gap || a->rate < b->rate || a->rate > b->rate;
}

bool erosion_track_look(
	struct erosion_track *t, uint64_t ns, uint64_t shared, uint64_t copied, uint64_t apart_ns)
{
	const uint64_t value[SERIES_VALUES] = {
		[EROSION_SHARED] = shared, [EROSION_COPIED] = copied};
	const struct erosion_state was = t->state;
	uint64_t last_ns = t->series.n ? t->series.point[t->series.n - 1].to_ns : 0;
	bool changed, seen;

	if (t->series.n && ns <= last_ns)
		return false;
	if (t->series.n && ns - last_ns > apart_ns)
		erosion_track_break(t);
	seen = t->series.n && !t->series.gap;
	changed = series_add(&t->series, ns, value);
	add_look(t, ns, copied);
	set_state(t, ns, shared, copied, seen);
	return changed || tells_else(&t->state, &was);
}

void erosion_track_break(struct erosion_track *t)
{
	series_break(&t->series);
	t->looks_n = 0;
}

bool erosion_track_end(struct erosion_track *t)
{
	if (!t->series.n || t->state.gap == EROSION_ENDED)
		return false;
	t->looks_n = 0;
	t->state.has_rate = false;
	t->state.gap = EROSION_ENDED;
	return true;
}

/* ---- what a moment shows ------------------------------------------------------- */

uint64_t erosion_apart_ns(const struct snapshot *s)
{
	uint64_t delay = s->delay_ns > s->pages_delay_ns ? s->delay_ns : s->pages_delay_ns;

	return 3 * delay > APART_NS ? 3 * delay : APART_NS;
}

bool erosion_shows(const struct snapshot *s, const struct pair *p)
{
	return !p->one_space && value_state_has_value(p->verdicts->pages_state) &&
	       !s->side[0].ending.ended && !s->side[1].ending.ended;
}

bool erosion_begun(const struct moment *m)
{
	return m->pair && !m->pair->one_space && m->snapshot->erosion;
}

const char *erosion_hidden(const struct moment *m)
{
	const char *reason = m->pair ? pair_pages_reason(m->pair) : "there is no second process";

	return reason || erosion_begun(m) ? reason : value_state_reason(VALUE_UNREAD);
}

uint64_t erosion_until_ns(const struct moment *m)
{
	const struct erosion *e = m->snapshot->erosion;
	uint64_t last = e->point[e->n - 1].to_ns, ns = copies_read_ns(m->snapshot);

	if (!erosion_shows(m->snapshot, m->pair) || ns < last)
		return last;
	return last + (ns - last) / UNTIL_STEP_NS * UNTIL_STEP_NS;
}

void erosion_tell(const struct moment *m, struct textbuf *out)
{
	const char *hidden = erosion_hidden(m);

	if (hidden) {
		textbuf_addf(out, "not known: %s", hidden);
		return;
	}
	if (m->pair->verdicts->copied_is_upper_bound)
		textbuf_adds(out, "at least ");
	erosion_say(&m->snapshot->erosion->now, m->pair->verdicts->page_size,
		m->snapshot->monotonic_ns, out);
}

/* ---- of a pair ------------------------------------------------------------------ */

struct erosion_watch {
	struct erosion_track track;
	uint64_t since_ns;
	const struct erosion *last; /* a reference */
};

struct erosion_watch *erosion_watch_new(void)
{
	return memset(mem_alloc(sizeof(struct erosion_watch)), 0, sizeof(struct erosion_watch));
}

void erosion_watch_reset(struct erosion_watch *w)
{
	part_put(w->last);
	*w = (struct erosion_watch){0};
}

void erosion_watch_free(struct erosion_watch *w)
{
	if (!w)
		return;
	erosion_watch_reset(w);
	free(w);
}

static const struct erosion *make(const struct erosion_watch *w)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct erosion *e = part_make(PART_EROSION);
	struct arena *arena = &e->part.arena;
	const struct erosion_track *t = &w->track;

	e->since_ns = w->since_ns;
	e->now = t->state;
	e->n = t->series.n;
	e->point = (void *)arena_copy(arena, t->series.point, e->n * sizeof *e->point);
	e->looks_n = t->looks_n;
	e->look = (void *)arena_copy(arena, t->look, e->looks_n * sizeof *e->look);
	e->step_ns = t->series.step_ns;
	part_seal(&e->part, cpu_ns, 0);
	return e;
}

static bool look(struct erosion_watch *w, const struct snapshot *s, const struct pair *p)
{
	const struct pair_pages *pages = &p->verdicts->pages;

	if (s->side[0].ending.ended || s->side[1].ending.ended)
		return erosion_track_end(&w->track);
	if (!erosion_shows(s, p)) {
		erosion_track_break(&w->track);
		return false;
	}
	if (!w->since_ns)
		w->since_ns = copies_read_ns(s);
	return erosion_track_look(&w->track, copies_read_ns(s), pages->cow_shared, pages->copied,
		erosion_apart_ns(s));
}

void erosion_watch_see(struct erosion_watch *w, struct snapshot *s, const struct pair *p)
{
	if (look(w, s, p)) {
		part_put(w->last);
		w->last = make(w);
	}
	s->erosion = part_get(w->last);
}

/* What the part leaves out: that it was found so again since. */
static void found_again(struct erosion_watch *w, const struct snapshot *s, const struct pair *p)
{
	struct series_point *last = &w->track.series.point[w->track.series.n - 1];
	uint64_t ns = copies_read_ns(s);

	if (!erosion_shows(s, p)) {
		erosion_track_break(&w->track);
		return;
	}
	if (ns > last->to_ns + 2 * (uint64_t)EROSION_WINDOW_NS)
		last->to_ns = ns - 2 * (uint64_t)EROSION_WINDOW_NS;
	for (uint64_t at = last->to_ns + STEP_NS; at < ns; at += STEP_NS)
		add_look(&w->track, at, w->track.counted);
	if (ns <= last->to_ns)
		return;
	last->to_ns = ns;
	add_look(&w->track, ns, w->track.counted);
}

void erosion_watch_seed(struct erosion_watch *w, const struct snapshot *s, const struct pair *p)
{
	const struct erosion *e = s->erosion;
	struct erosion_track *t = &w->track;

	erosion_watch_reset(w);
	if (!e)
		return;
	w->since_ns = e->since_ns;
	w->last = part_get(e);
	t->series.n = e->n;
	t->series.step_ns = e->step_ns;
	memcpy(t->series.point, e->point, e->n * sizeof *e->point);
	t->looks_n = e->looks_n;
	memcpy(t->look, e->look, e->looks_n * sizeof *e->look);
	t->counted = e->now.copied;
	t->state = e->now;
	found_again(w, s, p);
}

/* Items that are read take their places, if there are so many. */
static void take_items(
	struct keep *k, void *to, const void *from, size_t bytes, size_t n, size_t most)
{
	if (n > most)
		keep_fail(k);
	else if (n && keep_reads(k))
		memcpy(to, from, n * bytes);
}

static void track_keep(struct erosion_track *t, struct keep *k)
{
	struct arena arena = {0};
	size_t n;
	const void *item;

	item = keep_records(
		k, SHAPE_OF_series_point, t->series.point, t->series.n, &arena, &t->series.n);
	take_items(k, t->series.point, item, sizeof *t->series.point, t->series.n, SERIES_POINTS);
	item = keep_records(k, SHAPE_OF_erosion_look, t->look, t->looks_n, &arena, &t->looks_n);
	take_items(k, t->look, item, sizeof *t->look, t->looks_n, EROSION_LOOKS);
	item = keep_records(k, SHAPE_OF_erosion_state, &t->state, 1, &arena, &n);
	take_items(k, &t->state, item, sizeof t->state, n, 1);
	KEEP(k, t->series.step_ns);
	KEEP_BOOL(k, t->series.gap);
	KEEP(k, t->counted);
	arena_free(&arena);
}

void erosion_watch_keep(struct erosion_watch *w, struct keep *k)
{
	track_keep(&w->track, k);
	KEEP(k, w->since_ns);
	KEEP_PART(k, PART_EROSION, 0, w->last);
	if (w->last && !w->last->n)
		keep_fail(k);
}
