/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app_internal.h"

#include <stdlib.h>
#include <string.h>

#include "twintop/app/fuzzy.h"

#define KEYS_W	     13
#define NAME_W	     24
#define HELP_LINES   3
#define HELP_FROM_H  10
#define POINTS_NAMED 1000 /* a name that answers goes before any help that does */

void palette_begin(struct palette *p)
{
	prompt_begin(&p->query, "");
	p->all.n = p->shown.n = 0;
	p->at = 0;
	p->top = 0;
}

void palette_add(struct palette *p, struct palette_item item)
{
	VEC_PUSH(&p->all, item);
}

void palette_free(struct palette *p)
{
	prompt_free(&p->query);
	VEC_FREE(&p->all);
	VEC_FREE(&p->shown);
}

void palette_name(const struct palette_item *item, struct textbuf *out)
{
	const char *id = item->row ? item->row->id : "";
	size_t from;

	if (item->view < view_table_n)
		textbuf_addf(out, "%s%s", view_table[item->view]->title, item->row ? ": " : "");
	from = out->len;
	textbuf_adds(out, id);
	for (; from < out->len; from++)
		if (out->bytes[from] == '-')
			out->bytes[from] = ' ';
}

static const char *help_of(const struct palette_item *item)
{
	return item->row ? item->row->help : view_table[item->view]->help;
}

/* Its name by any letters, its help by the words as they stand there. */
static int score_of(const struct palette_item *item, const char *typed)
{
	struct textbuf name = {0};
	int score;

	palette_name(item, &name);
	score = fuzzy_score(name.bytes, typed);
	textbuf_free(&name);
	if (score > 0)
		return score + POINTS_NAMED;
	if (score < 0 && strcasestr(help_of(item), typed))
		return 1;
	return score;
}

/* The best ones first, among equals in the order of the tables. */
static int by_score(const void *a, const void *b)
{
	const struct palette_item *one = a, *other = b;

	if (one->score != other->score)
		return one->score > other->score ? -1 : 1;
	if (one->holds != other->holds)
		return one->holds ? -1 : 1;
	if (one->view != other->view)
		return one->view < other->view ? -1 : 1;
	return one->row < other->row ? -1 : one->row > other->row;
}

void palette_ready(struct palette *p)
{
	const char *typed = prompt_text(&p->query);

	p->shown.n = 0;
	p->at = 0;
	p->top = 0;
	for (size_t i = 0; i < p->all.n; i++) {
		struct palette_item item = p->all.item[i];

		item.score = score_of(&item, typed);
		if (item.score >= 0)
			VEC_PUSH(&p->shown, item);
	}
	if (*typed && p->shown.n)
		qsort(p->shown.item, p->shown.n, sizeof *p->shown.item, by_score);
}

static void move(struct palette *p, long by)
{
	long last = (long)p->shown.n - 1, at = (long)p->at + by;

	p->at = last < 0 ? 0 : (size_t)(at < 0 ? 0 : at > last ? last : at);
}

/* Rows that a key moves by; 0: it is no movement. */
static long key_rows(const struct palette *p, uint32_t key)
{
	long page = p->rows.h > 1 ? p->rows.h - 1 : 1, all = (long)p->shown.n;

	switch (key) {
	case KEYS_UP:
	case KEYS_WHEEL_UP:
	case KEYS_BACK_TAB:
		return -1;
	case KEYS_DOWN:
	case KEYS_WHEEL_DOWN:
	case KEYS_TAB:
		return 1;
	case KEYS_PAGE_UP:
		return -page;
	case KEYS_PAGE_DOWN:
		return page;
	case KEYS_HOME:
		return -all;
	case KEYS_END:
		return all;
	default:
		return 0;
	}
}

static enum palette_answer choose(const struct palette *p, struct palette_item *ret)
{
	if (p->at >= p->shown.n)
		return PALETTE_OPEN;
	*ret = p->shown.item[p->at];
	return PALETTE_CHOSEN;
}

enum palette_answer palette_key(struct palette *p, uint32_t key, struct palette_item *ret)
{
	long rows = key_rows(p, key);

	if (rows) {
		move(p, rows);
		return PALETTE_OPEN;
	}
	switch (prompt_key(&p->query, key)) {
	case PROMPT_ACCEPTED:
		return choose(p, ret);
	case PROMPT_CANCELLED:
		return PALETTE_CLOSED;
	default:
		palette_ready(p);
		return PALETTE_OPEN;
	}
}

