/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PAGES_INTERNAL_H
#define TWINTOP_PAGES_INTERNAL_H

#include "twintop/base/vec.h"
#include "twintop/draw/grid.h"
#include "twintop/view/view.h"

/* A mapping that can be looked at: one row of the pair, or one mapping of A. */
struct page_target {
	uint64_t start, end;
	int index[2];  /* in each side's mappings; -1: none */
	ptrdiff_t row; /* in the pair's; -1: A alone */
};

/* A page that was seen to be copied, and when. */
struct page_flash {
	uint64_t address, when_ns;
};

/* What the grid's cells were counted from: as long as that is what is shown, they hold. */
struct pages_counted {
	const struct moment *moment; /* ours: no later moment may pass for it; NULL: none yet */
	uint64_t start, pages, first;
	unsigned shift;
	int cols, rows;
};

struct pages {
	const struct moment *moment; /* of the last update; ours */
	VEC(struct page_target) target;
	size_t at;	    /* the selected one */
	uint64_t start;	    /* its first address, by which it is found again; 0: none yet */
	uint64_t focus;	    /* the shared focus as last followed */
	uint64_t looked_at; /* the address that the cursor is to go to; 0: it may stay */
	char *filter;	    /* NULL: all */
	int zoom;	    /* shift that was asked for; -1: what shows all */
	uint64_t cursor;    /* cell of the mapping */
	bool by_writer;	    /* the grid shows who wrote */
	struct grid grid;
	struct pages_counted counted;
	VEC(struct page_flash) flash;
	uint64_t read_ns;      /* end of the page read that was searched for fresh copies */
	struct textbuf explain; /* of the cell under the cursor */
	int grid_x[2], grid_y; /* of the last drawing */
};

const struct page_target *pages_target(const struct pages *p);
/* The pair when its verdicts can be shown; NULL: one side, one address space, or not known. */
const struct pair *pages_pair(const struct view_env *env);
/* Bytes of a page where the shown moment comes from. */
uint64_t pages_size(const struct pages *p);
/* The mapping of a side, or NULL. */
const struct mapping *pages_mapping(
	const struct view_env *env, const struct page_target *t, unsigned side);
/* What a side's mapping, which must be there, is. */
enum mapping_kind pages_kind(
	const struct view_env *env, const struct page_target *t, unsigned side);
/* "copied by B, thread 4243 worker, fill_row table.c:88, 1.2 s ago": who made the page at address what
 * it is; nothing where that is not known. */
void pages_say_writer(const struct view_env *env, uint64_t address, struct textbuf *out);
/* Over the grid that was drawn for a side: a letter and a colour for who wrote a cell's pages. */
void pages_paint_writers(
	const struct pages *p, const struct view_env *env, struct canvas *c, unsigned side);
void pages_legend_writers(const struct view_env *env, struct canvas *c, struct rect area);
/* Brings the list of mappings, the selection and the flashes up to env's moment. */
void pages_update(struct pages *p, const struct view_env *env);
void pages_select(struct pages *p, size_t at);
bool pages_matches(const struct view_env *env, const struct page_target *t, const char *text);
void pages_draw(struct pages *p, const struct view_env *env, struct canvas *c, struct rect area);
/* Whether the last drawing counted the cell under the cursor. */
bool pages_in_sight(const struct pages *p);
/* The cell under the cursor in two lines: where it is, and what it is. */
void pages_say_cell(const struct pages *p, const struct view_env *env, struct textbuf *first,
	struct textbuf *second);
/* What the cell under the cursor is, in words with its own values. */
void pages_say(const struct pages *p, const struct view_env *env, struct textbuf *out);
/* The verdict (or kind) that the cell under the cursor speaks of. */
unsigned pages_cursor_verdict(const struct pages *p, unsigned side);

#endif
