/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/duties.h"

#include <stdlib.h>
#include <string.h>

#include "places.h"
#include "twintop/base/clock.h"
#include "twintop/model/duty.h"

/* A process: each of its threads that ran lately. */
struct counted {
	struct task_id id;		/* pid 0: none */
	const struct thread_list *list; /* as the moment before had it, a reference */
	VEC(struct duty_track) track;	/* by TID */
	/* The window under way, and when it and the one before it began. */
	uint64_t since_ns, before_ns;
	uint64_t seen_ns; /* when list was read, or found to be so */
	bool partial;
	const struct duties *duties; /* of the last moment, a reference */
};

struct duty_counter {
	struct counted counted[2];
};

struct duty_counter *duty_counter_new(void)
{
	return mem_alloc(sizeof(struct duty_counter));
}

static void clear(struct counted *c)
{
	part_put(c->list);
	part_put(c->duties);
	VEC_FREE(&c->track);
	*c = (struct counted){0};
}

void duty_counter_reset(struct duty_counter *c)
{
	clear(&c->counted[0]);
	clear(&c->counted[1]);
}

void duty_counter_free(struct duty_counter *c)
{
	if (!c)
		return;
	duty_counter_reset(c);
	free(c);
}

/* ---- one thread ------------------------------------------------------------- */

/* Half of what it was blocked is of where it stood before, half of where it stands. */
static void block(
	struct thread_duty *d, const struct thread *then, const struct thread *now, uint64_t ns)
{
	const struct wait a = wait_of(then), b = wait_of(now);
	uint64_t half = ns / 2;

	if (b.kind == WAIT_NOTHING)
		half = ns;
	else if (a.kind == WAIT_NOTHING)
		half = 0;
	if (half)
		duty_block(d, &a, half);
	if (ns - half)
		duty_block(d, &b, ns - half);
}

/* It was ready at both looks and did not give its CPU up in between. */
static bool never_slept(const struct thread *then, const struct thread *now)
{
	return then->run->state == 'R' && now->run->state == 'R' &&
	       then->list->source[THREAD_STATUS] == VALUE_KNOWN &&
	       now->list->source[THREAD_STATUS] == VALUE_KNOWN &&
	       then->run->voluntary_switches == now->run->voluntary_switches;
}

/* From its last look to now. A wait for a CPU is booked when it is over. */
static void count(
	struct duty_track *t, const struct thread *then, const struct thread *now, uint64_t now_ns)
{
	uint64_t run = now->run->run_ns, queued = now->run->wait_ns;
	uint64_t ns = now_ns > t->last_ns ? now_ns - t->last_ns : 0;
	struct thread_duty *d = &t->now;

	if (!ns || run < t->last_run_ns || queued < t->last_queued_ns)
		return;
	run -= t->last_run_ns;
	queued -= t->last_queued_ns;
	if (run > ns)
		run = ns;
	if (queued > ns - run || never_slept(then, now))
		queued = ns - run;
	d->ns += ns;
	d->run_ns += run;
	d->queued_ns += queued;
	block(d, then, now, ns - run - queued);
	t->last_ns = now_ns;
	t->last_run_ns = now->run->run_ns;
	t->last_queued_ns = now->run->wait_ns;
}

/* From then to its last look: it stood still, or began in that while. */
static void count_still(struct thread_duty *d, uint64_t from_ns, uint64_t until_ns,
	const struct thread *then, uint64_t began_ns)
{
	const struct wait w = wait_of(then);

	if (until_ns <= from_ns || until_ns <= began_ns)
		return;
	if (began_ns > from_ns) {
		duty_of_life(d, then, until_ns - began_ns);
		return;
	}
	d->ns += until_ns - from_ns;
	duty_block(d, &w, until_ns - from_ns);
}

/* One that stood still since the window began, or is new in it, until it was looked at then. */
static struct duty_track begin(
	const struct counted *c, const struct thread *then, const struct host *host)
{
	struct duty_track t = {.tid = then->self->tid,
		.start_ticks = then->self->start_ticks,
		.last_ns = c->seen_ns,
		.last_run_ns = then->run->run_ns,
		.last_queued_ns = then->run->wait_ns};
	uint64_t began_ns = duty_began_ns(then, host, c->seen_ns);

	count_still(&t.now, c->since_ns, c->seen_ns, then, began_ns);
	if (c->before_ns)
		count_still(&t.before, c->before_ns, c->since_ns, then, began_ns);
	return t;
}

