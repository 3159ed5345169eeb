/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/trend.h"

#include <string.h>

#include "twintop/base/table.h"

#define SECOND_NS 1000000000.0

/* What of several looks stands for a span. */
enum counter_kind {
	KIND_MEAN,  /* their mean */
	KIND_LEVEL, /* the last one */
	KIND_COUNT  /* the last one, which only grows: told as so much a second */
};
static const enum counter_kind kind_of[] = {
	[COUNTER_CPU] = KIND_MEAN,
	[COUNTER_RESIDENT] = KIND_LEVEL,
	[COUNTER_COPIED] = KIND_LEVEL,
	[COUNTER_FAULTS] = KIND_COUNT,
	[COUNTER_SWITCHES] = KIND_MEAN,
	[COUNTER_THREADS] = KIND_LEVEL,
	[COUNTER_FDS] = KIND_LEVEL,
};
TABLE_ROWS(kind_of, COUNTERS);

/* ---- what a moment says ---------------------------------------------------------- */

static void set(struct trend_side *s, enum counter counter, double value)
{
	struct trend_value *v = &s->value[counter];
	bool mean = kind_of[counter] == KIND_MEAN;

	*v = (struct trend_value){mean ? v->sum + value : value, mean ? v->n + 1 : 1};
}

/* Switches a second of all threads whose rate is known. */
static void look_at_switches(struct trend_side *ret, const struct side *s)
{
	double sum = 0;
	size_t known = 0;

	for (size_t i = 0; s->threads && s->rates && i < s->threads->n; i++) {
		const struct thread_rates *r = rates_thread(s->rates, s->threads, i);

		if (!r || r->switches_gap != RATE_KNOWN)
			continue;
		sum += (double)r->voluntary + (double)r->involuntary;
		known++;
	}
	if (known)
		set(ret, COUNTER_SWITCHES, sum);
}

static void look_at_process(struct trend_side *ret, const struct side *side)
{
	const struct process_info *p = side->info;

	if (!p)
		return;
	if (value_state_has_value(p->source[PROCESS_STAT])) {
		set(ret, COUNTER_FAULTS, (double)(p->minor_faults + p->major_faults));
		set(ret, COUNTER_THREADS, (double)p->threads);
	}
	if (value_state_has_value(p->source[PROCESS_STATUS]) && !side_without_memory(side))
		set(ret, COUNTER_RESIDENT, (double)p->rss_bytes);
}

static void look_at_pair(struct trend_side *ret, const struct pair *p)
{
	if (p && !p->one_space && p->verdicts && value_state_has_value(p->verdicts->pages_state))
		set(ret, COUNTER_COPIED,
			(double)p->verdicts->pages.copied * (double)p->verdicts->page_size);
}

/* Of who has ended nothing goes on. */
static void look(struct trend_span *span, const struct moment *m)
{
	const struct snapshot *s = m->snapshot;

	span->to_ns = s->monotonic_ns;
	for (unsigned i = 0; i < s->sides; i++) {
		const struct side *side = &s->side[i];
		struct trend_side *ret = &span->side[i];

		ret->id = side->id;
		if (side->ending.ended)
			continue;
		if (side->rates && side->rates->gap == RATE_KNOWN)
			set(ret, COUNTER_CPU, side->rates->cpu_percent);
		look_at_switches(ret, side);
		look_at_process(ret, side);
		look_at_pair(ret, m->pair);
		if (side->fds && value_state_has_value(side->fds->part.state))
			set(ret, COUNTER_FDS, (double)side->fds->n);
	}
}

/* ---- spans ------------------------------------------------------------------------- */

static bool same_sides(const struct trend_span *a, const struct trend_span *b)
{
	return task_id_equal(a->side[0].id, b->side[0].id) &&
	       task_id_equal(a->side[1].id, b->side[1].id);
}

/* What was known later stands for both, or what both add up to. */
static void merge(struct trend_span *a, const struct trend_span *b)
{
	a->to_ns = b->to_ns;
	for (unsigned i = 0; i < 2; i++)
		for (unsigned c = 0; c < COUNTERS; c++) {
			struct trend_value *v = &a->side[i].value[c];
			const struct trend_value *w = &b->side[i].value[c];

			if (kind_of[c] == KIND_MEAN)
				*v = (struct trend_value){v->sum + w->sum, v->n + w->n};
			else if (w->n)
				*v = *w;
		}
}

