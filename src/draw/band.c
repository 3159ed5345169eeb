/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/band.h"

#include <stdio.h>
#include <string.h>

#include "twintop/base/table.h"
#include "twintop/draw/digits.h"

#define GAP	  3 /* columns between two figures */
#define LABEL_MAX 40

static enum digits_size digits_of(enum band_form form)
{
	return form == BAND_LARGE ? DIGITS_LARGE : DIGITS_SMALL;
}

int band_rows(enum band_form form, bool ascii)
{
	return form == BAND_NONE   ? 0
	       : form == BAND_LINE ? 1
				   : digits_rows(ascii, digits_of(form)) + 1;
}

const struct band_item *band_unknown(const struct band *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->item[i].reason)
			return &b->item[i];
	return NULL;
}

/* "A threads", "shared pages" */
static const char *label_of(const struct band_item *item, char out[LABEL_MAX])
{
	static const char *const who[] = {
		[BAND_A] = "A ",
		[BAND_PAIR] = "",
		[BAND_B] = "B ",
	};
	TABLE_ROWS(who, BAND_GROUPS);

	snprintf(out, LABEL_MAX, "%s%s", who[item->group], item->label);
	return out;
}

static int item_width(const struct band_item *item, const struct canvas *c, enum band_form form)
{
	char label[LABEL_MAX];
	int w = canvas_width(c, label_of(item, label)), figure;

	if (form == BAND_LINE)
		return w + 1 + canvas_width(c, item->text);
	figure = digits_width(item->text, digits_of(form));
	return figure > w ? figure : w;
}

/* Columns of a group with what goes up to that rank; 0 when there is none. */
static int group_width(const struct band *b, const struct canvas *c, enum band_group group,
	enum band_form form, unsigned rank)
{
	int w = 0;

	for (size_t i = 0; i < b->n; i++)
		if (b->item[i].group == group && b->item[i].rank <= rank)
			w += item_width(&b->item[i], c, form) + (w ? GAP : 0);
	return w;
}

struct shape {
	enum band_form form;
	unsigned rank;
	int x[BAND_GROUPS], w[BAND_GROUPS];
};

/* Places the groups: A at the left, B where its pane begins if that can be; false: no room. */
static bool place(
	const struct band *b, const struct canvas *c, struct rect area, int b_x, struct shape *s)
{
	int left, right;

	for (int group = 0; group < BAND_GROUPS; group++)
		s->w[group] = group_width(b, c, (enum band_group)group, s->form, s->rank);
	s->x[BAND_A] = area.x;
	left = area.x + (s->w[BAND_A] ? s->w[BAND_A] + GAP : 0);
	s->x[BAND_B] = area.x + area.w - s->w[BAND_B];
	if (b_x < s->x[BAND_B] && b_x >= left + (s->w[BAND_PAIR] ? s->w[BAND_PAIR] + GAP : 0))
		s->x[BAND_B] = b_x;
	right = s->x[BAND_B] - (s->w[BAND_B] ? GAP : 0);
	if (!s->w[BAND_A])
		left = area.x;
	s->x[BAND_PAIR] = s->w[BAND_A] ? left + (right - left - s->w[BAND_PAIR]) / 2 : area.x;
	return s->w[BAND_PAIR] ? right - left >= s->w[BAND_PAIR] : right >= left - GAP;
}

static unsigned highest_rank(const struct band *b)
{
	unsigned rank = 0;

	for (size_t i = 0; i < b->n; i++)
		rank = b->item[i].rank > rank ? b->item[i].rank : rank;
	return rank;
}

/* The largest form that shows all; else small blocks of what goes first, or one line. */
static struct shape choose(const struct band *b, const struct canvas *c, struct rect area,
	enum band_form form, int b_x)
{
	unsigned rank = highest_rank(b);
	struct shape s = {.form = form, .rank = rank};

	while (!place(b, c, area, b_x, &s)) {
		if (s.form == BAND_LARGE)
			s.form = BAND_SMALL;
		else if (s.rank)
			s.rank--;
		else
			break;
	}
	return s;
}

enum band_form band_fits(const struct band *b, const struct canvas *c, struct rect area,
	enum band_form form, int b_x)
{
	return form == BAND_NONE ? form : choose(b, c, area, form, b_x).form;
}

static void draw_item(
	const struct band_item *item, struct canvas *c, int x, int y, enum band_form form, int w)
{
	enum style quiet = item->reason ? STYLE_DIM : item->style;
	char label[LABEL_MAX];
	int rows = band_rows(form, c->ascii) - 1;

	label_of(item, label);
	if (form == BAND_LINE) {
		x += canvas_text(c, x, y, w, STYLE_NORMAL, label) + 1;
		canvas_text(c, x, y, w, quiet, item->text);
		return;
	}
	digits_draw(c, x, y, digits_of(form), quiet, item->text);
	canvas_text(c, x, y + rows, w, STYLE_STRONG, label);
}

void band_draw(
	const struct band *b, struct canvas *c, struct rect area, enum band_form form, int b_x)
{
	const struct band_item *unknown = band_unknown(b);
	struct shape s;
	int rows;

	if (form == BAND_NONE || area.h < 1)
		return;
	s = choose(b, c, area, form, b_x);
	rows = band_rows(s.form, c->ascii);
	for (size_t i = 0; i < b->n; i++) {
		const struct band_item *item = &b->item[i];
		int w = item_width(item, c, s.form);

		if (item->rank > s.rank)
			continue;
		draw_item(item, c, s.x[item->group], area.y, s.form, w);
		s.x[item->group] += w + GAP;
	}
	if (unknown && rows < area.h)
		canvas_print(c, area.x, area.y + rows, area.w, STYLE_WARN, "%s: %s", unknown->text,
			unknown->reason);
}
