/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/symbol.h"

static const struct {
	enum value_state state;
	const char *reason;
} gap_table[SYMBOL_GAPS] = {
#define SYMBOL_GAP(NAME, STATE, reason) [SYMBOL_##NAME] = {VALUE_##STATE, reason},
#include "twintop/model/symbol_gap_rows.h"
};

enum value_state symbol_gap_state(enum symbol_gap gap)
{
	return gap_table[gap].state;
}

const char *symbol_gap_reason(enum symbol_gap gap)
{
	return gap_table[gap].reason;
}

const struct symbol *symbol_list_find(const struct symbol_list *list, uint64_t address)
{
	size_t low = 0, high = list ? list->n : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->symbol[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return list && low < list->n && list->symbol[low].address == address ? &list->symbol[low]
									     : NULL;
}
