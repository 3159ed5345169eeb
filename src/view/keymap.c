/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/view/keymap.h"

const struct action_row *keymap_find(
	const struct action_row *row, size_t n, uint32_t key, enum action_scope scope)
{
	for (size_t i = 0; key && i < n; i++)
		for (size_t k = 0; row[i].scope == scope && k < ACTION_KEYS; k++)
			if (row[i].keys[k] == key)
				return &row[i];
	return NULL;
}
