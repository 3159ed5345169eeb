/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "list_internal.h"
#include "twintop/base/units.h"
#include "twintop/draw/panes.h"

#define NOTE_WIDTH     40
#define PRIMARY_RANK   2 /* the last before which nobody's wishes come */
#define RANK_MOST      9
#define WORD_GUTTER    10  /* blank, mark, change mark, a word of six, blank */
#define LECTURE_NOTE_W 110 /* narrower, lecture mode leaves no room for notes */
#define WHOLE_LINES    3   /* at most, for what is cut of the selected row */
#define WORDS_FROM_W   60  /* narrower, words beside the marks leave too little to the panes */
#define SECOND_NS      1000000000ull

/* What a column is where it is shown: as the table of columns says it of that mode. */
struct shown {
	const char *title;
	int rank, width; /* width 0: it is not shown */
	bool grows;
	int wish;
};

/* Of the side's cells. */
static struct shown shown_on(const struct list *l, unsigned side, size_t k, bool lecture)
{
	const struct list_column *column = &l->ops->columns[k];
	const struct list_lecture *large = &column->lecture;
	const struct field *f = list_field(l, side, k);

	if (!f || l->hidden[k])
		return (struct shown){"", 0, 0, false, 0};
	if (lecture)
		return (struct shown){large->title ? large->title : f->title, large->rank,
			large->width, large->grow, 0};
	return (struct shown){f->title, column->rank, column->width ? column->width : f->width,
		column->flags & LIST_GROW, column->wish};
}

static struct shown shown_of(const struct list *l, size_t k, bool lecture)
{
	return shown_on(l, 0, k, lecture);
}

static int column_width(const struct list *l, size_t k, bool lecture)
{
	const struct shown s = shown_of(l, k, lecture);
	int title = (int)text_width(s.title, strlen(s.title)) + (l->sort == (int)k);

	if (!s.width)
		return 0;
	return title > s.width ? title : s.width;
}

/* What the columns that are there would like beyond their least width, before secondary ones come.
 */
static int wished(const struct list *l, int rank, bool lecture)
{
	int more = 0;

	for (size_t k = 0; rank > PRIMARY_RANK && k < l->ops->columns_n; k++) {
		int wish = shown_of(l, k, lecture).wish;

		if (l->column_w[k] && wish > l->column_w[k])
			more += wish - l->column_w[k];
	}
	return more;
}

/* Which columns a pane of that width shows: rank by rank until one finds no room. */
static int choose_columns(struct list *l, int pane_w, bool lecture, int gap)
{
	int used = 0;

	memset(l->column_w, 0, sizeof l->column_w);
	for (int rank = 0; rank <= RANK_MOST; rank++)
		for (size_t k = 0; k < l->ops->columns_n; k++) {
			int need = column_width(l, k, lecture);

			if (shown_of(l, k, lecture).rank != rank || !need)
				continue;
			if (rank && used + gap + need + wished(l, rank, lecture) > pane_w)
				return used;
			l->column_w[k] = need;
			used += need + (used ? gap : 0);
		}
	return used;
}

/* What is left goes to wishes first, then to those that grow, each an equal share. */
static void grow_columns(struct list *l, int extra, bool lecture)
{
	int growers = 0;

	for (size_t k = 0; k < l->ops->columns_n && extra > 0; k++) {
		int more = l->column_w[k] ? shown_of(l, k, lecture).wish - l->column_w[k] : 0;

		more = more > extra ? extra : more;
		if (more > 0) {
			l->column_w[k] += more;
			extra -= more;
		}
	}
	for (size_t k = 0; k < l->ops->columns_n; k++)
		growers += l->column_w[k] && shown_of(l, k, lecture).grows;
	for (size_t k = 0; k < l->ops->columns_n && extra > 0; k++)
		if (l->column_w[k] && shown_of(l, k, lecture).grows) {
			int share = extra / growers--;

			l->column_w[k] += share;
			extra -= share;
		}
}

static void layout(struct list *l, int pane_w, bool lecture)
{
	int gap = pane_w >= 90 ? 2 : 1, x = 0;

	grow_columns(l, pane_w - choose_columns(l, pane_w, lecture, gap), lecture);
	for (size_t k = 0; k < l->ops->columns_n; k++) {
		if (!l->column_w[k])
			continue;
		l->column_x[k] = x;
		if (x + l->column_w[k] > pane_w)
			l->column_w[k] = pane_w > x ? pane_w - x : 0;
		x += l->column_w[k] + gap;
	}
}

