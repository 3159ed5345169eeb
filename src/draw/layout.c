/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/layout.h"

#define LIVE_W	    15
#define LIVE_FROM_W 120 /* below, both identities take all of the line */

#define VIEW_LEAST_H 6

/*
 * Lines of the console: a sixth of the screen, but a line at least and twelve at most; half of it
 * while it is typed into, as far as a view beside it goes.
 */
static int console_lines(int h, bool typing)
{
	int lines = h < 16 ? 1 : h / 6, most = h - 4 - VIEW_LEAST_H;

	lines = lines > 12 ? 12 : lines;
	if (typing)
		lines = h / 2 < most ? h / 2 : most > lines ? most : lines;
	return lines;
}

struct layout layout_of(int w, int h, bool console, bool typing)
{
	struct layout l = {.fits = w >= LAYOUT_LEAST_W && h >= LAYOUT_LEAST_H};
	int half = (w - 1) / 2, live = w >= LIVE_FROM_W ? LIVE_W : 0;
	int lines = console ? console_lines(h, typing) + 1 : 0;

	if (!l.fits)
		return l;
	l.identity[0] = (struct rect){0, 0, half, 1};
	l.separator = (struct rect){half, 0, 1, 1};
	l.identity[1] = (struct rect){half + 1, 0, w - half - 1 - live, 1};
	l.live = (struct rect){w - live, 0, live, 1};
	l.tabs = (struct rect){0, 1, w, 1};
	l.view = (struct rect){0, 2, w, h - 3 - lines};
	if (console) {
		l.console_title = (struct rect){0, h - 1 - lines, w, 1};
		l.console = (struct rect){0, h - lines, w, lines - 1};
	}
	l.footer = (struct rect){0, h - 1, w, 1};
	return l;
}
