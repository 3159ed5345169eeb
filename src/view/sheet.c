/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sheet_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A heading is no line to stand on. */
static bool selectable(const struct sheet *s, size_t at)
{
	return s->line.item[s->shown.item[at]].explain != NULL;
}

static const char *text_at(const struct sheet_line *line, unsigned column)
{
	return line->text[column] ? line->text[column] : "";
}

static void remember(struct sheet *s)
{
	const struct sheet_line *line = sheet_selected(s);

	if (!line)
		return;
	s->was_layout = line->layout;
	for (unsigned i = 0; i < 2; i++) {
		textbuf_clear(&s->was[i]);
		textbuf_adds(&s->was[i], text_at(line, i));
	}
}

void sheet_begin(struct sheet *s)
{
	remember(s);
	arena_free(&s->arena);
	s->line.n = s->shown.n = 0;
}

void sheet_heading(struct sheet *s, const char *format, ...)
{
	struct sheet_line *line = sheet_add(s, NULL);
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	line->text[0] = arena_copy(&s->arena, text, strlen(text));
	line->style[0] = STYLE_TITLE;
}

struct sheet_line *sheet_add(struct sheet *s, const struct sheet_layout *layout)
{
	VEC_PUSH(&s->line, (struct sheet_line){.layout = layout});
	return &s->line.item[s->line.n - 1];
}

static bool line_holds(const struct sheet_line *line, const char *text)
{
	for (unsigned i = 0; i < SHEET_COLUMNS; i++)
		if (line->text[i] && strcasestr(line->text[i], text))
			return true;
	return false;
}

static bool passes(const struct sheet *s, const struct sheet_line *line)
{
	if (s->differ && line->common)
		return false;
	return !s->filter || !line->layout || line_holds(line, s->filter);
}

/* The lines that are shown; where only what differs is, a heading comes with the first one below.
 */
static void choose_lines(struct sheet *s)
{
	size_t head = 0, head_end = 0;

	s->shown.n = 0;
	for (size_t i = 0; i < s->line.n; i++) {
		const struct sheet_line *line = &s->line.item[i];

		if (s->differ && !line->layout) {
			head = head_end == i ? head : i;
			head_end = i + 1;
			continue;
		}
		if (!passes(s, line))
			continue;
		for (; head < head_end; head++)
			VEC_PUSH(&s->shown, head);
		VEC_PUSH(&s->shown, i);
	}
}

/* The shown line that one may stand on next to at: that way, else the other way. */
static size_t nearest(const struct sheet *s, ptrdiff_t at, int way)
{
	ptrdiff_t last = (ptrdiff_t)s->shown.n - 1;

	at = at > last ? last : at;
	at = at < 0 ? 0 : at;
	for (ptrdiff_t i = at; i >= 0 && i <= last; i += way)
		if (selectable(s, (size_t)i))
			return (size_t)i;
	for (ptrdiff_t i = at; i >= 0 && i <= last; i -= way)
		if (selectable(s, (size_t)i))
			return (size_t)i;
	return 0;
}

/* How much of the line that was selected a line is: 0 nothing, 1 its name, 2 also what follows. */
static unsigned likeness(const struct sheet *s, const struct sheet_line *line)
{
	if (!s->was[0].len || line->layout != s->was_layout ||
		strcmp(text_at(line, 0), s->was[0].bytes) != 0)
		return 0;
	return strcmp(text_at(line, 1), s->was[1].len ? s->was[1].bytes : "") ? 1 : 2;
}

void sheet_end(struct sheet *s)
{
	size_t best = SIZE_MAX, was = s->selected;
	unsigned most = 0;

	choose_lines(s);
	for (size_t i = 0; i < s->shown.n; i++) {
		unsigned like = likeness(s, &s->line.item[s->shown.item[i]]);

		if (like > most) {
			most = like;
			best = i;
		}
	}
	s->selected = best < s->shown.n ? best : nearest(s, (ptrdiff_t)s->selected, 1);
	s->leapt |= s->selected != was;
}

void sheet_free(struct sheet *s)
{
	arena_free(&s->arena);
	VEC_FREE(&s->line);
	VEC_FREE(&s->shown);
	free(s->filter);
	s->filter = NULL;
	for (unsigned i = 0; i < 2; i++)
		textbuf_free(&s->was[i]);
}

/* Lines from the selection that an action goes; 0: it is no movement. */
static ptrdiff_t movement(const struct sheet *s, enum action action)
{
	ptrdiff_t page = s->area.h > 1 ? s->area.h - 1 : 1, all = (ptrdiff_t)s->shown.n;

	switch (action) {
	case ACTION_UP:
		return -1;
	case ACTION_DOWN:
		return 1;
	case ACTION_PAGE_UP:
		return -page;
	case ACTION_PAGE_DOWN:
		return page;
	case ACTION_HOME:
		return -all - 1;
	case ACTION_END:
		return all + 1;
	default:
		return 0;
	}
}

