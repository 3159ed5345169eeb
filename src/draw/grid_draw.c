/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "twintop/draw/bar.h"
#include "twintop/draw/digits.h"
#include "twintop/draw/grid.h"

static bool was_copied(unsigned v)
{
	return v == PAGE_VERDICT_COPIED || v == PAGE_VERDICT_COPIED_BY_A ||
	       v == PAGE_VERDICT_COPIED_BY_B || v == PAGE_VERDICT_BORN_APART ||
	       v == PAGE_VERDICT_REPLACED || v == PAGE_VERDICT_FAULTED;
}

/* Pages of a cell that were copied, and all that are there as a side sees them. */
static void count_copied(const struct grid *g, const struct grid_cell *cell, unsigned side,
	uint64_t *ret_copied, uint64_t *ret_there)
{
	*ret_copied = *ret_there = 0;
	for (unsigned v = 1; v < PAGE_VERDICTS; v++) {
		uint32_t n = grid_seen(g, cell, side, v);

		*ret_there += n;
		*ret_copied += was_copied(v) ? n : 0;
	}
}

/* Copied pages among those that are there, in quarters: 1 to 4; 0 where none or all is one. */
static int density(const struct grid *g, const struct grid_cell *cell, unsigned side, unsigned v)
{
	uint64_t copied, there;

	if (g->kinds || !was_copied(v) || !g->shift)
		return 0;
	count_copied(g, cell, side, &copied, &there);
	return copied == there && copied == grid_seen(g, cell, side, v)
		       ? 0
		       : (int)((copied * 4 - 1) / there) + 1;
}

/* In the other's grid a page that one copied is the original: the small letter. */
static const char *letter(unsigned v, unsigned side)
{
	if (v == PAGE_VERDICT_COPIED_BY_A)
		return side ? "a" : "A";
	return v == PAGE_VERDICT_COPIED_BY_B ? (side ? "B" : "b") : NULL;
}

static bool kept_original(unsigned v, unsigned side)
{
	return v == (side ? PAGE_VERDICT_COPIED_BY_A : PAGE_VERDICT_COPIED_BY_B);
}

/* A cell as a side sees it. */
struct look_of_cell {
	unsigned v; /* the verdict or kind that it speaks of */
	int quarter;
	bool fresh;
	enum style style;
};

static struct look_of_cell look_at(
	const struct grid *g, const struct grid_cell *cell, unsigned side)
{
	struct look_of_cell l = {.v = grid_speaks_of(g, cell, side)};

	l.quarter = density(g, cell, side, l.v);
	l.style = g->kinds ? page_kind_info[l.v].style : bar_verdict_style(l.v);
	l.fresh = cell->fresh && !g->kinds && !kept_original(l.v, side);
	if (l.fresh)
		l.style = STYLE_CHANGED;
	return l;
}

/* n columns of a cell's sign. */
static void draw_sign(const struct grid *g, struct canvas *c, int x, int y, int n, unsigned side,
	const struct look_of_cell *l)
{
	static const char *const shade[2][5] = {{"", "░", "▒", "▓", "█"}, {"", "-", "+", "%", "#"}};

	if (g->kinds)
		canvas_repeat(c, x, y, n, l->style,
			c->ascii ? page_kind_info[l->v].ascii : page_kind_info[l->v].utf8);
	else if (l->quarter)
		canvas_repeat(c, x, y, n, l->style, shade[c->ascii][l->quarter]);
	else if (letter(l->v, side))
		canvas_repeat(c, x, y, n, l->style, letter(l->v, side));
	else
		bar_verdict(c, x, y, n, l->style, l->v);
}

/* ---- boxes --------------------------------------------------------------- */

