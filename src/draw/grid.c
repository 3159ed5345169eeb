/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/grid.h"

#include <stdlib.h>
#include <string.h>

#include "twintop/draw/bar.h"

const struct page_kind_info page_kind_info[PAGE_KINDS] = {
	[PAGE_KIND_ABSENT] = {"absent", "The page is not in memory.", "·", ".", STYLE_DIM,
		"Promised addresses cost nothing until they are touched."},
	[PAGE_KIND_OWN] = {"its own", "Anonymous, mapped by this address space alone.", "■", "#",
		STYLE_STRONG, "Only this process pays for it; a write to it copies nothing."},
	[PAGE_KIND_SHARED] = {"shared with someone",
		"Anonymous, and another address space maps it too: the next write copies it.", "═",
		"=", STYLE_COW,
		"Somebody forked: the page is paid for once, until one of them writes."},
	[PAGE_KIND_FILE] = {"file or shared memory",
		"A page of a file's cache or of shared memory.", "─", "-", STYLE_FILE,
		"It exists once for all who map it, and is no cost of this process alone."},
	[PAGE_KIND_ZERO] = {"zero page", "The kernel's page of zeroes: read, never written.", "0",
		"0", STYLE_ZERO, "All of them are one frame: reading untouched memory is free."},
	[PAGE_KIND_SWAPPED] = {"in swap", "The page was swapped out.", "s", "s", STYLE_SWAPPED,
		"The next touch waits for the disk."},
	[PAGE_KIND_GUARD] = {"guard", "A touch ends the process.", "╳", "x", STYLE_BAD,
		"It turns an overflow into a crash that can be found."},
};

enum page_kind page_kind_of(uint64_t entry)
{
	if (!(entry & PAGE_PRESENT))
		return entry & PAGE_SWAPPED ? PAGE_KIND_SWAPPED
		       : entry & PAGE_GUARD ? PAGE_KIND_GUARD
					    : PAGE_KIND_ABSENT;
	if (entry & PAGE_ZERO)
		return PAGE_KIND_ZERO;
	if (entry & PAGE_FILE)
		return PAGE_KIND_FILE;
	return entry & PAGE_EXCLUSIVE ? PAGE_KIND_OWN : PAGE_KIND_SHARED;
}

uint64_t grid_cells(uint64_t pages, unsigned shift)
{
	return (pages >> shift) + ((pages & ((1ull << shift) - 1)) != 0);
}

unsigned grid_fit(uint64_t pages, uint64_t cells)
{
	unsigned shift = 0;

	while (shift < 40 && grid_cells(pages, shift) > (cells ? cells : 1))
		shift++;
	return shift;
}

#define BOX_W 9 /* a box with its number and a word, and the blanks between */
#define BOX_H 3

/* The shape of equal cells in so many columns that all are in sight; how well they are seen, or 0.
 */
static int box_shape(struct grid *g, uint64_t cells, int cols, int w, int h)
{
	uint64_t rows = (cells + (uint64_t)cols - 1) / (uint64_t)cols;

	g->cols = cols;
	g->cell_w = w / cols;
	if (!rows || rows > (uint64_t)(h > 0 ? h : 0) || g->cell_w < 2)
		return 0;
	g->cell_h = h / (int)rows;
	g->rows = h / g->cell_h;
	return g->cell_w < 3 * g->cell_h ? g->cell_w : 3 * g->cell_h;
}

/* The best of them: columns are a power of two, or as many as there are cells. */
static bool shape_boxes(struct grid *g, int w, int h, bool fill)
{
	uint64_t cells = grid_cells(g->pages, g->shift);
	struct grid best = *g, made = *g;
	int most = 0;

	for (int cols = 1; cols <= w / 2 && (uint64_t)cols < cells * 2; cols++) {
		int seen;

		if ((cols & (cols - 1)) && (uint64_t)cols != cells)
			continue;
		seen = box_shape(&made, cells, cols, w, h);
		if (seen > most || (seen && seen == most && (uint64_t)cols <= cells)) {
			most = seen;
			best = made;
		}
	}
	if (!most || (!fill && (best.cell_w < BOX_W || best.cell_h < BOX_H)))
		return false;
	*g = best;
	g->boxes = true;
	return true;
}

static void shape_plain(struct grid *g, int w, int h)
{
	uint64_t cells = grid_cells(g->pages, g->shift);
	int cols = 1, cell_w = 1;

	while (cols * 2 <= w)
		cols *= 2;
	while (cols > 8 && cell_w < 3 && cols / 2 * (cell_w + 1) <= w &&
		cells <= (uint64_t)(cols / 2) * (uint64_t)(h > 1 ? h : 1)) {
		cols /= 2;
		cell_w++;
	}
	g->cols = cols;
	g->cell_w = cell_w;
	g->cell_h = 1;
	g->rows = h > 0 ? h : 0;
	g->boxes = false;
}

void grid_shape(struct grid *g, int w, int h, bool fill)
{
	if (!shape_boxes(g, w, h, fill))
		shape_plain(g, w, h);
}

