/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "rate_internal.h"

/* A list, as it was found so long after it was read. */
struct sight {
	const struct thread_list *list; /* NULL: there is none */
	uint64_t held_ns;
};

/* One list that is compared with an earlier one, or with itself as it was. */
struct rating {
	struct sight now, then;
	const struct rate_samples *lists;
	size_t then_at; /* where the walk through the earlier one is */
	double sum;	/* CPU percent so far */
};

/* A thread's run group, and when it was read. */
struct reading {
	const struct thread_run *run;
	uint64_t ns;
};

static int64_t place_of(const struct thread_list *list, size_t i)
{
	return i ? thread_self_at(list, i)->tid : 0;
}

/*
 * The times of the reads of those that stood still are known by the chunk: they are spread evenly
 * over it.
 */
static struct reading reading_of(const struct sight *s, size_t i)
{
	const struct chunk_layout *l = &s->list->seats->layout;
	struct chunk_place at = chunk_place(l, i);
	const struct thread_window *w = &s->list->window[at.chunk];
	struct reading r = {.run = thread_run_at(s->list, i)};
	uint64_t n = l->first[at.chunk + 1] - l->first[at.chunk];

	r.ns = r.run->read_ns;
	if (!r.ns || r.ns < w->begin_ns || s->held_ns)
		r.ns = w->begin_ns + (w->end_ns - w->begin_ns) * (2 * at.slot + 1) / (2 * n) +
		       s->held_ns;
	return r;
}

static bool is_same_thread(const struct thread_self *a, const struct thread_self *b)
{
	return a->tid == b->tid && a->start_ticks == b->start_ticks;
}

/* Where thread i of the newest list stands in the one before it by a window, or -1. */
static ptrdiff_t find_then(struct rating *r, size_t i)
{
	const struct thread_self *self = thread_self_at(r->now.list, i);
	const struct thread_list *then = r->then.list;
	int64_t place = place_of(r->now.list, i);

	if (!then)
		return -1;
	if (then->seats == r->now.list->seats)
		r->then_at = i;
	else
		while (r->then_at < then->n && place_of(then, r->then_at) < place)
			r->then_at++;
	if (r->then_at < then->n && is_same_thread(self, thread_self_at(then, r->then_at)))
		return (ptrdiff_t)r->then_at;
	return -1;
}

/* The first list that knows the thread, though it came after the window began; NULL: none. */
static const struct thread_list *find_later(const struct rating *r, size_t i, size_t *ret_at)
{
	const struct thread_self *self = thread_self_at(r->now.list, i);

	for (size_t k = 1; k + 1 < r->lists->n; k++) {
		const struct thread_list *list = r->lists->item[k].part;
		ptrdiff_t at = thread_find(list, self->tid);

		if (at < 0 || !is_same_thread(self, thread_self_at(list, (size_t)at)))
			continue;
		*ret_at = (size_t)at;
		return list;
	}
	return NULL;
}

static double share(uint64_t now, uint64_t then, uint64_t ns)
{
	double percent = 100.0 * (double)(now - then) / (double)ns;

	return percent < 100.0 ? percent : 100.0;
}

static void rate_time(
	struct thread_rates *out, const struct reading *now, const struct reading *then)
{
	const struct thread_run *a = then->run, *b = now->run;

	if (now->ns <= then->ns) {
		out->time_gap = RATE_FIRST;
	} else if (b->run_ns < a->run_ns || b->wait_ns < a->wait_ns) {
		out->time_gap = RATE_BACKWARDS;
	} else {
		out->cpu_percent = (float)share(b->run_ns, a->run_ns, now->ns - then->ns);
		out->wait_percent = (float)share(b->wait_ns, a->wait_ns, now->ns - then->ns);
	}
}

static void rate_switches(
	struct thread_rates *out, const struct reading *now, const struct reading *then, bool asked)
{
	const struct thread_run *a = then->run, *b = now->run;
	double seconds = (double)(now->ns - then->ns) / 1e9;

	if (!asked || now->ns <= then->ns) {
		out->switches_gap = RATE_FIRST;
	} else if (b->voluntary_switches < a->voluntary_switches ||
		   b->involuntary_switches < a->involuntary_switches) {
		out->switches_gap = RATE_BACKWARDS;
	} else {
		out->voluntary =
			(float)((double)(b->voluntary_switches - a->voluntary_switches) / seconds);
		out->involuntary =
			(float)((double)(b->involuntary_switches - a->involuntary_switches) /
				seconds);
	}
}

