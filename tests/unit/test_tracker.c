/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sequences of samples: who copied, what was born apart, what is fresh, what is forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/compare/compare.h"

#define PAGES 8
#define START 0x10000000ull
#define VDSO  0x7fff00000000ull
#define P     PAGE_PRESENT
#define PX    (PAGE_PRESENT | PAGE_EXCLUSIVE)

/* One mapping of eight pages a side, as a test sets it. */
struct world {
	struct comparer *comparer;
	uint64_t entry[2][PAGES];
	uint64_t vdso[2];
	struct task_id id[2];
	uint64_t page_size;
	bool frames, ended[2], vm_shared;
	const struct page_parted *parted; /* of what both had as one; NULL: nothing */
	enum value_state shares_state;
	bool execed[2], fixed_layout, siblings;
	enum value_state pages_state[2]; /* VALUE_UNREAD: nobody asked for them */
	const struct memory_map *memory[2];
	const struct page_map *pages[2];
	const struct process_info *info[2];
	const struct pair *pair;
};

static struct world world_new(void)
{
	struct world w = {.comparer = comparer_new(),
		.vdso = {VDSO, VDSO},
		.id = {{100, 1}, {200, 2}},
		.page_size = 4096,
		.frames = true};

	return w;
}

static void world_free(struct world *w)
{
	for (int i = 0; i < 2; i++) {
		part_put(w->memory[i]);
		part_put(w->pages[i]);
		part_put(w->info[i]);
	}
	part_put(w->pair);
	comparer_free(w->comparer);
}

static const struct page_map *read_pages(const struct world *w, int side)
{
	struct page_map *p;
	struct page_run *run;

	if (w->pages_state[side] == VALUE_UNREAD)
		return NULL;
	p = part_make(PART_PAGES);
	p->memory = part_get(w->memory[side]);
	p->page_size = w->page_size;
	p->frames_known = w->frames;
	p->mapping = arena_array(&p->part.arena, w->memory[side]->n, sizeof *p->mapping);
	p->run = run = arena_array(&p->part.arena, 1, sizeof *run);
	p->runs_n = 1;
	*run = (struct page_run){START, PAGES,
		(void *)arena_copy(&p->part.arena, w->entry[side], sizeof w->entry[side])};
	part_seal(&p->part, 0, 0);
	p->part.begin_ns = 1; /* both are read together */
	p->parted = w->parted;
	p->part.state = w->pages_state[side];
	return p;
}

static void read_maps(struct world *w, int side)
{
	struct memory_map *m = part_make(PART_MAPPINGS);

	m->n = 2;
	m->mapping = arena_array(&m->part.arena, 2, sizeof *m->mapping);
	m->mapping[0] = (struct mapping){.start = START,
		.end = START + PAGES * w->page_size,
		.flags = MAPPING_READ | MAPPING_WRITE,
		.kind = MAPPING_ANONYMOUS};
	m->mapping[1] = (struct mapping){.start = w->vdso[side],
		.end = w->vdso[side] + w->page_size,
		.flags = MAPPING_READ | MAPPING_EXEC,
		.kind = MAPPING_VDSO};
	part_seal(&m->part, 0, 0);
	part_put(w->memory[side]);
	w->memory[side] = m;
}

static void read_memory(struct world *w, int side)
{
	read_maps(w, side);
	part_put(w->pages[side]);
	w->pages[side] = read_pages(w, side);
}

/* A's record lists B among its children once B is there. */
static void read_info(struct world *w, int side, bool with_b)
{
	struct process_info *info = part_new(sizeof *info);

	info->id = w->id[side];
	info->ppid = w->siblings ? 50 : side ? w->id[0].pid : 1;
	info->execed = w->execed[side];
	info->fixed_layout = w->fixed_layout;
	if (!side && with_b && !w->siblings) {
		info->children = arena_array(&info->part.arena, 1, sizeof *info->children);
		info->children[0] = w->id[1].pid;
		info->children_n = 1;
	}
	part_seal(&info->part, 0, 0);
	part_put(w->info[side]);
	w->info[side] = info;
}

