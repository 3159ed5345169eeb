/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/compare.h"

#include <errno.h>
#include <stdlib.h>

#include "twintop/base/clock.h"
#include "twintop/compare/align.h"
#include "twintop/compare/channels.h"
#include "twintop/compare/copies.h"
#include "twintop/compare/cow.h"
#include "twintop/compare/duties.h"
#include "twintop/compare/erosion.h"
#include "twintop/compare/family_rate.h"
#include "twintop/compare/frames.h"
#include "twintop/compare/lanes.h"
#include "twintop/compare/marks.h"
#include "twintop/compare/rate.h"
#include "twintop/compare/share.h"
#include "twintop/compare/writers.h"

/* What a pair was made of, each with a reference. */
struct inputs {
	const struct part *part[2 * PART_KINDS];
	bool ended[2];
};

struct comparer {
	struct cow_tracker *tracker;
	struct rater *rater;
	struct family_rater *family;
	struct copies *copies;
	struct erosion_watch *erosion;
	struct writers_join *writers;
	struct lane_keeper *lanes;
	struct duty_counter *duties;
	struct aligned_threads aligned;
	struct task_id id[2]; /* the pair that the tracker remembers; pid 0: none */
	pid_t tid[2];
	uint64_t vdso[2]; /* where each had its vdso: elsewhere after an exec */
	bool forked[2];	  /* whether each was as its fork had made it, without an exec since */
	enum relation relation;
	bool one_space, space_known; /* as kcmp(2) once said, and the relation still says */
	bool fork_related;	     /* as frames once showed */
	bool was_fork_related;	     /* what the last pair said */
	/* Each side's previous marks, and what they were made of; references. */
	struct {
		const struct memory_map *memory;
		const struct thread_list *threads;
		const struct mapping_marks *marks;
	} marked[2];
	/* The newest pair stands for the same parts again. */
	struct inputs inputs;
	const struct pair *last;
	uint64_t seen_ns; /* CLOCK_MONOTONIC of the newest snapshot; 0: none yet */
};

struct comparer *comparer_new(void)
{
	struct comparer *c = mem_alloc(sizeof *c);

	c->tracker = cow_tracker_new();
	c->rater = rater_new();
	c->family = family_rater_new();
	c->copies = copies_new();
	c->erosion = erosion_watch_new();
	c->writers = writers_join_new();
	c->lanes = lane_keeper_new();
	c->duties = duty_counter_new();
	return c;
}

static void forget_inputs(struct comparer *c)
{
	for (unsigned i = 0; i < 2 * PART_KINDS; i++)
		part_put(c->inputs.part[i]);
	c->inputs = (struct inputs){0};
	part_put(c->last);
	c->last = NULL;
}

/* Puts back all but the tracker and the rater. */
static void forget(struct comparer *c)
{
	forget_inputs(c);
	for (int i = 0; i < 2; i++) {
		part_put(c->marked[i].memory);
		part_put(c->marked[i].threads);
		part_put(c->marked[i].marks);
	}
	aligned_clear(&c->aligned);
}

void comparer_free(struct comparer *c)
{
	if (!c)
		return;
	cow_tracker_free(c->tracker);
	rater_free(c->rater);
	family_rater_free(c->family);
	copies_free(c->copies);
	erosion_watch_free(c->erosion);
	writers_join_free(c->writers);
	lane_keeper_free(c->lanes);
	duty_counter_free(c->duties);
	forget(c);
	free(c);
}

static bool same_task(const struct comparer *c, const struct side *side, int i)
{
	return task_id_equal(c->id[i], side->id) && c->tid[i] == side->tid;
}

/* Where the kernel put its vdso: random at each exec, kept by fork. 0 unknown. */
static uint64_t vdso_of(const struct memory_map *m)
{
	for (size_t i = m ? m->n : 0; i-- > 0;)
		if (m->mapping[i].kind == MAPPING_VDSO)
			return m->mapping[i].start;
	return 0;
}

