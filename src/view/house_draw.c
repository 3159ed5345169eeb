/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The houses themselves: roofs, walls, rooms with their furniture, and the street between them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "house_internal.h"
#include "twintop/base/table.h"
#include "twintop/base/units.h"
#include "twintop/draw/bar.h"
#include "twintop/model/gaps.h"

const uint8_t house_rooms[HOUSE_ROOMS_MOST] = {SEGMENT_CODE, SEGMENT_DATA, SEGMENT_HEAP,
	SEGMENT_ANONYMOUS, SEGMENT_LIBRARIES, SEGMENT_SHARED, SEGMENT_FILES};

/* The signs of what stands in rooms. */
static const char *const furniture_sign[] = {
	[FURNITURE_BOTH] = "□",
	[FURNITURE_COPIED_A] = "A",
	[FURNITURE_COPIED_B] = "B",
	[FURNITURE_COPIED] = "◆",
	[FURNITURE_LENT] = "≡",
	[FURNITURE_OWN] = "▪",
};
TABLE_ROWS(furniture_sign, FURNITURE_KINDS);

void house_sign(struct canvas *c, int x, int y, int n, const char *utf8)
{
	struct sign_lesson sign;
	char ascii[2] = "";

	if (!sign_lesson_find(utf8, SIGN_HOUSE, &sign))
		return;
	ascii[0] = sign.ascii;
	canvas_repeat(c, x, y, n, sign.style, c->ascii ? ascii : utf8);
}

static enum style wall_style(const struct view_env *env, unsigned side)
{
	if (env->moment->snapshot->side[side].ending.ended)
		return STYLE_DIM;
	return side ? STYLE_SIDE_B : STYLE_SIDE_A;
}

/* ---- walls ------------------------------------------------------------------- */

static void draw_box(struct canvas *c, struct rect r, enum style style)
{
	int right = r.x + r.w - 1, bottom = r.y + r.h - 1;

	canvas_repeat(c, r.x + 1, r.y, r.w - 2, style, "═");
	canvas_repeat(c, r.x + 1, bottom, r.w - 2, style, "═");
	for (int y = r.y + 1; y < bottom; y++) {
		canvas_repeat(c, r.x, y, 1, style, "║");
		canvas_repeat(c, right, y, 1, style, "║");
	}
	canvas_repeat(c, r.x, r.y, 1, style, "╔");
	canvas_repeat(c, right, r.y, 1, style, "╗");
	canvas_repeat(c, r.x, bottom, 1, style, "╚");
	canvas_repeat(c, right, bottom, 1, style, "╝");
}

/* Between the rooms, and below them. */
static void draw_inner(
	struct canvas *c, const struct house_plan *p, unsigned house, enum style style)
{
	const struct rect *walls = &p->walls[house];
	int y = walls->y + 1 + p->room[house][0].h;

	if (!p->rooms)
		return;
	canvas_repeat(c, walls->x + 1, y, walls->w - 2, style, "─");
	canvas_repeat(c, walls->x, y, 1, style, "╟");
	canvas_repeat(c, walls->x + walls->w - 1, y, 1, style, "╢");
	for (unsigned i = 1; i < p->rooms; i++) {
		int x = p->room[house][i].x - 1;

		canvas_repeat(c, x, walls->y, 1, style, "╤");
		for (int row = walls->y + 1; row < y; row++)
			canvas_repeat(c, x, row, 1, style, "│");
		canvas_repeat(c, x, y, 1, style, "┴");
	}
}

static void draw_roof(struct canvas *c, const struct rect *r, enum style style)
{
	canvas_repeat(c, r->x + 3, r->y, r->w - 6, style, c->ascii ? "_" : "▁");
	canvas_repeat(c, r->x + 1, r->y + 1, 1, style, "╱");
	canvas_repeat(c, r->x + r->w - 2, r->y + 1, 1, style, "╲");
	canvas_repeat(c, r->x + 2, r->y, 1, style, c->ascii ? "." : "▁");
	canvas_repeat(c, r->x + r->w - 3, r->y, 1, style, c->ascii ? "." : "▁");
}