static struct trend_span *span_at(struct trend *t, size_t i)
{
	return &t->span[t->first + i];
}

/* Two spans become one, where they are of the same two. */
static void thin(struct trend *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++, kept++) {
		*span_at(t, kept) = *span_at(t, i);
		if (i + 1 < t->n && same_sides(span_at(t, i), span_at(t, i + 1)))
			merge(span_at(t, kept), span_at(t, ++i));
	}
	t->n = kept;
}

/* How long spans are to be: longer as there are too many, shorter where few are left of them. */
static void fit_step(struct trend *t)
{
	uint64_t length = t->n ? span_at(t, t->n - 1)->to_ns - span_at(t, 0)->from_ns : 0;

	if (t->n == TREND_SPANS) {
		thin(t);
		t->step_ns = length / (TREND_SPANS / 2);
	} else if (t->step_ns && t->n < TREND_SPANS / 8) {
		t->step_ns /= 2;
	}
	if (t->n == TREND_SPANS) {
		t->first++;
		t->n--;
	}
}

/* A span behind the others. */
static struct trend_span *push(struct trend *t)
{
	fit_step(t);
	if (t->first + t->n == TREND_SPANS) {
		memmove(t->span, t->span + t->first, t->n * sizeof *t->span);
		t->first = 0;
	}
	t->n++;
	*span_at(t, t->n - 1) = (struct trend_span){0};
	return span_at(t, t->n - 1);
}

/* The span that the moment belongs to: the last one, where it is of the same two and not over. */
static struct trend_span *span_of(struct trend *t, const struct snapshot *s)
{
	struct trend_span *last = t->n ? span_at(t, t->n - 1) : NULL, now = {0};

	for (unsigned i = 0; i < s->sides; i++)
		now.side[i].id = s->side[i].id;
	if (last && s->monotonic_ns - last->from_ns < t->step_ns && same_sides(last, &now))
		return last;
	last = push(t);
	last->from_ns = s->monotonic_ns;
	return last;
}

void trend_add(struct trend *t, const struct moment *m, uint64_t first_ns)
{
	const struct snapshot *s = m->snapshot;

	if (t->n && s->monotonic_ns <= span_at(t, t->n - 1)->to_ns)
		return;
	look(span_of(t, s), m);
	while (t->n > 1 && span_at(t, 0)->to_ns < first_ns) {
		t->first++;
		t->n--;
	}
}

void trend_cut(struct trend *t, uint64_t from_ns)
{
	while (t->n && span_at(t, t->n - 1)->to_ns >= from_ns)
		t->n--;
}

const struct trend_span *trend_at(const struct trend *t, size_t i)
{
	return i < t->n ? &t->span[t->first + i] : NULL;
}

/* ---- values ------------------------------------------------------------------------- */

/* The side that the process was in a span; NULL: it was none. */
static const struct trend_side *side_of(const struct trend_span *s, struct task_id id)
{
	for (unsigned i = 0; s && id.pid && i < 2; i++)
		if (task_id_equal(s->side[i].id, id))
			return &s->side[i];
	return NULL;
}

bool trend_value(const struct trend *t, size_t i, enum counter counter, const struct task_id id[2],
	unsigned side, double *ret_value)
{
	const struct trend_span *now = trend_at(t, i), *before = i ? trend_at(t, i - 1) : NULL;
	const struct trend_side *a = side_of(now, id[side]), *b = side_of(before, id[side]);
	const struct trend_value *v = a ? &a->value[counter] : NULL;
	double grown;

	if (!v || !v->n || (counter == COUNTER_COPIED && !side_of(now, id[!side])))
		return false;
	if (kind_of[counter] != KIND_COUNT) {
		*ret_value = v->sum / v->n;
		return true;
	}
	if (!b || !b->value[counter].n)
		return false;
	grown = v->sum - b->value[counter].sum;
	if (grown < 0)
		return false;
	*ret_value = grown / ((double)(now->to_ns - before->to_ns) / SECOND_NS);
	return true;
}