uint64_t grid_cell_pages(const struct grid *g, uint64_t cell)
{
	uint64_t at = cell << g->shift, all = 1ull << g->shift;

	if (at >= g->pages)
		return 0;
	return g->pages - at < all ? g->pages - at : all;
}

/* The cells in sight, all of their pages absent; and the page numbers of the mapping that are. */
static void begin_count(struct grid *g, uint64_t *ret_from, uint64_t *ret_to)
{
	size_t n = (size_t)g->cols * (size_t)g->rows;

	g->cell = mem_resize(g->cell, n + 1, sizeof *g->cell);
	memset(g->cell, 0, n * sizeof *g->cell);
	for (size_t i = 0; i < n; i++)
		g->cell[i].count[PAGE_VERDICT_ABSENT] = (uint32_t)grid_cell_pages(g, g->first + i);
	*ret_from = g->first << g->shift;
	*ret_to = (g->first + n) << g->shift;
	if (*ret_to > g->pages)
		*ret_to = g->pages;
}

/*
 * The part of a run of n pages from address, which ends behind the mapping's start, that is in
 * sight, as page numbers of the mapping.
 */
static void clip_run(const struct grid *g, uint64_t address, size_t n, uint64_t *from, uint64_t *to)
{
	uint64_t size = g->page_size;
	uint64_t begin = address > g->start ? (address - g->start) / size : 0;
	uint64_t end = (address + n * size - g->start) / size;

	if (begin > *from)
		*from = begin;
	if (end < *to)
		*to = end;
}

static void count_page(struct grid *g, uint64_t page, unsigned what)
{
	struct grid_cell *cell = &g->cell[(page >> g->shift) - g->first];

	cell->count[PAGE_VERDICT_ABSENT]--;
	cell->count[what]++;
}

void grid_count_pair(struct grid *g, const struct verdicts *v)
{
	uint64_t first, last, end;

	begin_count(g, &first, &last);
	g->kinds = false;
	end = g->start + last * g->page_size;
	for (size_t i = verdicts_first_run(v, g->start + first * g->page_size);
		i < v->verdict_runs_n && v->verdict_run[i].start < end; i++) {
		const struct verdict_run *run = &v->verdict_run[i];
		uint64_t from = first, to = last;

		clip_run(g, run->start, run->n, &from, &to);
		for (uint64_t page = from; page < to; page++) {
			uint64_t address = g->start + page * g->page_size;
			uint8_t what = run->verdict[(address - run->start) / g->page_size];

			if ((what & ~VERDICT_FRESH) < PAGE_VERDICTS)
				count_page(g, page, what & ~VERDICT_FRESH);
		}
	}
}

void grid_count_side(struct grid *g, const struct page_map *p)
{
	uint64_t first, last, end;

	begin_count(g, &first, &last);
	g->kinds = true;
	end = g->start + last * g->page_size;
	for (size_t i = page_map_first_run(p, g->start + first * g->page_size);
		i < p->runs_n && p->run[i].start < end; i++) {
		const struct page_run *run = &p->run[i];
		uint64_t from = first, to = last;

		clip_run(g, run->start, run->n, &from, &to);
		for (uint64_t page = from; page < to; page++) {
			uint64_t address = g->start + page * g->page_size;

			count_page(g, page,
				page_kind_of(run->entry[(address - run->start) / g->page_size]));
		}
	}
}

void grid_free(struct grid *g)
{
	free(g->cell);
	g->cell = NULL;
}

static bool was_copied(unsigned v)
{
	return v == PAGE_VERDICT_COPIED || v == PAGE_VERDICT_COPIED_BY_A ||
	       v == PAGE_VERDICT_COPIED_BY_B || v == PAGE_VERDICT_BORN_APART ||
	       v == PAGE_VERDICT_REPLACED || v == PAGE_VERDICT_FAULTED;
}

uint32_t grid_seen(const struct grid *g, const struct grid_cell *cell, unsigned side, unsigned v)
{
	unsigned other = side ? PAGE_VERDICT_ONLY_A : PAGE_VERDICT_ONLY_B;
	unsigned other_time = side ? PAGE_VERDICT_CAME : PAGE_VERDICT_GONE;

	if (g->kinds)
		return v < PAGE_KINDS ? cell->count[v] : 0;
	if (v == other || v == other_time)
		return 0;
	if (v != PAGE_VERDICT_ABSENT)
		return cell->count[v];
	return cell->count[v] + cell->count[other] + cell->count[other_time];
}

unsigned grid_speaks_of(const struct grid *g, const struct grid_cell *cell, unsigned side)
{
	unsigned best = PAGE_VERDICT_ABSENT;
	uint32_t most = 0;

	/* What was copied goes before all else, and what is there before what is not. */
	for (unsigned v = 1; v < PAGE_VERDICTS; v++) {
		uint32_t n = grid_seen(g, cell, side, v);
		bool copied = !g->kinds && was_copied(v);
		bool best_copied = !g->kinds && was_copied(best);

		if (n && (copied == best_copied ? n > most : copied)) {
			best = v;
			most = n;
		}
	}
	return best;
}
