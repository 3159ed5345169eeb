/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_GRID_H
#define TWINTOP_DRAW_GRID_H

#include "twintop/draw/canvas.h"
#include "twintop/model/pair.h"

/* What a page of one process alone is; with two the verdicts say it. */
enum page_kind {
	PAGE_KIND_ABSENT,
	PAGE_KIND_OWN,	  /* anonymous, mapped by this address space only */
	PAGE_KIND_SHARED, /* anonymous, mapped by another one as well */
	PAGE_KIND_FILE,
	PAGE_KIND_ZERO,
	PAGE_KIND_SWAPPED,
	PAGE_KIND_GUARD,
	PAGE_KINDS
};
enum page_kind page_kind_of(uint64_t entry);

/* Pages of a cell by verdict, or by kind with one side. */
struct grid_cell {
	uint32_t count[PAGE_VERDICTS];
	bool fresh; /* one was copied a moment ago */
};

/* A window on the pages of a mapping: cells of 1 << shift pages, row by row. */
struct grid {
	uint64_t start, pages; /* the mapping: first address, number of pages */
	uint64_t page_size;    /* bytes */
	unsigned shift;
	int cols, rows;		/* in sight */
	int cell_w, cell_h;	/* of a cell, a blank column and row between cells included */
	bool boxes;		/* cells are blocks of colour, with number and word where they fit */
	uint64_t first;		/* index of the first cell in sight */
	bool kinds;		/* counts are by enum page_kind */
	struct grid_cell *cell; /* cols * rows; owned */
};

/* Cells of the whole mapping at a zoom. */
uint64_t grid_cells(uint64_t pages, unsigned shift);
/* The least shift at which all pages fit into so many cells. */
unsigned grid_fit(uint64_t pages, uint64_t cells);
/*
 * Chooses columns and the cells' size for one grid of w columns and h rows: as many as a power of
 * two, or one a cell. A mapping of so few that there is room for number and word in each has boxes
 * that fill the grid; fill: all that have room for more than a column do.
 */
void grid_shape(struct grid *g, int w, int h, bool fill);
/* Fills the cells in sight from the pair's verdicts, or from one side's pages. */
void grid_count_pair(struct grid *g, const struct verdicts *v);
void grid_count_side(struct grid *g, const struct page_map *p);
void grid_free(struct grid *g);
/* Pages that a cell stands for: fewer in the last one, 0 behind it. */
uint64_t grid_cell_pages(const struct grid *g, uint64_t cell);
/* Draws the cells at x, y as seen from a side. */
void grid_draw(const struct grid *g, struct canvas *c, int x, int y, unsigned side);
/* A letter in a style in place of what the i-th cell in sight shows; a box keeps its number. */
void grid_letter(const struct grid *g, struct canvas *c, int x, int y, int i, enum style style,
	const char *letter);
/* Marks a cell in sight of the grid that was drawn there, and puts the cursor on it. */
void grid_mark(const struct grid *g, struct canvas *c, int x, int y, uint64_t cell);
/* The cell at a place of the canvas, of the grid that was drawn at x, y; false: none. */
bool grid_hit(const struct grid *g, int x, int y, int at_x, int at_y, uint64_t *ret_cell);
/* Pages of a verdict (or kind) as a side sees them: what only the other one has is absent here. */
uint32_t grid_seen(const struct grid *g, const struct grid_cell *cell, unsigned side, unsigned v);
/* What a cell shows for a side: the verdict (or kind) that it speaks of. */
unsigned grid_speaks_of(const struct grid *g, const struct grid_cell *cell, unsigned side);

/* Title, meaning and look of a kind. */
struct page_kind_info {
	const char *title, *meaning, *utf8, *ascii;
	enum style style;
	const char *why; /* why it matters */
};
extern const struct page_kind_info page_kind_info[PAGE_KINDS];

#endif