/* What stands in a box, in the longest form that fits. */
struct box_words {
	const char *form[2];
};
static const struct box_words verdict_words[PAGE_VERDICTS] = {
	[PAGE_VERDICT_ABSENT] = {{"not there", "none"}},
	[PAGE_VERDICT_COW_SHARED] = {{"shared", "same"}},
	[PAGE_VERDICT_FILE_SHARED] = {{"file's page", "file"}},
	[PAGE_VERDICT_COPIED] = {{"copied", "copy"}},
	[PAGE_VERDICT_COPIED_BY_A] = {{"copied by A", "A's copy"}},
	[PAGE_VERDICT_COPIED_BY_B] = {{"copied by B", "B's copy"}},
	[PAGE_VERDICT_BORN_APART] = {{"born apart", "apart"}},
	[PAGE_VERDICT_ONLY_A] = {{"only in A", "only A"}},
	[PAGE_VERDICT_ONLY_B] = {{"only in B", "only B"}},
	[PAGE_VERDICT_ZERO] = {{"zero page", "zero"}},
	[PAGE_VERDICT_SWAPPED] = {{"in swap", "swap"}},
	[PAGE_VERDICT_SHARED_MEMORY] = {{"shared memory", "shared"}},
	[PAGE_VERDICT_CHANGED] = {{"changing", "?"}},
	[PAGE_VERDICT_ONE_SPACE] = {{"one of both", "both"}},
	[PAGE_VERDICT_RELEASED] = {{"released", "alone"}},
	[PAGE_VERDICT_KEPT] = {{"same frame", "same"}},
	[PAGE_VERDICT_FAULTED] = {{"faulted", "fault"}},
	[PAGE_VERDICT_REPLACED] = {{"replaced", "other"}},
	[PAGE_VERDICT_CAME] = {{"new", "new"}},
	[PAGE_VERDICT_GONE] = {{"gone", "gone"}},
	[PAGE_VERDICT_UNTOLD] = {{"not told", "?"}},
};
static const struct box_words kind_words[PAGE_KINDS] = {
	[PAGE_KIND_ABSENT] = {{"not there", "none"}},
	[PAGE_KIND_OWN] = {{"its own", "own"}},
	[PAGE_KIND_SHARED] = {{"shared", "same"}},
	[PAGE_KIND_FILE] = {{"file's page", "file"}},
	[PAGE_KIND_ZERO] = {{"zero page", "zero"}},
	[PAGE_KIND_SWAPPED] = {{"in swap", "swap"}},
	[PAGE_KIND_GUARD] = {{"guard", "x"}},
};
static const struct box_words original_words = {{"original", "first"}};

/* The inside of a box: what is not blank between it and the next ones. */
static struct rect box_inside(const struct grid *g, int x, int y)
{
	return (struct rect){x, y, g->cell_w > 2 ? g->cell_w - 1 : g->cell_w - (g->cell_w > 1),
		g->cell_h > 1 ? g->cell_h - 1 : 1};
}

/* "copied by B"; of several pages "3 copied". NULL: no form fits. */
static const char *word_of(const struct grid *g, const struct grid_cell *cell, unsigned side,
	const struct look_of_cell *l, int w, char out[32])
{
	const struct box_words *words = g->kinds		    ? &kind_words[l->v]
					: kept_original(l->v, side) ? &original_words
								    : &verdict_words[l->v];
	uint64_t copied, there;

	if (l->quarter) {
		count_copied(g, cell, side, &copied, &there);
		snprintf(out, 32, "%" PRIu64 " copied", copied);
		return (int)strlen(out) <= w ? out : NULL;
	}
	for (int i = 0; i < 2; i++)
		if ((int)strlen(words->form[i]) <= w)
			return words->form[i];
	return NULL;
}

/* The number of a cell's first page, counted from 1. */
static void number_of(const struct grid *g, uint64_t cell, char out[24])
{
	snprintf(out, 24, "%" PRIu64, (cell << g->shift) + 1);
}

static void draw_centred(
	struct canvas *c, struct rect in, int y, enum style style, const char *text)
{
	int w = canvas_width(c, text);

	canvas_text(c, in.x + (w < in.w ? (in.w - w) / 2 : 0), y, in.w, style, text);
}

/* In more than a line: the number, of blocks where there is room, and the word below it. */
static void draw_high(const struct grid *g, struct canvas *c, struct rect in, uint64_t at,
	unsigned side, const struct grid_cell *cell, const struct look_of_cell *l)
{
	int digits = digits_rows(c->ascii, DIGITS_SMALL), rows, y;
	char number[24], text[32];
	const char *word = word_of(g, cell, side, l, in.w, text);
	bool blocks;

	number_of(g, at, number);
	if ((int)strlen(number) > in.w) {
		for (int row = 0; row < in.h; row++)
			draw_sign(g, c, in.x, in.y + row, in.w, side, l);
		return;
	}
	blocks = in.h >= digits + 2 && digits_width(number, DIGITS_SMALL) + 2 <= in.w;
	rows = (blocks ? digits : 1) + 1;
	y = in.y + (in.h - rows) / 2;
	if (blocks)
		digits_draw(c, in.x + (in.w - digits_width(number, DIGITS_SMALL)) / 2, y,
			DIGITS_SMALL, l->style, number);
	else
		draw_centred(c, in, y, l->style, number);
	if (word)
		draw_centred(c, in, y + rows - 1, l->style, word);
	else
		draw_sign(g, c, in.x + in.w / 2, y + rows - 1, 1, side, l);
}

/* In one line: the number and the word or else the sign, or the sign alone. */
static void draw_flat(const struct grid *g, struct canvas *c, struct rect in, uint64_t at,
	unsigned side, const struct grid_cell *cell, const struct look_of_cell *l)
{
	char last[24], number[24], text[32];
	const char *word;
	int digits;

	number_of(g, grid_cells(g->pages, g->shift) - 1, last);
	number_of(g, at, number);
	digits = (int)strlen(last);
	if (digits + 1 > in.w) {
		draw_sign(g, c, in.x, in.y, in.w, side, l);
		return;
	}
	word = word_of(g, cell, side, l, in.w - digits - 2, text);
	if (word) {
		canvas_right(c, in.x, in.y, digits, l->style, number);
		canvas_text(c, in.x + digits + 1, in.y, in.w - digits - 1, l->style, word);
		return;
	}
	canvas_right(c, in.x, in.y, in.w - 1, l->style, number);
	draw_sign(g, c, in.x + in.w - 1, in.y, 1, side, l);
}