/* "A 4242 fork-cow" and how many live there; or how it ended. */
static void title_of(
	const struct house_view *v, const struct view_env *env, unsigned side, struct textbuf *out)
{
	const struct side *s = &env->moment->snapshot->side[side];

	if (v->houses < env->moment->snapshot->sides)
		textbuf_addf(out, "A %d, B %d in one house, ",
			(int)env->moment->snapshot->side[0].tid,
			(int)env->moment->snapshot->side[1].tid);
	else
		textbuf_addf(out, "%c ", side ? 'B' : 'A');
	textbuf_addf(out, "%d ", (int)s->id.pid);
	if (s->info)
		text_name(out, s->info->comm);
	if (s->ending.ended)
		textbuf_adds(out, ", ended");
}

static void draw_title(
	struct house_view *v, const struct view_env *env, struct canvas *c, unsigned side)
{
	const struct rect *roof = &v->plan.roof[side], *walls = &v->plan.walls[side];
	struct rect at = {walls->x + 4, walls->y, walls->w - 8, 1};
	struct textbuf text = {0};

	if (roof->h)
		at.y = roof->y + 1;
	title_of(v, env, side, &text);
	if (at.w > 0)
		at.w = canvas_text(
			c, at.x, at.y, at.w, side ? STYLE_SIDE_B : STYLE_SIDE_A, text.bytes);
	house_add_spot(v, (struct house_spot){SPOT_HOUSE, side, 0, at});
	textbuf_free(&text);
}

/* ---- rooms ------------------------------------------------------------------- */

static void draw_label(const struct house_view *v, struct canvas *c, unsigned side,
	enum segment segment, struct rect room)
{
	const struct house *h = &v->house[side];
	char size[UNITS_MAX];
	int used = canvas_text(c, room.x, room.y, room.w, STYLE_STRONG, house_room_name(segment));

	if (!value_state_has_value(h->memory))
		strcpy(size, "?");
	else if (!h->room[segment].sum.size_bytes)
		strcpy(size, "—");
	else
		units_bytes(size, h->room[segment].sum.size_bytes);
	if (v->plan.label_h > 1)
		canvas_text(c, room.x, room.y + 1, room.w, STYLE_NORMAL, size);
	else if (used + canvas_width(c, size) < room.w)
		canvas_right(c, room.x + used + 1, room.y, room.w - used - 1, STYLE_NORMAL, size);
}

/* A piece a page while all have room, else shares; what was copied just now is marked. */
static void draw_furniture(const struct house_view *v, struct canvas *c, unsigned side,
	enum segment segment, struct rect area)
{
	const struct house_room *room = &v->house[side].room[segment];
	int cells[FURNITURE_KINDS], at = 0, space = area.w * area.h;
	uint64_t full = (uint64_t)space;

	for (unsigned i = 0; i < v->houses; i++) {
		uint64_t n = house_room_pieces(&v->house[i].room[segment]);

		full = n > full ? n : full;
	}
	bar_cells(room->pieces, FURNITURE_KINDS, full, space, cells);
	for (unsigned k = 0; k < FURNITURE_KINDS; k++) {
		bool fresh = room->fresh && k >= FURNITURE_COPIED_A && k <= FURNITURE_COPIED;

		for (int i = 0; i < cells[k]; i++, at++) {
			struct rect cell = {area.x + at % area.w, area.y + at / area.w, 1, 1};

			house_sign(c, cell.x, cell.y, 1, furniture_sign[k]);
			if (fresh)
				canvas_restyle(c, cell, STYLE_CHANGED);
		}
	}
}

static void draw_room(struct house_view *v, struct canvas *c, unsigned side, unsigned i)
{
	struct rect room = v->plan.room[side][i], in = room;
	enum segment segment = house_rooms[i];

	draw_label(v, c, side, segment, room);
	in.y += v->plan.label_h;
	in.h -= v->plan.label_h;
	if (in.w > 0 && in.h > 0)
		draw_furniture(v, c, side, segment, in);
	room.h = v->plan.label_h;
	house_add_spot(v, (struct house_spot){SPOT_ROOM, side, segment, room});
}

