/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_BAND_H
#define TWINTOP_DRAW_BAND_H

#include "twintop/draw/canvas.h"

/* Key figures beside each other: A's, those of the pair, B's. */
#define BAND_TEXT  16
#define BAND_ITEMS 12
enum band_group { BAND_A, BAND_PAIR, BAND_B, BAND_GROUPS };
struct band_item {
	enum band_group group;
	unsigned rank;	     /* those of the highest go first where it is narrow; 0 stays */
	enum style style;    /* of the figure */
	const char *label;   /* "threads" */
	char text[BAND_TEXT]; /* "4.1M"; "?" for the unknown */
	const char *reason;  /* why it is unknown; NULL: it is known */
};
struct band {
	struct band_item item[BAND_ITEMS];
	size_t n;
};

/* How figures are written: in one line, or of blocks with a line of labels below. */
enum band_form { BAND_NONE, BAND_LINE, BAND_SMALL, BAND_LARGE };
/* Rows of that form, labels included. */
int band_rows(enum band_form form, bool ascii);
/* The first of its figures that is unknown; NULL: all are known. */
const struct band_item *band_unknown(const struct band *b);
/* The form that it has in that width, where it may have that one. */
enum band_form band_fits(
	const struct band *b, const struct canvas *c, struct rect area, enum band_form form, int b_x);
/* Draws it in at most that form, and what is left of the area says why a figure is unknown. */
void band_draw(
	const struct band *b, struct canvas *c, struct rect area, enum band_form form, int b_x);

#endif
