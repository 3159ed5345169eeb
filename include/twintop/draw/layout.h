/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_LAYOUT_H
#define TWINTOP_DRAW_LAYOUT_H

#include "twintop/draw/band.h"

#define LAYOUT_LEAST_W 40
#define LAYOUT_LEAST_H 12

/* Where the parts of the screen lie. Together they cover it and never overlap; w or h 0: absent. */
struct layout {
	bool fits; /* false: too small, nothing else is set */
	struct rect identity[2];
	struct rect separator; /* between the identities */
	struct rect live;      /* rate or "paused", behind B; absent on narrow screens */
	struct rect tabs;      /* tabs and status */
	struct rect view;
	struct rect step_title, step; /* of the launched program's steps */
	struct rect console_title, console;
	struct rect time_bar; /* above the footer */
	struct rect footer;
};

/* What the screen would like to show beside the view. */
struct layout_wish {
	bool console, typing; /* of a launched program; typing: into it, about half of the screen */
	int step_lines;	      /* of its steps, where there is room */
	bool lecture;	      /* what a step says goes before the console */
	bool time_bar;
};
/* The layout for that size. Pure. */
struct layout layout_of(int w, int h, const struct layout_wish *wish);

/* Where the parts of a view lie in lecture mode; they never overlap; h 0: absent. */
struct lecture_layout {
	enum band_form form;
	struct rect band; /* key figures, with a row behind them that says why one is unknown */
	struct rect body;
	struct rect legend;
};
/* The layout of that area; most: no form above it; reason: a figure is unknown. Pure. */
struct lecture_layout lecture_layout_of(
	struct rect area, bool ascii, enum band_form most, bool reason);

#endif