/* Why no room is known, across all of them. */
static void draw_trouble(
	const struct house_view *v, const struct view_env *env, struct canvas *c, unsigned side)
{
	const struct rect *walls = &v->plan.walls[side], *room = v->plan.room[side];
	const char *trouble = panes_trouble(env->moment, PART_MAPPINGS, side, env->past);

	if (!trouble || !v->plan.rooms || room->h <= v->plan.label_h)
		return;
	canvas_fill(c, (struct rect){walls->x + 1, room->y + v->plan.label_h, walls->w - 2, 1},
		STYLE_NORMAL);
	canvas_text(c, walls->x + 2, room->y + v->plan.label_h, walls->w - 4, STYLE_DIM, trouble);
}

void house_draw_walls(
	struct house_view *v, const struct view_env *env, struct canvas *c, unsigned side)
{
	const struct house_plan *p = &v->plan;
	enum style style = wall_style(env, side);

	draw_box(c, p->walls[side], style);
	draw_inner(c, p, side, style);
	if (p->roof[side].h)
		draw_roof(c, &p->roof[side], style);
	draw_title(v, env, c, side);
	for (unsigned i = 0; i < p->rooms; i++)
		draw_room(v, c, side, i);
	draw_trouble(v, env, c, side);
}

/* ---- the street -------------------------------------------------------------- */

/* What is not known, or that there is nothing, in a few lines. */
static void draw_wrapped(struct canvas *c, struct rect area, enum style style, const char *text)
{
	for (int y = 0; y < area.h && *text; y++) {
		size_t n = canvas_wrap(c, text, area.w);

		canvas_print(c, area.x, area.y + y, area.w, style, "%.*s", (int)n, text);
		text += n;
	}
}

/* The furniture of all rooms. */
static uint64_t pieces_of(const struct house *h, enum furniture kind)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < SEGMENTS; k++)
		n += h->room[k].pieces[kind];
	return n;
}

/* How many pieces are one, and how many are two by now. */
static void draw_pieces(const struct house_view *v, struct canvas *c, struct rect area)
{
	static const enum furniture told[] = {
		FURNITURE_BOTH, FURNITURE_COPIED_A, FURNITURE_COPIED_B, FURNITURE_COPIED};
	int y = area.y;

	if (!v->house[0].compared) {
		draw_wrapped(c, area, STYLE_DIM, v->house[0].why ? v->house[0].why : "");
		return;
	}
	for (size_t i = 0; i < sizeof told / sizeof *told && y < area.y + area.h; i++) {
		uint64_t n = pieces_of(&v->house[0], told[i]);
		char count[UNITS_MAX];

		if (!n && told[i] != FURNITURE_BOTH)
			continue;
		house_sign(c, area.x, y, 1, furniture_sign[told[i]]);
		canvas_print(c, area.x + 2, y++, area.w - 2, STYLE_NORMAL, "%s %s",
			units_count(count, n), told[i] == FURNITURE_BOTH ? "both" : "two");
	}
}

static void channel_label(const struct channel *ch, struct textbuf *out)
{
	textbuf_adds(out, ch->kind);
	for (unsigned side = 0; side < 2; side++)
		if (value_state_has_value(ch->waiting_state[side]) && ch->waiting_bytes[side])
			textbuf_addf(out, " %" PRIu64 "B", ch->waiting_bytes[side]);
}

/* "5══════▶4" from wall to wall. */
static void draw_pipe(const struct house_view *v, struct canvas *c, const struct channel *ch, int y)
{
	const struct rect *s = &v->plan.street;
	char end[2][12] = {"", ""};

	canvas_repeat(c, s->x, y, s->w, STYLE_SHM, "═");
	canvas_repeat(c, s->x - 1, y, 1, STYLE_SHM, "╠");
	canvas_repeat(c, s->x + s->w, y, 1, STYLE_SHM, "╣");
	if (ch->a_fd >= 0 && s->w >= 12)
		snprintf(end[0], sizeof end[0], "%d", ch->a_fd);
	if (ch->b_fd >= 0 && s->w >= 12)
		snprintf(end[1], sizeof end[1], "%d", ch->b_fd);
	canvas_text(c, s->x, y, s->w, STYLE_SIDE_A, end[0]);
	canvas_right(c, s->x, y, s->w, STYLE_SIDE_B, end[1]);
	if (ch->direction != CHANNEL_A_TO_B)
		house_sign(c, s->x + (int)strlen(end[0]), y, 1, "◀");
	if (ch->direction != CHANNEL_B_TO_A)
		house_sign(c, s->x + s->w - 1 - (int)strlen(end[1]), y, 1, "▶");
}