static void draw_head(
	const struct list *l, const struct list_env *env, struct canvas *c, unsigned side)
{
	for (size_t k = 0; k < l->ops->columns_n; k++) {
		const struct field *f = l->field[k];
		struct rect cell = {
			l->pane[side].x + l->column_x[k], l->body_y - 1, l->column_w[k], 1};
		bool here = l->column == (int)k && (env->side == side || l->ops->one);
		enum style style = here ? STYLE_SELECTED : STYLE_TITLE;
		const char *mark = l->sort != (int)k ? "" : l->reverse ? "↓" : "↑";
		char title[64];

		if (cell.w <= 0)
			continue;
		if (l->ops->columns[k].head) {
			l->ops->columns[k].head(env, l->context, c, cell);
			continue;
		}
		snprintf(title, sizeof title, "%s%s", shown_on(l, side, k, env->lecture).title,
			mark);
		if (f->left)
			canvas_text(c, cell.x, cell.y, cell.w, style, title);
		else
			canvas_right(c, cell.x, cell.y, cell.w, style, title);
	}
}

static void draw_text(const struct list *l, struct canvas *c, struct rect cell, size_t k,
	enum style style, const char *text)
{
	if (l->ops->columns[k].flags & LIST_TAIL)
		panes_tail(c, cell.x, cell.y, cell.w, style, text);
	else if (l->ops->columns[k].flags & LIST_ENDS)
		panes_ends(c, cell.x, cell.y, cell.w, style, text);
	else if (l->field[k]->left)
		canvas_text(c, cell.x, cell.y, cell.w, style, text);
	else
		canvas_right(c, cell.x, cell.y, cell.w, style, text);
}

struct list_glyph list_row_glyph(
	const struct list *l, const struct list_env *env, const struct list_slot *slot)
{
	bool lives = list_slot_lives(slot);
	struct list_row row = list_row_now(l, env, slot);

	return lives && l->ops->glyph ? l->ops->glyph(env, &row)
				      : panes_state_glyph(lives ? row.state : ROW_STATES);
}

enum style list_cell_style(const struct list *l, const struct list_env *env,
	const struct list_slot *slot, unsigned side, size_t k)
{
	struct value v = list_value(l, env, &slot->row, side, k);

	if (!value_state_has_value(v.state) || list_slot_life(l, env, slot) ||
		(!l->ops->one && env->moment->snapshot->side[side].ending.ended))
		return STYLE_DIM;
	return list_changed(l, env, slot, side, k) ? STYLE_CHANGED : STYLE_NORMAL;
}

static void draw_living(const struct list *l, const struct list_env *env, struct canvas *c,
	struct rect cell, const struct list_slot *slot, unsigned side, size_t k)
{
	struct record r = {env->moment, l->ops->kind, side, (size_t)slot->row.index[side]};
	struct textbuf b = {0};
	if (l->ops->columns[k].draw) {
		l->ops->columns[k].draw(env, l->context, &r, c, cell);
		return;
	}
	list_text(l, env, &slot->row, side, k, &b);
	if (l->ops->columns[k].print_short && (int)text_width(b.bytes, b.len) > cell.w) {
		textbuf_clear(&b);
		l->ops->columns[k].print_short(env, &slot->row, side, &b);
	}
	draw_text(l, c, cell, k, list_cell_style(l, env, slot, side, k), b.bytes ? b.bytes : "");
	textbuf_free(&b);
}

static void draw_half(const struct list *l, const struct list_env *env, struct canvas *c, int y,
	size_t at, unsigned side)
{
	const struct list_slot *slot = &l->slot.item[l->order.item[at]];

	for (size_t k = 0; k < l->ops->columns_n; k++) {
		struct rect cell = {l->pane[side].x + l->column_x[k], y, l->column_w[k], 1};

		if (cell.w <= 0)
			continue;
		if (l->ops->columns[k].flags & LIST_TREE)
			cell = list_tree_draw(l, c, cell, at);
		if (slot->row.index[side] >= 0)
			draw_living(l, env, c, cell, slot, side, k);
		else if (slot->dead[side] && !l->ops->columns[k].draw)
			draw_text(l, c, cell, k, STYLE_DIM, list_dead_text(env, slot, side, k));
	}
}

/* What stands behind a row; the dead say since when they are that. */
static void row_note(const struct list *l, const struct list_env *env, const struct list_slot *slot,
	struct textbuf *out)
{
	struct list_row row = list_row_now(l, env, slot);
	uint64_t age_ns = 0;
	char age[UNITS_MAX];

