/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge.h"

#include <string.h>

#include "twintop/compare/align.h"
#include "twintop/compare/cow.h"
#include "walk.h"

/* By what rule the pages of a row are judged. */
enum rule {
	RULE_COW,	/* private memory at equal addresses that a fork made */
	RULE_SHARED,	/* MAP_SHARED of both */
	RULE_UNRELATED, /* one file, no fork */
	RULE_ONE_SPACE,
};

/* Pages by verdict while a row is judged. */
struct tally {
	uint64_t n[PAGE_VERDICTS];
	uint64_t fresh;
	uint64_t touched_by_one;
};

static bool run_holds(const struct page_map *p, size_t i, uint64_t address)
{
	return i < p->runs_n && address >= p->run[i].start && address < page_map_run_end(p, i);
}

static uint64_t entry_at(struct judge_cursor *c, uint64_t address)
{
	const struct page_map *p = c->pages;

	if (!p)
		return COW_UNSEEN;
	if (!run_holds(p, c->run, address))
		c->run = page_map_first_run(p, address);
	if (!run_holds(p, c->run, address))
		return 0;
	return p->run[c->run].entry[(address - p->run[c->run].start) / p->page_size];
}

/* The previous verdict, its freshness included. */
static unsigned seen_at(struct judge *j, uint64_t address)
{
	const struct verdicts *last = j->last;

	for (; last && j->last_run < last->verdict_runs_n; j->last_run++) {
		const struct verdict_run *run = &last->verdict_run[j->last_run];

		if (address < run->start)
			break;
		if (address < run->start + run->n * last->page_size)
			return run->verdict[(address - run->start) / last->page_size];
	}
	/* Between runs, or rows that go back in addresses. */
	return last ? verdicts_at(last, address) : PAGE_VERDICT_ABSENT;
}

static enum page_verdict verdict_at(struct judge *j, uint64_t address)
{
	return seen_at(j, address) & ~VERDICT_FRESH;
}

static bool is_copied(enum page_verdict v)
{
	return v == PAGE_VERDICT_COPIED || v == PAGE_VERDICT_COPIED_BY_A ||
	       v == PAGE_VERDICT_COPIED_BY_B;
}

/* Nothing that a fork could share: no page, or the zero page. */
static bool is_void(uint64_t entry)
{
	return entry != COW_UNSEEN &&
	       (!(entry & (PAGE_PRESENT | PAGE_SWAPPED | PAGE_CHANGED)) || (entry & PAGE_ZERO));
}

/* One page by what is remembered of it; slow next to the loop in judge_piece. */
static unsigned judge_cow(struct judge *j, uint64_t address, uint64_t a, uint64_t b)
{
	struct cow_page page = {.a = a,
		.b = b,
		.a_before = entry_at(&j->was[0], address),
		.b_before = entry_at(&j->was[1], address),
		.verdict_before = verdict_at(j, address),
		.exact = j->v->pages_exact};
	enum page_verdict v;

	if (j->last)
		page.absent_before_fork = is_void(page.a_before) || is_void(page.b_before);
	else
		page.absent_before_fork = is_void(entry_at(&j->sight, address));
	v = cow_verdict(&page);
	if ((v == PAGE_VERDICT_COPIED_BY_A || v == PAGE_VERDICT_COPIED_BY_B) &&
		page_parted_is_new(j->parted, address))
		v = PAGE_VERDICT_COPIED;
	return is_copied(v) && j->last && !is_copied(page.verdict_before) ? v | VERDICT_FRESH : v;
}

/* Whether two equal entries are a shared page and nothing else is to be said of it. */
static bool plainly_shared(uint64_t a, uint64_t b)
{
	return a == b &&
	       (a & (PAGE_PRESENT | PAGE_SWAPPED | PAGE_ZERO | PAGE_CHANGED)) == PAGE_PRESENT;
}

/*
 * What was shared when the other side ended: released where nobody else maps the frame. Where
 * somebody does, it is shared on, and a frame of one's own that comes after is a copy.
 */
static unsigned judge_left(struct judge *j, uint64_t address, const uint64_t entry[2])
{
	uint64_t now, before;

	if (j->left < 0)
		return PAGE_VERDICT_COW_SHARED;
	now = entry[j->left];
	if ((now & (PAGE_PRESENT | PAGE_EXCLUSIVE)) != (PAGE_PRESENT | PAGE_EXCLUSIVE))
		return PAGE_VERDICT_COW_SHARED;
	if (!j->last_ended || !j->v->pages_exact)
		return PAGE_VERDICT_RELEASED;
	before = entry_at(&j->was[j->left], address);
	if ((before & PAGE_EXCLUSIVE) || !((before ^ now) & PAGE_FRAME))
		return PAGE_VERDICT_RELEASED;
	return (j->left ? PAGE_VERDICT_COPIED_BY_B : PAGE_VERDICT_COPIED_BY_A) | VERDICT_FRESH;
}