static void draw_channel(
	struct house_view *v, struct canvas *c, const struct pair *p, size_t i, struct rect at)
{
	struct textbuf label = {0};
	int w;

	channel_label(&p->channel[i], &label);
	w = canvas_width(c, label.bytes);
	w = w > at.w ? at.w : w;
	draw_pipe(v, c, &p->channel[i], at.y + at.h - 1);
	at.x += (at.w - w) / 2;
	canvas_text(c, at.x, at.y, w, at.h > 1 ? STYLE_NORMAL : STYLE_SHM, label.bytes);
	textbuf_free(&label);
	at.w = w;
	at.h = 1;
	house_add_spot(v, (struct house_spot){SPOT_CHANNEL, 0, i, at});
}

static void draw_channels(
	struct house_view *v, const struct view_env *env, struct canvas *c, struct rect area)
{
	const struct pair *p = env->moment->pair;
	const char *gap[CHANNEL_GAPS];
	int each = p->channels_n * 2 <= (size_t)(area.h > 0 ? area.h : 0) ? 2 : 1;
	size_t room = (size_t)(area.h / each);
	size_t n = p->channels_n <= room ? p->channels_n : room ? room - 1 : 0;

	for (size_t i = 0; i < n; i++)
		draw_channel(
			v, c, p, i, (struct rect){area.x, area.y + (int)i * each, area.w, each});
	area.y += (int)n * each;
	area.h -= (int)n * each;
	if (n < p->channels_n && area.h > 0)
		canvas_print(c, area.x, area.y, area.w, STYLE_DIM, "+%zu more", p->channels_n - n);
	else if (gaps_of_channels(env->moment, gap))
		draw_wrapped(c, area, STYLE_DIM, n ? "? maybe more" : "? none seen");
	else if (!n)
		draw_wrapped(c, area, STYLE_DIM, "no door, no pipe between");
}

void house_draw_street(struct house_view *v, const struct view_env *env, struct canvas *c)
{
	struct rect s = v->plan.street, upper, lower;
	int rooms_h = v->plan.rooms ? v->plan.room[0][0].h : 0;

	if (s.w < 4 || !env->moment->pair)
		return;
	upper = (struct rect){s.x + 1, s.y + 1, s.w - 2, rooms_h};
	lower = (struct rect){s.x, s.y + 2 + rooms_h, s.w, s.h - 3 - rooms_h};
	if (pair_apart(env->moment->pair)) {
		draw_wrapped(c, upper, STYLE_DIM, "two moments");
		return;
	}
	if (s.w >= 12)
		draw_pieces(v, c, upper);
	draw_channels(v, env, c, lower);
}

/* ---- below ------------------------------------------------------------------- */

void house_draw_foot(struct house_view *v, const struct view_env *env, struct canvas *c)
{
	static const char *const places[] = {SIGN_HOUSE, NULL};
	const struct house_likeness *l = house_likeness(house_thing_of(&v->at));
	const struct rect *at = &v->plan.caption;
	struct rect seen = {v->plan.walls[0].x, v->plan.walls[0].y - v->plan.roof[0].h, c->w,
		v->plan.walls[0].h + v->plan.roof[0].h};

	(void)env;
	if (v->plan.legend.h)
		sign_legend(places, c, seen, v->plan.legend);
	if (at->h) {
		int used = canvas_print(
			c, at->x, at->y, at->w, STYLE_TITLE, "%s = %s. ", l->thing, l->stands);

		canvas_text(c, at->x + used, at->y, at->w - used, STYLE_DIM,
			canvas_width(c, l->ends) > at->w - used ? l->brief : l->ends);
	}
}