static const struct pair *pair_again(struct world *w, unsigned sides)
{
	struct shares *shares = part_make(PART_SHARES);
	struct snapshot *s = snapshot_new();

	shares->shared[SHARE_VM] = w->vm_shared;
	shares->state[SHARE_VM] = w->shares_state;
	s->shares = shares;
	s->host.page_size = w->page_size;
	s->sides = sides;
	for (unsigned i = 0; i < sides; i++) {
		s->side[i].id = w->id[i];
		s->side[i].tid = w->id[i].pid;
		s->side[i].memory = part_get(w->memory[i]);
		s->side[i].pages = part_get(w->pages[i]);
		s->side[i].info = part_get(w->info[i]);
		s->side[i].ending.ended = w->ended[i];
	}
	part_put(w->pair);
	w->pair = comparer_pair(w->comparer, s);
	assert_ptr_equal(s->verdicts, w->pair ? w->pair->verdicts : NULL);
	part_put(s);
	return w->pair;
}

static const struct pair *take(struct world *w, unsigned sides)
{
	for (unsigned i = 0; i < sides; i++) {
		read_info(w, (int)i, sides == 2);
		read_memory(w, (int)i);
	}
	return pair_again(w, sides);
}

/* All pages of both sides, one frame after the other. */
static void share_all(struct world *w, uint64_t flags)
{
	for (int i = 0; i < PAGES; i++)
		w->entry[0][i] = w->entry[1][i] = flags | (uint64_t)(i + 1);
}

static unsigned verdict(const struct world *w, int page)
{
	return verdicts_at(w->pair->verdicts, START + (uint64_t)page * w->page_size);
}

static void test_author(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	take(&w, 2);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, PAGES);
	assert_int_equal(w.pair->verdicts->cow_shared[0][0], PAGES);
	assert_int_equal(w.pair->verdicts->mapping[0].state, ROW_SAME);
	w.entry[1][2] = PX | 100;
	w.entry[0][5] = PX | 101;
	take(&w, 2);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED_BY_B | VERDICT_FRESH);
	assert_int_equal(verdict(&w, 5), PAGE_VERDICT_COPIED_BY_A | VERDICT_FRESH);
	assert_int_equal(w.pair->verdicts->pages.copied, 2);
	assert_int_equal(w.pair->verdicts->pages.fresh, 2);
	assert_int_equal(w.pair->verdicts->mapping[0].state, ROW_DIVERGED);
	assert_false(w.pair->verdicts->copied_is_upper_bound);
	/* The same reads once more: nothing is fresh on the next, all is kept on a repeat. */
	pair_again(&w, 2);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED_BY_B | VERDICT_FRESH);
	assert_int_equal(w.pair->verdicts->pages.fresh, 2);
	assert_int_equal(w.pair->verdicts->mapping[0].pages.copied, 2);
	take(&w, 2);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED_BY_B);
	assert_int_equal(w.pair->verdicts->pages.fresh, 0);
	/* The other side writes too: the author of the copy stays. */
	w.entry[0][2] = PX | 102;
	take(&w, 2);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED_BY_B);
	w.entry[0][2] = w.entry[1][2] = P | 103;
	take(&w, 2);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COW_SHARED);
	world_free(&w);
}

static void test_migration(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	take(&w, 2);
	for (int i = 0; i < PAGES; i++)
		w.entry[0][i] = w.entry[1][i] = P | (uint64_t)(i + 50);
	take(&w, 2);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, PAGES);
	/* Both moved, to different places: somebody wrote, nobody saw who. */
	w.entry[0][0] = PX | 200;
	w.entry[1][0] = PX | 201;
	take(&w, 2);
	assert_int_equal(verdict(&w, 0), PAGE_VERDICT_COPIED | VERDICT_FRESH);
	assert_true(w.pair->verdicts->copied_is_upper_bound);
	world_free(&w);
}

