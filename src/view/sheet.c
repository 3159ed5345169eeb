/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sheet_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sheet_begin(struct sheet *s)
{
	arena_free(&s->arena);
	s->line.n = 0;
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

void sheet_end(struct sheet *s)
{
	s->shown.n = 0;
	for (size_t i = 0; i < s->line.n; i++)
		if (!s->filter || !s->line.item[i].layout ||
			line_holds(&s->line.item[i], s->filter))
			VEC_PUSH(&s->shown, i);
	if (s->selected >= s->shown.n)
		s->selected = s->shown.n ? s->shown.n - 1 : 0;
}

void sheet_free(struct sheet *s)
{
	arena_free(&s->arena);
	VEC_FREE(&s->line);
	VEC_FREE(&s->shown);
	free(s->filter);
	s->filter = NULL;
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

static void select_line(struct sheet *s, ptrdiff_t at)
{
	ptrdiff_t last = (ptrdiff_t)s->shown.n - 1;

	at = at > last ? last : at;
	s->selected = at < 0 ? 0 : (size_t)at;
}

bool sheet_act(struct sheet *s, enum action action)
{
	ptrdiff_t by = movement(s, action);

	if (by)
		select_line(s, (ptrdiff_t)s->selected + by);
	return by != 0;
}

void sheet_click(struct sheet *s, int y)
{
	if (y >= s->area.y && y < s->area.y + s->area.h)
		select_line(s, (ptrdiff_t)s->top + y - s->area.y);
}

/* Drops the columns of the highest rank until each one left has its width. */
static unsigned char rank_that_fits(const struct sheet_layout *layout, int w)
{
	unsigned char rank = 9;

	for (; rank > 0; rank--) {
		int need = 0;

		for (unsigned i = 0; i < layout->columns; i++)
			if (layout->rank[i] <= rank)
				need += layout->width[i] + 1;
		if (need <= w)
			break;
	}
	return rank;
}

static void draw_columns(const struct sheet_line *line, struct canvas *c, struct rect row)
{
	const struct sheet_layout *layout = line->layout;
	unsigned char rank = rank_that_fits(layout, row.w);
	int x = row.x, end = row.x + row.w;
	unsigned last = 0;

	for (unsigned i = 0; i < layout->columns; i++)
		if (layout->rank[i] <= rank)
			last = i;
	for (unsigned i = 0; i <= last && x < end; i++) {
		int w = i == last || x + layout->width[i] > end ? end - x : layout->width[i];

		if (layout->rank[i] > rank)
			continue;
		if (line->text[i])
			canvas_text(c, x, row.y, w, line->style[i], line->text[i]);
		x += w + 1;
	}
}

static void draw_line(const struct sheet_line *line, struct canvas *c, struct rect row)
{
	if (line->layout) {
		draw_columns(line, c, (struct rect){row.x + 2, row.y, row.w - 2, 1});
		return;
	}
	if (line->text[0])
		canvas_text(c, row.x, row.y, row.w, line->style[0], line->text[0]);
}

void sheet_draw(struct sheet *s, struct canvas *c, struct rect area)
{
	s->area = area;
	if (area.h < 1 || area.w < 1)
		return;
	if (s->selected < s->top)
		s->top = s->selected;
	if (s->selected >= s->top + (size_t)area.h)
		s->top = s->selected - (size_t)area.h + 1;
	if (s->top + (size_t)area.h > s->shown.n)
		s->top = s->shown.n > (size_t)area.h ? s->shown.n - (size_t)area.h : 0;
	for (int y = 0; y < area.h && s->top + (size_t)y < s->shown.n; y++) {
		struct rect row = {area.x, area.y + y, area.w, 1};
		size_t i = s->top + (size_t)y;

		draw_line(&s->line.item[s->shown.item[i]], c, row);
		if (i == s->selected) {
			canvas_restyle(c, row, STYLE_SELECTED);
			canvas_cursor(c, row.x, row.y);
		}
	}
}

void sheet_filter(struct sheet *s, const char *text)
{
	free(s->filter);
	s->filter = *text ? mem_copy(text) : NULL;
	sheet_end(s);
}

bool sheet_search(struct sheet *s, const char *text, bool again)
{
	for (size_t i = 0; i < s->shown.n; i++) {
		size_t at = (s->selected + i + again) % s->shown.n;

		if (line_holds(&s->line.item[s->shown.item[at]], text)) {
			s->selected = at;
			return true;
		}
	}
	return false;
}

const struct sheet_line *sheet_selected(const struct sheet *s)
{
	return s->selected < s->shown.n ? &s->line.item[s->shown.item[s->selected]] : NULL;
}