/* Whether A and B are what B and A were. */
static bool turned(const struct comparer *c, const struct snapshot *s)
{
	const struct side *a = &s->side[0], *b = &s->side[1];

	return s->sides == 2 && same_task(c, a, 1) && same_task(c, b, 0) && a->tid != b->tid;
}

static void turn(struct comparer *c)
{
	struct task_id id = c->id[0];
	pid_t tid = c->tid[0];
	uint64_t vdso = c->vdso[0];
	bool forked = c->forked[0];

	c->id[0] = c->id[1];
	c->id[1] = id;
	c->tid[0] = c->tid[1];
	c->tid[1] = tid;
	c->vdso[0] = c->vdso[1];
	c->vdso[1] = vdso;
	c->forked[0] = c->forked[1];
	c->forked[1] = forked;
	if (c->relation == RELATION_CHILD || c->relation == RELATION_PARENT)
		c->relation = c->relation == RELATION_CHILD ? RELATION_PARENT : RELATION_CHILD;
	/* Unrelated pages have one verdict for two things at an address: nothing to remember. */
	if (c->was_fork_related)
		cow_tracker_turn(c->tracker);
	else
		cow_tracker_reset(c->tracker, false);
}

/* Whether it is as its fork has made it; before: what was known of that. */
static bool is_forked(const struct process_info *info, bool before)
{
	return info && value_state_has_value(info->source[PROCESS_STAT]) ? !info->execed : before;
}

/* Starts afresh for other tasks, and after an exec, which leaves nothing of the old space. */
static void follow_identity(struct comparer *c, const struct snapshot *s)
{
	bool same[2], new_space[2];

	if (turned(c, s)) {
		turn(c);
		writers_join_turn(c->writers);
		forget_inputs(c);
	}
	for (int i = 0; i < 2; i++) {
		uint64_t vdso = i < (int)s->sides ? vdso_of(s->side[i].memory) : 0;
		bool forked;

		same[i] = i < (int)s->sides && same_task(c, &s->side[i], i);
		forked = i < (int)s->sides && is_forked(s->side[i].info, same[i] && c->forked[i]);
		new_space[i] = same[i] && ((vdso && c->vdso[i] && vdso != c->vdso[i]) ||
						  (c->forked[i] && !forked));
		if (!same[i] || vdso)
			c->vdso[i] = vdso;
		c->forked[i] = forked;
	}
	if (same[0] && same[1] && !new_space[0] && !new_space[1])
		return;
	forget_inputs(c);
	cow_tracker_reset(c->tracker, same[0] && !new_space[0]);
	copies_reset(c->copies);
	erosion_watch_reset(c->erosion);
	writers_join_reset(c->writers);
	for (int i = 0; i < 2; i++) {
		bool here = i < (int)s->sides;

		c->id[i] = here ? s->side[i].id : (struct task_id){0};
		c->tid[i] = here ? s->side[i].tid : 0;
	}
	c->relation = RELATION_UNRELATED;
	c->fork_related = c->space_known = false;
}

/* Fork and exec leave their mark in the layout: random places are kept by the first alone. */
static bool same_layout(const struct snapshot *s)
{
	uint64_t a = vdso_of(s->side[0].memory), b = vdso_of(s->side[1].memory);

	return !a || !b || a == b;
}

static bool same_program(const struct snapshot *s)
{
	const struct process_info *a = s->side[0].info, *b = s->side[1].info;

	return !a || !b || !a->exe.len || !b->exe.len || text_equal(a->exe, b->exe);
}

/*
 * Whether no exec of either can have come between the fork and now. What the parent did is told by
 * the layout alone, so not where each exec makes the same.
 */
static bool unexeced(const struct snapshot *s, enum relation relation)
{
	const struct process_info *a = s->side[0].info, *b = s->side[1].info;

	if (!a || !b || relation == RELATION_THREADS)
		return true;
	return !(relation != RELATION_PARENT && b->execed) &&
	       !(relation != RELATION_CHILD && a->execed);
}

