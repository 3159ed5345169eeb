/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/rate.h"

#include <stdlib.h>
#include <string.h>

#include "places.h"
#include "rate_internal.h"
#include "twintop/base/clock.h"

/* Samples come a little early, too: so much of the window is enough. */
#define WINDOW_ENOUGH_NS (RATE_WINDOW_NS / 10 * 9)
/* An older sample is none to compare with where there is a younger one: unless samples are rare. */
#define WINDOW_MOST_NS (2 * RATE_WINDOW_NS)
/* user and system time are rounded down to whole ticks, each of them. */
#define TICKS_UNSURE 2
#define SAMPLES_MOST 4096u /* that are read back; there are as many as in a window */

/* What is remembered of a process. The first of the samples are those to compare with. */
struct watched {
	struct task_id id; /* pid 0: none */
	struct rate_samples lists, infos;
	/* The rates of the last moment (a reference), and whether threads were late then. */
	const struct rates *rates;
	bool late;
	bool still; /* its threads are compared with the same list, as it was a window ago */
	double sum; /* of the threads of the newest list, percent */
};

struct rater {
	struct watched watched[2];
};

struct rater *rater_new(void)
{
	return mem_alloc(sizeof(struct rater));
}

static void samples_clear(struct rate_samples *s)
{
	for (size_t i = 0; i < s->n; i++)
		part_put(s->item[i].part);
	VEC_FREE(s);
}

static void watched_clear(struct watched *w)
{
	samples_clear(&w->lists);
	samples_clear(&w->infos);
	part_put(w->rates);
	*w = (struct watched){0};
}

void rater_reset(struct rater *r)
{
	watched_clear(&r->watched[0]);
	watched_clear(&r->watched[1]);
}

void rater_free(struct rater *r)
{
	if (!r)
		return;
	rater_reset(r);
	free(r);
}

/* ---- what is remembered -------------------------------------------------- */

static uint64_t begin_ns(const struct rate_sample *s)
{
	return ((const struct part *)s->part)->begin_ns;
}

/* When the newest was read last. */
static uint64_t now_ns(const struct rate_samples *s)
{
	return begin_ns(&s->item[s->n - 1]) + s->item[s->n - 1].held_ns;
}

/*
 * How many come before the one to compare the newest with: that is the youngest that was read a
 * window ago, else the oldest. It may be the newest itself, which held since.
 */
static size_t older_ones(const struct rate_samples *s, uint64_t most_ns)
{
	size_t first = 0;
	uint64_t now = now_ns(s);

	while (first + 1 < s->n && now - begin_ns(&s->item[first + 1]) >= WINDOW_ENOUGH_NS)
		first++;
	if (first + 2 < s->n && now - begin_ns(&s->item[first]) - s->item[first].held_ns > most_ns)
		first++;
	return first;
}

/*
 * How long after it was read the first one is compared: as long as it held, but a window before
 * now.
 */
static uint64_t then_ns(const struct rate_samples *s)
{
	uint64_t begin = begin_ns(&s->item[0]), now = now_ns(s);
	uint64_t window = now - begin > RATE_WINDOW_NS ? now - begin - RATE_WINDOW_NS : 0;

	return window < s->item[0].held_ns ? window : s->item[0].held_ns;
}

/*
 * Takes a sample that was last found to be so at found_ns (0: when it was read), and lets go of
 * those that are too old. Whether it tells anything new.
 */
static bool samples_take(
	struct rate_samples *s, const struct part *part, uint64_t found_ns, uint64_t most_ns)
{
	uint64_t held_ns = found_ns > part->begin_ns ? found_ns - part->begin_ns : 0;
	size_t old;

	if (s->n && s->item[s->n - 1].part == part) {
		if (s->item[s->n - 1].held_ns == held_ns)
			return false;
		s->item[s->n - 1].held_ns = held_ns;
	} else {
		VEC_PUSH(s, (struct rate_sample){part_get(part), held_ns});
	}
	old = older_ones(s, most_ns);
	for (size_t i = 0; i < old; i++)
		part_put(s->item[i].part);
	s->n -= old;
	memmove(s->item, s->item + old, s->n * sizeof *s->item);
	return true;
}

/* Whether there is more than a first sight. */
static bool can_compare(const struct rate_samples *s)
{
	return s->n > 1 || (s->n && s->item[0].held_ns);
}

/* ---- the process's ------------------------------------------------------- */

