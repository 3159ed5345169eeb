/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_HOUSE_PLAN_H
#define TWINTOP_DRAW_HOUSE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "twintop/draw/canvas.h"

/* Where the parts of one house or two lie. */
#define HOUSE_ROOMS_MOST 7

/* How people are drawn: as figures, or a line each, two where there is room. */
enum person_form { PERSON_LINE, PERSON_FIGURE };
#define PERSON_FIGURE_W 8 /* columns of the figure itself, texts follow */
#define PERSON_FIGURE_H 3
#define PERSON_LINES_H	2

struct house_plan {
	unsigned houses;
	struct rect roof[2];		       /* h 0: the title stands in the wall */
	struct rect walls[2];		       /* the house itself, its outer walls included */
	unsigned rooms;			       /* of each house, side by side */
	struct rect room[2][HOUSE_ROOMS_MOST]; /* the inside: a label, then furniture */
	int label_h;	     /* lines of a room's label: 1, or 2: its size below its name */
	struct rect hall[2]; /* where the people are */
	struct rect street;  /* between the houses; w 0: there is none */
	enum person_form form;
	int person_w, person_h; /* of each, with what is blank behind it */
	int columns, rows;	/* so many in a hall, where none are left out */
	struct rect legend, caption;
};

struct house_wish {
	unsigned houses; /* 1, 2 */
	size_t persons;	 /* of the one that has more */
	size_t channels; /* between them */
	bool lecture;	 /* large and few; a legend is drawn elsewhere */
};

/* The plan for that area. Pure. */
struct house_plan house_plan_of(struct rect area, const struct house_wish *wish);
/* Where person i of those that are drawn stands. */
struct rect house_plan_person(const struct house_plan *p, unsigned house, size_t i);
/* How many of n are drawn: all, or as many as leave a line for the others. */
size_t house_plan_fits(const struct house_plan *p, size_t n);

#endif