/* Whether the relation says that a fork made both spaces, and no exec came after. */
static bool forked_by_relation(const struct snapshot *s, enum relation relation)
{
	return relation != RELATION_UNRELATED && same_program(s) && same_layout(s) &&
	       unexeced(s, relation);
}

/* Whether the layout may be that of any exec of the program, and frames can tell more. */
static bool needs_frames(const struct snapshot *s)
{
	const struct process_info *a = s->side[0].info, *b = s->side[1].info;

	return a && b && (a->fixed_layout || b->fixed_layout) && (a->execed || b->execed) &&
	       s->access.state[ACCESS_FRAMES] == VALUE_KNOWN;
}

static bool pages_live(const struct snapshot *s)
{
	for (int i = 0; i < 2; i++)
		if (!page_map_known(s->side[i].pages) || s->side[i].ending.ended)
			return false;
	return true;
}

/*
 * Whether a fork made both spaces: said by the relation, unless an exec came after; or by frames,
 * which also tell grandchildren and cousins. What frames once showed stays true until an exec,
 * which moves everything; where it does not, only frames tell.
 */
static bool fork_related(struct comparer *c, const struct snapshot *s, enum relation relation)
{
	bool by_frames = needs_frames(s);

	if (c->fork_related && !(by_frames && pages_live(s)))
		return true;
	if (!by_frames && forked_by_relation(s, relation))
		return true;
	c->fork_related = cow_any_shared(s->side[0].pages, s->side[1].pages);
	return c->fork_related;
}

/*
 * Whether A and B are one address space: threads of one process are, others as kcmp(2) says. What
 * it said of the living stays when one has ended; where it says nothing nobody knows.
 */
static void set_space(struct comparer *c, const struct snapshot *s, struct pair *p)
{
	const struct card_line *line = &p->card.line[CARD_VM];
	enum value_state state = snapshot_shares(s, SHARE_VM, &p->one_space);

	if (state == VALUE_NONE) /* neither has memory */
		state = VALUE_KNOWN;
	if (p->relation == RELATION_THREADS) {
		p->one_space = true;
		state = VALUE_KNOWN;
	} else if (!value_state_has_value(state) && c->space_known) {
		p->one_space = c->one_space;
		state = VALUE_KNOWN;
	}
	p->space_state = state;
	p->space_reason = value_state_has_value(state) ? NULL : line->reason;
	c->space_known = value_state_has_value(state);
	c->one_space = p->one_space;
}

static const struct verdicts *compare_memory(
	struct comparer *c, const struct snapshot *s, const struct pair *p)
{
	const struct verdicts *again = cow_tracker_repeat(c->tracker, s, p);
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct verdicts *v;

	if (again)
		return again;
	v = part_make(PART_VERDICTS);
	v->page_size = s->host.page_size;
	v->fork_related = c->was_fork_related = fork_related(c, s, p->relation);
	for (unsigned i = 0; i < 2; i++)
		v->hidden[i] = side_hides(s, PART_MAPPINGS, i) != NULL;
	align_mappings(&(const struct align_sides){{s->side[0].memory, s->side[1].memory},
			       {s->side[0].pages, s->side[1].pages}},
		p, v);
	cow_tracker_pair(c->tracker, s, p, v);
	frames_compare(s, p, v);
	share_mechanisms(v);
	part_seal(&v->part, cpu_ns, 0);
	return v;
}

void comparer_reset(struct comparer *c)
{
	struct comparer empty = {.tracker = c->tracker,
		.rater = c->rater,
		.family = c->family,
		.copies = c->copies,
		.erosion = c->erosion,
		.writers = c->writers,
		.lanes = c->lanes,
		.duties = c->duties};

	cow_tracker_reset(c->tracker, false);
	rater_reset(c->rater);
	family_rater_reset(c->family);
	copies_reset(c->copies);
	erosion_watch_reset(c->erosion);
	writers_join_clear(c->writers);
	lane_keeper_reset(c->lanes);
	duty_counter_reset(c->duties);
	forget(c);
	*c = empty;
}

