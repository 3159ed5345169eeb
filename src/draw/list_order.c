/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "list_internal.h"

/* Old filter verdicts that one update looks at again: bounds what 30,000 rows cost. */
#define LIST_REFILTER 2000

static bool text_holds(const char *hay, const char *needle)
{
	return hay && strcasestr(hay, needle);
}

/* What a cell shows, and what it would show out of lecture mode: a step points at an address. */
static void add_cell(const struct list *l, const struct list_env *env, const struct list_slot *slot,
	unsigned side, size_t k, struct textbuf *out)
{
	if (slot->row.index[side] < 0) {
		textbuf_adds(out, slot->dead[side] ? list_dead_text(env, slot, side, k) : "");
		return;
	}
	list_text_plain(l, env, &slot->row, side, k, out);
	if (!env->lecture)
		return;
	textbuf_adds(out, "\n");
	list_text(l, env, &slot->row, side, k, out);
}

/*
 * Whether any cell of either side, or the note, holds text, whatever the case. Numbers that move
 * all the time are nothing to look for.
 */
static bool slot_holds(const struct list *l, const struct list_env *env,
	const struct list_slot *slot, const char *text, struct textbuf *b)
{
	struct list_row row;

	for (unsigned side = 0; side < 2; side++)
		for (size_t k = 0; k < l->ops->columns_n; k++) {
			if (l->ops->columns[k].flags & LIST_QUIET)
				continue;
			textbuf_clear(b);
			add_cell(l, env, slot, side, k, b);
			if (text_holds(b->bytes, text))
				return true;
		}
	if (!l->ops->note || !list_slot_lives(slot))
		return false;
	textbuf_clear(b);
	row = list_row_now(l, env, slot);
	l->ops->note(env, &row, b);
	return text_holds(b->bytes, text);
}

static void list_judge(struct list *l, const struct list_env *env)
{
	struct textbuf b = {0};
	size_t n = l->slot.n, from = l->filter_next < n ? l->filter_next : 0;

	for (size_t i = 0; i < n; i++) {
		struct list_slot *s = &l->slot.item[i];

		if (s->matches_known && (i + n - from) % n >= LIST_REFILTER)
			continue;
		s->matches = slot_holds(l, env, s, l->filter, &b);
		s->matches_known = true;
	}
	l->filter_next = from + LIST_REFILTER;
	textbuf_free(&b);
}

/* What the sort compares; ties keep natural order. */
struct sort_item {
	struct value v;
	uint32_t slot;
	bool known;
};

static int sort_compare(const void *a, const void *b, void *list)
{
	const struct sort_item *p = a, *q = b;
	const struct list *l = list;
	int order;

	if (p->known != q->known)
		return p->known ? -1 : 1;
	order = p->known ? value_compare(&p->v, &q->v) : 0;
	if (order)
		return l->reverse ? -order : order;
	return p->slot < q->slot ? -1 : p->slot > q->slot;
}

static void merge_sorted(const struct sort_item *a, size_t n, const struct sort_item *b, size_t m,
	struct list *l, struct sort_item *out)
{
	size_t i = 0, k = 0;

	while (i < n || k < m) {
		bool first = k == m || (i < n && sort_compare(&a[i], &b[k], l) <= 0);

		*out++ = first ? a[i++] : b[k++];
	}
}

/*
 * Most are in order since the last time: whoever stands wrong beside its neighbour is taken out
 * with it, and these are sorted and merged into the rest.
 */
static void sort_items(struct list *l, struct sort_item *item, size_t n)
{
	struct sort_item *run = mem_alloc((n + 1) * sizeof *run);
	struct sort_item *out = mem_alloc((n + 1) * sizeof *out);
	size_t runs = 0, outs = 0;

	for (size_t i = 0; i < n; i++)
		if (!runs || sort_compare(&run[runs - 1], &item[i], l) <= 0) {
			run[runs++] = item[i];
		} else {
			out[outs++] = run[--runs];
			out[outs++] = item[i];
		}
	qsort_r(out, outs, sizeof *out, sort_compare, l);
	merge_sorted(run, runs, out, outs, l, item);
	free(run);
	free(out);
}

static void list_sort(struct list *l, const struct list_env *env)
{
	struct sort_item *item = mem_alloc((l->order.n + 1) * sizeof *item);

	for (size_t i = 0; i < l->order.n; i++) {
		const struct list_row *row = &l->slot.item[l->order.item[i]].row;
		unsigned side = env->sort_side < 2 ? env->sort_side : 0;

		memset(&item[i], 0, sizeof item[i]);
		item[i].slot = l->order.item[i];
		if (row->index[side] < 0)
			side = 1 - side;
		if (row->index[side] < 0)
			continue;
		item[i].v = list_value(l, env, row, side, (size_t)l->sort);
		item[i].known = value_state_has_value(item[i].v.state);
	}
	sort_items(l, item, l->order.n);
	for (size_t i = 0; i < l->order.n; i++)
		l->order.item[i] = item[i].slot;
	free(item);
}

