/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_DIGITS_H
#define TWINTOP_DRAW_DIGITS_H

#include "twintop/draw/canvas.h"

/*
 * Figures that are read from the last row: digits, their units and a few marks made of blocks, in
 * ASCII of '#'. Small ones have two dots to a cell's height where there are half blocks; large ones
 * take a cell's height and two columns a dot.
 */
enum digits_size { DIGITS_SMALL, DIGITS_LARGE };

/* Rows that figures take. */
int digits_rows(bool ascii, enum digits_size size);
/* Columns that a text takes. */
int digits_width(const char *text, enum digits_size size);
/* Draws it; a character that has no blocks is drawn as '?'. Returns the columns used. */
int digits_draw(struct canvas *c, int x, int y, enum digits_size size, enum style style,
	const char *text);

#endif