/* ---- a process -------------------------------------------------------------- */

static bool has_moved(const struct thread *now, const struct thread *then)
{
	return now->run->run_ns != then->run->run_ns || now->run->wait_ns != then->run->wait_ns;
}

/* The same thread in the list before; self is NULL: it was not there. */
static struct thread then_of(const struct counted *c, const struct thread *now, size_t i)
{
	struct thread then = {0};
	ptrdiff_t k = (ptrdiff_t)i;

	if (now->list->seats != c->list->seats)
		k = thread_find(c->list, now->self->tid);
	if (k >= 0)
		then = thread_at(c->list, (size_t)k);
	if (then.self && then.self->start_ticks != now->self->start_ticks)
		then.self = NULL;
	return then;
}

/* A chunk in which nobody ran is that of before. */
static bool stood_still(const struct counted *c, const struct thread_list *now, size_t i)
{
	size_t chunk = chunk_place(&now->seats->layout, i).chunk;

	return now->seats == c->list->seats &&
	       now->group[THREAD_GROUP_RUN][chunk] == c->list->group[THREAD_GROUP_RUN][chunk];
}

static int by_tid(const void *a, const void *b)
{
	pid_t x = ((const struct duty_track *)a)->tid, y = ((const struct duty_track *)b)->tid;

	return (x > y) - (x < y);
}

static struct duty_track *find(struct counted *c, size_t n, pid_t tid)
{
	const struct duty_track key = {.tid = tid};

	return n ? bsearch(&key, c->track.item, n, sizeof key, by_tid) : NULL;
}

/* Those that run are followed from now on. */
static void take_up(struct counted *c, const struct thread_list *list, const struct host *host)
{
	size_t had = c->track.n;

	for (size_t i = 0; i < list->n; i++) {
		struct thread now, then;

		if (stood_still(c, list, i))
			continue;
		now = thread_at(list, i);
		then = then_of(c, &now, i);
		if (!then.self || !has_moved(&now, &then) || find(c, had, now.self->tid))
			continue;
		if (c->track.n < DUTIES_MOST)
			VEC_PUSH(&c->track, begin(c, &then, host));
		else
			c->partial = true;
	}
	if (c->track.n > had)
		qsort(c->track.item, c->track.n, sizeof *c->track.item, by_tid);
}

/* All that are followed; those that have ended are no more. */
static void count_all(struct counted *c, const struct thread_list *list, uint64_t now_ns)
{
	size_t n = 0;

	for (size_t i = 0; i < c->track.n; i++) {
		struct duty_track *t = &c->track.item[i];
		ptrdiff_t at = thread_find(list, t->tid);
		struct thread now = {0}, then = {0};

		if (at >= 0)
			now = thread_at(list, (size_t)at);
		if (!now.self || now.self->start_ticks != t->start_ticks)
			continue;
		then = then_of(c, &now, (size_t)at);
		count(t, then.self ? &then : &now, &now, now_ns);
		c->track.item[n++] = *t;
	}
	c->track.n = n;
}

static bool is_idle(const struct duty_track *t)
{
	return !t->now.run_ns && !t->now.queued_ns;
}

/* The window before goes; who stood still in this one needs not be followed. */
static void turn_window(struct counted *c, uint64_t now_ns)
{
	size_t n = 0;

	if (now_ns - c->since_ns < DUTY_WINDOW_NS)
		return;
	for (size_t i = 0; i < c->track.n; i++) {
		struct duty_track *t = &c->track.item[i];

		if (is_idle(t))
			continue;
		t->before = t->now;
		t->now = (struct thread_duty){0};
		c->track.item[n++] = *t;
	}
	c->track.n = n;
	c->before_ns = c->since_ns;
	c->since_ns = now_ns;
	c->partial = false;
}

static const struct duties *make(const struct counted *c)
{
	uint64_t cpu_start = clock_thread_cpu_ns();
	struct duties *duties = part_make(PART_DUTIES);
	struct duty_track *track = arena_array(&duties->part.arena, c->track.n, sizeof *track);

	duties->since_ns = c->since_ns;
	duties->before_ns = c->before_ns;
	duties->partial = c->partial;
	duties->n = c->track.n;
	duties->track = track;
	for (size_t i = 0; i < c->track.n; i++)
		track[i] = c->track.item[i];
	part_seal(&duties->part, cpu_start, 0);
	return duties;
}

