/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/family_rate.h"

#include <stdlib.h>

#include "twintop/base/clock.h"
#include "twintop/base/vec.h"

/* Samples come a little early, too: so much of the window is enough. */
#define WINDOW_ENOUGH_NS (RATE_WINDOW_NS / 10 * 9)
/* Pages of the first member that were read so long before or after a fork are none of that time. */
#define FORK_NS 5000000000u

/* A counter through time: as it was a window or two ago, a window ago, and now. */
struct meter {
	uint64_t old_ns, old, mid_ns, mid, now_ns, now;
	bool had;
};

static void meter_take(struct meter *m, uint64_t ns, uint64_t n)
{
	if (!m->had) {
		*m = (struct meter){ns, n, ns, n, ns, n, true};
		return;
	}
	if (ns <= m->now_ns)
		return;
	if (ns - m->mid_ns >= WINDOW_ENOUGH_NS) {
		m->old_ns = m->mid_ns;
		m->old = m->mid;
		m->mid_ns = ns;
		m->mid = n;
	}
	m->now_ns = ns;
	m->now = n;
}

/* How much a second it grew. */
static enum rate_gap meter_rate(const struct meter *m, double *ret_rate)
{
	uint64_t ns = m->now_ns - m->old_ns;

	if (!ns)
		return RATE_FIRST;
	if (m->now < m->old)
		return RATE_BACKWARDS;
	if (ns < WINDOW_ENOUGH_NS)
		return RATE_COARSE;
	*ret_rate = (double)(m->now - m->old) * 1e9 / (double)ns;
	return RATE_KNOWN;
}

/* What is remembered of a member. */
struct known {
	struct task_id id;
	struct meter ticks, copied;
	enum value_state first_state;
	uint64_t first_private, first_ns;
};

VEC_STRUCT(knowns, struct known);

struct family_rater {
	struct knowns known; /* in the order of the last family */
	uint64_t since_ns;   /* when the first of its families was read; 0: none was */
	struct task_id first;
	const struct family *last; /* a reference, as of … */
	uint64_t last_ns;
	const struct family_rates *rates; /* of it, a reference; NULL: none were made yet */
};

struct family_rater *family_rater_new(void)
{
	return mem_alloc(sizeof(struct family_rater));
}

void family_rater_reset(struct family_rater *r)
{
	VEC_FREE(&r->known);
	part_put(r->last);
	part_put(r->rates);
	*r = (struct family_rater){0};
}

void family_rater_free(struct family_rater *r)
{
	if (!r)
		return;
	family_rater_reset(r);
	free(r);
}

/* ---- what is remembered ---------------------------------------------------- */

/* That of an identity, near the place where it was; NULL: it is new. */
static const struct known *find(const struct family_rater *r, struct task_id id, size_t *near)
{
	for (size_t n = 0; n < r->known.n; n++) {
		size_t i = (*near + n) % r->known.n;

		if (!task_id_equal(r->known.item[i].id, id))
			continue;
		*near = i + 1;
		return &r->known.item[i];
	}
	return NULL;
}

/* What the first one has, where that was read about the time of the member's fork. */
static void note_first(const struct family *f, const struct member *m, struct known *k)
{
	const struct member_pages *first = &f->member[0].pages;
	uint64_t apart = first->read_ns > m->start_ns ? first->read_ns - m->start_ns
						      : m->start_ns - first->read_ns;

	if (value_state_has_value(k->first_state) || k->first_state == VALUE_NONE ||
		f->member[0].ended || !value_state_has_value(first->state) || apart > FORK_NS)
		return;
	k->first_state = VALUE_KNOWN;
	k->first_private = first->private;
	k->first_ns = first->read_ns;
}

static void note(const struct family_rater *r, const struct family *f, const struct member *m,
	uint64_t read_ns, struct known *k)
{
	if (m->ended)
		return;
	meter_take(&k->ticks, read_ns, m->moves.cpu_ticks);
	if (value_state_has_value(m->pages.state) && value_state_has_value(m->pages.beside_state))
		meter_take(&k->copied, m->pages.read_ns, m->pages.copied);
	if (m->start_ns >= r->since_ns)
		note_first(f, m, k);
}

static uint64_t family_read_ns(const struct snapshot *s)
{
	uint64_t ns = s->host_read_ns[PART_FAMILY - SIDE_PARTS - PAIR_PARTS];

	return ns ? ns : s->family->part.begin_ns;
}

