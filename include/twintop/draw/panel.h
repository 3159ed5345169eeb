/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_PANEL_H
#define TWINTOP_DRAW_PANEL_H

#include "twintop/base/vec.h"
#include "twintop/draw/canvas.h"
#include "twintop/draw/key.h"

/*
 * A scrollable box of text in up to four columns (help, detail, explain). It is filled anew for
 * each drawing; only the scroll position stays.
 */
#define PANEL_COLUMNS 4
struct panel_row {
	const char *text[PANEL_COLUMNS]; /* in the panel's arena; NULL: empty */
	uint8_t style[PANEL_COLUMNS];	 /* enum style */
};
struct panel {
	struct arena arena;
	VEC(struct panel_row) row;
	int width[PANEL_COLUMNS]; /* 0: an equal share of what the others leave */
	unsigned columns;
	size_t head; /* so many first rows stay above while the others scroll */
	const char *mark; /* what is marked wherever it stands, in any case; NULL: nothing */
	size_t go_to; /* the row that the next drawing begins with, + 1; 0: stay */
	int top;   /* first line shown, of those that scroll */
	int page;  /* lines shown last time */
	int lines; /* all lines last time */
	size_t found; /* the row that was searched for last … */
	bool go;      /* … and whether the next drawing begins with it */
};

/* Empties it for another filling; columns are set by the caller. */
void panel_begin(struct panel *p, unsigned columns, int width0, int width1);
void panel_free(struct panel *p);
/*
 * A row whose texts are copied; returns it for its styles (valid until the next row). Its last text
 * has the width of the columns behind it, too, in which there are none.
 */
struct panel_row *panel_add(struct panel *p, const char *a, const char *b, const char *c);
/* Puts a copy into another column of the row that was added last. */
void panel_put(struct panel *p, unsigned column, const char *text);
/* A heading over all columns. */
void panel_heading(struct panel *p, const char *text);
/* Scrolls for a movement; false when the action is none. */
bool panel_act(struct panel *p, enum action action);
/*
 * Searches the rows as they were filled last, in all columns, whatever the case: from the first on,
 * or again behind what was found; the next drawing begins with what is found. False: nothing is.
 */
bool panel_search(struct panel *p, const char *text, bool again);
/* All its rows as they were filled last: a line each, printable, tabs between columns; appended. */
void panel_text(const struct panel *p, struct textbuf *out);
void panel_draw(struct panel *p, struct canvas *c, struct rect area, const char *title);

#endif