static void test_from_before_the_fork(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, PX);
	w.entry[0][7] = w.entry[1][7] = 0;
	assert_null(take(&w, 1));
	assert_null(take(&w, 1));
	for (int i = 0; i < PAGES; i++)
		w.entry[0][i] = w.entry[1][i] = i < 7 ? P | (uint64_t)(i + 1) : 0;
	w.entry[0][0] = PX | 1;
	w.entry[1][0] = PX | 90;
	w.entry[0][1] = PX | 91;
	w.entry[1][1] = PX | 2;
	w.entry[0][7] = PX | 92;
	w.entry[1][7] = PX | 93;
	take(&w, 2);
	assert_int_equal(verdict(&w, 0), PAGE_VERDICT_COPIED_BY_B);
	assert_int_equal(verdict(&w, 1), PAGE_VERDICT_COPIED_BY_A);
	assert_int_equal(verdict(&w, 7), PAGE_VERDICT_BORN_APART);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, 5);
	assert_false(w.pair->verdicts->copied_is_upper_bound);
	world_free(&w);
}

/* A was watched alone, but B had long been born: its frames of then tell no author. */
static void test_sibling_chosen_late(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	for (int i = 0; i < 3; i++) {
		read_info(&w, 0, true);
		read_memory(&w, 0);
		pair_again(&w, 1);
	}
	w.entry[1][0] = PX | 90;
	w.entry[0][0] |= PAGE_EXCLUSIVE;
	take(&w, 2);
	assert_int_equal(verdict(&w, 0), PAGE_VERDICT_COPIED);
	assert_true(w.pair->verdicts->copied_is_upper_bound);
	world_free(&w);
}

static void test_born_apart(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	w.entry[0][0] = w.entry[1][0] = 0;
	w.entry[1][1] = 0;
	take(&w, 2);
	assert_int_equal(verdict(&w, 0), PAGE_VERDICT_ABSENT);
	assert_int_equal(verdict(&w, 1), PAGE_VERDICT_ONLY_A);
	w.entry[0][0] = PX | 60;
	w.entry[1][0] = PX | 61;
	w.entry[1][1] = PX | 62;
	take(&w, 2);
	assert_int_equal(verdict(&w, 0), PAGE_VERDICT_BORN_APART);
	assert_int_equal(verdict(&w, 1), PAGE_VERDICT_BORN_APART);
	assert_int_equal(w.pair->verdicts->pages.copied, 0);
	assert_int_equal(w.pair->verdicts->mapping[0].state, ROW_DIVERGED);
	/* Zero pages are as good as absent. */
	w.entry[0][3] = w.entry[1][3] = P | PAGE_ZERO | 7;
	take(&w, 2);
	assert_int_equal(verdict(&w, 3), PAGE_VERDICT_ZERO);
	w.entry[0][3] = PX | 63;
	w.entry[1][3] = PX | 64;
	take(&w, 2);
	assert_int_equal(verdict(&w, 3), PAGE_VERDICT_BORN_APART);
	world_free(&w);
}

/* A frame that moved is no copy for certain: B may have dropped the page and touched it anew. */
static void test_new_instead_of_copied(void **state)
{
	struct world w = world_new();
	uint64_t address = START + 2 * 4096;
	const struct page_parted parted = {true, 1, &address};

	(void)state;
	take(&w, 1);
	share_all(&w, P);
	take(&w, 2);
	w.entry[1][2] = PX | 100;
	w.entry[1][3] = PX | 101;
	w.parted = &parted;
	take(&w, 2);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED | VERDICT_FRESH);
	assert_int_equal(verdict(&w, 3), PAGE_VERDICT_COPIED_BY_B | VERDICT_FRESH);
	assert_true(w.pair->verdicts->copied_is_upper_bound);
	assert_true(w.pair->verdicts->copied_uncertain);
	w.parted = NULL;
	take(&w, 2);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED);
	assert_true(w.pair->verdicts->copied_uncertain);
	world_free(&w);
}

