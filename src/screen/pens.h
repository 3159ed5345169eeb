/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_SCREEN_PENS_H
#define TWINTOP_SRC_SCREEN_PENS_H

#ifndef NCURSES_WIDECHAR
#define NCURSES_WIDECHAR 1
#endif
#include <curses.h>

#include "twintop/screen/run.h"

/* How each style looks on this terminal, in the words of curses. */
struct pen {
	attr_t attributes;
	short pair;
};
/* Of the open screen, which has its colours defined by that. */
void pens_make(struct pen pen[STYLES], const struct theme *theme, enum colour_depth colour);

#endif