	if (list_slot_lives(slot)) {
		if (slot->dead[0] || slot->dead[1])
			textbuf_addf(out, "%s in %s", l->ops->ended ? l->ops->ended : "ended",
				slot->dead[0] ? "A" : "B");
		else if (l->ops->note)
			l->ops->note(env, &row, out);
		return;
	}
	if (env->now_ns > slot->died_ns)
		age_ns = (env->now_ns - slot->died_ns) / SECOND_NS * SECOND_NS;
	textbuf_adds(out, l->ops->ended ? l->ops->ended : "ended");
	if (age_ns)
		textbuf_addf(out, " %s ago", units_time(age, age_ns));
}

/* Beside its own past a row is new, and not only in A. */
static const char *glyph_word(const struct list_env *env, const struct list_glyph *glyph)
{
	struct sign_lesson sign;
	bool since = pair_is_past(env->moment->pair) &&
		     sign_lesson_find(glyph->utf8, SIGN_PAST, &sign) && sign.title &&
		     !strcmp(sign.place, SIGN_PAST) && strlen(sign.title) <= WORD_GUTTER - 4;

	return since ? sign.title : glyph->word;
}

static void draw_row(struct list *l, const struct list_env *env, struct canvas *c,
	const struct panes *p, int y, size_t at)
{
	struct list_slot *slot = &l->slot.item[l->order.item[at]];
	bool changed = list_row_changed(l, env, slot), lives = list_slot_lives(slot);
	struct list_glyph glyph = list_row_glyph(l, env, slot);
	int mark_x = p->gutter.x + (p->side[1].w ? 2 : 1);
	struct textbuf note = {0};

	for (unsigned side = 0; side < 2; side++)
		if (p->side[side].w > 0)
			draw_half(l, env, c, y, at, side);
	if (p->side[1].w || (l->ops->glyph && p->gutter.w))
		panes_glyph(c, p->gutter.x + (p->gutter.w > 1), y, glyph);
	if (changed && p->gutter.w > 1)
		canvas_text(c, mark_x, y, 1, STYLE_WARN, "●");
	if (env->lecture && p->gutter.w == WORD_GUTTER && glyph.word)
		canvas_text(c, p->gutter.x + 3, y, WORD_GUTTER - 4, glyph.style,
			glyph_word(env, &glyph));
	if (p->note.w > 0) {
		row_note(l, env, slot, &note);
		if (changed && note.len)
			textbuf_adds(&note, "  ●now");
		canvas_text(c, p->note.x, y, p->note.w, lives ? glyph.style : STYLE_DIM,
			note.bytes ? note.bytes : "");
	}
	textbuf_free(&note);
}

/* The selected row, but for cells that say more by their own style: changes and drawn ones. */
static void mark_selected(const struct list *l, struct canvas *c, int y)
{
	for (unsigned side = 0; side < 2; side++)
		for (int x = l->pane[side].x; x < l->pane[side].x + l->pane[side].w; x++) {
			const struct cell *cell = canvas_at(c, x, y);
			bool own = cell && cell->style == STYLE_CHANGED;

			for (size_t k = 0; k < l->ops->columns_n && !own; k++)
				own = l->ops->columns[k].draw && l->column_w[k] &&
				      x - l->pane[side].x >= l->column_x[k] &&
				      x - l->pane[side].x < l->column_x[k] + l->column_w[k];
			if (!own)
				canvas_restyle(c, (struct rect){x, y, 1, 1}, STYLE_SELECTED);
		}
}

static void draw_body(
	struct list *l, const struct list_env *env, struct canvas *c, const struct panes *p)
{
	for (int i = 0; i * l->row_h < l->body_h && l->top + (size_t)i < l->order.n; i++) {
		struct list_slot *slot = &l->slot.item[l->order.item[l->top + (size_t)i]];
		int y = l->body_y + i * l->row_h;

		list_mark_begin(l, env, slot);
		draw_row(l, env, c, p, y, l->top + (size_t)i);
		if (l->top + (size_t)i != l->at)
			continue;
		mark_selected(l, c, y);
		canvas_cursor(c, p->side[env->side == 1 && p->side[1].w].x, y);
	}
}

/* A pane without any record says why, or that there is none. */
static void draw_trouble(const struct list *l, const struct list_env *env, struct canvas *c)
{
	unsigned sides = list_sides(l, env);

	for (unsigned side = 0; side < sides; side++) {
		struct rect body = {l->pane[side].x, l->body_y, l->pane[side].w, l->body_h};
		const char *trouble =
			panes_trouble(env->moment, record_part_kind(l->ops->kind), side, env->past);

		if (record_count(env->moment, l->ops->kind, side))
			continue;
		panes_say(c, body, trouble ? STYLE_WARN : STYLE_DIM, trouble ? trouble : "none");
	}
	if (!sides)
		panes_say(c, (struct rect){l->pane[0].x, l->body_y, l->pane[0].w, l->body_h},
			STYLE_DIM, "waiting for the first sample …");
	else if (!l->order.n && l->filter && l->slot.n)
		panes_say(c, (struct rect){l->area.x, l->body_y, l->area.w, l->body_h}, STYLE_DIM,
			"no row holds the filter's text");
	else if (!l->order.n && l->differ && l->slot.n)
		panes_say(c, (struct rect){l->area.x, l->body_y, l->area.w, l->body_h}, STYLE_DIM,
			"nothing differs: D shows all rows");
}

