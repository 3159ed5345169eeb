/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge.h"
#include "twintop/compare/cow.h"

struct cow_tracker {
	/* A's newest two page reads and its newest record, from before this pair or within it. */
	const struct memory_map *sight[2];
	const struct process_info *info;
	/* Of those, what A looked like before this pair's first read, and before B was born. */
	const struct memory_map *before_pair, *before_fork;
	/* What the last pair was made of, and its verdicts. */
	const struct memory_map *memory[2];
	bool ended, turned; /* turned since: rows and counts of last are of the other way round */
	const struct pair *last;
};

struct cow_tracker *cow_tracker_new(void)
{
	return mem_alloc(sizeof(struct cow_tracker));
}

/* Lets go of what slot held and takes a reference to a part instead. */
#define HOLD(slot, part)                                                                           \
	do {                                                                                       \
		const void *old_ = (slot);                                                         \
		(slot) = part_get(part);                                                           \
		part_put(old_);                                                                    \
	} while (0)

void cow_tracker_reset(struct cow_tracker *t, bool keep_a)
{
	HOLD(t->before_pair, NULL);
	HOLD(t->before_fork, NULL);
	HOLD(t->memory[0], NULL);
	HOLD(t->memory[1], NULL);
	HOLD(t->last, NULL);
	t->ended = t->turned = false;
	if (keep_a)
		return;
	HOLD(t->sight[0], NULL);
	HOLD(t->sight[1], NULL);
	HOLD(t->info, NULL);
}

static uint8_t verdict_turned(uint8_t v)
{
	static const uint8_t other[PAGE_VERDICTS] = {
		[PAGE_VERDICT_COPIED_BY_A] = PAGE_VERDICT_COPIED_BY_B,
		[PAGE_VERDICT_COPIED_BY_B] = PAGE_VERDICT_COPIED_BY_A,
		[PAGE_VERDICT_ONLY_A] = PAGE_VERDICT_ONLY_B,
		[PAGE_VERDICT_ONLY_B] = PAGE_VERDICT_ONLY_A,
	};
	uint8_t plain = v & (uint8_t)~VERDICT_FRESH;

	return other[plain] ? other[plain] | (v & VERDICT_FRESH) : v;
}

/* The verdicts of p as seen with A and B the other way round. */
static const struct pair *pair_turned(const struct pair *p)
{
	struct pair *turned = part_new(sizeof *turned);
	struct arena *arena = &turned->part.arena;

	turned->verdict_runs_n = p->verdict_runs_n;
	turned->verdict_run = arena_array(arena, p->verdict_runs_n, sizeof *turned->verdict_run);
	for (size_t i = 0; i < p->verdict_runs_n; i++) {
		const struct verdict_run *run = &p->verdict_run[i];
		uint8_t *verdict = (uint8_t *)arena_alloc(arena, run->n);

		for (size_t k = 0; k < run->n; k++)
			verdict[k] = verdict_turned(run->verdict[k]);
		turned->verdict_run[i] = (struct verdict_run){run->start, run->n, verdict};
	}
	part_seal(&turned->part, 0, 0);
	return turned;
}

void cow_tracker_turn(struct cow_tracker *t)
{
	const struct memory_map *a = t->memory[0];
	const struct pair *last = t->last;

	t->memory[0] = t->memory[1];
	t->memory[1] = a;
	HOLD(t->sight[0], t->memory[0]);
	HOLD(t->sight[1], NULL);
	HOLD(t->info, NULL);
	if (!last)
		return;
	t->last = pair_turned(last);
	t->turned = true;
	part_put(last);
}

void cow_tracker_free(struct cow_tracker *t)
{
	if (!t)
		return;
	cow_tracker_reset(t, false);
	free(t);
}

void cow_tracker_see_a(struct cow_tracker *t, const struct side *a)
{
	const struct memory_map *m = a->memory;

	if (a->ending.ended)
		return;
	if (a->info)
		HOLD(t->info, a->info);
	if (!m || m == t->sight[0] || !value_state_has_value(m->pages_state))
		return;
	HOLD(t->sight[1], t->sight[0]);
	HOLD(t->sight[0], m);
}