/* Takes the family's figures; whether they are news. */
static bool see(struct family_rater *r, const struct snapshot *s)
{
	const struct family *f = s->family;
	uint64_t read_ns = f && f->n ? family_read_ns(s) : 0;
	struct knowns now = {0};
	size_t near = 0;

	if (!read_ns || (f == r->last && read_ns == r->last_ns))
		return false;
	if (!r->since_ns || !task_id_equal(r->first, f->member[0].id)) {
		family_rater_reset(r);
		r->since_ns = f->part.begin_ns;
		r->first = f->member[0].id;
	}
	for (size_t i = 0; i < f->n; i++) {
		const struct member *m = &f->member[i];
		const struct known *had = find(r, m->id, &near);
		struct known k =
			had ? *had
			    : (struct known){.id = m->id,
				      .first_state = m->start_ns < r->since_ns ? VALUE_NONE
									       : VALUE_UNREAD};

		note(r, f, m, read_ns, &k);
		VEC_PUSH(&now, k);
	}
	VEC_FREE(&r->known);
	r->known = now;
	part_put(r->last);
	r->last = part_get(f);
	r->last_ns = read_ns;
	return true;
}

/* ---- a moment --------------------------------------------------------------- */

static struct member_rates rates_of(const struct known *k, const struct snapshot *s)
{
	struct member_rates rates = {.id = k->id,
		.first_state = k->first_state,
		.first_private = k->first_private,
		.first_ns = k->first_ns};
	double ticks = 0, copied = 0;
	uint64_t hertz = s->host.clock_ticks ? s->host.clock_ticks : 100;

	rates.cpu_gap = meter_rate(&k->ticks, &ticks);
	rates.cpu_percent = ticks * 100.0 / (double)hertz;
	rates.copied_gap = k->copied.had ? meter_rate(&k->copied, &copied) : RATE_FIRST;
	rates.copied = copied;
	return rates;
}

static bool same_rates(const struct member_rates *a, const struct member_rates *b)
{
	return task_id_equal(a->id, b->id) && a->cpu_gap == b->cpu_gap &&
	       a->copied_gap == b->copied_gap && a->cpu_percent <= b->cpu_percent &&
	       a->cpu_percent >= b->cpu_percent && a->copied <= b->copied &&
	       a->copied >= b->copied && a->first_state == b->first_state &&
	       a->first_private == b->first_private && a->first_ns == b->first_ns;
}

static bool all_same(const struct family_rates *a, const struct family_rates *b)
{
	if (!a || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!same_rates(&a->member[i], &b->member[i]))
			return false;
	return true;
}

static const struct family_rates *make_rates(const struct family_rater *r, const struct snapshot *s)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct family_rates *rates = part_make(PART_FAMILY_RATES);

	rates->n = r->known.n;
	rates->member = arena_array(&rates->part.arena, rates->n, sizeof *rates->member);
	for (size_t i = 0; i < rates->n; i++)
		rates->member[i] = rates_of(&r->known.item[i], s);
	part_seal(&rates->part, cpu_ns, 0);
	return rates;
}

void family_rater_rate(struct family_rater *r, struct snapshot *s)
{
	bool news = see(r, s);
	const struct family_rates *rates;

	if (!s->family || s->family != r->last)
		return;
	if (news || !r->rates) {
		rates = make_rates(r, s);
		if (all_same(r->rates, rates)) {
			part_put(rates);
		} else {
			part_put(r->rates);
			r->rates = rates;
		}
	}
	s->family_rates = part_get(r->rates);
}

void family_rater_seed(struct family_rater *r, const struct snapshot *s)
{
	see(r, s);
	for (size_t i = 0; i < r->known.n && s->family == r->last; i++) {
		const struct member_rates *rates = family_rates_of(s->family_rates, s->family, i);
		struct known *k = &r->known.item[i];

		if (!rates)
			continue;
		k->first_state = rates->first_state;
		k->first_private = rates->first_private;
		k->first_ns = rates->first_ns;
	}
	part_put(r->rates);
	r->rates = NULL; /* of other moments, maybe: the next ones are made anew */
}

static void meter_keep(struct meter *m, struct keep *k)
{
	KEEP(k, m->old_ns);
	KEEP(k, m->old);
	KEEP(k, m->mid_ns);
	KEEP(k, m->mid);
	KEEP(k, m->now_ns);
	KEEP(k, m->now);
	KEEP_BOOL(k, m->had);
}

static void known_keep(struct known *m, struct keep *k)
{
	KEEP(k, m->id.pid);
	KEEP(k, m->id.start_ticks);
	meter_keep(&m->ticks, k);
	meter_keep(&m->copied, k);
	KEEP_BELOW(k, m->first_state, VALUE_STATES);
	KEEP(k, m->first_private);
	KEEP(k, m->first_ns);
}

/* The rates are made anew of the same figures. */
void family_rater_keep(struct family_rater *r, struct keep *k)
{
	size_t n;

	KEEP(k, r->since_ns);
	KEEP(k, r->first.pid);
	KEEP(k, r->first.start_ticks);
	KEEP_PART(k, PART_FAMILY, 0, r->last);
	KEEP(k, r->last_ns);
	n = keep_count(k, r->known.n, r->last ? r->last->n : 0);
	if (n != (r->last ? r->last->n : 0))
		keep_fail(k);
	for (size_t i = 0; i < n && !k->error; i++) {
		if (keep_reads(k))
			VEC_PUSH(&r->known, (struct known){0});
		known_keep(&r->known.item[i], k);
	}
}
