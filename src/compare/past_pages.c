/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of pages from one moment to another. */
#include <stdlib.h>

#include "past_internal.h"
#include "twintop/base/clock.h"
#include "twintop/compare/align.h"
#include "walk.h"

#define NEEDS_FRAMES                                                                               \
	"needs frame numbers (CAP_SYS_ADMIN): flags do not tell whether a page is the one of then"
#define NO_PAGES "the pages of then or now were not read"

struct past_judge {
	struct verdicts *v;
	const struct page_map *pages[2];
	bool exact;
	struct fault_pages faults;
	VEC(struct verdict_run) run;
};

static bool is_there(uint64_t entry)
{
	return entry & (PAGE_PRESENT | PAGE_SWAPPED);
}

static int by_page(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static bool has_faulted(const struct past_judge *j, uint64_t page)
{
	const struct fault_pages *f = &j->faults;

	return f->n && bsearch(&page, f->page, f->n, sizeof *f->page, by_page);
}

/* Of a page that is in memory now and was then. */
static enum page_verdict judge_present(
	struct past_judge *j, uint64_t address, uint64_t now, uint64_t then)
{
	if ((now & then) & PAGE_ZERO)
		return PAGE_VERDICT_ZERO;
	if ((now ^ then) & PAGE_ZERO)
		return PAGE_VERDICT_REPLACED;
	if (j->exact && ((now ^ then) & PAGE_FRAME))
		return PAGE_VERDICT_REPLACED;
	if (has_faulted(j, address))
		return PAGE_VERDICT_FAULTED;
	return j->exact ? PAGE_VERDICT_KEPT : PAGE_VERDICT_UNTOLD;
}

static enum page_verdict judge_page(
	struct past_judge *j, uint64_t address, uint64_t now, uint64_t then)
{
	if ((now | then) & PAGE_CHANGED)
		return PAGE_VERDICT_CHANGED;
	if (!is_there(now))
		return is_there(then) ? PAGE_VERDICT_GONE : PAGE_VERDICT_ABSENT;
	if (!is_there(then))
		return PAGE_VERDICT_CAME;
	if ((now | then) & PAGE_SWAPPED)
		return PAGE_VERDICT_SWAPPED;
	return judge_present(j, address, now, then);
}

static void judge_piece(struct past_judge *j, const struct walk_piece *piece, uint8_t *verdict,
	uint64_t count[PAGE_VERDICTS])
{
	const uint64_t *now = piece->entry[0], *then = piece->entry[1];

	for (size_t i = 0; i < piece->n; i++) {
		verdict[i] = (uint8_t)judge_page(j, piece->start + i * j->v->page_size,
			now ? now[i] : 0, then ? then[i] : 0);
		count[verdict[i]]++;
	}
}

/* A side's addresses within the row. */
static struct walk_side row_side(const struct past_judge *j, unsigned side,
	const struct pair_mapping *row, const struct mapping *map, uint64_t shift)
{
	struct walk_side s = {.shift = shift};

	if (!map)
		return s;
	s.pages = j->pages[side];
	s.start = shift || row->start < map->start ? map->start : row->start;
	s.end = shift || row->end > map->end ? map->end : row->end;
	return s;
}

static const struct mapping *mapping_of(const struct past_judge *j, unsigned side, int index)
{
	return index < 0 ? NULL : &j->pages[side]->memory->mapping[index];
}

static void judge_row(struct past_judge *j, struct pair_mapping *row)
{
	const struct mapping *a = mapping_of(j, 0, row->a), *b = mapping_of(j, 1, row->b);
	uint64_t shift = a && b ? align_shift(a, b) : 0, count[PAGE_VERDICTS] = {0};
	struct walk walk = {
		{row_side(j, 0, row, a, 0), row_side(j, 1, row, b, shift)}, j->v->page_size, 0};
	struct walk_piece piece;

	if (row->state == ROW_UNKNOWN)
		return;
	walk_begin(&walk);
	while (walk_next(&walk, &piece)) {
		uint8_t *verdict = (uint8_t *)arena_alloc(&j->v->part.arena, piece.n);

		judge_piece(j, &piece, verdict, count);
		VEC_PUSH(&j->run, (struct verdict_run){piece.start, piece.n, verdict});
	}
	for (unsigned i = 0; i < PAGE_VERDICTS; i++) {
		pair_pages_add(&row->pages, (enum page_verdict)i, count[i]);
		pair_pages_add(&j->v->pages, (enum page_verdict)i, count[i]);
	}
	if (row->state == ROW_SAME &&
		row->pages.replaced + row->pages.faulted + row->pages.came + row->pages.gone)
		row->state = ROW_DIVERGED;
}

static int by_start(const void *x, const void *y)
{
	const struct verdict_run *a = x, *b = y;

	return a->start < b->start ? -1 : a->start > b->start;
}

/* By address, none over another: what is mapped there now has come first among equal ones. */
static void order_runs(struct past_judge *j)
{
	struct verdict_run *run = j->run.item;

	if (j->run.n)
		qsort(run, j->run.n, sizeof *run, by_start);
	for (size_t i = 1; i < j->run.n; i++) {
		size_t most = (run[i].start - run[i - 1].start) / j->v->page_size;

		if (run[i - 1].n > most)
			run[i - 1].n = most;
	}
	VEC_MOVE(&j->v->part.arena, &j->run, &j->v->verdict_run, &j->v->verdict_runs_n);
}

/* When a read last found the pages to be so, or that they were read then; 0: they were not. */
static uint64_t found_ns(const struct side *side)
{
	const struct page_map *p = side->pages;

	if (!p)
		return 0;
	return side->read_ns[PART_PAGES] > p->part.begin_ns ? side->read_ns[PART_PAGES]
							    : p->part.begin_ns;
}

struct past_span past_span_of(const struct snapshot *s)
{
	const struct page_map *then = s->side[1].pages;
	struct past_span span = {found_ns(&s->side[1]), found_ns(&s->side[0])};

	if (then && then->part.end_ns > span.after_ns)
		span.after_ns = then->part.end_ns;
	return span;
}

static void judge(struct past_judge *j, const struct snapshot *s, const struct fault_trace *faults)
{
	struct past_span span = past_span_of(s);
	struct verdicts *v = j->v;

	j->exact = v->pages_exact = j->pages[0]->frames_known && j->pages[1]->frames_known;
	j->faults = fault_trace_pages(faults, span.after_ns, span.until_ns);
	v->faults_gap = j->faults.gap;
	v->faults_partial = j->faults.partial;
	v->scan_state = j->pages[0]->scan_state;
	if (value_state_has_value(v->scan_state))
		v->scan_state = j->pages[1]->scan_state;
	for (size_t i = 0; i < v->mappings_n; i++)
		judge_row(j, &v->mapping[i]);
	if (v->pages.untold)
		v->frames_gap = NEEDS_FRAMES;
	order_runs(j);
	free(j->faults.page);
}

/* Whether a side's pages are known, and of the mappings that it shows. */
static bool has_pages(const struct side *s)
{
	return page_map_known(s->pages) && s->memory && s->pages->memory == s->memory;
}

static void judge_pages(const struct snapshot *s, struct verdicts *v, const struct fault_trace *f)
{
	struct past_judge j = {.v = v, .pages = {s->side[0].pages, s->side[1].pages}};

	for (unsigned i = 0; i < 2; i++) {
		const struct page_map *p = s->side[i].pages;

		if (has_pages(&s->side[i]))
			continue;
		v->since_state =
			p && !value_state_has_value(p->part.state) ? p->part.state : VALUE_UNREAD;
		v->since_reason = v->since_state == VALUE_UNREAD
					  ? NO_PAGES
					  : value_state_reason(v->since_state);
		return;
	}
	judge(&j, s, f);
}

const struct verdicts *past_verdicts(
	const struct snapshot *s, const struct pair *p, const struct fault_trace *faults)
{
	struct verdicts *v = part_make(PART_VERDICTS);
	uint64_t cpu_ns = clock_thread_cpu_ns();

	v->page_size = s->host.page_size;
	v->fork_related = true; /* one layout: what is at one address is one thing */
	v->pages_state = VALUE_NONE;
	for (unsigned i = 0; i < 2; i++)
		v->hidden[i] = side_hides(s, PART_MAPPINGS, i) != NULL;
	align_mappings(&(const struct align_sides){{s->side[0].memory, s->side[1].memory},
			       {s->side[0].pages, s->side[1].pages}},
		p, v);
	for (size_t i = 0; i < v->mappings_n; i++)
		v->mapping[i].mechanism = MECHANISM_NONE;
	v->shared_n = 0;
	v->frames =
		(struct pair_frames){VALUE_NONE, pair_apart(p), 0, VALUE_NONE, pair_apart(p), 0, 0};
	judge_pages(s, v, faults);
	part_seal(&v->part, cpu_ns, 0);
	return v;
}
