/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each process as a house: its rooms with what is in them, its people, what stands for what. */
#include <inttypes.h>

#include "report_internal.h"
#include "twintop/base/units.h"
#include "twintop/model/house.h"

#define PEOPLE_MOST 40u /* of a house that are named */

/* Why something of a house is not known, where it is not: "?" alone tells too little. */
static void write_gap(const char *what, enum value_state state, struct textbuf *out)
{
	const char *reason = value_state_reason(state);

	if (!value_state_has_value(state))
		textbuf_addf(out, "  %s: %s.\n", what, reason ? reason : value_state_name(state));
}

static void write_rooms(const struct house *h, struct textbuf *out)
{
	struct report_table t = {0};
	char text[UNITS_MAX];

	write_gap("Which rooms it has is not known", h->memory, out);
	if (!value_state_has_value(h->memory))
		return;
	report_column(&t, "ROOM", true);
	report_column(&t, "SIZE", false);
	for (unsigned k = 0; k < FURNITURE_KINDS; k++)
		report_column(&t, furniture_info((enum furniture)k)->title, false);
	for (unsigned i = 0; i < SEGMENTS; i++) {
		if (!h->room[i].sum.size_bytes)
			continue;
		report_cell(&t, house_room_name((enum segment)i));
		report_cell(&t, units_bytes(text, h->room[i].sum.size_bytes));
		for (unsigned k = 0; k < FURNITURE_KINDS; k++)
			if (!value_state_has_value(h->pages))
				report_cell(&t, "?");
			else if (h->compared || k == FURNITURE_OWN)
				report_cellf(&t, "%" PRIu64, h->room[i].pieces[k]);
			else
				report_cell(&t, "—");
	}
	report_write(&t, out);
	write_gap("What is in the rooms is not known", h->pages, out);
	if (h->why)
		textbuf_addf(out, "  What is in both is not told: %s.\n", h->why);
}

static void write_pack(const struct moment *m, unsigned side, size_t i, struct report_table *t)
{
	static const char *const of[] = {"thread.stack.used_bytes", "thread.stack.reserved_bytes"};
	const struct record r = {m, RECORD_THREAD, side, i};

	for (size_t k = 0; k < 2; k++)
		report_field(t, field_find(of[k]), &r);
}

/* Which of two threads of one house the person is. */
static const char *whose(const struct moment *m, pid_t tid)
{
	const struct side *side = m->snapshot->side;

	return tid == side[0].tid ? "A" : tid == side[1].tid ? "B" : "";
}

static void write_people(
	const struct moment *m, unsigned side, const struct house *h, struct textbuf *out)
{
	const struct thread_list *list = m->snapshot->side[side].threads;
	struct report_table t = {0};

	write_gap("Who lives there is not known", h->threads, out);
	if (!h->persons_n)
		return;
	if (house_is_one(m))
		report_column(&t, "AB", true);
	report_column(&t, "PERSON", false);
	report_column(&t, "NAME", true);
	report_column(&t, "BACKPACK", false);
	report_column(&t, "OF", false);
	report_column(&t, "DOES", true);
	for (size_t i = 0; i < h->persons_n && i < PEOPLE_MOST; i++) {
		const struct record r = {m, RECORD_THREAD, side, i};
		struct textbuf does = {0};

		if (house_is_one(m))
			report_cell(&t, whose(m, thread_self_at(list, i)->tid));
		report_cellf(&t, "%d", (int)thread_self_at(list, i)->tid);
		report_field(&t, field_find("thread.name"), &r);
		write_pack(m, side, i, &t);
		person_tell(m->snapshot, side, i, PERSON_FULL, &does);
		report_cell(&t, does.bytes ? does.bytes : "");
		textbuf_free(&does);
	}
	report_write(&t, out);
	if (h->persons_n > PEOPLE_MOST)
		textbuf_addf(out, "  and %zu more\n", h->persons_n - PEOPLE_MOST);
}

static void write_counts(const struct house *h, struct textbuf *out)
{
	const char *before = "  ";

	for (unsigned k = 0; k < PERSON_STATES; k++) {
		if (!h->by_state[k])
			continue;
		textbuf_addf(out, "%s%zu %s", before, h->by_state[k],
			person_info((enum person_state)k)->words);
		before = ", ";
	}
	if (h->persons_n)
		textbuf_adds(out, "\n");
}

static void write_house(const struct moment *m, unsigned side, struct textbuf *out)
{
	static const char *const rooms[] = {
		"The house of A: rooms", "The house of B: rooms", "The house of A and B: rooms"};
	static const char *const people[] = {
		"The house of A: people", "The house of B: people", "The house of A and B: people"};
	unsigned which = house_is_one(m) ? 2 : side;
	char honesty[160];
	struct house h;

	house_of(m, side, &h);
	report_section(out, rooms[which], report_honesty(honesty, m, RECORD_MAPPING, side));
	if (m->snapshot->side[side].ending.ended)
		textbuf_adds(out, "  It has ended: so it was when it was read last.\n");
	write_rooms(&h, out);
	report_section(out, people[which], report_honesty(honesty, m, RECORD_THREAD, side));
	write_counts(&h, out);
	write_people(m, side, &h, out);
}

void report_house(const struct moment *m, struct textbuf *out)
{
	struct report_table t = {0};

	for (unsigned side = 0; side < (house_is_one(m) ? 1 : m->snapshot->sides); side++)
		write_house(m, side, out);
	report_section(out, "What stands for what, and where that ends", NULL);
	report_column(&t, "", true);
	report_column(&t, "", true);
	report_column(&t, "", true);
	for (unsigned k = 0; k < HOUSE_THINGS; k++) {
		const struct house_likeness *l = house_likeness((enum house_thing)k);

		report_cell(&t, l->thing);
		report_cell(&t, l->stands);
		report_cell(&t, l->ends);
	}
	report_write(&t, out);
}
