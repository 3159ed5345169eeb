/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SHEET_INTERNAL_H
#define TWINTOP_SHEET_INTERNAL_H

#include "twintop/base/vec.h"
#include "twintop/view/view.h"

/*
 * Lines of a few columns under headings, with a selection: what is neither a
 * table of records nor one text. It is filled anew with each moment; the
 * selection stays where it is, in lines.
 */
#define SHEET_COLUMNS 8

/* Widths of a section's columns; the last one used takes what is left. Rank as in list columns. */
struct sheet_layout {
	unsigned columns;
	int width[SHEET_COLUMNS];
	unsigned char rank[SHEET_COLUMNS];
	int lecture[SHEET_COLUMNS]; /* widths in lecture mode; 0: it is not shown then */
};

struct sheet_line {
	const struct sheet_layout *layout; /* NULL: a heading over the whole width */
	const char *text[SHEET_COLUMNS];   /* printable, in the sheet's arena; NULL: empty */
	uint8_t style[SHEET_COLUMNS];
	/* Static or arena text for the explain key; NULL: a heading, which nobody selects. */
	const char *explain;
	struct lesson_ref lesson; /* what it is about … */
	const char *why;	  /* … or why it matters where no lesson says so */
	const struct field *field; /* … or of which field of both sides' named threads */
	bool common; /* what A and B have in common: left out where only what differs is asked for */
	const char *brief[SHEET_COLUMNS]; /* of a text that has no room; NULL: its begin */
};

struct sheet {
	struct arena arena;
	VEC(struct sheet_line) line;
	size_t selected, top; /* among the shown lines */
	bool leapt;	      /* selected is another place than it was, but by no arrow */
	VEC(size_t) shown;    /* indexes of the lines that pass the filter */
	char *filter;	      /* malloc'ed; NULL: all */
	bool differ;	      /* only what is not in common */
	struct rect area;     /* as drawn last, for clicks */
	/* The selected line before it was filled anew: found again by its first two texts. */
	const struct sheet_layout *was_layout;
	struct textbuf was[2];
};

/* Begins another filling. */
void sheet_begin(struct sheet *s);
void sheet_heading(struct sheet *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line whose texts the caller fills in (arena or static); valid until the next line. */
struct sheet_line *sheet_add(struct sheet *s, const struct sheet_layout *layout);
/* printf into the sheet's arena. */
#define sheet_text(s, ...) arena_printf(&(s)->arena, __VA_ARGS__)
/* Ends the filling: applies the filter, keeps the selection on its line. */
void sheet_end(struct sheet *s);
void sheet_free(struct sheet *s);

bool sheet_act(struct sheet *s, enum action action);
void sheet_click(struct sheet *s, int y);
void sheet_draw(struct sheet *s, struct canvas *c, struct rect area, bool lecture);
void sheet_filter(struct sheet *s, const char *text);
bool sheet_search(struct sheet *s, const char *text, bool again);
/* The selected line; NULL when there is none. */
const struct sheet_line *sheet_selected(const struct sheet *s);
/* Its texts, tabs between them; appended. Nothing without one. */
void sheet_copy(const struct sheet *s, struct textbuf *out);

#endif
