/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process and all that descend from it: panes below each other. */
#include <stdlib.h>
#include <string.h>

#include "family_internal.h"
#include "honesty_internal.h"
#include "twintop/model/family.h"

static const struct view_ops *const pane_table[] = {&family_members, &family_events};
#define PANES	   (sizeof pane_table / sizeof *pane_table)
#define PANE_LEAST 7 /* lines; where they are not to be had the pane in focus has all */

struct family_view {
	void *pane[PANES];
	size_t focus;
	struct rect area[PANES]; /* as drawn last */
};

static void *create(void)
{
	struct family_view *v = mem_alloc(sizeof *v);

	*v = (struct family_view){0};
	for (size_t i = 0; i < PANES; i++)
		v->pane[i] = pane_table[i]->create();
	return v;
}

static void destroy(void *view)
{
	struct family_view *v = view;

	if (!v)
		return;
	for (size_t i = 0; i < PANES; i++)
		pane_table[i]->destroy(v->pane[i]);
	free(v);
}

/* The member that is selected is what other panes may speak of. */
static void note_member(struct family_view *v, const struct view_env *env)
{
	struct view_selection s;
	const struct family *f = env->moment ? env->moment->snapshot->family : NULL;

	if (env->focus && f && family_members.selection(v->pane[0], env, &s) && s.has[0] &&
		s.record[0].index < f->n)
		env->focus->member = f->member[s.record[0].index].id;
}

static void update(void *view, const struct view_env *env)
{
	struct family_view *v = view;

	for (size_t i = 0; i < PANES; i++) {
		pane_table[i]->update(v->pane[i], env);
		note_member(v, env);
	}
}

/* Shares from the top: two fifths at most for each behind the first one, which has the rest. */
static void split(struct family_view *v, struct rect area)
{
	int share = area.h * 2 / 5 / (int)(PANES - 1), y = area.y;

	for (size_t i = 0; i < PANES; i++) {
		int h = share < PANE_LEAST ? (i == v->focus ? area.h : 0)
			: i		   ? share
					   : area.h - share * (int)(PANES - 1);

		v->area[i] = (struct rect){area.x, y, area.w, h};
		y += h;
	}
}

static void draw_pane(struct family_view *v, const struct view_env *env, struct canvas *c, size_t i)
{
	struct view_env own = *env;

	own.aside = i != v->focus;
	if (v->area[i].h)
		pane_table[i]->draw(v->pane[i], &own, c, v->area[i]);
}

/* The pane in focus comes last: the cursor stays in it. */
static void draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct family_view *v = view;

	split(v, area);
	for (size_t i = 0; i < PANES; i++)
		if (i != v->focus)
			draw_pane(v, env, c, i);
	draw_pane(v, env, c, v->focus);
}

/* Whether every pane hears of it: of their own keys the one that knows it. */
static bool is_for_all(enum action action)
{
	return action == ACTION_DISMISS || action >= ACTION_OWN_1;
}

static enum action_scope rows(const void *view)
{
	const struct family_view *v = view;
	const struct view_ops *pane = pane_table[v->focus];

	return pane->rows ? pane->rows(v->pane[v->focus]) : SCOPE_ALL;
}

static unsigned lacks(const void *view)
{
	const struct family_view *v = view;
	const struct view_ops *pane = pane_table[v->focus];

	return pane->lacks ? pane->lacks(v->pane[v->focus]) : 0;
}

static bool act(void *view, const struct view_env *env, enum action action)
{
	struct family_view *v = view;
	bool done = false;

	if (action == ACTION_SIDE) {
		v->focus = (v->focus + 1) % PANES;
		return PANES > 1;
	}
	for (size_t i = 0; i < PANES; i++)
		if (i == v->focus || is_for_all(action))
			done |= pane_table[i]->act(v->pane[i], env, action);
	note_member(v, env);
	return done;
}

static void click(void *view, const struct view_env *env, int x, int y)
{
	struct family_view *v = view;

	for (size_t i = 0; i < PANES; i++) {
		if (y < v->area[i].y || y >= v->area[i].y + v->area[i].h)
			continue;
		v->focus = i;
		pane_table[i]->click(v->pane[i], env, x, y);
	}
	note_member(v, env);
}

static bool selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	struct family_view *v = view;

	return pane_table[v->focus]->selection(v->pane[v->focus], env, ret);
}

static void copy(void *view, const struct view_env *env, struct textbuf *out)
{
	struct family_view *v = view;

	if (pane_table[v->focus]->copy)
		pane_table[v->focus]->copy(v->pane[v->focus], env, out);
}

static void filter(void *view, const struct view_env *env, const char *text)
{
	struct family_view *v = view;

	for (size_t i = 0; i < PANES; i++)
		if (i == v->focus || !*text)
			pane_table[i]->filter(v->pane[i], env, text);
}

static bool search(void *view, const struct view_env *env, const char *text, bool again)
{
	struct family_view *v = view;

	return pane_table[v->focus]->search(v->pane[v->focus], env, text, again);
}

