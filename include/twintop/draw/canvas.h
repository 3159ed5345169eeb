/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_CANVAS_H
#define TWINTOP_DRAW_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "twintop/base/text.h"

/* What a cell means; a theme says how it looks. Colour is never the only signal. */
enum style {
	STYLE_NORMAL,
	STYLE_DIM,       /* unknown values, separators, the dead */
	STYLE_STRONG,
	STYLE_TITLE,     /* column headings, panel titles */
	STYLE_SELECTED,  /* the row under the cursor */
	STYLE_TAB, STYLE_TAB_ACTIVE,
	STYLE_KEY,       /* key caps of the footer */
	STYLE_SIDE_A, STYLE_SIDE_B, /* the two identities */
	STYLE_SAME, STYLE_ONLY_A, STYLE_ONLY_B, STYLE_DIVERGED,
	STYLE_CHANGED,   /* changed a few seconds ago: see mark.h */
	STYLE_COW, STYLE_COPIED, STYLE_COPIED_A, STYLE_COPIED_B, STYLE_FILE, STYLE_SHM,
	STYLE_ZERO, STYLE_SWAPPED, STYLE_RELEASED, /* page verdicts */
	STYLE_GOOD, STYLE_WARN, STYLE_BAD,
	STYLE_CONSOLE,
	STYLES
};

/* A screen of cells, drawn into by views and written out by curses, SVG and text. */
#define CELL_CODES 3 /* a base and up to two combining marks */
struct cell {
	uint32_t code[CELL_CODES]; /* unused: 0 */
	uint8_t width;             /* 1 or 2; 0: the right half of a wide one */
	uint8_t style;             /* enum style */
	bool solid;                /* drawn in its paper on its ink: a block of colour */
};

struct rect {
	int x, y, w, h;
};

struct canvas {
	int w, h;
	struct cell *cell; /* w * h, row by row */
	bool ascii;        /* everything drawn is folded to ASCII */
	int cursor_x, cursor_y; /* the hardware cursor; -1: none */
};

/* What ASCII mode shows for a code point: its nearest likeness, else '?'. */
uint32_t canvas_fold(uint32_t code);

/* A blank canvas; w and h at least 1. Free with canvas_free. */
struct canvas *canvas_new(int w, int h, bool ascii);
void canvas_free(struct canvas *c); /* NULL is fine */
void canvas_clear(struct canvas *c);
/* The cell at x, y, or NULL outside. */
const struct cell *canvas_at(const struct canvas *c, int x, int y);

/*
 * Draws our own UTF-8 at x, y in at most w columns, cut at the edge of the canvas, a wide character
 * never halved; a text that is cut ends in "…" ("~" in ASCII). Returns the columns used.
 */
int canvas_text(struct canvas *c, int x, int y, int w, enum style style, const char *utf8);
/* The same with printf. */
int canvas_print(struct canvas *c, int x, int y, int w, enum style style, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* A hostile name: goes through text_printable(). */
int canvas_name(struct canvas *c, int x, int y, int w, enum style style, struct text name);
/* Right-aligned within w. */
int canvas_right(struct canvas *c, int x, int y, int w, enum style style, const char *utf8);
/* Columns that our own UTF-8 takes on this canvas. */
int canvas_width(const struct canvas *c, const char *utf8);
/*
 * Bytes of utf8 that make one line of at most w columns: broken behind a blank where there is one, at
 * least one character while there is any.
 */
size_t canvas_wrap(const struct canvas *c, const char *utf8, int w);
/* n cells of one character (folded in ASCII mode). */
void canvas_repeat(struct canvas *c, int x, int y, int n, enum style style, const char *utf8);
/* Blanks of that style over an area, and the style alone over what is drawn. */
void canvas_fill(struct canvas *c, struct rect area, enum style style);
void canvas_restyle(struct canvas *c, struct rect area, enum style style);
/* What is drawn there becomes solid, until it is drawn or styled anew. */
void canvas_solid(struct canvas *c, struct rect area);
/* A framed box (for help, detail, chooser) whose inside is blanked; returns the inside. */
struct rect canvas_box(struct canvas *c, struct rect area, enum style style, const char *title);
void canvas_cursor(struct canvas *c, int x, int y);

/* The part of a that lies in the canvas; w and h never negative. */
struct rect rect_clip(struct rect a, const struct canvas *c);

/* All of it as plain text, trailing blanks cut, a newline a row. */
void canvas_write_text(const struct canvas *c, struct textbuf *out);

#endif