static unsigned judge_page(
	struct judge *j, enum rule rule, uint64_t address, uint64_t a, uint64_t b)
{
	uint64_t entry[2] = {a, b};
	unsigned was;

	if (j->ended && j->last && rule != RULE_ONE_SPACE) {
		was = verdict_at(j, address);
		if (was == PAGE_VERDICT_COW_SHARED)
			return judge_left(j, address, entry);
		if (was != PAGE_VERDICT_ABSENT)
			return was;
	}
	switch (rule) {
	case RULE_SHARED:
		return cow_verdict_shared(a, b, j->v->pages_exact);
	case RULE_UNRELATED:
		return cow_verdict_unrelated(a, b, j->v->pages_exact);
	case RULE_ONE_SPACE:
		return (a | b) & PAGE_PRESENT ? PAGE_VERDICT_ONE_SPACE : PAGE_VERDICT_ABSENT;
	case RULE_COW:
		break;
	}
	was = judge_cow(j, address, a, b);
	return j->ended && was == PAGE_VERDICT_COW_SHARED ? judge_left(j, address, entry) : was;
}

/* Two pages at one address that have nothing to do with each other count for each side. */
static bool counts_twice(enum rule rule, unsigned v, uint64_t b)
{
	return rule == RULE_UNRELATED && v == PAGE_VERDICT_ONLY_A &&
	       (b & (PAGE_PRESENT | PAGE_ZERO)) == PAGE_PRESENT;
}

/* How many pages from i on are plainly shared, each of a file as that one is, or none of them. */
static size_t shared_in_a_row(const struct walk_piece *piece, size_t i)
{
	const uint64_t *a = piece->entry[0], *b = piece->entry[1];
	size_t n = i;

	while (n < piece->n && plainly_shared(a[n], b[n]) && !((a[n] ^ a[i]) & PAGE_FILE))
		n++;
	return n - i;
}

static void judge_piece(struct judge *j, enum rule rule, const struct walk_piece *piece,
	uint8_t *verdict, struct tally *tally)
{
	const uint64_t *ea = piece->entry[0], *eb = piece->entry[1];
	bool again = j->again && j->last && ea && eb && rule != RULE_UNRELATED;
	bool quick = rule == RULE_COW && j->v->pages_exact && !j->ended && ea && eb && !again;

	for (size_t i = 0, shared; i < piece->n; i++) {
		uint64_t a = ea ? ea[i] : 0, b = eb ? eb[i] : 0;
		unsigned v;

		shared = quick ? shared_in_a_row(piece, i) : 0;
		if (shared) {
			v = a & PAGE_FILE ? PAGE_VERDICT_FILE_SHARED : PAGE_VERDICT_COW_SHARED;
			memset(verdict + i, (int)v, shared);
			tally->n[v] += shared;
			i += shared - 1;
			continue;
		}
		v = again ? seen_at(j, piece->start + i * j->v->page_size)
			  : judge_page(j, rule, piece->start + i * j->v->page_size, a, b);
		verdict[i] = (uint8_t)v;
		tally->n[v & ~VERDICT_FRESH]++;
		tally->fresh += (v & VERDICT_FRESH) != 0;
		if (rule == RULE_SHARED && v == PAGE_VERDICT_SHARED_MEMORY)
			tally->touched_by_one += !(a & b & PAGE_PRESENT);
		if (counts_twice(rule, v, b))
			tally->n[PAGE_VERDICT_ONLY_B]++;
	}
}

static enum rule rule_of(const struct judge *j, const struct mapping *a, const struct mapping *b)
{
	if (j->p->one_space)
		return RULE_ONE_SPACE;
	if (!a || !b)
		return RULE_COW;
	if (a->flags & b->flags & MAPPING_SHARED)
		return RULE_SHARED;
	return j->v->fork_related && !align_shift(a, b) ? RULE_COW : RULE_UNRELATED;
}

/* The side's addresses that belong to the row. */
static struct walk_side row_side(const struct judge *j, int side, const struct pair_mapping *row,
	const struct mapping *map, uint64_t shift)
{
	struct walk_side s = {.pages = map ? j->pages[side] : NULL, .shift = shift};

	if (!map)
		return s;
	s.start = map->start;
	s.end = map->end;
	if (!shift && row->start > s.start)
		s.start = row->start;
	if (!shift && row->end < s.end)
		s.end = row->end;
	return s;
}

/* Whether the piece's verdicts may stand for its addresses: A's own row goes first. */
static bool speaks(const struct judge *j, const struct walk_piece *piece, const struct mapping *a,
	uint64_t shift)
{
	if (piece->entry[0] || (a && piece->start >= a->start && piece->start < a->end))
		return true;
	return !shift && memory_find(j->pages[0]->memory, piece->start) < 0;
}

static void pages_total(struct pair_pages *to, const struct tally *tally)
{
	for (int v = 0; v < PAGE_VERDICTS; v++)
		if (tally->n[v])
			pair_pages_add(to, (enum page_verdict)v, tally->n[v]);
	to->fresh += tally->fresh;
	to->touched_by_one += tally->touched_by_one;
}