/* The side's pages are seen to be its alone. */
static void own_all(struct world *w, int side)
{
	for (int i = 0; i < PAGES; i++)
		w->entry[side][i] |= PAGE_EXCLUSIVE;
	read_memory(w, side);
	pair_again(w, 2);
}

static void test_released(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	take(&w, 2);
	w.entry[1][2] = PX | 100;
	take(&w, 2);
	w.ended[1] = true;
	for (int i = 0; i < PAGES; i++)
		w.entry[0][i] |= PAGE_EXCLUSIVE;
	w.entry[0][6] = PX | 300;
	read_memory(&w, 0);
	pair_again(&w, 2);
	assert_int_equal(w.pair->verdicts->pages.released, PAGES - 1);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, 0);
	assert_int_equal(verdict(&w, 6), PAGE_VERDICT_RELEASED);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED_BY_B);
	assert_int_equal(w.pair->verdicts->pages.fresh, 0);
	read_memory(&w, 0);
	pair_again(&w, 2);
	assert_int_equal(w.pair->verdicts->pages.released, PAGES - 1);
	world_free(&w);
}

/* B ended between two page reads: what became of A's pages only the next read tells. */
static void test_released_when_seen(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	take(&w, 2);
	w.ended[1] = true;
	pair_again(&w, 2);
	assert_int_equal(w.pair->verdicts->pages.released, 0);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, PAGES);
	own_all(&w, 0);
	assert_int_equal(w.pair->verdicts->pages.released, PAGES);
	world_free(&w);
}

/* A third process maps the pages, too: they are not A's alone, and a write of A's copies. */
static void test_shared_with_a_third(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	take(&w, 2);
	w.ended[1] = true;
	read_memory(&w, 0);
	pair_again(&w, 2);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, PAGES);
	w.entry[0][2] = PX | 300;
	w.entry[0][4] |= PAGE_EXCLUSIVE;
	read_memory(&w, 0);
	pair_again(&w, 2);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED_BY_A | VERDICT_FRESH);
	assert_int_equal(verdict(&w, 4), PAGE_VERDICT_RELEASED);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, PAGES - 2);
	read_memory(&w, 0);
	pair_again(&w, 2);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED_BY_A);
	world_free(&w);
}

/* Both have ended: nobody is left to say whose the pages were. */
static void test_both_ended(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	take(&w, 2);
	w.ended[0] = w.ended[1] = true;
	pair_again(&w, 2);
	assert_int_equal(w.pair->verdicts->pages.released, 0);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, PAGES);
	world_free(&w);
}

static void test_forgetting(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	take(&w, 2);
	w.entry[1][2] = PX | 100;
	take(&w, 2);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED_BY_B | VERDICT_FRESH);
	/* Another B under the same number: nothing is known of it. */
	w.id[1].start_ticks = 9;
	take(&w, 2);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED);
	/* Both exec: other places, other pages. */
	w.vdso[0] = w.vdso[1] = VDSO + (1u << 20);
	take(&w, 2);
	w.entry[1][3] = PX | 101;
	take(&w, 2);
	assert_int_equal(verdict(&w, 3), PAGE_VERDICT_COPIED_BY_B | VERDICT_FRESH);
	w.vdso[1] = VDSO;
	take(&w, 2);
	assert_int_equal(w.pair->verdicts->pages.fresh, 0);
	world_free(&w);
}

static void test_unread(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	w.pages_state[1] = VALUE_DENIED;
	take(&w, 2);
	assert_int_equal(w.pair->verdicts->pages_state, VALUE_DENIED);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, 0);
	assert_int_equal(w.pair->verdicts->mappings_n, 2);
	assert_null(w.pair->verdicts->cow_shared[0]);
	w.pages_state[1] = VALUE_KNOWN;
	take(&w, 2);
	assert_int_equal(w.pair->verdicts->pages_state, VALUE_KNOWN);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, PAGES);
	w.pages_state[0] = VALUE_STALE;
	take(&w, 2);
	assert_int_equal(w.pair->verdicts->pages_state, VALUE_STALE);
	world_free(&w);
}

