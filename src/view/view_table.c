/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "twintop/view/view.h"

/* In the order of the tabs: one row a view, X(memory) for the view_memory of its file. */
#define VIEWS(X)                                                                                   \
	X(overview)                                                                                \
	X(threads)                                                                                 \
	X(stacks)                                                                                  \
	X(memory)                                                                                  \
	X(pages)                                                                                   \
	X(sharing)                                                                                 \
	X(files)                                                                                   \
	X(signals)                                                                                 \
	X(family)                                                                                  \
	X(house)                                                                                   \
	X(writers)

#define DECLARE(name) extern const struct view_ops view_##name;
#define ROW(name)     &view_##name,

VIEWS(DECLARE)

const struct view_ops *const view_table[] = {VIEWS(ROW)};
const size_t view_table_n = sizeof view_table / sizeof *view_table;

const struct view_ops *view_find(const char *id)
{
	for (size_t i = 0; i < view_table_n; i++)
		if (!strcmp(view_table[i]->id, id))
			return view_table[i];
	return NULL;
}
