/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/list.h"

#include <string.h>

#include "list_internal.h"
#include "twintop/draw/panes.h"

unsigned list_sides(const struct list *l, const struct list_env *env)
{
	unsigned sides = panes_sides(env->moment);

	return l->ops->one && sides > 1 ? 1 : sides;
}

const struct field *list_field(const struct list *l, unsigned side, size_t column)
{
	return side ? l->field_b[column] : l->field[column];
}

struct value list_value(const struct list *l, const struct list_env *env,
	const struct list_row *row, unsigned side, size_t column)
{
	const struct list_column *k = &l->ops->columns[column];
	struct record r = {env->moment, l->ops->kind, side, (size_t)row->index[side]};

	if (k->get)
		return k->get(env, row, side);
	if (list_field(l, side, column) && list_field(l, side, column)->get)
		return list_field(l, side, column)->get(&r);
	return value_unknown(VALUE_UINT, VALUE_NONE, "no such field");
}

/* The column that a hidden one's text is shown in where the own one does not apply; -1: none. */
static int hidden_column(const struct list *l, const char *id)
{
	for (size_t k = 0; id && k < l->ops->columns_n; k++)
		if (l->ops->columns[k].field && !strcmp(l->ops->columns[k].field, id))
			return l->column_w[k] ? -1 : (int)k;
	return -1;
}

static bool applies(const struct list *l, const struct list_env *env, const struct list_row *row,
	unsigned side, size_t column)
{
	return list_value(l, env, row, side, column).state != VALUE_NONE;
}

void list_text(const struct list *l, const struct list_env *env, const struct list_row *row,
	unsigned side, size_t column, struct textbuf *out)
{
	int other = env->lecture ? -1 : hidden_column(l, l->ops->columns[column].instead);
	struct value v;

	if (env->lecture && l->ops->columns[column].lecture.print) {
		l->ops->columns[column].lecture.print(env, row, side, out);
		return;
	}
	if (other >= 0 && !applies(l, env, row, side, column))
		column = (size_t)other;
	if (l->ops->columns[column].print) {
		l->ops->columns[column].print(env, row, side, out);
	} else if (l->field[column]) {
		v = list_value(l, env, row, side, column);
		field_format(list_field(l, side, column),
			record_host(&(const struct record){
				env->moment, list_field(l, side, column)->kind, side, 0}),
			&v, out);
	}
}

void list_text_plain(const struct list *l, const struct list_env *env, const struct list_row *row,
	unsigned side, size_t column, struct textbuf *out)
{
	struct list_env plain = *env;

	plain.lecture = false;
	list_text(l, &plain, row, side, column, out);
}

const char *list_dead_text(
	const struct list_env *env, const struct list_slot *slot, unsigned side, size_t column)
{
	return slot->dead[side][column * 2 + env->lecture];
}

enum list_life list_slot_life(
	const struct list *l, const struct list_env *env, const struct list_slot *slot)
{
	return l->ops->life && list_slot_lives(slot) ? l->ops->life(env, &slot->row) : LIST_LIVES;
}

struct list_row list_row_now(
	const struct list *l, const struct list_env *env, const struct list_slot *slot)
{
	struct list_row row = slot->row;

	if (l->ops->state && list_slot_lives(slot))
		row.state = l->ops->state(env, &row);
	return row;
}

struct list *list_new(const struct list_ops *ops)
{
	struct list *l = mem_alloc(sizeof *l);

	memset(l, 0, sizeof *l);
	l->ops = ops;
	if (ops->context_size)
		l->context = memset(mem_alloc(ops->context_size), 0, ops->context_size);
	for (size_t i = 0; i < ops->columns_n && i < LIST_COLUMNS_MAX; i++)
		l->field[i] = ops->columns[i].own ? ops->columns[i].own
						  : field_find(ops->columns[i].field);
	for (size_t i = 0; i < ops->columns_n && i < LIST_COLUMNS_MAX; i++)
		l->field_b[i] =
			ops->columns[i].field_b ? field_find(ops->columns[i].field_b) : l->field[i];
	l->column = -1;
	l->row_h = 1;
	l->sort = l->sorted = -1;
	return l;
}