/* Pages of other mappings than the side has now say nothing of its rows. */
static void test_mappings_changed(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	take(&w, 2);
	read_maps(&w, 1);
	pair_again(&w, 2);
	assert_int_equal(w.pair->verdicts->pages_state, VALUE_UNREAD);
	assert_int_equal(w.pair->verdicts->mappings_n, 2);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, 0);
	assert_null(w.pair->verdicts->cow_shared[1]);
	/* What was seen before that is not forgotten. */
	w.entry[1][2] = PX | 100;
	take(&w, 2);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED_BY_B | VERDICT_FRESH);
	world_free(&w);
}

static void test_estimated(void **state)
{
	struct world w = world_new();

	(void)state;
	w.frames = false;
	for (int i = 0; i < PAGES; i++)
		w.entry[0][i] = w.entry[1][i] = P;
	take(&w, 2);
	assert_false(w.pair->verdicts->pages_exact);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, PAGES);
	w.entry[0][1] = w.entry[1][1] = PX;
	take(&w, 2);
	assert_int_equal(verdict(&w, 1), PAGE_VERDICT_COPIED | VERDICT_FRESH);
	world_free(&w);
}

static void test_one_space(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, PX);
	w.vm_shared = true;
	take(&w, 2);
	assert_true(w.pair->one_space);
	assert_int_equal(verdict(&w, 0), PAGE_VERDICT_ONE_SPACE);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, 0);
	world_free(&w);
}

/* Where kcmp(2) is refused, equal pages may be one and the same. */
static void test_unknown_space(void **state)
{
	static const enum value_state refused[] = {VALUE_DENIED, VALUE_UNSUPPORTED, VALUE_UNREAD};

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct world w = world_new();

		share_all(&w, PX);
		w.shares_state = refused[i];
		take(&w, 2);
		assert_false(w.pair->one_space);
		assert_int_equal(w.pair->space_state, refused[i]);
		assert_int_equal(w.pair->verdicts->pages_state, refused[i]);
		assert_string_equal(pair_pages_reason(w.pair), PAIR_SPACE_UNKNOWN);
		assert_int_equal(w.pair->verdicts->pages.cow_shared, 0);
		assert_int_equal(verdict(&w, 0), PAGE_VERDICT_ABSENT);
		/* It is told after all: then they are judged. */
		w.shares_state = VALUE_KNOWN;
		take(&w, 2);
		assert_int_equal(w.pair->verdicts->pages.cow_shared, PAGES);
		world_free(&w);
	}
}

/* What was told of the living holds of the dead, of whom nobody can be asked. */
static void test_space_of_the_dead(void **state)
{
	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		struct world w = world_new();

		share_all(&w, PX);
		w.vm_shared = shared;
		take(&w, 2);
		w.shares_state = VALUE_GONE;
		w.vm_shared = false;
		w.ended[1] = true;
		take(&w, 2);
		assert_int_equal(w.pair->space_state, VALUE_KNOWN);
		assert_int_equal(w.pair->one_space, shared);
		world_free(&w);
	}
}

/* A child that runs something else, at other places: equal addresses mean nothing. */
static void test_after_exec(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, PX);
	for (int i = 0; i < PAGES; i++)
		w.entry[1][i] += 50;
	w.vdso[1] += 1u << 20;
	take(&w, 2);
	assert_false(w.pair->verdicts->fork_related);
	assert_int_equal(w.pair->verdicts->pages.only_a, PAGES);
	assert_int_equal(w.pair->verdicts->pages.only_b, PAGES);
	assert_int_equal(w.pair->verdicts->pages.copied, 0);
	/* At one address A's verdict stands. */
	assert_int_equal(verdict(&w, 0), PAGE_VERDICT_ONLY_A);
	world_free(&w);
}

