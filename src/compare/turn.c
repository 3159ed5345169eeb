/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/turn.h"

#include <stdlib.h>

#include "past_internal.h"
#include "twintop/base/clock.h"
#include "twintop/compare/align.h"
#include "twintop/compare/channels.h"
#include "twintop/compare/cow.h"
#include "twintop/compare/frames.h"
#include "twintop/compare/share.h"

struct turner {
	struct aligned_threads aligned;
	/* The last ones, and what came of them; references. */
	const struct pair *pair, *turned;
	const struct verdicts *verdicts, *turned_verdicts;
};

struct turner *turner_new(void)
{
	struct turner *t = mem_alloc(sizeof *t);

	*t = (struct turner){0};
	return t;
}

void turner_free(struct turner *t)
{
	if (!t)
		return;
	aligned_clear(&t->aligned);
	part_put(t->pair);
	part_put(t->turned);
	part_put(t->verdicts);
	part_put(t->turned_verdicts);
	free(t);
}

const char *turn_refusal(const struct moment *m)
{
	if (!m || m->snapshot->sides < 2 || !m->pair)
		return "there is no B that A could change places with";
	return pair_is_past(m->pair) ? "past and present do not change places" : NULL;
}

static enum relation turned_relation(enum relation r)
{
	return r == RELATION_CHILD ? RELATION_PARENT : r == RELATION_PARENT ? RELATION_CHILD : r;
}

static const struct verdicts *make_verdicts(
	const struct snapshot *s, const struct pair *p, const struct verdicts *of)
{
	struct verdicts *v = part_make(PART_VERDICTS);
	uint64_t cpu_ns = clock_thread_cpu_ns();

	v->page_size = of->page_size;
	v->fork_related = of->fork_related;
	for (unsigned i = 0; i < 2; i++)
		v->hidden[i] = of->hidden[!i];
	align_mappings(&(const struct align_sides){{s->side[0].memory, s->side[1].memory},
			       {s->side[0].pages, s->side[1].pages}},
		p, v);
	cow_turn(s, p, of, v);
	frames_compare(s, p, v);
	share_mechanisms(v);
	part_seal(&v->part, cpu_ns, 0);
	return v;
}

/* Verdicts of the same mappings and pages are the same. */
static const struct verdicts *turn_verdicts(
	struct turner *t, const struct snapshot *s, const struct pair *p, const struct verdicts *of)
{
	if (t->verdicts != of) {
		part_put(t->verdicts);
		part_put(t->turned_verdicts);
		t->verdicts = part_get(of);
		t->turned_verdicts = make_verdicts(s, p, of);
	}
	return part_get(t->turned_verdicts);
}

static const struct pair *make_pair(struct turner *t, struct snapshot *s, const struct pair *of)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct pair *p = pair_new();

	p->relation = turned_relation(of->relation);
	p->kin_reason = of->kin_reason;
	share_card(s, &p->card);
	p->card_known = of->card_known;
	p->one_space = of->one_space;
	p->space_state = of->space_state;
	p->space_reason = of->space_reason;
	p->verdicts = turn_verdicts(t, s, p, of->verdicts);
	pair_set_threads(p, aligned_threads(&t->aligned, s, p->relation == RELATION_THREADS));
	align_fds(s, p);
	channels_find(s, p);
	part_seal(&p->part, cpu_ns, 0);
	return p;
}

/* Both sides are of a moment of their own recording. */
static const struct pair *make_apart(struct snapshot *s)
{
	s->side[1].was_ns = s->monotonic_ns;
	s->side[1].was_realtime_ns = s->realtime_ns;
	return diff_pair(s);
}

static const struct pair *turn_pair(struct turner *t, struct snapshot *s, const struct pair *of)
{
	if (of->relation == RELATION_TWO_RECORDINGS)
		return make_apart(s);
	if (t->pair != of) {
		part_put(t->pair);
		part_put(t->turned);
		t->pair = part_get(of);
		t->turned = make_pair(t, s, of);
	}
	s->verdicts = part_get(t->turned->verdicts);
	s->pair_threads = part_get(t->turned->threads);
	return part_get(t->turned);
}

const struct moment *turner_turn(struct turner *t, const struct moment *m)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct snapshot *s;
	const struct pair *p;

	if (turn_refusal(m) || !m->pair->verdicts)
		return moment_get(m);
	s = snapshot_turned(m->snapshot);
	p = turn_pair(t, s, m->pair);
	part_seal(&s->part, cpu_ns, 0);
	return moment_new(s, p);
}
