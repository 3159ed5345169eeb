/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SCREEN_LINES_H
#define TWINTOP_SCREEN_LINES_H

#include "twintop/base/vec.h"
#include "twintop/draw/canvas.h"

/*
 * The screen as lines of text for who listens, and for logs: no frames, boxes, shades that hide and
 * plots of dots, of each drawing those lines alone that were not in the last one. The line with the
 * cursor begins with "> ". That something is a second older is no news.
 */
struct lines {
	VEC(char *) last; /* lines of the last drawing, as they were told */
	bool ascii;	  /* other characters as their likeness in ASCII */
};
void lines_free(struct lines *l); /* a zeroed one is empty */
/* One row of the canvas, without the mark of the cursor; appended. */
void lines_row(const struct canvas *c, int y, bool ascii, struct textbuf *out);
/*
 * What is new of it, a newline behind each line; appended. Without figures a row of which only
 * those are other ones is left for a drawing with them.
 */
void lines_take(struct lines *l, const struct canvas *c, bool figures, struct textbuf *out);
/* All lines are new ones again. */
void lines_forget(struct lines *l);
/*
 * The first key of bytes as terminals send them; its bytes in *ret_used. KEY_NONE: bytes that are
 * none; of an escape that ends early, the key Esc.
 */
uint32_t lines_key(const char *bytes, size_t n, size_t *ret_used);

#endif