/* Everything has a page of its own. */
static void set_apart(struct world *w)
{
	for (int i = 0; i < PAGES; i++) {
		w->entry[0][i] = PX | (uint64_t)(10 + i);
		w->entry[1][i] = PX | (uint64_t)(50 + i);
	}
}

/* Two runs of one program lie alike where addresses are not random: no fork made one of the other.
 */
static void test_siblings_that_were_run(void **state)
{
	struct world w = world_new();

	(void)state;
	w.siblings = w.execed[0] = w.execed[1] = w.fixed_layout = true;
	set_apart(&w);
	take(&w, 2);
	assert_int_equal(w.pair->relation, RELATION_SIBLINGS);
	assert_false(w.pair->verdicts->fork_related);
	assert_int_equal(w.pair->verdicts->pages.copied, 0);
	world_free(&w);
}

static void test_siblings_that_were_forked(void **state)
{
	struct world w = world_new();

	(void)state;
	w.siblings = w.fixed_layout = true;
	set_apart(&w);
	take(&w, 2);
	assert_true(w.pair->verdicts->fork_related);
	assert_int_equal(w.pair->verdicts->pages.copied, PAGES);
	world_free(&w);
}

/* The parent may have run itself anew since, at the same addresses: one frame decides. */
static void test_fixed_parent_needs_a_frame(void **state)
{
	struct world w = world_new();

	(void)state;
	w.execed[0] = w.fixed_layout = true;
	set_apart(&w);
	take(&w, 2);
	assert_int_equal(w.pair->relation, RELATION_CHILD);
	assert_false(w.pair->verdicts->fork_related);
	w.entry[0][0] = w.entry[1][0] = P | 7;
	take(&w, 2);
	assert_true(w.pair->verdicts->fork_related);
	assert_int_equal(w.pair->verdicts->pages.copied, PAGES - 1);
	world_free(&w);
}

/* The child runs the same program: its addresses stay, its memory does not. */
static void test_exec_to_the_same_places(void **state)
{
	struct world w = world_new();

	(void)state;
	w.fixed_layout = true;
	share_all(&w, P);
	take(&w, 2);
	assert_true(w.pair->verdicts->fork_related);
	w.execed[1] = true;
	set_apart(&w);
	take(&w, 2);
	assert_false(w.pair->verdicts->fork_related);
	assert_int_equal(w.pair->verdicts->pages.copied, 0);
	world_free(&w);
}

/* No relation by record, but one anonymous frame in both: a fork made them. */
static void test_related_by_frames(void **state)
{
	struct world w = world_new();
	struct process_info *info;

	(void)state;
	share_all(&w, P);
	w.entry[1][1] = PX | 70;
	read_memory(&w, 0);
	read_memory(&w, 1);
	info = part_new(sizeof *info);
	info->ppid = 77;
	w.info[1] = info;
	pair_again(&w, 2);
	assert_int_equal(w.pair->relation, RELATION_UNRELATED);
	assert_true(w.pair->verdicts->fork_related);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, PAGES - 1);
	assert_int_equal(w.pair->verdicts->pages.copied, 1);
	world_free(&w);
}

static void test_orphan_stays_a_child(void **state)
{
	struct world w = world_new();
	struct process_info *info;

	(void)state;
	share_all(&w, P);
	take(&w, 2);
	assert_int_equal(w.pair->relation, RELATION_CHILD);
	w.ended[0] = true;
	info = part_new(sizeof *info);
	info->ppid = 1;
	part_put(w.info[1]);
	w.info[1] = info;
	part_put(w.info[0]);
	w.info[0] = NULL;
	pair_again(&w, 2);
	assert_int_equal(w.pair->relation, RELATION_CHILD);
	world_free(&w);
}

