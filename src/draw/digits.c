/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/digits.h"

#define DOTS_H 5

/* A character in dots: DOTS_H rows of so many columns, the highest bit at the left. */
static const struct figure {
	char character;
	uint8_t columns, row[DOTS_H];
} figures[] = {
	{'?', 3, {7, 1, 3, 0, 2}},
	{'0', 3, {7, 5, 5, 5, 7}},
	{'1', 3, {2, 6, 2, 2, 7}},
	{'2', 3, {7, 1, 7, 4, 7}},
	{'3', 3, {7, 1, 7, 1, 7}},
	{'4', 3, {5, 5, 7, 1, 1}},
	{'5', 3, {7, 4, 7, 1, 7}},
	{'6', 3, {7, 4, 7, 5, 7}},
	{'7', 3, {7, 1, 1, 1, 1}},
	{'8', 3, {7, 5, 7, 5, 7}},
	{'9', 3, {7, 5, 7, 1, 7}},
	{'K', 3, {5, 5, 6, 5, 5}},
	{'k', 3, {5, 5, 6, 5, 5}},
	{'M', 5, {17, 27, 21, 17, 17}},
	{'G', 4, {7, 8, 11, 9, 7}},
	{'T', 3, {7, 2, 2, 2, 2}},
	{'%', 5, {25, 26, 4, 11, 19}},
	{'.', 1, {0, 0, 0, 0, 1}},
	{'-', 3, {0, 0, 7, 0, 0}},
	{'/', 3, {1, 1, 2, 4, 4}},
	{'<', 3, {1, 2, 4, 2, 1}},
};

static const struct figure *figure_of(char character)
{
	for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
		if (figures[i].character == character)
			return &figures[i];
	return figures;
}

static int dot_columns(enum digits_size size)
{
	return size == DIGITS_LARGE ? 2 : 1;
}

int digits_rows(bool ascii, enum digits_size size)
{
	return size == DIGITS_LARGE || ascii ? DOTS_H : (DOTS_H + 1) / 2;
}

int digits_width(const char *text, enum digits_size size)
{
	int dots = 0;

	for (const char *at = text; *at; at++)
		dots += figure_of(*at)->columns + (at > text);
	return dots * dot_columns(size);
}

static bool dot(const struct figure *f, int column, int row)
{
	return row < DOTS_H && (f->row[row] >> (f->columns - 1 - column) & 1);
}

/* A row of cells of a figure whose cells hold two dots one above the other. */
static void draw_halves(
	const struct figure *f, struct canvas *c, int x, int y, int row, enum style style)
{
	static const char *const half[] = {" ", "▀", "▄", "█"};

	for (int column = 0; column < f->columns; column++) {
		int which = dot(f, column, row * 2) + 2 * dot(f, column, row * 2 + 1);

		if (which)
			canvas_text(c, x + column, y, 1, style, half[which]);
	}
}

static void draw_dots(const struct figure *f, struct canvas *c, int x, int y, int row,
	enum digits_size size, enum style style)
{
	int w = dot_columns(size);

	for (int column = 0; column < f->columns; column++)
		if (dot(f, column, row))
			canvas_repeat(c, x + column * w, y, w, style, c->ascii ? "#" : "█");
}

int digits_draw(
	struct canvas *c, int x, int y, enum digits_size size, enum style style, const char *text)
{
	bool halves = size == DIGITS_SMALL && !c->ascii;
	int at = x;

	for (; *text; text++) {
		const struct figure *f = figure_of(*text);

		for (int row = 0; row < digits_rows(c->ascii, size); row++)
			if (halves)
				draw_halves(f, c, at, y + row, row, style);
			else
				draw_dots(f, c, at, y + row, row, size, style);
		at += (f->columns + (text[1] != '\0')) * dot_columns(size);
	}
	return at - x;
}
