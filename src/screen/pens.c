/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pens.h"

#include <stdlib.h>

static attr_t attributes_of(unsigned look)
{
	return (look & LOOK_BOLD ? A_BOLD : 0) | (look & LOOK_DIM ? A_DIM : 0) |
	       (look & LOOK_REVERSE ? A_REVERSE : 0) | (look & LOOK_UNDERLINE ? A_UNDERLINE : 0);
}

static int distance(int a, int b)
{
	return (a - b) * (a - b);
}

/* The nearest of the 6x6x6 cube (16-231) and the 24 greys (232-255) of xterm's 256 colours. */
static int nearest_256(int32_t rgb)
{
	static const int level[6] = {0, 95, 135, 175, 215, 255};
	const int want[3] = {rgb >> 16 & 0xff, rgb >> 8 & 0xff, rgb & 0xff};
	int index = 16, cube = 0, best = 0, grey, error_cube = 0, error_grey = 0;

	for (int i = 0; i < 3; i++) {
		best = 0;
		for (int k = 1; k < 6; k++)
			if (distance(level[k], want[i]) < distance(level[best], want[i]))
				best = k;
		cube = cube * 6 + best;
		error_cube += distance(level[best], want[i]);
	}
	grey = ((want[0] + want[1] + want[2]) / 3 - 3) / 10;
	grey = grey < 0 ? 0 : grey > 23 ? 23 : grey;
	for (int i = 0; i < 3; i++)
		error_grey += distance(8 + 10 * grey, want[i]);
	return error_grey < error_cube ? 232 + grey : index + cube;
}

/* A colour number for rgb: as it is where the terminal takes colours directly, else the nearest. */
static int rich_colour(int32_t rgb)
{
	if (rgb == COLOUR_DEFAULT)
		return -1;
	return COLORS >= 1 << 24 ? rgb : nearest_256(rgb);
}

/* The colours of a terminal of 8 or 16; of 8, a bright one is bold, and bright black dim. */
static void basic_pen(const struct look *look, struct pen *pen, int *ret_ink, int *ret_paper)
{
	*ret_ink = look->basic;
	*ret_paper = look->basic_back;
	if (COLORS >= 16)
		return;
	if (*ret_ink == 8) {
		*ret_ink = -1;
		pen->attributes |= A_DIM;
	} else if (*ret_ink > 8) {
		*ret_ink -= 8;
		pen->attributes |= A_BOLD;
	}
	if (*ret_paper >= 8)
		*ret_paper -= 8;
}

static void make(struct pen *pens, const struct theme *theme, enum colour_depth depth)
{
	for (int style = 0; style < STYLES; style++) {
		const struct look *look = &theme->look[style];
		struct pen *pen = &pens[style];
		int ink, paper;

		*pen = (struct pen){0};
		if (depth == COLOUR_NEVER) {
			pen->attributes = attributes_of(look->mono);
			continue;
		}
		pen->attributes = attributes_of(look->attributes);
		if (depth == COLOUR_256 && COLORS >= 256) {
			ink = rich_colour(look->rgb);
			paper = rich_colour(look->rgb_back);
		} else {
			basic_pen(look, pen, &ink, &paper);
		}
		if ((ink >= 0 || paper >= 0) && init_extended_pair(style + 1, ink, paper) == OK)
			pen->pair = (short)(style + 1);
	}
}

static enum colour_depth choose_depth(enum colour_depth colour)
{
	const char *no_color = getenv("NO_COLOR");

	if (colour == COLOUR_AUTO && no_color && *no_color)
		return COLOUR_NEVER;
	if (colour == COLOUR_NEVER || !has_colors() || start_color() == ERR || COLORS < 8)
		return COLOUR_NEVER;
	use_default_colors();
	if (colour == COLOUR_AUTO)
		return COLORS >= 256 ? COLOUR_256 : COLOUR_16;
	return colour;
}

void pens_make(struct pen pen[STYLES], const struct theme *theme, enum colour_depth colour)
{
	make(pen, theme, choose_depth(colour));
}