void list_free(struct list *l)
{
	if (!l)
		return;
	list_forget(l);
	VEC_FREE(&l->slot);
	VEC_FREE(&l->order);
	VEC_FREE(&l->marked);
	VEC_FREE(&l->branch);
	arena_free(&l->arena);
	free(l->filter);
	free(l->context);
	free(l);
}

static bool same_text(const struct process_info *a, const struct process_info *b)
{
	return !a || !b || text_equal(a->exe, b->exe);
}

/* Whether the two moments speak of other processes, or of another program or past of one. */
static bool list_other_tasks(const struct moment *a, const struct moment *b)
{
	const struct snapshot *s = a->snapshot, *t = b->snapshot;

	for (unsigned i = 0; i < s->sides && i < t->sides; i++)
		if (s->side[i].id.pid != t->side[i].id.pid ||
			s->side[i].id.start_ticks != t->side[i].id.start_ticks ||
			!same_text(s->side[i].info, t->side[i].info))
			return true;
	/* What stands for another moment of A has not become what it is there. */
	if (pair_apart(a->pair) != pair_apart(b->pair) ||
		(pair_is_past(a->pair) && s->side[1].was_ns != t->side[1].was_ns))
		return true;
	return s->sides > t->sides;
}

static bool list_others(const struct list *l, const struct moment *now, const struct moment *before)
{
	return l->ops->other ? l->ops->other(now, before) : list_other_tasks(before, now);
}

void list_update(struct list *l, const struct list_env *env)
{
	struct list_row *rows = NULL;
	size_t n;
	bool same;

	if (!env->moment)
		return;
	if (l->moment && list_others(l, env->moment, l->moment))
		list_forget(l);
	same = l->moment && l->ops->same && l->ops->same(env->moment, l->moment);
	arena_free(&l->arena);
	if (!same) {
		n = l->ops->rows(env, &l->arena, &rows);
		list_merge(l, env, rows, n);
	}
	if (l->ops->prepare)
		l->ops->prepare(env, l->context);
	list_mark(l, env);
	list_follow_taste(l, env);
	list_arrange(l, env, same);
	moment_get(env->moment);
	moment_put(l->moment);
	l->moment = env->moment;
}

/* The row at a place of the order becomes the selected one. */
static void list_go(struct list *l, size_t at)
{
	const struct list_slot *s;

	if (!l->order.n)
		return;
	l->at = at < l->order.n ? at : l->order.n - 1;
	s = &l->slot.item[l->order.item[l->at]];
	l->selected = s->serial;
	memcpy(l->selected_id, s->row.id, sizeof l->selected_id);
}

static void list_column_step(struct list *l, int step)
{
	int n = (int)l->ops->columns_n, at = l->column;

	if (at < 0)
		at = step > 0 ? -1 : n;
	do
		at += step;
	while (at >= 0 && at < n && !l->column_w[at]);
	if (at >= 0 && at < n)
		l->column = at;
}

/* The column under the cursor, then the next ones in turn, then natural order again. */
static int list_next_sort(const struct list *l)
{
	int n = (int)l->ops->columns_n, next;

	if (l->column >= 0 && l->sort != l->column)
		return l->column;
	for (next = l->sort + 1; next < n && !l->column_w[next]; next++)
		;
	return next < n ? next : -1;
}

static bool list_step(struct list *l, enum action action)
{
	size_t page = l->body_h / l->row_h > 1 ? (size_t)(l->body_h / l->row_h) - 1 : 1;

	switch (action) {
	case ACTION_UP:
		list_go(l, l->at ? l->at - 1 : 0);
		return true;
	case ACTION_DOWN:
		list_go(l, l->at + 1);
		return true;
	case ACTION_PAGE_UP:
		list_go(l, l->at > page ? l->at - page : 0);
		return true;
	case ACTION_PAGE_DOWN:
		list_go(l, l->at + page);
		return true;
	case ACTION_HOME:
		list_go(l, 0);
		return true;
	case ACTION_END:
		list_go(l, SIZE_MAX);
		return true;
	default:
		return false;
	}
}

bool list_selected(const struct list *l, struct list_row *ret_row)
{
	if (!l->order.n)
		return false;
	*ret_row = l->slot.item[l->order.item[l->at]].row;
	return true;
}