static const char *const between[] = {SIGN_BETWEEN, NULL};

static int draw_titles(
	const struct list *l, const struct list_env *env, struct canvas *c, struct rect line)
{
	const char *const *places = l->ops->legend ? l->ops->legend : between;
	const char *of_past[SIGN_PLACES_MOST];

	if (env->moment && pair_is_past(env->moment->pair)) {
		sign_places_of_past(places, of_past);
		places = of_past;
	}
	return sign_titles(places, c, line);
}

/* How many rows would go if they were dismissed. */
static size_t count_over(const struct list *l, const struct list_env *env)
{
	size_t n = l->dead;

	for (size_t i = 0; l->ops->life && i < l->order.n; i++)
		n += list_slot_life(l, env, &l->slot.item[l->order.item[i]]) == LIST_GONE;
	return n;
}

/* Place, order, filter, the dead; where there is no room for notes, the selected row's. */
static void draw_foot(
	const struct list *l, const struct list_env *env, struct canvas *c, const struct panes *p)
{
	struct rect foot = {l->area.x, l->area.y + l->area.h - 1, l->area.w, 1};
	struct textbuf b = {0}, note = {0};
	size_t over = count_over(l, env);

	textbuf_addf(&b, "%zu/%zu", l->order.n ? l->at + 1 : 0, l->order.n);
	if (l->sort >= 0)
		textbuf_addf(&b, " by %s%s", list_field(l, env->sort_side, (size_t)l->sort)->title,
			l->reverse ? "↓" : "↑");
	if (l->filter || l->differ)
		textbuf_addf(&b, " of %zu", l->slot.n);
	if (l->filter) {
		textbuf_adds(&b, " with “");
		text_printable(&b, text_of(l->filter));
		textbuf_adds(&b, "”");
	}
	if (l->differ)
		textbuf_adds(&b, ", only what differs: D shows all");
	if (over)
		textbuf_addf(&b, " · %zu %s%s", over, l->ops->ended ? l->ops->ended : "ended",
			env->sheet ? "" : ", d dismisses");
	if (!p->note.w && l->order.n)
		row_note(l, env, &l->slot.item[l->order.item[l->at]], &note);
	if (note.len)
		textbuf_addf(&b, " · %s", note.bytes);
	/* A narrow line belongs to the place and the note. */
	if (!env->lecture && foot.w >= (l->ops->legend ? 60 : 100) &&
		(l->ops->legend || p->side[1].w))
		foot.w = draw_titles(l, env, c, foot);
	canvas_text(c, foot.x, foot.y, foot.w, STYLE_DIM, b.bytes);
	textbuf_free(&b);
	textbuf_free(&note);
}

/* ---- the selected row, whole ---------------------------------------------- */

/* The text of a cell that shows but a part of it, or nothing; false: it is seen whole. */
static bool cut_text(const struct list *l, const struct list_env *env, const struct list_slot *slot,
	unsigned side, size_t k, struct textbuf *out)
{
	textbuf_clear(out);
	if (!(l->ops->columns[k].flags & LIST_WHOLE) || (env->lecture && !l->column_w[k]))
		return false;
	if (slot->row.index[side] >= 0)
		list_text(l, env, &slot->row, side, k, out);
	else if (slot->dead[side])
		textbuf_adds(out, list_dead_text(env, slot, side, k));
	return out->len && strcmp(out->bytes, "—") != 0 && strcmp(out->bytes, "?") != 0 &&
	       strcmp(out->bytes, "none") != 0 &&
	       (int)text_width(out->bytes, out->len) >
		       l->column_w[k] - (l->ops->columns[k].flags & LIST_TREE
							? list_tree_width(l, l->at, l->column_w[k])
							: 0);
}

/*
 * "PATH /usr/lib/x.so" of what is cut of a side, or "A PATH …  B PATH …" where they differ; the
 * note where its note_w columns do not hold it.
 */