/* Whether the snapshot has nothing but what the newest pair was made of; notes what it has. */
static bool same_inputs(struct comparer *c, const struct snapshot *s)
{
	/* What was fresh is not fresh for ever. */
	bool same = c->last && !c->last->verdicts->pages.fresh;

	for (unsigned i = 0; i < 2 * PART_KINDS; i++) {
		enum part_kind kind = (enum part_kind)(i / 2);
		const struct part *old = c->inputs.part[i], *now;

		if (part_table[kind].origin != PART_READ)
			continue;
		now = snapshot_part(s, kind, i % 2);
		same &= now == old;
		c->inputs.part[i] = part_get(now);
		part_put(old);
	}
	for (unsigned i = 0; i < 2; i++) {
		same &= c->inputs.ended[i] == s->side[i].ending.ended;
		c->inputs.ended[i] = s->side[i].ending.ended;
	}
	return same;
}

static const struct pair *compare_again(struct comparer *c, struct snapshot *s)
{
	s->verdicts = part_get(c->last->verdicts);
	s->pair_threads = part_get(c->last->threads);
	return part_get(c->last);
}

static const struct pair *compare_sides(struct comparer *c, struct snapshot *s)
{
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct pair *p = pair_new();

	p->relation = align_relation(s);
	/* A child whose parent ended is handed to another; it stays the child it was born. */
	if (p->relation == RELATION_UNRELATED)
		p->relation = c->relation;
	c->relation = p->relation;
	p->kin_reason = p->relation == RELATION_UNRELATED ? align_unknown_kin(s) : NULL;
	share_card(s, &p->card);
	p->card_known = true;
	set_space(c, s, p);
	p->verdicts = compare_memory(c, s, p);
	s->verdicts = part_get(p->verdicts);
	pair_set_threads(p, aligned_threads(&c->aligned, s, p->relation == RELATION_THREADS));
	s->pair_threads = part_get(p->threads);
	align_fds(s, p);
	channels_find(s, p);
	part_seal(&p->part, cpu_ns, 0);
	return p;
}

/* marks, whose reference is taken over, were made of what the side shows. */
static void hold_marks(
	struct comparer *c, const struct side *side, int i, const struct mapping_marks *marks)
{
	part_put(c->marked[i].marks);
	part_put(c->marked[i].memory);
	part_put(c->marked[i].threads);
	c->marked[i].marks = marks;
	c->marked[i].memory = part_get(side->memory);
	c->marked[i].threads = part_get(side->threads);
}

static bool same_stacks(const struct thread_list *a, const struct thread_list *b)
{
	return a == b || (a && b && thread_list_same_stacks(a, b));
}

/* Marks made of the same mappings and threads are the same. */
static void mark_side(struct comparer *c, struct side *side, int i)
{
	const struct mapping_marks *old = c->marked[i].marks;

	if (c->marked[i].memory != side->memory ||
		!same_stacks(c->marked[i].threads, side->threads))
		hold_marks(c, side, i, marks_find(side->memory, side->threads, old));
	side->marks = part_get(c->marked[i].marks);
}

const struct pair *comparer_pair(struct comparer *c, struct snapshot *s)
{
	const struct pair *p = NULL;

	follow_identity(c, s);
	rater_rate(c->rater, s);
	lane_keeper_see(c->lanes, s);
	duty_counter_see(c->duties, s);
	family_rater_rate(c->family, s);
	for (int i = 0; i < 2; i++)
		mark_side(c, &s->side[i], i);
	if (s->sides == 2 && same_inputs(c, s)) {
		p = compare_again(c, s);
	} else if (s->sides == 2) {
		p = compare_sides(c, s);
		part_put(c->last);
		c->last = part_get(p);
	}
	if (p) {
		copies_see(c->copies, s, p);
		erosion_watch_see(c->erosion, s, p);
	}
	writers_join_see(c->writers, s, p);
	if (s->sides)
		cow_tracker_see_a(c->tracker, &s->side[0]);
	c->seen_ns = s->monotonic_ns;
	return p;
}