/* Finds the selection again: by serial, else by identity, else what stands in its place. */
static void list_reselect(struct list *l)
{
	size_t found = SIZE_MAX, kin = SIZE_MAX, before = l->at;
	const struct list_slot *s;

	if (!l->order.n) {
		l->at = l->top = 0;
		return;
	}
	for (size_t i = 0; i < l->order.n && found == SIZE_MAX; i++) {
		s = &l->slot.item[l->order.item[i]];
		if (s->serial == l->selected)
			found = i;
		else if (l->selected && kin == SIZE_MAX &&
			 ((s->row.index[0] >= 0 && s->row.id[0] == l->selected_id[0]) ||
				 (s->row.index[1] >= 0 && s->row.id[1] == l->selected_id[1])))
			kin = i;
	}
	if (found == SIZE_MAX)
		found = kin != SIZE_MAX ? kin : l->at < l->order.n ? l->at : l->order.n - 1;
	/* The selected row keeps its place on the screen. */
	l->at = found;
	l->top = l->top + found > before ? l->top + found - before : 0;
	s = &l->slot.item[l->order.item[found]];
	l->selected = s->serial;
	memcpy(l->selected_id, s->row.id, sizeof l->selected_id);
}

/* Whether a slot is shown: what died stays, for it is no more the same on both sides. */
static bool slot_passes(const struct list *l, const struct list_env *env, const struct list_slot *s)
{
	if (s->dismissed || (l->filter && !s->matches))
		return false;
	return !l->differ || !env->moment || !list_slot_lives(s) || s->dead[0] || s->dead[1] ||
	       list_row_now(l, env, s).state != ROW_SAME;
}

static void list_choose(struct list *l, const struct list_env *env)
{
	l->order.n = 0;
	VEC_RESERVE(&l->order, l->slot.n);
	for (size_t i = 0; i < l->slot.n; i++)
		if (slot_passes(l, env, &l->slot.item[i]))
			VEC_PUSH(&l->order, (uint32_t)i);
}

void list_arrange(struct list *l, const struct list_env *env, bool same)
{
	bool kept = same && !l->filter && !l->differ && l->order.n == l->slot.n;

	if (kept && l->sort < 0 && l->sorted < 0)
		return;
	if (l->filter && l->slot.n && env->moment)
		list_judge(l, env);
	if (!kept || l->sort != l->sorted)
		list_choose(l, env);
	l->sorted = l->sort;
	if (l->sort >= 0 && env->moment)
		list_sort(l, env);
	list_reselect(l);
}

void list_to_top(struct list *l, const struct list_env *env)
{
	l->selected = 0;
	l->at = l->top = 0;
	list_arrange(l, env, true);
}

/* Amounts are looked at from the greatest down, names and addresses upwards. */
static bool unit_falls(enum unit unit)
{
	return unit == UNIT_COUNT || unit == UNIT_BYTES || unit == UNIT_PAGES || unit == UNIT_NS ||
	       unit == UNIT_TICKS || unit == UNIT_PERCENT || unit == UNIT_RATE;
}

void list_sort_by(struct list *l, const struct list_env *env, int column)
{
	if (column != l->sort)
		l->reverse = column >= 0 && l->field[column] && unit_falls(l->field[column]->unit);
	l->sort = column;
	list_to_top(l, env);
}

void list_filter(struct list *l, const struct list_env *env, const char *text)
{
	if (!moment_same(env->moment, l->moment))
		list_update(l, env);
	free(l->filter);
	l->filter = text && *text ? mem_copy(text) : NULL;
	l->filter_next = 0;
	for (size_t i = 0; i < l->slot.n; i++)
		l->slot.item[i].matches_known = false;
	list_arrange(l, env, false);
}

bool list_search(struct list *l, const struct list_env *env, const char *text, bool again)
{
	struct textbuf b = {0};
	bool found = false;

	if (!moment_same(env->moment, l->moment))
		list_update(l, env);
	for (size_t i = 0; i < l->order.n && !found && text && *text && env->moment; i++) {
		size_t at = (l->at + i + (again ? 1 : 0)) % l->order.n;
		const struct list_slot *s = &l->slot.item[l->order.item[at]];

		found = slot_holds(l, env, s, text, &b);
		if (found) {
			l->at = at;
			l->selected = s->serial;
			memcpy(l->selected_id, s->row.id, sizeof l->selected_id);
		}
	}
	textbuf_free(&b);
	return found;
}