static void turn_world(struct world *w)
{
	struct world was = *w;

	for (int i = 0; i < 2; i++) {
		memcpy(w->entry[i], was.entry[!i], sizeof w->entry[i]);
		w->vdso[i] = was.vdso[!i];
		w->id[i] = was.id[!i];
		w->ended[i] = was.ended[!i];
		w->memory[i] = was.memory[!i];
		w->pages[i] = was.pages[!i];
		w->info[i] = was.info[!i];
	}
}

/* A and B change places: who copied, what was born apart and what B is to A turn with them. */
static void test_turned(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	w.entry[0][7] = w.entry[1][7] = 0;
	take(&w, 2);
	w.entry[1][2] = PX | 100;
	w.entry[0][5] = PX | 101;
	w.entry[0][7] = PX | 102;
	take(&w, 2);
	w.entry[1][7] = PX | 103;
	take(&w, 2);
	assert_int_equal(verdict(&w, 7), PAGE_VERDICT_BORN_APART);
	turn_world(&w);
	pair_again(&w, 2);
	assert_int_equal(w.pair->relation, RELATION_PARENT);
	assert_int_equal(verdict(&w, 2), PAGE_VERDICT_COPIED_BY_A);
	assert_int_equal(verdict(&w, 5), PAGE_VERDICT_COPIED_BY_B);
	assert_int_equal(verdict(&w, 7), PAGE_VERDICT_BORN_APART);
	assert_int_equal(w.pair->verdicts->pages.copied_by_a, 1);
	assert_int_equal(w.pair->verdicts->pages.copied_by_b, 1);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, PAGES - 3);
	assert_int_equal(w.pair->verdicts->pages.fresh, 0);
	/* Who writes next is seen as before; the side that ended is now A. */
	w.entry[0][0] = PX | 104;
	read_memory(&w, 0);
	read_memory(&w, 1);
	pair_again(&w, 2);
	assert_int_equal(verdict(&w, 0), PAGE_VERDICT_COPIED_BY_A | VERDICT_FRESH);
	w.ended[0] = true;
	own_all(&w, 1);
	assert_int_equal(w.pair->verdicts->pages.released, PAGES - 4);
	turn_world(&w);
	pair_again(&w, 2);
	assert_int_equal(w.pair->relation, RELATION_CHILD);
	assert_int_equal(w.pair->verdicts->pages.released, PAGES - 4);
	assert_int_equal(w.pair->verdicts->pages.copied_by_b, 2);
	world_free(&w);
}

/* What unrelated processes have at one address is counted on either side, whichever is A. */
static void test_turned_unrelated(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, PX);
	for (int i = 0; i < PAGES; i++)
		w.entry[1][i] += 50;
	w.vdso[1] += 1u << 20;
	take(&w, 2);
	w.ended[1] = true;
	turn_world(&w);
	pair_again(&w, 2);
	assert_int_equal(w.pair->verdicts->pages.only_a, PAGES);
	assert_int_equal(w.pair->verdicts->pages.only_b, PAGES);
	world_free(&w);
}

/* What was judged once is not judged again, nor copied, until something was read anew. */
static void check_shared(struct world *w)
{
	const struct verdicts *first = part_get(take(w, 2)->verdicts), *next;

	assert_ptr_equal(pair_again(w, 2)->verdicts, first);
	read_info(w, 1, true);
	assert_ptr_equal(pair_again(w, 2)->verdicts, first);
	read_memory(w, 1);
	next = part_get(pair_again(w, 2)->verdicts);
	assert_ptr_not_equal(next, first);
	w->ended[1] = true;
	assert_ptr_not_equal(pair_again(w, 2)->verdicts, next);
	part_put(first);
	part_put(next);
}

static void test_same_verdicts(void **state)
{
	struct world w = world_new();

	(void)state;
	share_all(&w, P);
	check_shared(&w);
	own_all(&w, 0);
	assert_int_equal(w.pair->verdicts->pages.released, PAGES);
	world_free(&w);
}

