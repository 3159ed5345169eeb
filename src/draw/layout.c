/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/layout.h"

#define LIVE_W	     15
#define VIEW_LEAST_H 6
#define STEP_LEAST_H 2
#define LIVE_FROM_W  120 /* below, both identities take all of the line */

/*
 * Lines of the console: a sixth of the screen, but a line at least and twelve at most; half of that
 * beside steps, which say more than it, and in lecture mode a line; half of the screen while it is
 * typed into, as far as a view beside it goes.
 */
static int console_lines(int h, const struct layout_wish *wish)
{
	bool steps = wish->step_lines > 0;
	int lines = h < 16 || (steps && wish->lecture) ? 1 : h / (steps ? 12 : 6);
	int most = h - 4 - VIEW_LEAST_H - (steps && wish->lecture ? STEP_LEAST_H + 1 : 0);

	lines = lines > 12 ? 12 : lines;
	if (wish->typing)
		lines = h / 2 < most ? h / 2 : most > lines ? most : lines;
	return lines;
}

/* A caption goes before the console of a program where there is no room for both. */
static bool console_fits(int h, const struct layout_wish *wish)
{
	int least = 3 + VIEW_LEAST_H + STEP_LEAST_H + 1 + 2;

	return wish->console &&
	       (!wish->lecture || wish->step_lines < 1 || wish->typing || h >= least);
}

/* Takes a pane with its title off the lower end of the view. */
static void cut_pane(struct layout *l, int lines, struct rect *ret_title, struct rect *ret_pane)
{
	struct rect *view = &l->view;

	view->h -= lines + 1;
	*ret_title = (struct rect){0, view->y + view->h, view->w, 1};
	*ret_pane = (struct rect){0, view->y + view->h + 1, view->w, lines};
}

struct layout layout_of(int w, int h, const struct layout_wish *wish)
{
	struct layout l = {.fits = w >= LAYOUT_LEAST_W && h >= LAYOUT_LEAST_H};
	int half = (w - 1) / 2, live = w >= LIVE_FROM_W ? LIVE_W : 0;
	int room, foot = h - 1;

	if (!l.fits)
		return l;
	l.identity[0] = (struct rect){0, 0, half, 1};
	l.separator = (struct rect){half, 0, 1, 1};
	l.identity[1] = (struct rect){half + 1, 0, w - half - 1 - live, 1};
	l.live = (struct rect){w - live, 0, live, 1};
	l.tabs = (struct rect){0, 1, w, 1};
	l.footer = (struct rect){0, foot, w, 1};
	if (wish->time_bar)
		l.time_bar = (struct rect){0, --foot, w, 1};
	l.view = (struct rect){0, 2, w, foot - 2};
	if (console_fits(foot + 1, wish))
		cut_pane(&l, console_lines(foot + 1, wish), &l.console_title, &l.console);
	room = l.view.h - 1 - VIEW_LEAST_H;
	if (wish->step_lines > 0 && room > 0)
		cut_pane(&l, wish->step_lines < room ? wish->step_lines : room, &l.step_title,
			&l.step);
	return l;
}

/* From so many lines of a view on it has that band, and so many lines of legend. */
static const struct lecture_row {
	int from_w, from_h;
	enum band_form form;
	int legend, blank;
} lecture_rows[] = {
	{110, 34, BAND_LARGE, 3, 1},
	{110, 28, BAND_LARGE, 2, 1},
	{36, 18, BAND_SMALL, 2, 1},
	{36, 14, BAND_SMALL, 1, 0},
	{0, 11, BAND_LINE, 1, 1},
	{0, 6, BAND_LINE, 1, 0},
	{0, 4, BAND_LINE, 0, 0},
	{0, 0, BAND_NONE, 0, 0},
};

struct lecture_layout lecture_layout_of(
	struct rect area, bool ascii, enum band_form most, bool reason)
{
	const struct lecture_row *row = lecture_rows;
	struct lecture_layout l;
	int band, blank;

	while (area.w < row->from_w || area.h < row->from_h)
		row++;
	l.form = row->form < most ? row->form : most;
	/* Figures of ASCII are higher. */
	if (l.form == BAND_SMALL && ascii && area.h < 16)
		l.form = BAND_LINE;
	band = band_rows(l.form, ascii) + (reason && l.form != BAND_NONE);
	blank = row->blank;
	l.band = (struct rect){area.x, area.y, area.w, band};
	l.body = (struct rect){
		area.x, area.y + band + blank, area.w, area.h - band - blank - row->legend};
	l.legend = (struct rect){area.x, l.body.y + l.body.h, area.w, row->legend};
	return l;
}