/* Where nobody ran there is nothing new to tell. */
static void tell(struct counted *c)
{
	const struct duties *last = c->duties;

	if (last && !last->n && !c->track.n && last->since_ns == c->since_ns &&
		last->partial == c->partial)
		return;
	c->duties = make(c);
	part_put(last);
}

static bool is_list(const struct thread_list *list)
{
	return list && list->n && list->seats;
}

static uint64_t read_ns(const struct side *side)
{
	uint64_t ns = side->read_ns[PART_THREADS];

	return ns > side->threads->part.begin_ns ? ns : side->threads->part.begin_ns;
}

static void see_side(struct counted *c, struct side *side, const struct host *host)
{
	const struct thread_list *list = side->threads;
	uint64_t now_ns;

	if (!is_list(list)) {
		side->duties = part_get(c->duties);
		return;
	}
	now_ns = read_ns(side);
	if (!c->list) {
		c->since_ns = now_ns;
	} else if (now_ns > c->seen_ns) {
		take_up(c, list, host);
		count_all(c, list, now_ns);
		turn_window(c, now_ns);
		tell(c);
	}
	c->seen_ns = now_ns;
	if (list != c->list) {
		part_put(c->list);
		c->list = part_get(list);
	}
	side->duties = part_get(c->duties);
}

/* What is counted of the process, or a place for it where no side of s stands. */
static struct counted *counted_of(
	struct duty_counter *c, const struct snapshot *s, struct task_id id)
{
	const struct task_id held[] = {c->counted[0].id, c->counted[1].id};
	bool is;
	struct counted *place = &c->counted[remembered_place(held, s, id, &is)];

	if (!is) {
		clear(place);
		place->id = id;
	}
	return place;
}

void duty_counter_see(struct duty_counter *c, struct snapshot *s)
{
	for (unsigned side = 0; side < s->sides; side++)
		see_side(counted_of(c, s, s->side[side].id), &s->side[side], side_host(s, side));
}

static void seed_side(struct counted *c, const struct side *side)
{
	const struct duties *duties = side->duties;

	if (!is_list(side->threads) || c->list)
		return;
	c->list = part_get(side->threads);
	c->since_ns = c->seen_ns = read_ns(side);
	if (!duties)
		return;
	c->since_ns = duties->since_ns;
	c->before_ns = duties->before_ns;
	c->partial = duties->partial;
	c->duties = part_get(duties);
	for (size_t i = 0; i < duties->n; i++)
		VEC_PUSH(&c->track, duties->track[i]);
}

void duty_counter_seed(struct duty_counter *c, const struct snapshot *s)
{
	duty_counter_reset(c);
	for (unsigned i = 0; i < s->sides; i++)
		seed_side(counted_of(c, s, s->side[i].id), &s->side[i]);
}

/* ---- written down ----------------------------------------------------------- */

static bool is_sound(const struct counted *c)
{
	for (size_t i = 0; i < c->track.n; i++) {
		const struct duty_track *t = &c->track.item[i];

		if (t->tid <= 0 || t->now.waits_n > DUTY_WAITS || t->before.waits_n > DUTY_WAITS ||
			(i && t->tid <= t[-1].tid))
			return false;
	}
	return !c->list || is_list(c->list);
}

static void counted_keep(struct counted *c, unsigned side, struct keep *k)
{
	struct arena arena = {0};
	const struct duty_track *track;
	size_t n;

	KEEP(k, c->id.pid);
	KEEP(k, c->id.start_ticks);
	KEEP(k, c->since_ns);
	KEEP(k, c->before_ns);
	KEEP(k, c->seen_ns);
	KEEP_BOOL(k, c->partial);
	KEEP_PART(k, PART_THREADS, side, c->list);
	track = keep_records(k, SHAPE_OF_duty_track, c->track.item, c->track.n, &arena, &n);
	for (size_t i = 0; keep_reads(k) && i < n && i < DUTIES_MOST; i++)
		VEC_PUSH(&c->track, track[i]);
	arena_free(&arena);
	if (!keep_reads(k))
		return;
	if (!is_sound(c)) {
		keep_fail(k);
		clear(c);
	} else if (c->list && c->seen_ns > c->since_ns) {
		c->duties = make(c);
	}
}

void duty_counter_keep(struct duty_counter *c, struct keep *k)
{
	for (unsigned side = 0; side < 2; side++)
		counted_keep(&c->counted[side], side, k);
}
