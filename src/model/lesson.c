/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lesson_internal.h"

#include <string.h>

#include "twintop/base/table.h"
#include "twintop/model/pair.h"

const char *exactness_text(enum exactness exact)
{
	static const char *const text[] = {
		[EXACT_NOW] = "Exact: as it was at the instant of the read.",
		[EXACT_FIXED] = "Exact: set once, it does not change.",
		[EXACT_COUNTER] = "Exact: the kernel counts each one as it happens, so nothing "
				  "between two samples is missed.",
		[EXACT_RATE] = "Derived: the difference of two samples by the time between them; "
			       "what rose and fell in between is averaged.",
		[EXACT_BLOCKED] = "Exact while it lasts: the kernel tells it of a blocked thread "
				  "alone, and a short wait may fall between two samples.",
		[EXACT_PAGES] = "Exact page by page, but not at one instant: the process may run "
				"on while its page table is read.",
		[EXACT_FRAMES] = "Exact where the kernel tells frame numbers (CAP_SYS_ADMIN), else "
				 "estimated from a flag that says shared, not with whom.",
		[EXACT_JUDGED] = "Worked out by twintop from what the kernel tells; where nothing "
				 "proves it, it is unknown.",
	};
	TABLE_ROWS(text, EXACTNESSES);

	return (unsigned)exact < EXACTNESSES ? text[exact] : "";
}

const char *exactness_here(enum exactness exact, const struct moment *m)
{
	if (exact != EXACT_FRAMES || !m->pair || m->pair->one_space ||
		!value_state_has_value(m->pair->verdicts->pages_state))
		return exactness_text(exact);
	return m->pair->verdicts->pages_exact
		       ? "Exact: the frame numbers of both were compared, page by page."
		       : "Estimated: frame numbers are hidden here (they need CAP_SYS_ADMIN), and "
			 "a "
			 "flag says only that a page is shared, not with whom.";
}

/* ---- titles and meanings that stand in other tables ------------------------ */

static void fill_verdict(size_t i, struct lesson *l)
{
	l->id = page_verdict_info[i].id;
	l->title = page_verdict_info[i].title;
	l->what = page_verdict_info[i].meaning;
}

static void fill_mapping_kind(size_t i, struct lesson *l)
{
	l->id = mapping_kind_info[i].id;
	l->title = mapping_kind_info[i].title;
	l->what = mapping_kind_info[i].meaning;
}

static void fill_mechanism(size_t i, struct lesson *l)
{
	l->id = mechanism_name((enum mechanism)i);
}

static void fill_row_state(size_t i, struct lesson *l)
{
	l->id = row_state_name((enum row_state)i);
}

static void fill_share(size_t i, struct lesson *l)
{
	l->id = card_info[i].id;
	l->title = card_info[i].title;
	l->source = card_info[i].source;
}

static void fill_relation(size_t i, struct lesson *l)
{
	l->id = relation_name((enum relation)i);
}

static void fill_fd_kind(size_t i, struct lesson *l)
{
	l->id = fd_kind_name((enum fd_kind)i);
}

static void fill_fd_relation(size_t i, struct lesson *l)
{
	l->id = fd_relation_name((enum fd_relation)i);
}

static void fill_wait(size_t i, struct lesson *l)
{
	l->id = wait_kind_name((enum wait_kind)i);
}

static void fill_event(size_t i, struct lesson *l)
{
	l->id = event_table[i].id;
	l->title = event_table[i].title;
	l->why = event_table[i].why;
}

static void fill_nothing(size_t i, struct lesson *l)
{
	(void)i;
	(void)l;
}

static const size_t no_count;
#define FIXED(n) (n), &no_count
#define COUNT(n) 0, &(n)

/* Of a set: its heading, how many rows (a number, or where that stands), and what it lacks. */
static const struct lesson_set_row {
	const char *heading;
	size_t n;
	const size_t *more;
	const struct lesson *row;
	void (*fill)(size_t i, struct lesson *l);
} set_table[] = {
	[LESSON_VERDICTS] = {"Verdicts on a pair's pages", FIXED(PAGE_VERDICTS), lesson_verdict,
		fill_verdict},
	[LESSON_MAPPING_KINDS] = {"Kinds of mappings", FIXED(MAPPING_KINDS), lesson_mapping_kind,
		fill_mapping_kind},
	[LESSON_MECHANISMS] = {"How memory is in common", FIXED(MECHANISMS), lesson_mechanism,
		fill_mechanism},
	[LESSON_ROW_STATES] = {"Rows of a pair", FIXED(ROW_STATES), lesson_row_state,
		fill_row_state},
	[LESSON_SHARES] = {"What two tasks may share", FIXED(CARD_ITEMS), lesson_share, fill_share},
	[LESSON_RELATIONS] = {"What B is to A", FIXED(RELATIONS), lesson_relation, fill_relation},
	[LESSON_FD_KINDS] = {"Kinds of descriptors", FIXED(FD_KINDS), lesson_fd_kind, fill_fd_kind},
	[LESSON_FD_RELATIONS] = {"What joins two descriptors", FIXED(FD_RELATIONS),
		lesson_fd_relation, fill_fd_relation},
	[LESSON_ACCESS] = {"Access modes", COUNT(lesson_access_n), lesson_access, fill_nothing},
	[LESSON_CHANNELS] = {"Channels between A and B", COUNT(lesson_channel_n), lesson_channel,
		fill_nothing},
	[LESSON_STATES] = {"State letters", COUNT(lesson_state_n), lesson_state, fill_nothing},
	[LESSON_WAITS] = {"What threads wait for", FIXED(WAIT_KINDS), lesson_wait, fill_wait},
	[LESSON_EVENTS] = {"Events", FIXED(EVENT_KINDS), lesson_event, fill_event},
};
TABLE_ROWS(set_table, LESSON_SETS);

const char *lesson_heading(enum lesson_set set)
{
	return (unsigned)set < LESSON_SETS ? set_table[set].heading : "";
}

size_t lesson_count(enum lesson_set set)
{
	return (unsigned)set < LESSON_SETS ? set_table[set].n + *set_table[set].more : 0;
}

struct lesson lesson_at(enum lesson_set set, size_t i)
{
	struct lesson l = {0};

	if (i >= lesson_count(set))
		return l;
	l = set_table[set].row[i];
	set_table[set].fill(i, &l);
	return l;
}

size_t lesson_find(enum lesson_set set, const char *id)
{
	size_t n = lesson_count(set);

	for (size_t i = 0; i < n; i++)
		if (strcmp(lesson_at(set, i).id, id) == 0)
			return i;
	return n;
}