/* What the clock ticks say of the time between the first and the newest sample. */
struct ticks {
	enum rate_gap gap;
	double percent;	 /* as they are */
	double at_least; /* as rounded down in the first sample, and up in the second */
	double threads;	 /* percent that the threads seen could have taken */
};

static struct ticks ticks_of(const struct rate_samples *infos, uint64_t clock_ticks)
{
	double tick = 1e11 / (double)(clock_ticks ? clock_ticks : 100); /* ns, percent */
	const struct process_info *a, *b;
	uint64_t then, now, ns, most;
	struct ticks t = {.gap = RATE_FIRST};

	if (!can_compare(infos))
		return t;
	a = infos->item[0].part;
	b = infos->item[infos->n - 1].part;
	then = a->user_ticks + a->system_ticks;
	now = b->user_ticks + b->system_ticks;
	ns = now_ns(infos) - begin_ns(&infos->item[0]) - then_ns(infos);
	t.gap = now < then ? RATE_BACKWARDS : ns < WINDOW_ENOUGH_NS ? RATE_COARSE : RATE_KNOWN;
	if (t.gap)
		return t;
	most = ns + (b->part.end_ns - b->part.begin_ns);
	t.threads = 100.0 * (double)(a->threads > b->threads ? a->threads : b->threads);
	t.percent = (double)(now - then) * tick / (double)ns;
	if (now - then > TICKS_UNSURE)
		t.at_least = (double)(now - then - TICKS_UNSURE) * tick / (double)most;
	return t;
}

static double at_most(double value, double most)
{
	return value < most ? value : most;
}

static double at_least(double value, double least)
{
	return value > least ? value : least;
}

static void rate_process(struct rates *rates, const struct watched *w, const struct host *host)
{
	double all = 100.0 * (host->cpus ? host->cpus : 1e6);
	struct ticks ticks = ticks_of(&w->infos, host->clock_ticks);
	double percent;

	rates->by_ticks = w->late || !can_compare(&w->lists);
	if (rates->by_ticks) {
		rates->gap = ticks.gap;
		percent = at_least(at_most(ticks.percent, ticks.threads), ticks.at_least);
	} else {
		percent = ticks.gap ? w->sum : at_least(w->sum, ticks.at_least);
	}
	rates->cpu_percent = rates->gap ? 0 : at_most(percent, all);
}

/* ---- a moment ------------------------------------------------------------ */

/* Whether the threads were not read lately: what they did since is told by the ticks alone. */
static bool is_late(const struct snapshot *s, unsigned side)
{
	uint64_t most_ns = 3 * s->delay_ns > WINDOW_MOST_NS ? 3 * s->delay_ns : WINDOW_MOST_NS;
	const struct thread_list *list = s->side[side].threads;

	return !list || !list->n || part_age(s, PART_THREADS, side).ns > most_ns;
}

/* Takes what the side has of threads and ticks; whether any of it is news. */
static bool remember(struct watched *w, const struct snapshot *s, unsigned side, bool *ret_new_list)
{
	uint64_t most_ns = 3 * s->delay_ns > WINDOW_MOST_NS ? 3 * s->delay_ns : WINDOW_MOST_NS;
	const struct side *of = &s->side[side];
	bool news = false;

	*ret_new_list = false;
	if (of->threads && of->threads->n)
		*ret_new_list = samples_take(
			&w->lists, &of->threads->part, of->read_ns[PART_THREADS], most_ns);
	if (of->info && value_state_has_value(of->info->part.state) &&
		value_state_has_value(of->info->source[PROCESS_STAT]))
		news = samples_take(&w->infos, &of->info->part, of->read_ns[PART_PROCESS], most_ns);
	return news || *ret_new_list;
}

/* The threads' rates of a list that is not read anew are those of the moment before. */
static void repeat_threads(struct rates *rates, const struct rates *last)
{
	size_t n = last->seats->layout.chunks;

	rates->seats = part_get(last->seats);
	rates->thread = arena_array(&rates->part.arena, n, sizeof(const struct chunk *));
	for (size_t c = 0; c < n; c++)
		rates->thread[c] = chunk_get(last->thread[c]);
}

/* Threads that stood still for a window go on with no rate but zeroes. */
static void rate_list(struct rates *rates, struct watched *w, bool new_list)
{
	bool still = w->lists.n == 1 && w->lists.item[0].held_ns >= WINDOW_ENOUGH_NS;
	bool again = w->rates && w->rates->seats && (!new_list || (still && w->still));

	if (again)
		repeat_threads(rates, w->rates);
	else
		w->sum = rate_threads(rates, &w->lists, then_ns(&w->lists), w->rates);
	w->still = still;
}