bool sheet_act(struct sheet *s, enum action action)
{
	ptrdiff_t by = movement(s, action);

	if (action == ACTION_DIFFER) {
		remember(s);
		s->differ = !s->differ;
		sheet_end(s);
		return true;
	}
	if (by)
		s->selected = nearest(s, (ptrdiff_t)s->selected + by, by < 0 ? -1 : 1);
	return by != 0;
}

void sheet_click(struct sheet *s, int y)
{
	size_t at = s->top + (size_t)(y - s->area.y);

	if (y >= s->area.y && y < s->area.y + s->area.h && at < s->shown.n && selectable(s, at))
		s->selected = at;
}

/* Drops the columns of the highest rank until each one left has its width. */
static unsigned char rank_that_fits(const struct sheet_layout *layout, const int *width, int w)
{
	unsigned char rank = 9;

	for (; rank > 0; rank--) {
		int need = 0;

		for (unsigned i = 0; i < layout->columns; i++)
			if (layout->rank[i] <= rank && width[i])
				need += width[i] + 1;
		if (need <= w)
			break;
	}
	return rank;
}

static const char *text_in(const struct sheet_line *line, unsigned i, int columns)
{
	const char *text = line->text[i];

	return line->brief[i] && (int)text_width(text, strlen(text)) > columns ? line->brief[i]
									       : text;
}

static void draw_columns(
	const struct sheet_line *line, struct canvas *c, struct rect row, bool lecture)
{
	const struct sheet_layout *layout = line->layout;
	const int *width = lecture ? layout->lecture : layout->width;
	unsigned char rank = rank_that_fits(layout, width, row.w);
	int x = row.x, end = row.x + row.w;
	unsigned last = 0;

	for (unsigned i = 0; i < layout->columns; i++)
		if (layout->rank[i] <= rank && width[i])
			last = i;
	for (unsigned i = 0; i <= last && x < end; i++) {
		int w = i == last || x + width[i] > end ? end - x : width[i];

		if (layout->rank[i] > rank || !width[i])
			continue;
		if (line->text[i])
			canvas_text(c, x, row.y, w, line->style[i], text_in(line, i, w));
		x += w + 1;
	}
}

static void draw_line(
	const struct sheet_line *line, struct canvas *c, struct rect row, bool lecture)
{
	if (line->layout) {
		draw_columns(line, c, (struct rect){row.x + 2, row.y, row.w - 2, 1}, lecture);
		return;
	}
	if (line->text[0])
		canvas_text(c, row.x, row.y, row.w, line->style[0], line->text[0]);
}

/*
 * The selected line is in sight, with the headings right above it, and no line left empty. Where it
 * was not led there, the lines above it come along, up to a third of what is shown.
 */
static void scroll(struct sheet *s, size_t h)
{
	size_t head = s->selected, above = s->leapt ? h / 3 : 0;

	while (head > 0 && !selectable(s, head - 1) && s->selected - head + 2 < h)
		head--;
	if (head + above > s->selected)
		head = s->selected > above ? s->selected - above : 0;
	s->leapt = false;
	if (head < s->top)
		s->top = head;
	if (s->selected >= s->top + h)
		s->top = s->selected - h + 1;
	if (s->top + h > s->shown.n)
		s->top = s->shown.n > h ? s->shown.n - h : 0;
}

void sheet_draw(struct sheet *s, struct canvas *c, struct rect area, bool lecture)
{
	if (s->differ && area.h > 1) {
		canvas_text(c, area.x, area.y, area.w, STYLE_WARN,
			sheet_selected(s) ? "only what differs: D shows all"
					  : "nothing differs: D shows all");
		area.y++;
		area.h--;
	}
	s->area = area;
	if (area.h < 1 || area.w < 1)
		return;
	scroll(s, (size_t)area.h);
	for (int y = 0; y < area.h && s->top + (size_t)y < s->shown.n; y++) {
		struct rect row = {area.x, area.y + y, area.w, 1};
		size_t i = s->top + (size_t)y;

		draw_line(&s->line.item[s->shown.item[i]], c, row, lecture);
		if (i == s->selected) {
			canvas_restyle(c, row, STYLE_SELECTED);
			canvas_cursor(c, row.x, row.y);
		}
	}
}

void sheet_filter(struct sheet *s, const char *text)
{
	remember(s);
	free(s->filter);
	s->filter = *text ? mem_copy(text) : NULL;
	sheet_end(s);
}

bool sheet_search(struct sheet *s, const char *text, bool again)
{
	for (size_t i = 0; i < s->shown.n; i++) {
		size_t at = (s->selected + i + again) % s->shown.n;

		if (selectable(s, at) && line_holds(&s->line.item[s->shown.item[at]], text)) {
			s->selected = at;
			s->leapt = true;
			return true;
		}
	}
	return false;
}

const struct sheet_line *sheet_selected(const struct sheet *s)
{
	return s->selected < s->shown.n ? &s->line.item[s->shown.item[s->selected]] : NULL;
}

void sheet_copy(const struct sheet *s, struct textbuf *out)
{
	const struct sheet_line *line = sheet_selected(s);

	for (unsigned i = 0; line && line->layout && i < line->layout->columns; i++)
		textbuf_addf(out, "%s%s", i ? "\t" : "", line->text[i] ? line->text[i] : "");
}
