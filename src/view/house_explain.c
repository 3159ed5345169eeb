/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the selected thing of a house stands for, with its own figures, and where that ends. */
#include <inttypes.h>

#include "house_internal.h"
#include "twintop/base/units.h"

enum house_thing house_thing_of(const struct house_spot *at)
{
	static const enum house_thing thing[] = {[SPOT_HOUSE] = HOUSE_PROCESS,
		[SPOT_ROOM] = HOUSE_FURNITURE,
		[SPOT_PERSON] = HOUSE_PACK,
		[SPOT_CHANNEL] = HOUSE_CHANNEL};

	return thing[at->kind];
}

static void add_likeness(enum house_thing thing, struct textbuf *out)
{
	const struct house_likeness *l = house_likeness(thing);

	textbuf_addf(
		out, "%s = %s. %s Where that ends: %s ", l->thing, l->stands, l->holds, l->ends);
}

/* "3 pages: two pieces, as B wrote. " */
static void add_pieces(const struct house_room *room, enum furniture kind, struct textbuf *out)
{
	textbuf_count(out, room->pieces[kind], "page");
	textbuf_addf(out, ": %s. ", furniture_info(kind)->words);
}

static void explain_room(struct house_view *v, const struct house_spot *at, struct textbuf *out)
{
	const struct house *h = &v->house[at->side];
	const struct house_room *room = &h->room[at->which];
	char size[UNITS_MAX];

	textbuf_addf(out, "The room “%s”", house_room_name((enum segment)at->which));
	if (!value_state_has_value(h->memory)) {
		textbuf_adds(out, ", of which nothing was read. ");
	} else {
		textbuf_addf(out, " has %s of addresses", units_bytes(size, room->sum.size_bytes));
		if (value_state_has_value(h->pages))
			textbuf_addf(out, ", %s of it in memory",
				units_bytes(size, room->sum.resident_bytes));
		textbuf_adds(out, ". ");
	}
	for (unsigned k = 0; k < FURNITURE_KINDS; k++)
		if (room->pieces[k])
			add_pieces(room, (enum furniture)k, out);
	if (h->why)
		textbuf_addf(out, "What is in both is not told: %s. ", h->why);
	add_likeness(HOUSE_ROOM, out);
	add_likeness(HOUSE_FURNITURE, out);
}

static void explain_person(
	const struct view_env *env, const struct house_spot *at, struct textbuf *out)
{
	const struct snapshot *s = env->moment->snapshot;
	ptrdiff_t i = thread_find(s->side[at->side].threads, (pid_t)at->which);
	struct thread t;
	enum person_state state;

	if (i < 0) {
		textbuf_adds(out, "This thread has gone. ");
		return;
	}
	t = thread_at(s->side[at->side].threads, (size_t)i);
	state = person_state_of(&t);
	textbuf_addf(out, "Thread %d is ", (int)at->which);
	person_tell(s, at->side, (size_t)i, PERSON_FULL, out);
	textbuf_addf(out, ". %s ", person_info(state)->stands);
	add_likeness(HOUSE_PERSON, out);
	if (state == PERSON_AT_DOOR)
		add_likeness(HOUSE_DOOR, out);
	add_likeness(HOUSE_PACK, out);
}

static void explain_channel(
	const struct view_env *env, const struct house_spot *at, struct textbuf *out)
{
	const struct pair *p = env->moment->pair;

	if (p && at->which < p->channels_n && p->channel[at->which].detail)
		textbuf_addf(
			out, "%s: %s. ", p->channel[at->which].kind, p->channel[at->which].detail);
	add_likeness(HOUSE_CHANNEL, out);
}

void house_explain(struct house_view *v, const struct view_env *env, const struct house_spot *at)
{
	textbuf_clear(&v->explain);
	switch (at->kind) {
	case SPOT_ROOM:
		explain_room(v, at, &v->explain);
		break;
	case SPOT_PERSON:
		explain_person(env, at, &v->explain);
		break;
	case SPOT_CHANNEL:
		explain_channel(env, at, &v->explain);
		break;
	default:
		add_likeness(HOUSE_PROCESS, &v->explain);
	}
}
