/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns and order as a user wants them. */
#include <stdio.h>
#include <string.h>

#include "list_internal.h"
#include "twintop/base/setting.h"

/* What a column is called: its field's id without the kind before it; "" where it has none. */
static const char *name_of(const struct list *l, size_t column)
{
	const struct field *f = list_field(l, 0, column);
	const char *dot = f ? strchr(f->id, '.') : NULL;

	return !f ? "" : dot ? dot + 1 : f->id;
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