static const struct rates *rates_new(
	struct watched *w, const struct snapshot *s, unsigned side, bool new_list)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	const struct thread_list *list = s->side[side].threads;
	struct rates *rates = part_make(PART_RATES);

	if (list && list->n)
		rate_list(rates, w, new_list);
	rate_process(rates, w, &s->host);
	part_seal(&rates->part, cpu_ns, 0);
	return rates;
}

static bool same_rates(const struct rates *a, const struct rates *b)
{
	return a && a->gap == b->gap && a->by_ticks == b->by_ticks &&
	       a->cpu_percent >= b->cpu_percent && a->cpu_percent <= b->cpu_percent &&
	       a->seats == b->seats &&
	       (!a->seats || !memcmp(a->thread, b->thread,
				     a->seats->layout.chunks * sizeof(const struct chunk *)));
}

static void rate_side(struct watched *w, struct snapshot *s, unsigned side)
{
	bool late = is_late(s, side), new_list, news = remember(w, s, side, &new_list);
	bool had_list = w->rates && w->rates->seats;
	const struct thread_list *list = s->side[side].threads;
	const struct rates *rates;

	if (!w->rates || news || w->late != late || had_list != (list && list->n)) {
		w->late = late;
		rates = rates_new(w, s, side, new_list);
		if (same_rates(w->rates, rates)) {
			part_put(rates);
		} else {
			part_put(w->rates);
			w->rates = rates;
		}
	}
	s->side[side].rates = part_get(w->rates);
}

/* What is remembered of the side's process, or a place for it where no side of s stands. */
static struct watched *watched_of(struct rater *r, const struct snapshot *s, struct task_id id)
{
	const struct task_id held[] = {r->watched[0].id, r->watched[1].id};
	bool is;
	struct watched *place = &r->watched[remembered_place(held, s, id, &is)];

	if (!is) {
		watched_clear(place);
		place->id = id;
	}
	return place;
}

void rater_rate(struct rater *r, struct snapshot *s)
{
	for (unsigned i = 0; i < s->sides; i++)
		rate_side(watched_of(r, s, s->side[i].id), s, i);
}

void rater_seed(struct rater *r, const struct snapshot *s)
{
	for (unsigned i = 0; i < s->sides; i++) {
		struct watched *w = watched_of(r, s, s->side[i].id);
		bool new_list;

		remember(w, s, i, &new_list);
		part_put(w->rates);
		w->rates = NULL; /* of other moments, maybe: the next ones are made anew */
	}
}

static bool is_list(const void *part)
{
	const struct thread_list *list = part;

	return list && list->n && list->seats;
}

/* Whether what stands at i could be told, and is what it should be. */
static bool sample_keep(
	struct rate_sample *sample, enum part_kind kind, unsigned side, struct keep *k)
{
	KEEP_LEAN(k, kind, side, sample->part);
	KEEP(k, sample->held_ns);
	return sample->part && (kind != PART_THREADS || is_list(sample->part));
}

/* The newest comes first: it is most like what is told beside it. */
static void samples_keep(struct rate_samples *s, enum part_kind kind, unsigned side, struct keep *k)
{
	size_t n = keep_count(k, s->n, SAMPLES_MOST);

	for (size_t i = 0; i < n && keep_reads(k); i++)
		VEC_PUSH(s, (struct rate_sample){0});
	for (size_t i = 0; i < n; i++) {
		size_t at = k->format < KEEP_NEWEST_FIRST ? i : n - 1 - i;

		if (!sample_keep(&s->item[at], kind, side, k)) {
			keep_fail(k);
			samples_clear(s);
			return;
		}
	}
}

/* The rates are made anew of the same samples. */
void rater_keep(struct rater *r, struct keep *k)
{
	for (unsigned i = 0; i < 2; i++) {
		struct watched *w = &r->watched[i];

		KEEP(k, w->id.pid);
		KEEP(k, w->id.start_ticks);
		samples_keep(&w->lists, PART_THREADS, i, k);
		samples_keep(&w->infos, PART_PROCESS, i, k);
		KEEP_BOOL(k, w->late);
		KEEP_BOOL(k, w->still);
		w->sum = keep_real(k, w->sum);
	}
}