/* A person selected the row that is selected now. */
static void list_tell(const struct list *l, const struct list_env *env)
{
	struct list_row row;

	if (l->ops->selected && list_selected(l, &row))
		l->ops->selected(env, &row);
}

static bool list_move(struct list *l, const struct list_env *env, enum action action)
{
	if (!list_step(l, action))
		return false;
	list_tell(l, env);
	return true;
}

bool list_act(struct list *l, const struct list_env *env, enum action action)
{
	bool dismissed;

	if (!env->moment)
		return false;
	if (!moment_same(env->moment, l->moment))
		list_update(l, env);
	switch (action) {
	case ACTION_LEFT:
	case ACTION_RIGHT:
		list_column_step(l, action == ACTION_RIGHT ? 1 : -1);
		return true;
	case ACTION_SORT:
		list_sort_by(l, env, list_next_sort(l));
		l->column = l->sort;
		list_keep_taste(l, env);
		list_tell(l, env);
		return true;
	case ACTION_SORT_REVERSE:
		l->reverse = !l->reverse;
		list_to_top(l, env);
		list_keep_taste(l, env);
		list_tell(l, env);
		return true;
	case ACTION_DIFFER:
		l->differ = !l->differ;
		list_arrange(l, env, false);
		return true;
	case ACTION_DISMISS:
		dismissed = list_dismiss(l, env);
		list_arrange(l, env, false);
		return dismissed;
	case ACTION_BACK:
		if (!l->filter)
			return false;
		list_filter(l, env, "");
		return true;
	default:
		return list_move(l, env, action);
	}
}

void list_click(struct list *l, const struct list_env *env, int x, int y)
{
	int row = y - l->body_y;

	if (!env->moment)
		return;
	if (!moment_same(env->moment, l->moment))
		list_update(l, env);
	if (row >= 0 && row < l->body_h && l->top + (size_t)(row / l->row_h) < l->order.n) {
		list_go(l, l->top + (size_t)(row / l->row_h));
		list_tell(l, env);
		return;
	}
	if (row != -1)
		return;
	for (unsigned side = 0; side < 2; side++)
		for (int k = 0; k < (int)l->ops->columns_n; k++) {
			int at = l->pane[side].x + l->column_x[k];

			if (l->pane[side].w > 0 && l->column_w[k] && x >= at &&
				x < at + l->column_w[k]) {
				if (l->sort == k)
					l->reverse = !l->reverse;
				list_sort_by(l, env, k);
				l->column = k;
				list_keep_taste(l, env);
				list_tell(l, env);
				return;
			}
		}
}

/* How the selected row and cell look. */
static void list_look(const struct list *l, const struct list_env *env, struct list_selection *ret)
{
	const struct list_slot *slot = &l->slot.item[l->order.item[l->at]];
	unsigned side = env->side < 2 && ret->has[env->side] ? env->side : ret->has[0] ? 0 : 1;

	ret->state = list_slot_lives(slot) ? list_row_now(l, env, slot).state : ROW_STATES;
	ret->glyph = list_row_glyph(l, env, slot);
	ret->style = l->column >= 0 && ret->has[side]
			     ? list_cell_style(l, env, slot, side, (size_t)l->column)
			     : STYLE_NORMAL;
}

bool list_selection(struct list *l, const struct list_env *env, struct list_selection *ret)
{
	struct list_row row;

	if (!moment_same(env->moment, l->moment))
		list_update(l, env);
	if (!env->moment || !list_selected(l, &row))
		return false;
	memset(ret, 0, sizeof *ret);
	for (unsigned side = 0; side < 2; side++)
		if (row.index[side] >= 0 &&
			(size_t)row.index[side] < record_count(env->moment, l->ops->kind, side)) {
			ret->has[side] = true;
			ret->record[side] = (struct record){
				env->moment, l->ops->kind, side, (size_t)row.index[side]};
		}
	if (l->column >= 0)
		ret->field = list_field(l, env->side, (size_t)l->column);
	list_look(l, env, ret);
	return true;
}

size_t list_shown(const struct list *l)
{
	return l->order.n;
}
