/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows that hang below each other: branches before the text of a column. */
#include <stdio.h>
#include <string.h>

#include "list_internal.h"

#define STEP 2 /* columns of a level */
#define MANY 99

/* The place in the order of each record of side 0 that is shown, + 1; 0: it is not. */
static size_t *places(struct list *l, const struct list_env *env, size_t *ret_n)
{
	size_t n = record_count(env->moment, l->ops->kind, 0);
	size_t *place = mem_alloc((n + 1) * sizeof *place);

	memset(place, 0, (n + 1) * sizeof *place);
	for (size_t at = 0; at < l->order.n; at++) {
		ptrdiff_t index = l->slot.item[l->order.item[at]].row.index[0];

		if (index >= 0 && (size_t)index < n)
			place[index] = at + 1;
	}
	*ret_n = n;
	return place;
}

/* The place of the next one above a row that is shown; -1: none is. */
static ptrdiff_t parent_of(
	const struct list *l, const struct list_env *env, size_t at, const size_t *place, size_t n)
{
	struct list_row row = l->slot.item[l->order.item[at]].row;

	while (row.index[0] >= 0) {
		row.index[0] = l->ops->parent(env, &row);
		if (row.index[0] >= 0 && (size_t)row.index[0] < n && place[row.index[0]])
			return (ptrdiff_t)place[row.index[0]] - 1;
	}
	return -1;
}

/* From the end: the first that hangs somewhere is the last one there. */
static void mark_last(struct list *l)
{
	bool *had = mem_alloc((l->branch.n + 1) * sizeof *had);

	memset(had, 0, (l->branch.n + 1) * sizeof *had);
	for (size_t at = l->branch.n; at-- > 0;) {
		struct list_branch *b = &l->branch.item[at];

		b->last = !had[b->parent + 1];
		had[b->parent + 1] = true;
	}
	free(had);
}

void list_tree_make(struct list *l, const struct list_env *env)
{
	size_t n, *place;

	l->branch.n = 0;
	if (!l->ops->parent || l->sort >= 0 || !env->moment)
		return;
	place = places(l, env, &n);
	for (size_t at = 0; at < l->order.n; at++) {
		ptrdiff_t parent = parent_of(l, env, at, place, n);
		unsigned depth = parent < 0 || parent >= (ptrdiff_t)at
					 ? 0
					 : l->branch.item[parent].depth + 1;

		VEC_PUSH(&l->branch, (struct list_branch){depth ? parent : -1, depth, false});
	}
	free(place);
	mark_last(l);
}

/*
 * Levels that are drawn, the innermost ones: half of the cell is the text's. Where there are more,
 * their number stands in place of the outermost of these.
 */
static unsigned levels(const struct list *l, size_t at, int w)
{
	unsigned depth = at < l->branch.n ? l->branch.item[at].depth : 0;
	unsigned most = w > 0 ? (unsigned)w / (2 * STEP) : 0;

	return depth < most ? depth : most;
}

int list_tree_width(const struct list *l, size_t at, int w)
{
	return (int)levels(l, at, w) * STEP;
}

/* "+3", "12": so many levels are there for which there is no room. */
static void draw_more(struct canvas *c, int x, int y, unsigned more)
{
	char text[16];

	snprintf(text, sizeof text, more < 10 ? "+%u" : "%u", more);
	canvas_text(c, x, y, STEP, STYLE_DIM, more > MANY ? ">>" : text);
}

struct rect list_tree_draw(const struct list *l, struct canvas *c, struct rect cell, size_t at)
{
	unsigned n = levels(l, at, cell.w);
	const struct list_branch *b = n ? &l->branch.item[at] : NULL;
	unsigned more = n && b->depth > n ? b->depth - n : 0;
	int x = cell.x + (int)n * STEP;

	for (unsigned i = 0; i < n; i++, b = &l->branch.item[b->parent]) {
		x -= STEP;
		if (i == 0)
			canvas_text(c, x, cell.y, STEP, STYLE_DIM, b->last ? "└ " : "├ ");
		else
			canvas_text(c, x, cell.y, STEP, STYLE_DIM, b->last ? "  " : "│ ");
	}
	if (more)
		draw_more(c, cell.x, cell.y, more + 1);
	cell.x += (int)n * STEP;
	cell.w -= (int)n * STEP;
	return cell;
}