/* The pair goes on from what was found of it. */
static void seed_pair(struct comparer *c, const struct snapshot *s, const struct pair *p)
{
	bool forked = p->verdicts->fork_related;

	c->relation = p->relation;
	c->one_space = p->one_space;
	c->space_known = value_state_has_value(p->space_state);
	c->was_fork_related = forked;
	c->fork_related = forked && !forked_by_relation(s, p->relation);
	cow_tracker_seed(c->tracker, s, p);
	same_inputs(c, s);
	part_put(c->last);
	c->last = part_get(p);
}

void comparer_seed(struct comparer *c, const struct moment *m)
{
	const struct snapshot *s = m->snapshot;

	if (c->seen_ns >= s->monotonic_ns)
		comparer_reset(c);
	follow_identity(c, s);
	rater_seed(c->rater, s);
	lane_keeper_seed(c->lanes, s);
	duty_counter_seed(c->duties, s);
	family_rater_seed(c->family, s);
	for (int i = 0; i < 2; i++)
		hold_marks(c, &s->side[i], i, part_get(s->side[i].marks));
	if (m->pair) {
		seed_pair(c, s, m->pair);
		copies_seed(c->copies, s, m->pair);
		erosion_watch_seed(c->erosion, s, m->pair);
		writers_join_seed(c->writers, s, m->pair);
	}
	if (s->sides)
		cow_tracker_see_a(c->tracker, &s->side[0]);
	c->seen_ns = s->monotonic_ns;
}

/* ---- written down ----------------------------------------------------------- */

/* Of a pair that it compares again it finds the same again: that is left out. */
static void keep_all(struct comparer *c, struct keep *k)
{
	k->format = KEEP_FORMAT;
	KEEP(k, k->format);
	if ((!k->format || k->format > KEEP_FORMAT) && !k->error)
		k->error = -EPROTONOSUPPORT;
	for (unsigned i = 0; i < 2; i++) {
		KEEP(k, c->id[i].pid);
		KEEP(k, c->id[i].start_ticks);
		KEEP(k, c->tid[i]);
		KEEP(k, c->vdso[i]);
		KEEP_BOOL(k, c->forked[i]);
	}
	KEEP_BELOW(k, c->relation, RELATIONS);
	KEEP_BOOL(k, c->one_space);
	KEEP_BOOL(k, c->space_known);
	KEEP_BOOL(k, c->fork_related);
	KEEP_BOOL(k, c->was_fork_related);
	KEEP(k, c->seen_ns);
	cow_tracker_keep(c->tracker, k);
	rater_keep(c->rater, k);
	family_rater_keep(c->family, k);
	copies_keep(c->copies, k);
	erosion_watch_keep(c->erosion, k);
	writers_join_keep(c->writers, k);
	if (k->format < KEEP_LANES)
		return;
	lane_keeper_keep(c->lanes, k);
	duty_counter_keep(c->duties, k);
}

void comparer_save(struct comparer *c, const struct snapshot *s, const struct record_out *out)
{
	struct keep k = keep_write(out, s);

	keep_all(c, &k);
	keep_end(&k);
}

int comparer_load(struct comparer *c, const struct snapshot *s, const struct record_names *names,
	const struct text *saved)
{
	struct wire_in in = {saved->bytes, saved->len, 0};
	struct keep k = keep_read(&in, names, s);
	int error;

	comparer_reset(c);
	keep_all(c, &k);
	error = keep_end(&k);
	if (!error && in.at != in.n)
		error = -EBADMSG;
	if (error)
		comparer_reset(c);
	return error;
}
