/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Sharing view's memory: by mechanism, what exists once, and what is shared row by row. */
#include <inttypes.h>

#include "sharing_internal.h"
#include "twintop/base/table.h"
#include "twintop/base/units.h"
#include "twintop/compare/common.h"
#include "twintop/draw/panes.h"

static const struct sheet_layout mechanism_layout = {
	5, {17, 5, 9, 11, 30}, {0, 2, 1, 0, 1}, {17, 0, 0, 11, 40}};
static const struct sheet_layout fact_layout = {3, {17, 14, 40}, {0, 0, 1}, {17, 14, 40}};
static const struct sheet_layout shared_layout = {
	6, {17, 12, 12, 7, 20, 20}, {0, 1, 1, 2, 0, 0}, {17, 0, 0, 7, 20, 30}};

static void add_mechanism(struct sheet *s, enum mechanism i, const struct verdicts *v)
{
	const struct mechanism_sum *sum = &v->by_mechanism[i];
	bool known = value_state_has_value(v->pages_state);
	struct sheet_line *line = sheet_add(s, &mechanism_layout);
	char text[UNITS_MAX];

	line->text[0] = mechanism_name(i);
	line->text[1] = sheet_text(s, "%" PRIu64, sum->rows);
	line->text[2] = sheet_text(s, "%s", units_bytes(text, sum->size_bytes));
	line->text[3] =
		known ? sheet_text(s, "%s", units_bytes(text, sum->common_pages * v->page_size))
		      : "?";
	line->text[4] = line->explain = mechanism_meaning(i);
	line->lesson = (struct lesson_ref){true, LESSON_MECHANISMS, i};
	line->common = true;
	line->style[3] = known ? STYLE_SAME : STYLE_DIM;
}

static void add_facts(struct sheet *s, const struct view_env *env)
{
	static const char *const why[] = {
		[COMMON_ONCE] = "So much memory is paid for once instead of twice.",
		[COMMON_FRAMES] = ("Frames are the proof: the same frame is the same memory, "
				   "whatever the addresses."),
		[COMMON_OTHERS] =
			"What a third process uses, too, would not be free if these two ended.",
		[COMMON_MERGED] = "It became one although nobody forked: equal content was enough.",
	};
	TABLE_ROWS(why, COMMON_FACTS);
	struct common_fact fact[COMMON_FACTS];
	size_t n = common_facts(env->moment, &s->arena, fact);

	for (size_t i = 0; i < n; i++) {
		struct sheet_line *line = sheet_add(s, &fact_layout);

		line->text[0] = fact[i].title;
		line->text[1] = fact[i].value;
		line->text[2] = line->explain = panes_reason(fact[i].meaning, env->past);
		line->why = why[i];
		line->common = true;
		line->style[0] = line->style[1] = STYLE_STRONG;
		if (!fact[i].known)
			line->style[1] = STYLE_DIM;
	}
}

static void add_shared_row(struct sheet *s, const struct moment *m, const struct pair_mapping *row)
{
	const struct mapping *a = common_mapping(m, row, 0), *b = common_mapping(m, row, 1);
	struct sheet_line *line = sheet_add(s, &shared_layout);
	char text[UNITS_MAX];

	line->text[0] = mechanism_name(row->mechanism);
	line->text[1] = sheet_text(s, "%012" PRIx64, a->start);
	line->text[2] = a->start == b->start ? "the same" : sheet_text(s, "%012" PRIx64, b->start);
	line->text[3] = sheet_text(s, "%s", units_bytes(text, a->end - a->start));
	line->text[4] = common_pages(m, row, &s->arena);
	line->text[5] = common_object(m, row, &s->arena);
	line->style[1] = STYLE_SIDE_A;
	line->style[2] = STYLE_SIDE_B;
	line->explain = mechanism_meaning(row->mechanism);
	line->lesson = (struct lesson_ref){true, LESSON_MECHANISMS, row->mechanism};
	line->common = true;
}

static void add_shared_rows(struct sheet *s, const struct moment *m)
{
	bool headed = false;

	for (size_t i = 0; i < m->pair->verdicts->mappings_n; i++) {
		if (!common_is_shared(m, &m->pair->verdicts->mapping[i]))
			continue;
		if (!headed) {
			sheet_heading(s, " ");
			sheet_heading(s, "Shared memory and files, one by one");
			*sheet_add(s, &shared_layout) = (struct sheet_line){&shared_layout,
				{"MECHANISM", "IN A", "IN B", "SIZE", "PAGES OF BOTH", "WHICH"},
				{STYLE_TITLE, STYLE_TITLE, STYLE_TITLE, STYLE_TITLE, STYLE_TITLE,
					STYLE_TITLE},
				"Mappings that both have MAP_SHARED: a write by one shows to the "
				"other. Pages of both are those that each has touched.",
				.why = "These are the places where the two can meet without asking "
				       "the kernel.",
				.common = true};
			headed = true;
		}
		add_shared_row(s, m, &m->pair->verdicts->mapping[i]);
	}
}

void sharing_add_memory(struct sheet *s, const struct view_env *env)
{
	const struct moment *m = env->moment;

	sheet_heading(s, " ");
	sheet_heading(s, "Memory in common, by mechanism");
	if (m->pair->one_space) {
		sheet_heading(s, "  all of it: one address space");
		return;
	}
	*sheet_add(s, &mechanism_layout) = (struct sheet_line){&mechanism_layout,
		{"MECHANISM", "MAPS", "SIZE", "IN COMMON", "WHAT IT IS"},
		{STYLE_TITLE, STYLE_TITLE, STYLE_TITLE, STYLE_TITLE, STYLE_TITLE},
		"IN COMMON is resident memory that exists once and is used by both.",
		.why = "Two processes cost less than twice one: this is by how much, and by what.",
		.common = true};
	for (int i = 0; i < MECHANISMS; i++)
		if (m->pair->verdicts->by_mechanism[i].rows)
			add_mechanism(s, (enum mechanism)i, m->pair->verdicts);
	add_facts(s, env);
	add_shared_rows(s, m);
}
