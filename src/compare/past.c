/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/past.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "past_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/units.h"

struct past {
	/* What the last pair was made of; references. */
	const struct part *part[2][SIDE_PARTS];
	size_t faults_n;
	uint64_t faults_since_ns;
	bool ended;
	const struct pair *last;
};

struct past *past_new(void)
{
	struct past *p = mem_alloc(sizeof *p);

	*p = (struct past){0};
	return p;
}

static void forget(struct past *p)
{
	for (unsigned side = 0; side < 2; side++)
		for (size_t i = 0; i < SIDE_PARTS; i++)
			part_put(p->part[side][i]);
	part_put(p->last);
	*p = (struct past){0};
}

void past_free(struct past *p)
{
	if (!p)
		return;
	forget(p);
	free(p);
}

bool past_fits(const struct moment *now, const struct moment *then)
{
	const struct snapshot *s = now->snapshot, *t = then->snapshot;

	return s->sides && t->sides && task_id_equal(s->side[0].id, t->side[0].id) &&
	       s->side[0].tid == t->side[0].tid;
}

void past_put_b(struct snapshot *s, const struct snapshot *other)
{
	struct side *b = &s->side[1];

	*b = other->side[0];
	for (size_t i = 0; i < SIDE_PARTS; i++)
		part_get(b->part[i]);
	b->was_ns = other->monotonic_ns;
	b->was_realtime_ns = other->realtime_ns;
	b->host =
		(void *)arena_copy(&s->part.arena, (const char *)&other->host, sizeof other->host);
	s->sides = 2;
	s->sibling_chosen_by_us = s->sibling_is_nearest = false;
}

/* Whether the last pair was made with all that was seen of faults. */
static bool same_faults(
	const struct past *p, const struct snapshot *s, const struct fault_trace *faults)
{
	struct past_span span = past_span_of(s);

	return p->last && p->faults_since_ns == faults->since_ns &&
	       p->faults_n == fault_trace_count(faults, span.after_ns, span.until_ns);
}

/* Whether the pair would be made of what the last one was; notes what it is made of. */
static bool same_inputs(struct past *p, const struct snapshot *s, const struct fault_trace *faults)
{
	struct past_span span = past_span_of(s);
	bool same = same_faults(p, s, faults) && p->ended == s->side[0].ending.ended;

	for (unsigned side = 0; side < 2; side++)
		for (size_t i = 0; i < SIDE_PARTS; i++) {
			const struct part *before = p->part[side][i], *now = s->side[side].part[i];

			same &= before == now || part_table[i].origin != PART_READ;
			p->part[side][i] = part_get(now);
			part_put(before);
		}
	p->faults_n = fault_trace_count(faults, span.after_ns, span.until_ns);
	p->faults_since_ns = faults->since_ns;
	p->ended = s->side[0].ending.ended;
	return same;
}

void past_set_card(struct pair *p)
{
	for (size_t i = 0; i < CARD_ITEMS; i++)
		p->card.line[i] = (struct card_line){.state = VALUE_NONE, .reason = pair_apart(p)};
	p->card_known = true;
	p->space_state = VALUE_NONE;
	p->space_reason = pair_apart(p);
}

/* The last verdicts where they are of the same pages; NULL: they are not. */
static const struct verdicts *last_verdicts(
	const struct past *p, const struct snapshot *s, const struct fault_trace *faults)
{
	static const enum part_kind kinds[] = {PART_MAPPINGS, PART_PAGES};

	if (!same_faults(p, s, faults))
		return NULL;
	for (unsigned i = 0; i < 4; i++)
		if (p->part[i / 2][kinds[i % 2]] != s->side[i / 2].part[kinds[i % 2]])
			return NULL;
	return p->last->verdicts;
}

static const struct pair *make_pair(struct past *p, struct snapshot *s,
	const struct fault_trace *faults, const struct verdicts *again)
{
	struct pair *pair = pair_new();
	uint64_t cpu_ns = clock_thread_cpu_ns();

	pair->relation = RELATION_OWN_PAST;
	past_set_card(pair);
	pair->verdicts = again ? part_get(again) : past_verdicts(s, pair, faults);
	pair_set_threads(pair, past_threads(s));
	past_fds(s, pair);
	part_seal(&pair->part, cpu_ns, 0);
	part_put(p->last);
	p->last = pair;
	return pair;
}

const struct moment *past_beside(struct past *p, const struct moment *now,
	const struct moment *then, const struct fault_trace *faults)
{
	struct snapshot *s = snapshot_of_a(now->snapshot);
	const struct verdicts *again;
	const struct pair *pair;

	past_put_b(s, then->snapshot);
	again = last_verdicts(p, s, faults);
	pair = same_inputs(p, s, faults) ? p->last : make_pair(p, s, faults, again);
	s->verdicts = part_get(pair->verdicts);
	s->pair_threads = part_get(pair->threads);
	part_seal(&s->part, clock_thread_cpu_ns(), 0);
	return moment_new(s, part_get(pair));
}

/* ---- in numbers -------------------------------------------------------------- */

const struct past_growth past_growth_table[] = {
	{"vm_bytes", "address space", "process.vm_bytes"},
	{"resident_bytes", "resident memory", "process.rss_bytes"},
	{"anonymous_bytes", "of that, of no file", "process.rss_anon_bytes"},
	{"swap_bytes", "in swap", "process.swap_bytes"},
	{"threads", "threads", "process.thread_count"},
	{"minor_faults", "page faults", "process.minor_faults"},
	{"major_faults", "page faults that read", "process.major_faults"},
};
const size_t past_growth_n = sizeof past_growth_table / sizeof *past_growth_table;

bool past_grew(const struct moment *m, const struct past_growth *row, int64_t *ret,
	const char **ret_reason)
{
	const struct field *f = field_find(row->field);
	uint64_t number[2];

	for (unsigned side = 0; side < 2; side++) {
		const struct record r = {m, RECORD_PROCESS, side, 0};
		const struct value v = f->get(&r);

		if (!value_state_has_value(v.state)) {
			*ret_reason = v.reason;
			return false;
		}
		number[side] = v.u;
	}
	*ret = (int64_t)(number[0] - number[1]);
	return true;
}

void past_growth_text(const struct past_growth *row, int64_t by, struct textbuf *out)
{
	uint64_t amount = by < 0 ? -(uint64_t)by : (uint64_t)by;
	size_t n = strlen(row->name);
	char text[UNITS_MAX];

	textbuf_adds(out, by < 0 ? "-" : "+");
	if (n > 6 && !strcmp(row->name + n - 6, "_bytes"))
		textbuf_adds(out, units_bytes(text, amount));
	else
		textbuf_addf(out, "%" PRIu64, amount);
}

size_t past_count(const struct moment *m, enum part_kind kind, unsigned side)
{
	const struct pair *p = m->pair;
	size_t n = 0;

	for (size_t i = 0; kind == PART_THREADS && i < p->threads_n; i++)
		n += (side ? p->thread[i].a : p->thread[i].b) < 0;
	for (size_t i = 0; kind == PART_FDS && i < p->fds_n; i++)
		n += (side ? p->fd[i].a : p->fd[i].b) < 0;
	return n;
}

const char *past_hides(const struct moment *m, enum part_kind kind)
{
	const char *hidden = side_hides(m->snapshot, kind, 0);

	return hidden ? hidden : side_hides(m->snapshot, kind, 1);
}
