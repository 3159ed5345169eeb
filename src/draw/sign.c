/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/sign.h"

#include <string.h>

#define GAP	   3 /* columns between two entries */
#define TITLE_GAP  2
#define SIGNS_MOST 32

/* The signs of some places, each once: one that means more in its own place goes before the same
 * one of another. */
struct signs {
	struct sign_lesson sign[SIGNS_MOST];
	size_t n;
};

static void add_sign(struct signs *s, const struct sign_lesson *sign)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->sign[i].utf8, sign->utf8) && s->sign[i].style == sign->style)
			return;
	if (s->n < SIGNS_MOST)
		s->sign[s->n++] = *sign;
}

/* Those that have titles, or else those that have words. */
static void gather(struct signs *s, const char *const places[], bool titles)
{
	s->n = 0;
	for (; *places; places++)
		for (size_t i = 0; i < sign_lesson_count(); i++) {
			const struct sign_lesson sign = sign_lesson_at(i);

			if (!strcmp(sign.place, *places) && (titles ? sign.title : sign.words))
				add_sign(s, &sign);
		}
}

void sign_places_of_past(const char *const places[], const char *ret[SIGN_PLACES_MOST])
{
	size_t n = 0;

	for (; *places && n < SIGN_PLACES_MOST - 2; places++) {
		if (!strcmp(*places, SIGN_BETWEEN))
			ret[n++] = SIGN_PAST; /* which goes before the same signs */
		ret[n++] = strcmp(*places, SIGN_FILES) ? *places : SIGN_SINCE;
	}
	ret[n] = NULL;
}

static const char *look_of(const struct sign_lesson *s, bool ascii, char out[2])
{
	out[0] = s->ascii;
	out[1] = '\0';
	return ascii ? out : s->utf8;
}

/* A view of nothing but pages, where what has just changed is a page. */
static bool are_of_pages(const char *const places[])
{
	for (; *places; places++)
		if (!strcmp(*places, SIGN_PAGES_A))
			return true;
	return false;
}

static bool style_seen(enum style style, const struct canvas *c, struct rect area)
{
	for (int y = area.y; y < area.y + area.h; y++)
		for (int x = area.x; x < area.x + area.w; x++)
			if (canvas_at(c, x, y)->style == style)
				return true;
	return false;
}

bool sign_seen(const struct sign_lesson *s, const struct canvas *c, struct rect area, bool marked)
{
	char ascii[2];
	const char *look = look_of(s, c->ascii, ascii);
	uint32_t code;

	text_decode(look, strlen(look), &code);
	area = rect_clip(area, c);
	for (int y = area.y; y < area.y + area.h; y++)
		for (int x = area.x; x < area.x + area.w; x++) {
			const struct cell *cell = canvas_at(c, x, y);

			if (cell->style == s->style && (cell->solid || cell->code[0] == code))
				return true;
			if (marked && cell->style == STYLE_CHANGED && cell->code[0] == code)
				return true;
		}
	return false;
}

/* Where the next entry goes. */
struct pen {
	struct rect area;
	int x, y;
	const char *before; /* what was said last */
};

/* An entry, in the next row where there is no room; false: there is none left. */
static bool draw_entry(
	struct pen *p, struct canvas *c, const char *sign, enum style style, const char *words)
{
	int end = p->area.x + p->area.w, w = 2 + canvas_width(c, words);

	/* What two signs say one after the other is said once. */
	if (!strcmp(p->before, words))
		return true;
	if (p->x > p->area.x && p->x + w > end) {
		p->x = p->area.x;
		p->y++;
	}
	if (p->y >= p->area.y + p->area.h)
		return false;
	canvas_text(c, p->x, p->y, 1, style, sign);
	canvas_text(c, p->x + 2, p->y, end - p->x - 2, STYLE_STRONG, words);
	p->x += w + GAP;
	p->before = words;
	return true;
}

void sign_legend(
	const char *const places[], struct canvas *c, struct rect seen_in, struct rect legend)
{
	struct pen pen = {legend, legend.x, legend.y, ""};
	bool marked = are_of_pages(places);
	struct signs all;
	char ascii[2];

	gather(&all, places, false);
	for (size_t i = 0; i < all.n; i++) {
		const struct sign_lesson *s = &all.sign[i];

		if (sign_seen(s, c, seen_in, marked) &&
			!draw_entry(&pen, c, look_of(s, c->ascii, ascii), s->style, s->words))
			return;
	}
	if (style_seen(STYLE_CHANGED, c, rect_clip(seen_in, c)))
		draw_entry(&pen, c, " ", STYLE_CHANGED, "changed just now");
}

int sign_titles(const char *const places[], struct canvas *c, struct rect line)
{
	struct signs all;
	int x = line.x + line.w;
	char ascii[2];

	gather(&all, places, true);
	for (size_t i = all.n; i-- > 0;) {
		const struct sign_lesson *s = &all.sign[i];
		int w = canvas_width(c, s->title) + 2;

		if (x - w - TITLE_GAP < line.x + line.w / 5)
			break;
		x -= w;
		canvas_text(c, x, line.y, 1, s->style, look_of(s, c->ascii, ascii));
		canvas_text(c, x + 2, line.y, w, STYLE_DIM, s->title);
		x -= TITLE_GAP;
	}
	return x - line.x;
}