enum palette_answer palette_click(struct palette *p, int x, int y, struct palette_item *ret)
{
	size_t at = (size_t)(p->top + y - p->rows.y);

	if (x < p->rows.x || x >= p->rows.x + p->rows.w || y < p->rows.y ||
		y >= p->rows.y + p->rows.h || at >= p->shown.n)
		return PALETTE_OPEN;
	if (at == p->at)
		return choose(p, ret);
	p->at = at;
	return PALETTE_OPEN;
}

static void add_keys(const struct palette *p, const struct palette_item *item, struct textbuf *out)
{
	if (item->row)
		app_key_names(p->habits, item->row,
			item->view < view_table_n ? view_table[item->view] : NULL, out);
	else
		app_view_keys(p->habits, view_table[item->view], out);
}

/* Keys, name, and what it does; where it cannot be done now, dim and with where it can. */
static void draw_row(const struct palette *p, const struct palette_item *item, struct canvas *c,
	struct rect line)
{
	enum style style = item->holds ? STYLE_NORMAL : STYLE_DIM;
	struct textbuf keys = {0}, name = {0};
	int x = line.x + 2, end = line.x + line.w;

	add_keys(p, item, &keys);
	palette_name(item, &name);
	canvas_text(c, x, line.y, KEYS_W - 1, item->holds ? STYLE_KEY : style, keys.bytes);
	x += KEYS_W;
	canvas_text(c, x, line.y, end - x < NAME_W ? end - x : NAME_W - 1,
		item->holds ? STYLE_STRONG : style, name.bytes);
	x += NAME_W;
	if (x < end)
		canvas_print(c, x, line.y, end - x, style, "%s%s%s",
			item->holds ? "" : action_scope_title(item->row->scope),
			item->holds ? "" : ": ", help_of(item));
	textbuf_free(&keys);
	textbuf_free(&name);
}

static void scroll(struct palette *p)
{
	int h = p->rows.h, at = (int)p->at, n = (int)p->shown.n;

	if (at < p->top)
		p->top = at;
	if (at >= p->top + h)
		p->top = at - h + 1;
	if (p->top > n - h)
		p->top = n > h ? n - h : 0;
}

static void draw_rows(struct palette *p, struct canvas *c)
{
	scroll(p);
	for (int i = 0; i < p->rows.h && (size_t)p->top + (size_t)i < p->shown.n; i++) {
		struct rect line = {p->rows.x, p->rows.y + i, p->rows.w, 1};

		draw_row(p, &p->shown.item[p->top + i], c, line);
		if ((size_t)p->top + (size_t)i != p->at)
			continue;
		canvas_restyle(c, line, STYLE_SELECTED);
		canvas_repeat(c, line.x, line.y, 1, STYLE_SELECTED, ">");
	}
}

/* What the selected row does, whole, in the lines below the others; how many these are. */
static int draw_help(const struct palette *p, struct canvas *c, struct rect inside)
{
	const char *help = p->at < p->shown.n ? help_of(&p->shown.item[p->at]) : "";

	if (inside.h < HELP_FROM_H)
		return 0;
	for (int i = HELP_LINES; i > 0 && *help; i--) {
		size_t n = i > 1 ? canvas_wrap(c, help, inside.w - 2) : strlen(help);

		canvas_print(c, inside.x + 1, inside.y + inside.h - i, inside.w - 2, STYLE_NORMAL,
			"%.*s", (int)n, help);
		help += n;
	}
	return HELP_LINES + 1;
}

void palette_draw(struct palette *p, struct canvas *c, struct rect area)
{
	struct rect inside = canvas_box(c, area, STYLE_DIM, "all that can be done");
	struct rect query = {inside.x, inside.y, inside.w, 1};

	p->rows = (struct rect){inside.x, inside.y + 1, inside.w, inside.h - 1};
	if (inside.h < 2)
		return;
	p->rows.h -= draw_help(p, c, inside);
	if (p->shown.n)
		draw_rows(p, c);
	else
		canvas_text(c, p->rows.x, p->rows.y, p->rows.w, STYLE_DIM,
			"nothing answers to that; Backspace widens, Esc closes");
	prompt_draw(&p->query, c, query, ":");
}