static void whole_text(const struct list *l, const struct list_env *env,
	const struct list_slot *slot, int note_w, struct textbuf *out)
{
	struct textbuf text[2] = {{0}, {0}};

	if (note_w)
		row_note(l, env, slot, out);
	if (out->len && (int)text_width(out->bytes, out->len) <= note_w)
		textbuf_clear(out);

	for (size_t k = 0; k < l->ops->columns_n; k++) {
		bool cut[2];

		for (unsigned side = 0; side < 2; side++)
			cut[side] = side < list_sides(l, env) &&
				    cut_text(l, env, slot, side, k, &text[side]);
		if (cut[0] && cut[1] && !strcmp(text[0].bytes, text[1].bytes)) {
			textbuf_addf(out, "%s%s %s", out->len ? "  " : "", l->field[k]->title,
				text[0].bytes);
			continue;
		}
		for (unsigned side = 0; side < 2; side++)
			if (cut[side])
				textbuf_addf(out, "%s%s%s %s", out->len ? "  " : "",
					list_sides(l, env) < 2 ? ""
					: side		       ? "B "
							       : "A ",
					l->field[k]->title, text[side].bytes);
	}
	textbuf_free(&text[0]);
	textbuf_free(&text[1]);
}

/* Draws it at the bottom of the rows' area, in as many lines as it takes; returns these. */
static int draw_whole(
	const struct list *l, const struct list_env *env, struct canvas *c, int bottom, int note_w)
{
	struct textbuf text = {0};
	size_t at[WHOLE_LINES + 1] = {0};
	int lines = 0, most = l->body_h / 4 < WHOLE_LINES ? l->body_h / 4 : WHOLE_LINES;

	if (env->moment && l->order.n)
		whole_text(l, env, &l->slot.item[l->order.item[l->at]], note_w, &text);
	for (; text.len && lines < most && text.bytes[at[lines]]; lines++)
		at[lines + 1] = at[lines] + canvas_wrap(c, text.bytes + at[lines], l->area.w);
	for (int i = 0; i < lines; i++) {
		struct rect line = {l->area.x, bottom - lines + i, l->area.w, 1};
		bool last = i + 1 == lines;

		canvas_fill(c, line, STYLE_NORMAL);
		canvas_print(c, line.x, line.y, line.w, STYLE_STRONG, "%.*s",
			(int)(last ? text.len - at[i] : at[i + 1] - at[i]), text.bytes + at[i]);
	}
	textbuf_free(&text);
	return lines;
}

static void keep_in_sight(struct list *l)
{
	size_t h = l->body_h > 0 ? (size_t)(l->body_h + l->row_h - 1) / (size_t)l->row_h : 1;

	if (l->top > l->at)
		l->top = l->at;
	if (l->at >= l->top + h)
		l->top = l->at - h + 1;
	if (l->top + h > l->order.n)
		l->top = l->order.n > h ? l->order.n - h : 0;
}

void list_draw(struct list *l, const struct list_env *env, struct canvas *c, struct rect area)
{
	bool head = area.h >= 2, foot = area.h >= 4;
	int note = !l->ops->note ? 0 : l->ops->note_width ? l->ops->note_width : NOTE_WIDTH;
	int whole;
	struct panes p;

	area = rect_clip(area, c);
	if (area.w < 1 || area.h < 1)
		return;
	if (!moment_same(env->moment, l->moment))
		list_update(l, env);
	if (area.w < l->ops->note_from || (env->lecture && area.w < LECTURE_NOTE_W))
		note = 0;
	p = panes_split(area, list_sides(l, env), note,
		env->lecture && area.w >= WORDS_FROM_W ? WORD_GUTTER : 0);
	l->draws++;
	l->area = area;
	l->pane[0] = p.side[0];
	l->pane[1] = p.side[1];
	l->body_y = area.y + head;
	l->body_h = area.h - head - foot;
	for (size_t k = 0; k < l->ops->columns_n; k++)
		l->hidden[k] = (l->ops->hides && l->ops->hides(env, &l->ops->columns[k])) ||
			       list_unwanted(l, env, k);
	layout(l, p.side[0].w, env->lecture);
	whole = draw_whole(l, env, c, l->body_y + l->body_h, p.note.w);
	l->body_h -= whole;
	/* A blank line between the rows where there is room for all of them. */
	l->row_h = env->lecture && (int)l->order.n * 2 - 1 <= l->body_h ? 2 : 1;
	keep_in_sight(l);
	list_tree_make(l, env);
	for (unsigned side = 0; side < 2 && head; side++)
		if (p.side[side].w > 0)
			draw_head(l, env, c, side);
	if (env->moment)
		draw_body(l, env, c, &p);
	draw_trouble(l, env, c);
	if (foot && env->moment)
		draw_foot(l, env, c, &p);
}
