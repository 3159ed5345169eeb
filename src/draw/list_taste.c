/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns and order as a user wants them. */
#include <stdio.h>
#include <string.h>

#include "list_internal.h"
#include "twintop/base/setting.h"

const char *list_column_name(const struct list_column *column)
{
	const char *id = column->own ? column->own->id : column->field;
	const char *dot = id ? strchr(id, '.') : NULL;

	return !id ? "" : dot ? dot + 1 : id;
}

static const char *name_of(const struct list *l, size_t column)
{
	return list_column_name(&l->ops->columns[column]);
}

bool list_unwanted(const struct list *l, const struct list_env *env, size_t column)
{
	const char *columns = env->taste ? env->taste->columns : NULL;
	struct text word, name = text_of(name_of(l, column));
	struct scan s;

	if (!columns || !name.len)
		return false;
	s = scan_of(columns, strlen(columns));
	while (setting_word(&s, &word))
		if (text_equal(word, name))
			return false;
	return true;
}

void list_follow_taste(struct list *l, const struct list_env *env)
{
	const struct list_taste *t = env->taste;

	if (l->tasted || !t)
		return;
	l->tasted = true;
	for (size_t k = 0; *t->sort && k < l->ops->columns_n; k++)
		if (!strcmp(t->sort, name_of(l, k))) {
			l->sort = (int)k;
			l->reverse = t->reverse;
			return;
		}
}

void list_keep_taste(const struct list *l, const struct list_env *env)
{
	if (!env->taste)
		return;
	snprintf(env->taste->sort, sizeof env->taste->sort, "%s",
		l->sort < 0 ? "" : name_of(l, (size_t)l->sort));
	env->taste->reverse = l->reverse;
}
