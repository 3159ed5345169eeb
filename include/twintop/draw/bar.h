/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_BAR_H
#define TWINTOP_DRAW_BAR_H

#include "twintop/draw/canvas.h"
#include "twintop/model/page.h"

/* A part of a bar: so much of something, in one glyph and style. */
struct bar_part {
	uint64_t amount;
	enum style style;
	const char *utf8, *ascii; /* one column each */
};

/*
 * Cells of each amount in a bar of w cells that full fills. What is there has a cell at least
 * where there is room; the sum is at most w and is returned.
 */
int bar_cells(const uint64_t *amount, size_t n, uint64_t full, int w, int *ret_cells);
/* Draws the parts one after another; returns the columns drawn. */
int bar_draw(struct canvas *c, int x, int y, int w, const struct bar_part *part, size_t n,
	uint64_t full);
/*
 * The cell, 0..w, where amount ends on a scale that doubles from unit (one step) up to full. 0 only
 * for amount 0.
 */
int bar_log(uint64_t amount, uint64_t unit, uint64_t full, int w);
/* How a verdict looks. */
enum style bar_verdict_style(enum page_verdict v);
/* Draws the glyph of a verdict, n columns of it, in a style. */
void bar_verdict(struct canvas *c, int x, int y, int n, enum style style, enum page_verdict v);

#endif
