/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_PANES_H
#define TWINTOP_DRAW_PANES_H

#include "twintop/draw/list.h"

/* The two equal panes, the gutter between them and the notes behind; what has no room has w 0. */
struct panes {
	struct rect side[2];
	struct rect gutter;
	struct rect note;
};

/* sides 0 or 1: one pane takes the width. note: columns that notes would like; gutter: columns
 * between the panes, 0: as ever. */
struct panes panes_split(struct rect area, unsigned sides, int note, int gutter);
/* How many sides the moment has; 0 without one. */
unsigned panes_sides(const struct moment *m);

/* "only in A", or that the other side's are not known, of a row that one side alone has. */
void panes_note_one(bool in_a, enum row_state state, struct textbuf *out);
/* The mark of a row state; ROW_STATES (not compared) is blank. */
struct list_glyph panes_state_glyph(enum row_state state);
/* Draws a mark, in ASCII its own character. */
void panes_glyph(struct canvas *c, int x, int y, struct list_glyph glyph);
/* Text whose end says most: what does not fit is cut at its head. */
int panes_tail(struct canvas *c, int x, int y, int w, enum style style, const char *utf8);
/*
 * Text of which both ends say most: what does not fit is cut in the middle; of "here -> there" each
 * half is, so that the numbers at their ends stay.
 */
int panes_ends(struct canvas *c, int x, int y, int w, enum style style, const char *utf8);
/* What a side lacks because nobody asked: "not read yet", of a moment gone by "… at this moment". */
const char *panes_unread(const struct moment *m, unsigned side, bool past);
/* A reason, which of a moment gone by is not that of now: what nobody asked for then. */
const char *panes_reason(const char *reason, bool past);
/* "hidden: needs the same user, or root": what denied reads would take; to root, another advice. */
const char *panes_hidden(const struct moment *m, unsigned side);
/* "hidden: …", "has ended": why a side's part has no records, said of the side; NULL: it has. */
const char *panes_trouble(
	const struct moment *m, enum part_kind kind, unsigned side, bool past);
/* One line of trouble in the middle of an area. */
void panes_say(struct canvas *c, struct rect area, enum style style, const char *utf8);

#endif