/* Thread i of now against thread k of then. */
static void rate_between(const struct sight *now, size_t i, const struct sight *then, size_t k,
	struct thread_rates *out)
{
	bool asked = now->list->source[THREAD_STATUS] == VALUE_KNOWN &&
		     then->list->source[THREAD_STATUS] == VALUE_KNOWN;
	struct reading a, b;

	if (asked && thread_run_at(now->list, i) == thread_run_at(then->list, k))
		return; /* nothing moved */
	a = reading_of(then, k);
	b = reading_of(now, i);
	rate_time(out, &b, &a);
	rate_switches(out, &b, &a, asked);
}

/* What a thread that came since the window began has run altogether, over that time. */
static double percent_of_new(const struct rating *r, size_t i)
{
	struct reading now = reading_of(&r->now, i);
	uint64_t begin_ns = r->then.list ? r->then.list->part.begin_ns + r->then.held_ns : now.ns;

	return now.ns > begin_ns ? share(now.run->run_ns, 0, now.ns - begin_ns) : 0;
}

static void rate_thread(struct rating *r, size_t i, struct thread_rates *out)
{
	ptrdiff_t then = find_then(r, i);
	struct sight later = {0};
	size_t at;

	if (then >= 0) {
		rate_between(&r->now, i, &r->then, (size_t)then, out);
		r->sum += (double)out->cpu_percent;
		return;
	}
	r->sum += percent_of_new(r, i);
	later.list = find_later(r, i, &at);
	if (later.list)
		rate_between(&r->now, i, &later, at, out);
	else
		out->time_gap = out->switches_gap = RATE_FIRST;
}

/* Whether the threads of a chunk are those that stood in their places a window ago. */
static bool is_same_chunk(const struct rating *r, size_t c)
{
	const struct thread_list *now = r->now.list, *then = r->then.list;

	return then && then->seats == now->seats &&
	       then->group[THREAD_GROUP_SELF][c] == now->group[THREAD_GROUP_SELF][c];
}

static void rate_chunk(struct rating *r, size_t c, struct thread_rates *room)
{
	const struct chunk_layout *l = &r->now.list->seats->layout;
	bool same = is_same_chunk(r, c);

	memset(room, 0, (l->first[c + 1] - l->first[c]) * sizeof *room);
	for (size_t i = l->first[c]; i < l->first[c + 1]; i++, room++) {
		if (!same) {
			rate_thread(r, i, room);
			continue;
		}
		rate_between(&r->now, i, &r->then, i, room);
		r->sum += (double)room->cpu_percent;
	}
}

/* The chunk of the rates in room[], which is the one before where they are the same. */
static const struct chunk *chunk_of_rates(
	const struct thread_rates *room, unsigned n, const struct chunk *before)
{
	const void *at[CHUNK_RECORDS];
	struct chunk_slots changed = {{0}};

	for (unsigned slot = 0; slot < n; slot++)
		at[slot] = &room[slot];
	if (!before)
		return chunk_new(sizeof *room, at, n);
	for (unsigned slot = 0; slot < n; slot++)
		if (memcmp(at[slot], chunk_at(before, slot), sizeof *room) != 0)
			chunk_slots_add(&changed, slot);
	return chunk_next(before, &changed, at);
}

static struct sight sight_of(const struct rate_sample *sample, uint64_t held_ns)
{
	return (struct sight){sample->part, held_ns};
}

double rate_threads(struct rates *rates, const struct rate_samples *lists, uint64_t then_ns,
	const struct rates *last)
{
	const struct rate_sample *newest = &lists->item[lists->n - 1];
	struct rating r = {.now = sight_of(newest, newest->held_ns), .lists = lists};
	const struct chunk_layout *l = &r.now.list->seats->layout;
	struct thread_rates room[CHUNK_RECORDS];
	bool same_seats = last && last->seats == r.now.list->seats;

	if (lists->n > 1 || newest->held_ns)
		r.then = sight_of(&lists->item[0], then_ns);
	rates->seats = part_get(r.now.list->seats);
	rates->thread = arena_array(&rates->part.arena, l->chunks, sizeof(const struct chunk *));
	for (size_t c = 0; c < l->chunks; c++) {
		unsigned n = l->first[c + 1] - l->first[c];

		rate_chunk(&r, c, room);
		rates->thread[c] = chunk_of_rates(room, n, same_seats ? last->thread[c] : NULL);
	}
	return r.sum;
}
