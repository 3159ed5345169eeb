/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_VIEW_LIST_H
#define TWINTOP_VIEW_LIST_H

#include "twintop/view/view.h"

/*
 * The one list widget: rows of A and B side by side under equal columns. It keeps the selection and
 * the order by row key, keeps rows that are gone (dimmed) until dismissed, marks values that changed
 * for three seconds, filters, searches and sorts. Views describe their rows and columns.
 */
struct list_row {
	uint64_t key;      /* identity of the row through time */
	ptrdiff_t index[2]; /* record index of each side; -1: none */
	enum row_state state;
	const char *note;  /* arena or static text behind the pair: "B wrote 3 pages"; NULL */
};

struct list_column {
	const char *field; /* id in the field table */
	unsigned char rank; /* 0 always shown; greater ones go first when the pane is narrow */
};

struct list_ops {
	enum record_kind kind;
	const struct list_column *columns;
	size_t columns_n;
	/* The rows of env->moment in their natural order, into rows (arena-owned). Returns how many. */
	size_t (*rows)(const struct view_env *env, struct arena *arena, struct list_row **ret_rows);
};

struct list;
struct list *list_new(const struct list_ops *ops);
void list_free(struct list *l);
void list_update(struct list *l, const struct view_env *env);
bool list_act(struct list *l, const struct view_env *env, enum action action);
void list_click(struct list *l, const struct view_env *env, int x, int y);
void list_draw(struct list *l, const struct view_env *env, struct canvas *c, struct rect area);
bool list_selection(struct list *l, const struct view_env *env, struct view_selection *ret);
void list_filter(struct list *l, const struct view_env *env, const char *text);
bool list_search(struct list *l, const struct view_env *env, const char *text, bool again);
/* Key of the selected row, false when the list is empty. */
bool list_selected_key(const struct list *l, uint64_t *ret_key);

#endif