static void test_same_verdicts_without_pages(void **state)
{
	struct world w = world_new();

	(void)state;
	w.pages_state[0] = w.pages_state[1] = VALUE_UNREAD;
	check_shared(&w);
	assert_int_equal(w.pair->verdicts->pages_state, VALUE_UNREAD);
	assert_int_equal(w.pair->verdicts->mappings_n, 2);
	assert_null(w.pair->verdicts->cow_shared[0]);
	world_free(&w);
}

/* What B is to A says which rows there are: verdicts from before that was known are of no use. */
static void test_relation_known_late(void **state)
{
	struct world w = world_new();

	(void)state;
	w.pages_state[0] = w.pages_state[1] = VALUE_UNREAD;
	read_memory(&w, 0);
	read_memory(&w, 1);
	pair_again(&w, 2);
	assert_false(w.pair->verdicts->fork_related);
	assert_int_equal(w.pair->verdicts->mappings_n, 3);
	read_info(&w, 0, true);
	read_info(&w, 1, true);
	pair_again(&w, 2);
	assert_int_equal(w.pair->relation, RELATION_CHILD);
	assert_true(w.pair->verdicts->fork_related);
	assert_int_equal(w.pair->verdicts->mappings_n, 2);
	world_free(&w);
}

/* A moment of a machine with other pages than ours: nothing here asks the running kernel. */
static void test_large_pages(void **state)
{
	struct world w = world_new();

	(void)state;
	w.page_size = 16384;
	share_all(&w, P);
	w.entry[1][7] = 0;
	take(&w, 2);
	assert_int_equal(w.pair->verdicts->page_size, 16384);
	assert_int_equal(w.pair->verdicts->pages.cow_shared, PAGES - 1);
	assert_int_equal(verdict(&w, 7), PAGE_VERDICT_ONLY_A);
	assert_int_equal(verdict(&w, 8), PAGE_VERDICT_ABSENT);
	w.entry[1][6] = PX | 100;
	take(&w, 2);
	for (int i = 0; i < 6; i++)
		assert_int_equal(verdict(&w, i), PAGE_VERDICT_COW_SHARED);
	assert_int_equal(verdict(&w, 6), PAGE_VERDICT_COPIED_BY_B | VERDICT_FRESH);
	assert_int_equal(w.pair->verdicts->mapping[0].end, START + PAGES * 16384);
	turn_world(&w);
	pair_again(&w, 2);
	assert_int_equal(verdict(&w, 6), PAGE_VERDICT_COPIED_BY_A);
	assert_int_equal(verdict(&w, 7), PAGE_VERDICT_ONLY_B);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_author),
		cmocka_unit_test(test_migration),
		cmocka_unit_test(test_from_before_the_fork),
		cmocka_unit_test(test_sibling_chosen_late),
		cmocka_unit_test(test_born_apart),
		cmocka_unit_test(test_new_instead_of_copied),
		cmocka_unit_test(test_released),
		cmocka_unit_test(test_released_when_seen),
		cmocka_unit_test(test_shared_with_a_third),
		cmocka_unit_test(test_both_ended),
		cmocka_unit_test(test_forgetting),
		cmocka_unit_test(test_unread),
		cmocka_unit_test(test_mappings_changed),
		cmocka_unit_test(test_estimated),
		cmocka_unit_test(test_one_space),
		cmocka_unit_test(test_unknown_space),
		cmocka_unit_test(test_space_of_the_dead),
		cmocka_unit_test(test_after_exec),
		cmocka_unit_test(test_siblings_that_were_run),
		cmocka_unit_test(test_siblings_that_were_forked),
		cmocka_unit_test(test_fixed_parent_needs_a_frame),
		cmocka_unit_test(test_exec_to_the_same_places),
		cmocka_unit_test(test_related_by_frames),
		cmocka_unit_test(test_orphan_stays_a_child),
		cmocka_unit_test(test_turned),
		cmocka_unit_test(test_turned_unrelated),
		cmocka_unit_test(test_same_verdicts),
		cmocka_unit_test(test_same_verdicts_without_pages),
		cmocka_unit_test(test_relation_known_late),
		cmocka_unit_test(test_large_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
