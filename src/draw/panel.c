/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/panel.h"

#include <stdio.h>
#include <string.h>

#define MANY_LINES 1000

void panel_begin(struct panel *p, unsigned columns, int width0, int width1)
{
	arena_free(&p->arena);
	p->row.n = 0;
	p->columns = columns;
	p->head = 0;
	for (unsigned i = 0; i < PANEL_COLUMNS; i++)
		p->width[i] = 0;
	p->width[0] = width0;
	p->width[1] = width1;
	p->mark = NULL;
}

void panel_free(struct panel *p)
{
	arena_free(&p->arena);
	VEC_FREE(&p->row);
}

struct panel_row *panel_add(struct panel *p, const char *a, const char *b, const char *c)
{
	const char *const text[PANEL_COLUMNS] = {a, b, c, NULL};
	struct panel_row row = {0};

	for (unsigned i = 0; i < PANEL_COLUMNS && i < p->columns; i++)
		if (text[i])
			row.text[i] = arena_copy(&p->arena, text[i], strlen(text[i]));
	VEC_PUSH(&p->row, row);
	return &p->row.item[p->row.n - 1];
}

void panel_put(struct panel *p, unsigned column, const char *text)
{
	if (p->row.n && column < p->columns && text)
		p->row.item[p->row.n - 1].text[column] = arena_copy(&p->arena, text, strlen(text));
}

void panel_heading(struct panel *p, const char *text)
{
	if (p->row.n)
		panel_add(p, NULL, NULL, NULL);
	panel_add(p, text, NULL, NULL)->style[0] = STYLE_TITLE;
}

bool panel_act(struct panel *p, enum action action)
{
	int last = p->lines - p->page;

	switch (action) {
	case ACTION_UP:
		p->top--;
		break;
	case ACTION_DOWN:
		p->top++;
		break;
	case ACTION_PAGE_UP:
		p->top -= p->page > 1 ? p->page - 1 : 1;
		break;
	case ACTION_PAGE_DOWN:
		p->top += p->page > 1 ? p->page - 1 : 1;
		break;
	case ACTION_HOME:
		p->top = 0;
		break;
	case ACTION_END:
		p->top = last;
		break;
	default:
		return false;
	}
	p->top = p->top > last ? last : p->top;
	p->top = p->top < 0 ? 0 : p->top;
	return true;
}

static bool row_holds(const struct panel_row *row, const char *text)
{
	for (unsigned i = 0; i < PANEL_COLUMNS; i++)
		if (row->text[i] && strcasestr(row->text[i], text))
			return true;
	return false;
}

bool panel_search(struct panel *p, const char *text, bool again)
{
	size_t from = again ? p->found + 1 : p->head, n = p->row.n;

	for (size_t i = 0; i < n; i++) {
		size_t at = (from + i) % n;

		if (at < p->head || !row_holds(&p->row.item[at], text))
			continue;
		p->found = at;
		p->go = true;
		return true;
	}
	return false;
}

/* The columns' rectangles side by side within inside, a blank between them. */
static void place_columns(const struct panel *p, struct rect inside, struct rect out[PANEL_COLUMNS])
{
	int left = inside.w - (int)p->columns + 1, open = 0, x = inside.x;

	for (unsigned i = 0; i < p->columns; i++) {
		left -= p->width[i];
		open += p->width[i] == 0;
	}
	for (unsigned i = 0; i < p->columns; i++) {
		int w = p->width[i];

		if (!w) {
			w = left > open ? left / open : 1;
			left -= w;
			open--;
		}
		if (x + w > inside.x + inside.w)
			w = inside.x + inside.w - x;
		out[i] = (struct rect){x, inside.y, w > 0 ? w : 0, inside.h};
		x += w + 1;
	}
}

/* Marks what is looked for within a line that was drawn. */
static void mark_hits(
	struct canvas *c, int x, int y, const char *text, size_t len, const char *mark)
{
	size_t n = strlen(mark);

	for (size_t i = 0; n && i + n <= len; i++)
		if (strncasecmp(text + i, mark, n) == 0) {
			canvas_restyle(c,
				(struct rect){x + (int)text_width(text, i), y,
					(int)text_width(text + i, n), 1},
				STYLE_SELECTED);
			i += n - 1;
		}
}

/* Wraps text into a column from line y on (may lie outside); returns its lines. */
static int draw_cell(const struct panel *p, struct canvas *c, struct rect column, int y,
	enum style style, const char *text, bool draw)
{
	int lines = 0;

