/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge.h"
#include "twintop/compare/align.h"
#include "twintop/compare/cow.h"

struct cow_tracker {
	/* A's newest two page reads and its newest record, from before this pair or within it. */
	const struct page_map *sight[2];
	const struct process_info *info;
	uint64_t info_ns; /* when the record was last found so */
	/* Of those, what A looked like before this pair's first read, and before B was born. */
	const struct page_map *before_pair, *before_fork;
	/* What the last verdicts on pages were made of, and they; of B and A when they turned. */
	const struct page_map *pages[2];
	const struct verdicts *last;
	bool last_ended; /* those were of a side that had ended */
	/* The newest verdicts, with pages or without, stand for the same again. */
	struct {
		const struct memory_map *memory[2];
		const struct page_map *pages[2];
		uint64_t read_ns[2]; /* of the pages, when last found so */
		enum relation relation;
		bool ended, one_space, other_ipc, one_mount_namespace;
		enum value_state space_state;
		const struct verdicts *verdicts;
	} made;
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

static void forget_made(struct cow_tracker *t)
{
	for (int i = 0; i < 2; i++) {
		HOLD(t->made.memory[i], NULL);
		HOLD(t->made.pages[i], NULL);
	}
	HOLD(t->made.verdicts, NULL);
}

void cow_tracker_reset(struct cow_tracker *t, bool keep_a)
{
	HOLD(t->before_pair, NULL);
	HOLD(t->before_fork, NULL);
	HOLD(t->pages[0], NULL);
	HOLD(t->pages[1], NULL);
	HOLD(t->last, NULL);
	t->last_ended = false;
	forget_made(t);
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

/* The verdicts by address as seen with A and B the other way round; no rows, no counts. */
static const struct verdicts *verdicts_turned(const struct verdicts *v)
{
	struct verdicts *turned = part_make(PART_VERDICTS);
	struct arena *arena = &turned->part.arena;

	turned->page_size = v->page_size;
	turned->fork_seen = v->fork_seen;
	turned->copied_uncertain = v->copied_uncertain;
	turned->verdict_runs_n = v->verdict_runs_n;
	turned->verdict_run = arena_array(arena, v->verdict_runs_n, sizeof *turned->verdict_run);
	for (size_t i = 0; i < v->verdict_runs_n; i++) {
		const struct verdict_run *run = &v->verdict_run[i];
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
	const struct page_map *a = t->pages[0];
	const struct verdicts *last = t->last;

	t->pages[0] = t->pages[1];
	t->pages[1] = a;
	HOLD(t->sight[0], t->pages[0]);
	HOLD(t->sight[1], NULL);
	HOLD(t->info, NULL);
	forget_made(t);
	if (!last)
		return;
	t->last = verdicts_turned(last);
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
	const struct page_map *p = a->pages;

	if (a->ending.ended)
		return;
	if (a->info) {
		HOLD(t->info, a->info);
		t->info_ns = a->read_ns[PART_PROCESS] ? a->read_ns[PART_PROCESS]
						      : a->info->part.begin_ns;
	}
	if (!page_map_known(p) || p == t->sight[0])
		return;
	HOLD(t->sight[1], t->sight[0]);
	HOLD(t->sight[0], p);
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
		if (!t->sight[i] || t->sight[i]->part.end_ns > t->info_ns)
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

/* Of the mappings that the side shows: rows speak of those. */
static enum value_state pages_state(const struct side *side)
{
	if (page_map_known(side->pages) && side->pages->memory != side->memory)
		return VALUE_UNREAD;
	if (side->pages)
		return side->pages->part.state;
	return side->ending.ended ? VALUE_GONE : VALUE_UNREAD;
}

static bool any_ended(const struct snapshot *s)
{
	return s->side[0].ending.ended || s->side[1].ending.ended;
}

/* The side that has not ended, where there is one. */
static int left_of(const struct snapshot *s)
{
	if (!s->side[0].ending.ended)
		return 0;
	return s->side[1].ending.ended ? -1 : 1;
}

/* Whether what was fresh is no more: the pages were read again since, and were the same. */
static bool is_outdated(const struct cow_tracker *t, const struct snapshot *s, int i)
{
	return t->made.verdicts->pages.fresh &&
	       t->made.read_ns[i] != s->side[i].read_ns[PART_PAGES];
}

const struct verdicts *cow_tracker_repeat(
	const struct cow_tracker *t, const struct snapshot *s, const struct pair *p)
{
	if (!t->made.verdicts || t->made.relation != p->relation || t->made.ended != any_ended(s) ||
		t->made.one_space != p->one_space || t->made.space_state != p->space_state ||
		t->made.other_ipc != align_other_ipc(p) ||
		t->made.one_mount_namespace != align_one_mount_namespace(p))
		return NULL;
	for (int i = 0; i < 2; i++)
		if (t->made.memory[i] != s->side[i].memory ||
			t->made.pages[i] != s->side[i].pages || is_outdated(t, s, i))
			return NULL;
	return part_get(t->made.verdicts);
}

static void judge_pair(
	struct cow_tracker *t, const struct snapshot *s, const struct pair *p, struct verdicts *v)
{
	struct judge judge = {.p = p,
		.v = v,
		.ended = any_ended(s),
		.last_ended = t->last_ended,
		.left = left_of(s),
		.last = t->last};

	if (!t->last)
		begin_pair(t, s, p);
	for (int i = 0; i < 2; i++)
		judge.pages[i] = s->side[i].pages;
	v->page_size = judge.pages[0]->page_size;
	v->scan_state = worse(judge.pages[0]->scan_state, judge.pages[1]->scan_state);
	v->pages_exact = judge.pages[0]->frames_known && judge.pages[1]->frames_known;
	judge.before[0] = t->last ? t->pages[0] : t->before_fork;
	judge.before[1] = t->last ? t->pages[1] : NULL;
	judge.absent = t->last ? NULL : t->before_pair;
	judge.parted = t->last ? page_parted_of(judge.pages[0], judge.pages[1]) : NULL;
	judge_pages(&judge);
	v->fork_seen = t->last ? t->last->fork_seen : t->before_fork != NULL;
	v->copied_uncertain =
		(t->last && t->last->copied_uncertain) || (judge.parted && judge.parted->uncertain);
	v->copied_is_upper_bound =
		(v->copied_uncertain && v->pages.copied) ||
		(!v->fork_seen && v->pages.copied > v->pages.copied_by_a + v->pages.copied_by_b);
}

/* v is what was made of s, judged where there were pages: the next verdicts go on from it. */
static void note(struct cow_tracker *t, const struct snapshot *s, const struct pair *p,
	const struct verdicts *v)
{
	if (value_state_has_value(v->pages_state)) {
		HOLD(t->last, v);
		t->last_ended = any_ended(s);
		for (int i = 0; i < 2; i++)
			HOLD(t->pages[i], s->side[i].pages);
	}
	for (int i = 0; i < 2; i++) {
		HOLD(t->made.memory[i], s->side[i].memory);
		HOLD(t->made.pages[i], s->side[i].pages);
		t->made.read_ns[i] = s->side[i].read_ns[PART_PAGES];
	}
	HOLD(t->made.verdicts, v);
	t->made.relation = p->relation;
	t->made.ended = any_ended(s);
	t->made.one_space = p->one_space;
	t->made.space_state = p->space_state;
	t->made.other_ipc = align_other_ipc(p);
	t->made.one_mount_namespace = align_one_mount_namespace(p);
}

void cow_tracker_pair(
	struct cow_tracker *t, const struct snapshot *s, const struct pair *p, struct verdicts *v)
{
	v->pages_state = worse(pages_state(&s->side[0]), pages_state(&s->side[1]));
	if (value_state_has_value(v->pages_state) && !value_state_has_value(p->space_state))
		v->pages_state = p->space_state;
	if (value_state_has_value(v->pages_state))
		judge_pair(t, s, p, v);
	note(t, s, p, v);
}

/* Of unrelated spaces an address has one verdict for two things: those are judged anew. */
void cow_turn(const struct snapshot *s, const struct pair *p, const struct verdicts *v,
	struct verdicts *ret)
{
	const struct verdicts *last = v->fork_related ? verdicts_turned(v) : NULL;
	struct judge judge = {.p = p, .v = ret, .left = -1, .last = last, .again = true};

	ret->pages_state = v->pages_state;
	ret->scan_state = v->scan_state;
	ret->pages_exact = v->pages_exact;
	ret->fork_seen = v->fork_seen;
	ret->copied_uncertain = v->copied_uncertain;
	ret->copied_is_upper_bound = v->copied_is_upper_bound;
	for (int i = 0; i < 2; i++)
		judge.pages[i] = judge.before[i] = s->side[i].pages;
	if (value_state_has_value(v->pages_state))
		judge_pages(&judge);
	part_put(last);
}

void cow_tracker_seed(struct cow_tracker *t, const struct snapshot *s, const struct pair *p)
{
	note(t, s, p, p->verdicts);
}

/* The newest verdicts stand for their mappings again: row by row, count by count. */
static bool made_is_sound(const struct cow_tracker *t)
{
	const struct verdicts *v = t->made.verdicts;

	for (int side = 0; v && side < 2; side++) {
		size_t n = t->made.memory[side] ? t->made.memory[side]->n : 0, all = 0;

		for (size_t i = 0; i < v->mappings_n; i++) {
			int at = side ? v->mapping[i].b : v->mapping[i].a;

			all = at >= 0 && (size_t)at >= all ? (size_t)at + 1 : all;
		}
		if (all > n || (all < n && v->cow_shared[side]))
			return false;
	}
	return true;
}

void cow_tracker_keep(struct cow_tracker *t, struct keep *k)
{
	for (unsigned i = 0; i < 2; i++)
		KEEP_PART(k, PART_PAGES, 0, t->sight[i]);
	KEEP_PART(k, PART_PROCESS, 0, t->info);
	KEEP(k, t->info_ns);
	KEEP_PART(k, PART_PAGES, 0, t->before_pair);
	KEEP_PART(k, PART_PAGES, 0, t->before_fork);
	for (unsigned i = 0; i < 2; i++) {
		KEEP_PART(k, PART_PAGES, i, t->pages[i]);
		KEEP_PART(k, PART_MAPPINGS, i, t->made.memory[i]);
		KEEP_PART(k, PART_PAGES, i, t->made.pages[i]);
		KEEP(k, t->made.read_ns[i]);
	}
	KEEP_PART(k, PART_VERDICTS, 0, t->last);
	KEEP_BOOL(k, t->last_ended);
	KEEP_PART(k, PART_VERDICTS, 0, t->made.verdicts);
	KEEP_BELOW(k, t->made.relation, RELATIONS);
	KEEP_BOOL(k, t->made.ended);
	KEEP_BOOL(k, t->made.one_space);
	KEEP_BOOL(k, t->made.other_ipc);
	KEEP_BOOL(k, t->made.one_mount_namespace);
	KEEP_BELOW(k, t->made.space_state, VALUE_STATES);
	if (keep_reads(k) && !made_is_sound(t))
		keep_fail(k);
}
