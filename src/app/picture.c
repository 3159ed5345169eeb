/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <time.h>

#include "app_internal.h"
#include "twintop/base/clock.h"
#include "words.h"

/* When the moment was, as calendars here have it; false: they have not. */
static bool local_time(const struct moment *m, struct tm *ret)
{
	time_t seconds = (time_t)(m->snapshot->realtime_ns / SECOND_NS);

	return localtime_r(&seconds, ret) != NULL;
}

/* "2026-11-26 20:44:36 UTC": when the moment was, as clocks on the wall show it here. */
static void add_time(struct textbuf *out, const struct moment *m)
{
	char text[64];
	struct tm parts;

	if (local_time(m, &parts) && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %Z", &parts))
		textbuf_adds(out, text);
}

void app_date(struct textbuf *out, const struct moment *m)
{
	char text[32];
	struct tm parts;

	if (local_time(m, &parts) && strftime(text, sizeof text, "%Y-%m-%d", &parts))
		textbuf_adds(out, text);
}

void app_picture_words(const struct app *a, struct picture_words *ret)
{
	const struct view_ops *view = a->view[a->current].ops;
	const struct moment *m = a->shown;

	textbuf_clear(&ret->title);
	textbuf_clear(&ret->description);
	textbuf_addf(&ret->title, "twintop: %s", view->title);
	textbuf_adds(&ret->description, view->help);
	if (!m)
		return;
	for (unsigned side = 0; side < m->snapshot->sides; side++) {
		textbuf_adds(&ret->title, side ? ", B " : ", A ");
		frame_number(&m->snapshot->side[side], &ret->title);
		textbuf_adds(&ret->title, " ");
		frame_name(&m->snapshot->side[side], &ret->title);
	}
	textbuf_addf(&ret->description, " %s ",
		a->plays    ? "Recorded at"
		: a->paused ? "Paused at"
			    : "Taken at");
	add_time(&ret->description, m);
	textbuf_adds(&ret->description, ".");
}

void picture_words_free(struct picture_words *w)
{
	textbuf_free(&w->title);
	textbuf_free(&w->description);
}

/* "A 4242 fork-cow": who stands on a side. */
static void add_side(struct words *w, const struct side *side, unsigned index)
{
	struct textbuf *out = word_add(w, index ? STYLE_SIDE_B : STYLE_SIDE_A, 0);

	textbuf_adds(out, index ? "B " : "A ");
	frame_number(side, out);
	textbuf_adds(out, " ");
	frame_name(side, out);
}

/* In the footer's place: at the right when, at the left who and what, as far as there is room. */
static void draw_caption(const struct app *a, struct canvas *c)
{
	const struct moment *m = a->shown;
	struct rect area = a->layout.footer;
	struct textbuf when = {0};
	struct words w = {0};
	int rank = 2;

	textbuf_adds(&when, "");
	if (m)
		add_time(&when, m);
	canvas_right(c, area.x, area.y, area.w - 1, STYLE_NORMAL, when.bytes);
	area.w -= canvas_width(c, when.bytes) + 2;
	for (unsigned side = 0; m && side < m->snapshot->sides; side++)
		add_side(&w, &m->snapshot->side[side], side);
	textbuf_adds(word_add(&w, STYLE_STRONG, 1), a->view[a->current].ops->title);
	textbuf_adds(
		word_add(&w, STYLE_DIM, 2), a->paused ? "in twintop, paused at" : "in twintop");
	while (rank > 0 && words_width(&w, c, rank) > area.w)
		rank--;
	words_draw(&w, c, area, rank);
	words_free(&w);
	textbuf_free(&when);
}

void app_picture(struct app *a, struct canvas *c, uint64_t now_ns, uint64_t busy_ns)
{
	if (app_draw_above(a, c, now_ns, busy_ns))
		draw_caption(a, c);
}

/* ---- a sheet of a page ------------------------------------------------------------ */

/* Takes rows out; those below move up. */
static void drop_rows(struct canvas *c, const struct rect *rows)
{
	struct cell *to = c->cell + rows->y * c->w;
	size_t below = (size_t)(c->h - rows->y - rows->h) * (size_t)c->w;

	memmove(to, to + rows->h * c->w, below * sizeof *to);
}

static bool open_view(struct app *a, const char *id)
{
	for (size_t i = 0; i < a->views_n; i++)
		if (!strcmp(a->view[i].ops->id, id)) {
			app_open_view(a, i);
			return true;
		}
	return false;
}

static int draw_sheet(struct app *a, const char *view, struct canvas *c, struct textbuf *honesty)
{
	const struct layout_wish wish = {.lecture = a->lecture};
	const struct app_view *v;
	struct view_env env;

	if (!open_view(a, view) || !app_draw_parts(a, c, &wish, 0))
		return 0;
	v = &a->view[a->current];
	env = app_env(a, 0);
	if (env.moment)
		v->ops->honesty(v->view, &env, honesty);
	canvas_fill(c, a->layout.live, STYLE_NORMAL);
	drop_rows(c, &a->layout.footer);
	drop_rows(c, &a->layout.tabs);
	return c->h - SHEET_LESS;
}

int app_sheet(struct app *a, const char *view, struct canvas *c, struct textbuf *ret_honesty)
{
	int rows;

	textbuf_clear(ret_honesty);
	textbuf_adds(ret_honesty, "");
	a->sheet = true;
	rows = draw_sheet(a, view, c, ret_honesty);
	a->sheet = false;
	return rows;
}