	while (text && *text && column.w > 0) {
		size_t n = canvas_wrap(c, text, column.w);
		if (draw && y + lines >= column.y && y + lines < column.y + column.h) {
			canvas_print(c, column.x, y + lines, column.w, style, "%.*s", (int)n, text);
			if (p->mark)
				mark_hits(c, column.x, y + lines, text, n, p->mark);
		}
		text += n;
		text += strspn(text, " "); /* a new line begins with a word */
		lines++;
	}
	return lines;
}

/* Where a row's cell is: the last text has what is right of it, too. */
static struct rect cell_of(const struct panel *p, const struct panel_row *row,
	const struct rect column[PANEL_COLUMNS], struct rect inside, unsigned k)
{
	struct rect cell = column[k];

	for (unsigned next = k + 1; next < p->columns; next++)
		if (row->text[next])
			return cell;
	cell.w = inside.x + inside.w - cell.x;
	return cell;
}

/* n rows from row `first` on, from line y on; returns how many lines they are. */
static int draw_rows(struct panel *p, struct canvas *c, struct rect inside, size_t first, size_t n,
	int y, bool draw)
{
	struct rect column[PANEL_COLUMNS] = {0};
	int total = 0;

	place_columns(p, inside, column);
	for (size_t i = first; i < first + n; i++) {
		const struct panel_row *row = &p->row.item[i];
		int lines = 1;

		if (p->go_to == i + 1 && !draw)
			p->top = total;
		/* What is below the last line need not be drawn. */
		if (draw && y + total >= inside.y + inside.h)
			break;
		for (unsigned k = 0; k < p->columns; k++) {
			int cell = draw_cell(p, c, cell_of(p, row, column, inside, k), y + total,
				row->style[k], row->text[k], draw);

			lines = cell > lines ? cell : lines;
		}
		total += lines;
	}
	return total;
}

/* Draws the rows that stay; returns what they leave. */
static struct rect draw_head(struct panel *p, struct canvas *c, struct rect inside)
{
	int lines = draw_rows(p, c, inside, 0, p->head, inside.y, true);

	lines = lines > inside.h ? inside.h : lines;
	inside.y += lines;
	inside.h -= lines;
	return inside;
}

/* " 14-26/99 " in the lower edge; of so many lines that numbers say little, " 27% ". */
static void draw_place(const struct panel *p, struct canvas *c, struct rect area)
{
	char text[40];
	bool many = p->lines >= MANY_LINES;
	int n = many ? snprintf(text, sizeof text, " %d%% ", (p->top + p->page) * 100 / p->lines)
		     : snprintf(text, sizeof text, " %d-%d/%d ", p->top + 1, p->top + p->page,
			       p->lines);

	canvas_text(c, area.x + area.w - (n > 15 ? n : 15) - 2, area.y + area.h - 1, n, STYLE_DIM,
		text);
}

void panel_draw(struct panel *p, struct canvas *c, struct rect area, const char *title)
{
	struct rect inside = canvas_box(c, area, STYLE_DIM, title);
	size_t n = p->row.n;
	int last;

	if (inside.w > 4) {
		inside.x++;
		inside.w -= 2;
	}
	if (p->head && p->head < n) {
		inside = draw_head(p, c, inside);
		n -= p->head;
	}
	p->page = inside.h;
	p->lines = draw_rows(p, c, inside, p->row.n - n, n, 0, false);
	if (p->go && p->found < p->row.n)
		p->top = draw_rows(p, c, inside, p->row.n - n, p->found - (p->row.n - n), 0, false);
	p->go = false;
	p->go_to = 0;
	last = p->lines > p->page ? p->lines - p->page : 0;
	p->top = p->top > last ? last : p->top;
	draw_rows(p, c, inside, p->row.n - n, n, inside.y - p->top, true);
	if (last && area.w > 24)
		draw_place(p, c, area);
	canvas_cursor(c, inside.x, inside.y);
}

void panel_text(const struct panel *p, struct textbuf *out)
{
	for (size_t i = 0; i < p->row.n; i++) {
		const struct panel_row *row = &p->row.item[i];

		for (unsigned c = 0; c < p->columns && row->text[c]; c++)
			textbuf_addf(out, "%s%s", c ? "\t" : "", row->text[c]);
		textbuf_adds(out, "\n");
	}
}