/* Whether A's newest record from before this pair shows that pid was not its child yet. */
static bool not_born(const struct process_info *info, pid_t pid)
{
	if (!info || !value_state_has_value(info->source[PROCESS_CHILDREN]))
		return false;
	for (size_t i = 0; i < info->children_n; i++)
		if (info->children[i] == pid)
			return false;
	return true;
}

/* The first read of a pair: which earlier sight of A tells what the fork shared. */
static void begin_pair(struct cow_tracker *t, const struct snapshot *s, const struct pair *p)
{
	HOLD(t->before_pair, t->sight[0]);
	if (p->relation != RELATION_CHILD || !not_born(t->info, s->side[1].id.pid))
		return;
	for (int i = 0; i < 2; i++) {
		if (!t->sight[i] || t->sight[i]->pages_end_ns > t->info->part.begin_ns)
			continue;
		HOLD(t->before_fork, t->sight[i]);
		return;
	}
}

static enum value_state worse(enum value_state a, enum value_state b)
{
	if (!value_state_has_value(a))
		return a;
	if (!value_state_has_value(b))
		return b;
	return a == VALUE_STALE ? a : b;
}

static enum value_state pages_state(const struct side *side)
{
	if (side->memory)
		return side->memory->pages_state;
	return side->ending.ended ? VALUE_GONE : VALUE_UNREAD;
}

static bool any_ended(const struct snapshot *s)
{
	return s->side[0].ending.ended || s->side[1].ending.ended;
}

static void *copy_array(struct pair *p, const void *array, size_t n, size_t size)
{
	return array ? arena_copy(&p->part.arena, array, n * size) : NULL;
}

bool cow_tracker_repeat(struct cow_tracker *t, const struct snapshot *s, struct pair *p)
{
	const struct pair *last = t->last;
	struct verdict_run *run;

	if (!last || t->turned || t->memory[0] != s->side[0].memory ||
		t->memory[1] != s->side[1].memory || t->ended != any_ended(s) ||
		last->one_space != p->one_space)
		return false;
	p->pages_state = last->pages_state;
	p->pages_exact = last->pages_exact;
	p->copied_is_upper_bound = last->copied_is_upper_bound;
	p->fork_related = last->fork_related;
	p->pages = last->pages;
	p->frames = last->frames;
	p->mappings_n = last->mappings_n;
	p->mapping = copy_array(p, last->mapping, last->mappings_n, sizeof *p->mapping);
	for (int i = 0; i < 2; i++)
		p->cow_shared[i] = copy_array(
			p, last->cow_shared[i], s->side[i].memory->n, sizeof *p->cow_shared[i]);
	run = copy_array(p, last->verdict_run, last->verdict_runs_n, sizeof *run);
	p->verdict_runs_n = last->verdict_runs_n;
	p->verdict_run = run;
	for (size_t i = 0; i < p->verdict_runs_n; i++)
		run[i].verdict = copy_array(p, run[i].verdict, run[i].n, 1);
	return true;
}

void cow_tracker_pair(struct cow_tracker *t, const struct snapshot *s, struct pair *p)
{
	const struct side *a = &s->side[0], *b = &s->side[1];
	struct judge judge = {.p = p};

	p->pages_state = worse(pages_state(a), pages_state(b));
	if (!value_state_has_value(p->pages_state))
		return;
	if (!t->last)
		begin_pair(t, s, p);
	p->pages_exact = a->memory->frames_known && b->memory->frames_known;
	judge.memory[0] = a->memory;
	judge.memory[1] = b->memory;
	judge.ended = any_ended(s);
	judge.last = t->last;
	judge.before[0] = t->last ? t->memory[0] : t->before_fork;
	judge.before[1] = t->last ? t->memory[1] : NULL;
	judge.absent = t->last ? NULL : t->before_pair;
	judge_pages(&judge);
	p->copied_is_upper_bound =
		!t->before_fork && p->pages.copied > p->pages.copied_by_a + p->pages.copied_by_b;
	HOLD(t->memory[0], a->memory);
	HOLD(t->memory[1], b->memory);
	HOLD(t->last, p);
	t->ended = judge.ended;
	t->turned = false;
}