/* A mapping may stand in several rows. */
static void count_mapping(struct verdicts *v, int side, int mapping, const struct pair_pages *pages)
{
	if (v->cow_shared[side][mapping] == PAGES_UNKNOWN)
		return;
	v->cow_shared[side][mapping] += pages->cow_shared;
	v->copied[side][mapping] += pages->copied;
}

/* Whether the other has these pages is not known: so it is of the whole mapping. */
static void leave_unknown(struct verdicts *v, const struct pair_mapping *row)
{
	const int mapping[2] = {row->a, row->b};

	for (int side = 0; side < 2; side++)
		if (mapping[side] >= 0)
			v->cow_shared[side][mapping[side]] = v->copied[side][mapping[side]] =
				PAGES_UNKNOWN;
}

static void judge_row(struct judge *j, struct pair_mapping *row)
{
	const struct mapping *a = row->a < 0 ? NULL : &j->pages[0]->memory->mapping[row->a];
	const struct mapping *b = row->b < 0 ? NULL : &j->pages[1]->memory->mapping[row->b];
	uint64_t shift = a && b ? align_shift(a, b) : 0;
	struct walk walk = {
		{row_side(j, 0, row, a, 0), row_side(j, 1, row, b, shift)}, j->v->page_size, 0};
	enum rule rule = rule_of(j, a, b);
	struct tally tally = {0};
	struct walk_piece piece;

	if (row->state == ROW_UNKNOWN) {
		leave_unknown(j->v, row);
		return;
	}
	walk_begin(&walk);
	while (walk_next(&walk, &piece)) {
		uint8_t *verdict = (uint8_t *)arena_alloc(&j->v->part.arena, piece.n);

		judge_piece(j, rule, &piece, verdict, &tally);
		if (speaks(j, &piece, a, shift))
			VEC_PUSH(&j->run, (struct verdict_run){piece.start, piece.n, verdict});
	}
	pages_total(&row->pages, &tally);
	pages_total(&j->v->pages, &tally);
	if (row->state == ROW_SAME && row->pages.copied + row->pages.born_apart)
		row->state = ROW_DIVERGED;
	if (a)
		count_mapping(j->v, 0, row->a, &row->pages);
	if (b)
		count_mapping(j->v, 1, row->b, &row->pages);
}

static int by_start(const void *x, const void *y)
{
	const struct verdict_run *a = x, *b = y;

	return a->start < b->start ? -1 : a->start > b->start;
}

/*
 * Rows ascend by their first address only: B's mapping may end past the start of A's next one,
 * whose verdicts then stand there.
 */
static void order_runs(struct judge *j)
{
	struct verdict_run *run = j->run.item;
	bool ascend = true;

	for (size_t i = 1; i < j->run.n; i++)
		ascend &= run[i].start >= run[i - 1].start;
	if (!ascend)
		qsort(run, j->run.n, sizeof *run, by_start);
	for (size_t i = 1; i < j->run.n; i++) {
		size_t most = (run[i].start - run[i - 1].start) / j->v->page_size;

		if (run[i - 1].n > most)
			run[i - 1].n = most;
	}
}

void judge_pages(struct judge *j)
{
	struct verdicts *v = j->v;

	j->was[0].pages = j->before[0];
	j->was[1].pages = j->before[1];
	j->sight.pages = j->absent;
	for (int i = 0; i < 2; i++) {
		size_t n = j->pages[i]->memory->n;

		v->cow_shared[i] = arena_array(&v->part.arena, n, sizeof *v->cow_shared[i]);
		v->copied[i] = arena_array(&v->part.arena, n, sizeof *v->copied[i]);
	}
	for (size_t i = 0; i < v->mappings_n; i++)
		judge_row(j, &v->mapping[i]);
	order_runs(j);
	v->verdict_runs_n = j->run.n;
	v->verdict_run =
		(void *)arena_copy(&v->part.arena, j->run.item, j->run.n * sizeof *j->run.item);
	VEC_FREE(&j->run);
}

bool cow_any_shared(const struct page_map *a, const struct page_map *b)
{
	uint64_t unlike = PAGE_FILE | PAGE_ZERO | PAGE_KSM | PAGE_CHANGED;
	struct walk walk = {{{a, 0, UINT64_MAX, 0, 0}, {b, 0, UINT64_MAX, 0, 0}}, 0, 0};
	struct walk_piece piece;

	if (!a || !b || !a->frames_known || !b->frames_known)
		return false;
	walk.page_size = a->page_size;
	walk_begin(&walk);
	while (walk_next(&walk, &piece)) {
		if (!piece.entry[0] || !piece.entry[1])
			continue;
		for (size_t i = 0; i < piece.n; i++)
			if (plainly_shared(piece.entry[0][i], piece.entry[1][i]) &&
				!(piece.entry[0][i] & unlike))
				return true;
	}
	return false;
}
