/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_LIST_VIEW_INTERNAL_H
#define TWINTOP_LIST_VIEW_INTERNAL_H

#include "twintop/draw/list.h"
#include "twintop/view/view.h"

/* The ops of a view that is one list and nothing else; its create is list_new of its list_ops. */
void list_view_destroy(void *view);
void list_view_update(void *view, const struct view_env *env);
bool list_view_act(void *view, const struct view_env *env, enum action action);
void list_view_click(void *view, const struct view_env *env, int x, int y);
void list_view_draw(void *view, const struct view_env *env, struct canvas *c, struct rect area);
bool list_view_selection(void *view, const struct view_env *env, struct view_selection *ret);
void list_view_filter(void *view, const struct view_env *env, const char *text);
bool list_view_search(void *view, const struct view_env *env, const char *text, bool again);
#define LIST_VIEW_OPS                                                                              \
	.destroy = list_view_destroy, .update = list_view_update, .act = list_view_act,            \
	.click = list_view_click, .draw = list_view_draw, .selection = list_view_selection,        \
	.filter = list_view_filter, .search = list_view_search

/* The world of the view whose list calls its ops. */
const struct view_env *list_view_env(const struct list_env *env);

#endif
