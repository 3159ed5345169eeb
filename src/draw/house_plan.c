/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/house_plan.h"

#define ROOM_W	       8  /* a room with its wall, at least */
#define PERSON_W       31 /* a person with what is said of it, at least */
#define FIGURE_W       38 /* … where there is room */
#define LINES_MOST     1000
#define WALLS_H	       5 /* the walls and the labels of rooms */
#define FURNITURE_MOST 8
#define LABEL_W	       10 /* from so many columns on a room's label is one line */

/* From so many columns on the street is that broad. */
static int street_w(int w)
{
	return w >= 160 ? 26 : w >= 110 ? 18 : w >= 76 ? 12 : w >= 56 ? 6 : 2;
}

/* What stands below: at the foot of the area. */
static struct rect cut_foot(struct rect area, const struct house_wish *wish, struct house_plan *p)
{
	int caption = area.h >= 17 ? 1 : 0;
	int legend = wish->lecture ? 0 : area.h >= 20 ? 2 : area.h >= 14 ? 1 : 0;

	area.h -= caption + legend;
	p->legend = (struct rect){area.x, area.y + area.h, area.w, legend};
	p->caption = (struct rect){area.x, area.y + area.h + legend, area.w, caption};
	return area;
}

static void place_houses(struct rect area, struct house_plan *p)
{
	int street = p->houses > 1 ? street_w(area.w) : 0;
	int w = (area.w - street) / (int)p->houses;
	int roof = area.h >= 16 ? 2 : 0;

	for (unsigned i = 0; i < p->houses; i++) {
		int x = area.x + (i ? area.w - w : 0);

		p->roof[i] = (struct rect){x, area.y, w, roof};
		p->walls[i] = (struct rect){x, area.y + roof, w, area.h - roof};
	}
	if (p->houses > 1)
		p->street = (struct rect){area.x + w, area.y + roof, area.w - 2 * w, area.h - roof};
}

/* Lines of furniture in a house of h lines: more where people and channels leave the room. */
static int furniture_h(int h, const struct house_wish *wish)
{
	int least = h >= 28 ? 4 : h >= 20 ? 3 : h >= 16 ? 2 : h >= 10 ? 1 : 0;
	int persons = wish->persons > LINES_MOST ? LINES_MOST : (int)wish->persons;
	int channels = wish->channels > LINES_MOST ? LINES_MOST : (int)wish->channels;
	int people = persons * (PERSON_FIGURE_H + 1);
	int spare = h - WALLS_H - (people > 2 * channels ? people : 2 * channels);

	return spare > FURNITURE_MOST ? FURNITURE_MOST : spare > least ? spare : least;
}

/* Rooms under the upper wall, and the hall below them. */
static void place_rooms(unsigned house, const struct house_wish *wish, struct house_plan *p)
{
	const struct rect *walls = &p->walls[house];
	int inner = walls->w - 2, n = inner / ROOM_W, each, h;

	n = n > HOUSE_ROOMS_MOST ? HOUSE_ROOMS_MOST : n < 1 ? 1 : n;
	if (walls->h < 8)
		n = 0;
	each = n ? (inner - (n - 1)) / n : 0;
	p->rooms = (unsigned)n;
	p->label_h = each >= LABEL_W || walls->h < 10 ? 1 : 2;
	h = n ? p->label_h + furniture_h(walls->h, wish) : 0;
	for (int i = 0; i < n; i++) {
		int x = walls->x + 1 + i * (each + 1);

		p->room[house][i] = (struct rect){
			x, walls->y + 1, i + 1 < n ? each : walls->x + walls->w - 1 - x, h};
	}
	h += n ? 1 : 0;
	p->hall[house] = (struct rect){
		walls->x + 1, walls->y + 1 + h, inner, walls->h - 2 - h > 0 ? walls->h - 2 - h : 0};
}

/* So many lines of people where so many stand in each. */
static int lines_of(size_t persons, int columns)
{
	size_t lines = (persons + (size_t)columns - 1) / (size_t)columns;

	return lines > LINES_MOST ? LINES_MOST : (int)lines;
}

/* Whether figures have room, in columns as wide as can be. */
static bool place_figures(struct house_plan *p, size_t persons, bool few)
{
	static const int width[] = {FIGURE_W, PERSON_W};
	const struct rect *hall = &p->hall[0];

	p->form = PERSON_FIGURE;
	for (size_t i = 0; i < sizeof width / sizeof *width; i++) {
		p->columns = hall->w / width[i] > 1 ? hall->w / width[i] : 1;
		if ((size_t)p->columns > persons)
			p->columns = persons ? (int)persons : 1;
		if (lines_of(persons, p->columns) * PERSON_FIGURE_H <= hall->h)
			return hall->w >= PERSON_W - 1;
	}
	return few && hall->h >= PERSON_FIGURE_H && hall->w >= PERSON_W - 1 &&
	       lines_of(persons, p->columns) * PERSON_LINES_H > hall->h;
}

/* Lines in as few columns as can be. */
static void place_lines(struct house_plan *p, size_t persons)
{
	const struct rect *hall = &p->hall[0];

	p->form = PERSON_LINE;
	p->columns = 1;
	while (lines_of(persons, p->columns) > hall->h && hall->w / (p->columns + 1) >= PERSON_W)
		p->columns++;
}

/* Figures where all have room, or a few will do; else lines. */
static void place_persons(struct house_plan *p, size_t persons, bool few)
{
	const struct rect *hall = &p->hall[0];
	int own_h = PERSON_FIGURE_H;

	if (!place_figures(p, persons, few)) {
		place_lines(p, persons);
		own_h = lines_of(persons, p->columns) * PERSON_LINES_H <= hall->h ? PERSON_LINES_H
										  : 1;
	}
	p->person_w = hall->w / p->columns;
	p->person_h = own_h;
	if (own_h > PERSON_LINES_H && lines_of(persons, p->columns) * (own_h + 1) - 1 <= hall->h)
		p->person_h = own_h + 1;
	p->rows = (hall->h + p->person_h - own_h) / p->person_h;
}

struct house_plan house_plan_of(struct rect area, const struct house_wish *wish)
{
	struct house_plan p = {.houses = wish->houses > 1 ? 2 : 1};

	place_houses(cut_foot(area, wish, &p), &p);
	for (unsigned i = 0; i < p.houses; i++)
		place_rooms(i, wish, &p);
	place_persons(&p, wish->persons, wish->lecture);
	return p;
}

struct rect house_plan_person(const struct house_plan *p, unsigned house, size_t i)
{
	int column = (int)(i % (size_t)p->columns), row = (int)(i / (size_t)p->columns);

	return (struct rect){p->hall[house].x + column * p->person_w,
		p->hall[house].y + row * p->person_h, p->person_w,
		p->form == PERSON_LINE ? p->person_h : PERSON_FIGURE_H};
}

size_t house_plan_fits(const struct house_plan *p, size_t n)
{
	size_t all = (size_t)p->columns * (size_t)p->rows;

	if (n <= all)
		return n;
	return p->rows > 0 ? (size_t)p->columns * (size_t)(p->rows - 1) : 0;
}
