/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_HOUSE_INTERNAL_H
#define TWINTOP_HOUSE_INTERNAL_H

#include "twintop/base/vec.h"
#include "twintop/draw/house_plan.h"
#include "twintop/draw/panes.h"
#include "twintop/model/house.h"
#include "twintop/view/view.h"

/* What the cursor can stand on. */
enum house_spot_kind { SPOT_HOUSE, SPOT_ROOM, SPOT_PERSON, SPOT_CHANNEL };
struct house_spot {
	enum house_spot_kind kind;
	unsigned side;
	size_t which; /* enum segment, TID, index of the channel */
	struct rect at;
};

struct house_view {
	const struct moment *moment; /* that house[] is of; ours */
	unsigned houses;
	struct house house[2];
	size_t first[2];	/* people of a side that are scrolled away above */
	struct house_plan plan; /* as drawn last */
	VEC(struct house_spot) spot;
	struct house_spot at; /* the selected one */
	bool chosen;	      /* at says which; else it is the first person of the side */
	unsigned side;	      /* that Tab chose last */
	struct textbuf explain;
};

/* The rooms that are drawn, the first ones where not all have room. */
extern const uint8_t house_rooms[HOUSE_ROOMS_MOST]; /* enum segment */

/* A place that was drawn. */
void house_add_spot(struct house_view *v, struct house_spot spot);

/* Walls, roof and rooms of a house; the people in it; what is between two; what stands below. */
void house_draw_walls(
	struct house_view *v, const struct view_env *env, struct canvas *c, unsigned side);
void house_draw_people(
	struct house_view *v, const struct view_env *env, struct canvas *c, unsigned side);
void house_draw_street(struct house_view *v, const struct view_env *env, struct canvas *c);
void house_draw_foot(struct house_view *v, const struct view_env *env, struct canvas *c);
/* A sign of SIGN_HOUSE by its UTF-8, n times, in its style. */
void house_sign(struct canvas *c, int x, int y, int n, const char *utf8);

/* What the selected spot is, and where the likeness ends; into v->explain. */
void house_explain(struct house_view *v, const struct view_env *env, const struct house_spot *at);
enum house_thing house_thing_of(const struct house_spot *at);

#endif