/* ---- the view ------------------------------------------------------------- */

static void honesty(void *view, const struct view_env *env, struct textbuf *out)
{
	const struct family *f = env->moment ? env->moment->snapshot->family : NULL;
	const char *gap = f ? family_indistinct(f) : NULL;

	const char *trouble = env->moment ? panes_trouble(env->moment, PART_FAMILY, 0, env->past)
					  : "nothing read yet";

	(void)view;
	if (trouble)
		textbuf_adds(out, trouble);
	if (trouble || !honesty_records(env, RECORD_MEMBER, out))
		return;
	if (family_estimated(f)) {
		textbuf_clear(out);
		textbuf_adds(out, "estimated: what is shared, by flags; frames need CAP_SYS_ADMIN");
	} else if (gap) {
		textbuf_clear(out);
		textbuf_addf(out, "partly: %s", gap);
	}
}

static struct value figure_living(const void *view, const struct view_env *env, unsigned side)
{
	const struct family *f = env->moment ? env->moment->snapshot->family : NULL;

	(void)view;
	(void)side;
	return f ? value_uint(f->living) : value_unknown(VALUE_UINT, VALUE_UNREAD, "not read yet");
}

static struct value figure_distinct(const void *view, const struct view_env *env, unsigned side)
{
	const struct family *f = env->moment ? env->moment->snapshot->family : NULL;
	const char *gap = f ? family_indistinct(f) : "not read yet";

	(void)view;
	(void)side;
	return gap ? value_unknown(VALUE_UINT, VALUE_UNREAD, gap)
		   : value_uint(f->distinct * f->page_size);
}

static struct value figure_resident(const void *view, const struct view_env *env, unsigned side)
{
	const struct family *f = env->moment ? env->moment->snapshot->family : NULL;
	const char *gap = f ? family_uncounted(f) : "not read yet";

	(void)view;
	(void)side;
	return gap ? value_unknown(VALUE_UINT, VALUE_UNREAD, gap)
		   : value_uint(f->resident * f->page_size);
}

static const struct view_figure figures[] = {
	{.label = "true sum",
		.of_pair = true,
		.of_one = false,
		.style = STYLE_COW,
		.unit = UNIT_BYTES,
		.get = figure_distinct},
	{.label = "sum of RSS",
		.of_pair = true,
		.style = STYLE_COPIED,
		.unit = UNIT_BYTES,
		.get = figure_resident},
	{.label = "living",
		.of_pair = true,
		.style = STYLE_STRONG,
		.unit = UNIT_COUNT,
		.get = figure_living},
};

static const char *const signs[] = {SIGN_FAMILY, SIGN_LIVES, NULL};

static const struct action_row keymap[] = {
	{FAMILY_LIVES, SCOPE_VIEW, "family-lives", {'l'}, "lives",
		"Show lifelines in place of figures, or both."},
	{FAMILY_NEXT_KIND, SCOPE_VIEW, "family-kind", {'c'}, "kind",
		"Show events of the next kind, or all."},
	{FAMILY_OF_MEMBER, SCOPE_VIEW, "family-of-member", {'a'}, "of one",
		"Show events of the selected one, or all."},
	{FAMILY_TO_MOMENT, SCOPE_VIEW, "family-moment", {'J'}, NULL,
		"Show the moment of the selected event."},
	{FAMILY_SHORTER, SCOPE_VIEW, "family-shorter", {'+', '='}, "",
		"Let lifelines show a shorter time."},
	{FAMILY_LONGER, SCOPE_VIEW, "family-longer", {'-', '_'}, "zoom",
		"Let lifelines show a longer time."},
	{FAMILY_CLOCK, SCOPE_VIEW, "family-clock", {'C'}, NULL,
		"Tell times by the clock, or how long ago."},
	{FAMILY_HIGHER, SCOPE_VIEW, "family-higher", {'u'}, "",
		"Show the family one generation higher."},
	{FAMILY_LOWER, SCOPE_VIEW, "family-lower", {'U'}, "generation",
		"Show it one generation lower again."},
};

const struct view_ops view_family = {
	.id = "family",
	.list = &family_list_ops,
	.title = "Family",
	.brief = "Fam",
	.key = '9',
	.help = "Family: all that descend from A, what they share, and what happened to them.",
	.tab = "pane",
	.offers = VIEW_SORTS | VIEW_FILTERS,
	.figures = figures,
	.figures_n = sizeof figures / sizeof *figures,
	.signs = signs,
	.moves = true,
	.keymap = keymap,
	.keymap_n = sizeof keymap / sizeof *keymap,
	/* Who copied is in the log: pages of A and B are read at leisure. */
	.need = NEED_PROCESS | NEED_FAMILY | NEED_LISTEN,
	.create = create,
	.destroy = destroy,
	.update = update,
	.rows = rows,
	.lacks = lacks,
	.act = act,
	.click = click,
	.draw = draw,
	.selection = selection,
	.copy = copy,
	.filter = filter,
	.search = search,
	.honesty = honesty,
};