/* A block of colour; what is not there is an empty one between dots. */
static void draw_box(const struct grid *g, struct canvas *c, int x, int y, uint64_t at,
	unsigned side, const struct grid_cell *cell)
{
	const struct look_of_cell l = look_at(g, cell, side);
	struct rect in = box_inside(g, x, y);

	canvas_fill(c, in, l.style);
	if (l.v == PAGE_VERDICT_ABSENT)
		for (int row = 0; row<in.h; row += in.h> 1 ? in.h - 1 : 1)
			draw_sign(g, c, in.x, in.y + row, in.w, side, &l);
	if (in.h > 1)
		draw_high(g, c, in, at, side, cell, &l);
	else
		draw_flat(g, c, in, at, side, cell, &l);
	/* Shades would be read the other way round. */
	if (!l.fresh && l.v != PAGE_VERDICT_ABSENT && (!l.quarter || in.h > 1))
		canvas_solid(c, in);
}

/* ---- the grid ------------------------------------------------------------ */

static void draw_plain(const struct grid *g, struct canvas *c, int x, int y, unsigned side,
	const struct grid_cell *cell)
{
	const struct look_of_cell l = look_at(g, cell, side);

	draw_sign(g, c, x, y, g->cell_w > 2 ? g->cell_w - 1 : 1, side, &l);
}

void grid_draw(const struct grid *g, struct canvas *c, int x, int y, unsigned side)
{
	for (int row = 0; row < g->rows; row++)
		for (int col = 0; col < g->cols; col++) {
			size_t i = (size_t)row * (size_t)g->cols + (size_t)col;
			int at_x = x + col * g->cell_w, at_y = y + row * g->cell_h;

			if (!grid_cell_pages(g, g->first + i))
				return;
			if (g->boxes)
				draw_box(g, c, at_x, at_y, g->first + i, side, &g->cell[i]);
			else
				draw_plain(g, c, at_x, at_y, side, &g->cell[i]);
		}
}

void grid_letter(const struct grid *g, struct canvas *c, int x, int y, int i, enum style style,
	const char *letter)
{
	int at_x = x + i % g->cols * g->cell_w, at_y = y + i / g->cols * g->cell_h;
	struct rect in = box_inside(g, at_x, at_y);

	if (!g->boxes) {
		canvas_repeat(c, at_x, at_y, g->cell_w > 2 ? g->cell_w - 1 : 1, style, letter);
		return;
	}
	canvas_restyle(c, in, style);
	if (in.h > 1)
		canvas_repeat(c, in.x, in.y, in.w, style, letter);
	else
		canvas_text(c, in.x + in.w - 1, in.y, 1, style, letter);
	canvas_solid(c, in);
}

/* Brackets in a box's first line, or an arrow behind a flat one: what it shows stays to be seen. */
static void mark_box(struct canvas *c, struct rect in)
{
	if (in.h == 1) {
		canvas_text(c, in.x + in.w, in.y, 1, STYLE_SELECTED, "◀");
		return;
	}
	in.h = 1;
	canvas_restyle(c, in, STYLE_SELECTED);
	canvas_text(c, in.x, in.y, 1, STYLE_SELECTED, "[");
	canvas_text(c, in.x + in.w - 1, in.y, 1, STYLE_SELECTED, "]");
}

void grid_mark(const struct grid *g, struct canvas *c, int x, int y, uint64_t cell)
{
	uint64_t at = cell - g->first;
	int at_x = x + (int)(at % (uint64_t)g->cols) * g->cell_w;
	int at_y = y + (int)(at / (uint64_t)g->cols) * g->cell_h;

	if (g->boxes)
		mark_box(c, box_inside(g, at_x, at_y));
	else
		canvas_restyle(c, (struct rect){at_x, at_y, g->cell_w > 2 ? g->cell_w - 1 : 1, 1},
			STYLE_SELECTED);
	canvas_cursor(c, at_x, at_y);
}

bool grid_hit(const struct grid *g, int x, int y, int at_x, int at_y, uint64_t *ret_cell)
{
	int col, row;

	if (at_x < x || at_y < y || g->cell_w < 1 || g->cell_h < 1)
		return false;
	col = (at_x - x) / g->cell_w;
	row = (at_y - y) / g->cell_h;
	if (col >= g->cols || row >= g->rows)
		return false;
	*ret_cell = g->first + (uint64_t)row * (uint64_t)g->cols + (uint64_t)col;
	return grid_cell_pages(g, *ret_cell) > 0;
}
