/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/theme.h"

#include <string.h>

/*
 * Hues after Okabe and Ito, which stay apart for colour-blind eyes: A is blue, B orange, shared
 * green, diverged yellow, shared memory purple, trouble vermilion. Light themes take darker ones of
 * the same hue, for contrast on paper.
 */
#define DEF COLOUR_DEFAULT

/* clang-format off */
const struct theme theme_table[] = {
	{
		"dark", false, 0x14181c, 0xd8d8d8,
		{
			[STYLE_NORMAL] = { DEF, DEF, DEF, DEF, 0, 0 },
			[STYLE_DIM] = { 0x8a8a8a, DEF, 8, DEF, 0, LOOK_DIM },
			[STYLE_STRONG] = { 0xffffff, DEF, 15, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_TITLE] = { 0xb0b8c0, DEF, 7, DEF, LOOK_BOLD, LOOK_UNDERLINE },
			[STYLE_SELECTED] = { 0xffffff, 0x2f5680, 15, 4, 0, LOOK_REVERSE },
			[STYLE_TAB] = { 0xa8a8a8, DEF, 7, DEF, 0, 0 },
			[STYLE_TAB_ACTIVE] = { 0x000000, 0x56b4e9, 0, 6, LOOK_BOLD, LOOK_REVERSE },
			[STYLE_KEY] = { 0xf0e442, DEF, 11, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_SIDE_A] = { 0x56b4e9, DEF, 12, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_SIDE_B] = { 0xe69f00, DEF, 3, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_SAME] = { 0x2fbf92, DEF, 2, DEF, 0, 0 },
			[STYLE_ONLY_A] = { 0x56b4e9, DEF, 12, DEF, 0, 0 },
			[STYLE_ONLY_B] = { 0xe69f00, DEF, 3, DEF, 0, 0 },
			[STYLE_DIVERGED] = { 0xf0e442, DEF, 11, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_CHANGED] = { 0x000000, 0xf0e442, 0, 3, LOOK_BOLD, LOOK_BOLD | LOOK_REVERSE },
			[STYLE_COW] = { 0x2fbf92, DEF, 2, DEF, 0, 0 },
			[STYLE_COPIED] = { 0xf0e442, DEF, 11, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_COPIED_A] = { 0x56b4e9, DEF, 12, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_COPIED_B] = { 0xe69f00, DEF, 3, DEF, LOOK_BOLD, LOOK_UNDERLINE },
			[STYLE_FILE] = { 0x9fb4c8, DEF, 6, DEF, 0, 0 },
			[STYLE_SHM] = { 0xcc79a7, DEF, 5, DEF, 0, 0 },
			[STYLE_ZERO] = { 0x8a8a8a, DEF, 8, DEF, 0, LOOK_DIM },
			[STYLE_SWAPPED] = { 0xff7f3f, DEF, 9, DEF, 0, 0 },
			[STYLE_RELEASED] = { 0x8a8a8a, DEF, 8, DEF, LOOK_UNDERLINE, LOOK_DIM },
			[STYLE_GOOD] = { 0x2fbf92, DEF, 2, DEF, 0, 0 },
			[STYLE_WARN] = { 0xf0e442, DEF, 11, DEF, 0, LOOK_BOLD },
			[STYLE_BAD] = { 0xff7f3f, DEF, 9, DEF, LOOK_BOLD, LOOK_BOLD | LOOK_REVERSE },
			[STYLE_CONSOLE] = { 0xd0d0c0, DEF, 7, DEF, 0, 0 },
		},
	},
	{
		"light", false, 0xffffff, 0x101010,
		{
			[STYLE_NORMAL] = { DEF, DEF, DEF, DEF, 0, 0 },
			[STYLE_DIM] = { 0x6a6a6a, DEF, 8, DEF, 0, LOOK_DIM },
			[STYLE_STRONG] = { 0x000000, DEF, 0, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_TITLE] = { 0x30404f, DEF, 0, DEF, LOOK_BOLD, LOOK_UNDERLINE },
			[STYLE_SELECTED] = { 0x000000, 0xb8d8f0, 0, 6, 0, LOOK_REVERSE },
			[STYLE_TAB] = { 0x505050, DEF, 8, DEF, 0, 0 },
			[STYLE_TAB_ACTIVE] = { 0xffffff, 0x0072b2, 15, 4, LOOK_BOLD, LOOK_REVERSE },
			[STYLE_KEY] = { 0x8a3c00, DEF, 1, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_SIDE_A] = { 0x0063a0, DEF, 4, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_SIDE_B] = { 0xa04a00, DEF, 1, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_SAME] = { 0x00734f, DEF, 2, DEF, 0, 0 },
			[STYLE_ONLY_A] = { 0x0063a0, DEF, 4, DEF, 0, 0 },
			[STYLE_ONLY_B] = { 0xa04a00, DEF, 1, DEF, 0, 0 },
			[STYLE_DIVERGED] = { 0x7a6000, DEF, 5, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_CHANGED] = { 0x000000, 0xf0e442, 0, 3, LOOK_BOLD, LOOK_BOLD | LOOK_REVERSE },
			[STYLE_COW] = { 0x00734f, DEF, 2, DEF, 0, 0 },
			[STYLE_COPIED] = { 0x7a6000, DEF, 5, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_COPIED_A] = { 0x0063a0, DEF, 4, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_COPIED_B] = { 0xa04a00, DEF, 1, DEF, LOOK_BOLD, LOOK_UNDERLINE },
			[STYLE_FILE] = { 0x48607a, DEF, 6, DEF, 0, 0 },
			[STYLE_SHM] = { 0x9a3f72, DEF, 5, DEF, 0, 0 },
			[STYLE_ZERO] = { 0x6a6a6a, DEF, 8, DEF, 0, LOOK_DIM },
			[STYLE_SWAPPED] = { 0xb04000, DEF, 1, DEF, 0, 0 },
			[STYLE_RELEASED] = { 0x6a6a6a, DEF, 8, DEF, LOOK_UNDERLINE, LOOK_DIM },
			[STYLE_GOOD] = { 0x00734f, DEF, 2, DEF, 0, 0 },
			[STYLE_WARN] = { 0x7a6000, DEF, 5, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_BAD] = { 0xb04000, DEF, 1, DEF, LOOK_BOLD, LOOK_BOLD | LOOK_REVERSE },
			[STYLE_CONSOLE] = { 0x303030, DEF, 0, DEF, 0, 0 },
		},
	},
	{
		"projector", true, 0xffffff, 0x000000,
		{
			[STYLE_NORMAL] = { 0x000000, 0xffffff, 0, 15, 0, 0 },
			[STYLE_DIM] = { 0x303030, 0xffffff, 0, 15, 0, 0 },
			[STYLE_STRONG] = { 0x000000, 0xffffff, 0, 15, LOOK_BOLD, LOOK_BOLD },
			[STYLE_TITLE] = { 0x30404f, 0xffffff, 0, 15, LOOK_BOLD, LOOK_UNDERLINE },
			[STYLE_SELECTED] = { 0xffffff, 0x00406a, 15, 4, LOOK_BOLD, LOOK_REVERSE },
			[STYLE_TAB] = { 0x202020, 0xffffff, 0, 15, LOOK_BOLD, 0 },
			[STYLE_TAB_ACTIVE] = { 0xffffff, 0x0072b2, 15, 4, LOOK_BOLD, LOOK_REVERSE },
			[STYLE_KEY] = { 0x8a3c00, 0xffffff, 1, 15, LOOK_BOLD, LOOK_BOLD },
			[STYLE_SIDE_A] = { 0x0063a0, 0xffffff, 4, 15, LOOK_BOLD, LOOK_BOLD },
			[STYLE_SIDE_B] = { 0xa04a00, 0xffffff, 1, 15, LOOK_BOLD, LOOK_BOLD },
			[STYLE_SAME] = { 0x00734f, 0xffffff, 2, 15, LOOK_BOLD, 0 },
			[STYLE_ONLY_A] = { 0x0063a0, 0xffffff, 4, 15, LOOK_BOLD, 0 },
			[STYLE_ONLY_B] = { 0xa04a00, 0xffffff, 1, 15, LOOK_BOLD, 0 },
			[STYLE_DIVERGED] = { 0x7a6000, 0xffffff, 5, 15, LOOK_BOLD, LOOK_BOLD },
			[STYLE_CHANGED] = { 0x000000, 0xf0e442, 0, 3, LOOK_BOLD, LOOK_BOLD | LOOK_REVERSE },
			[STYLE_COW] = { 0x00734f, 0xffffff, 2, 15, LOOK_BOLD, 0 },
			[STYLE_COPIED] = { 0x7a6000, 0xffffff, 5, 15, LOOK_BOLD, LOOK_BOLD },
			[STYLE_COPIED_A] = { 0x0063a0, 0xffffff, 4, 15, LOOK_BOLD, LOOK_BOLD },
			[STYLE_COPIED_B] = { 0xa04a00, 0xffffff, 1, 15, LOOK_BOLD, LOOK_UNDERLINE },
			[STYLE_FILE] = { 0x48607a, 0xffffff, 6, 15, LOOK_BOLD, 0 },
			[STYLE_SHM] = { 0x9a3f72, 0xffffff, 5, 15, LOOK_BOLD, 0 },
			[STYLE_ZERO] = { 0x303030, 0xffffff, 0, 15, 0, 0 },
			[STYLE_SWAPPED] = { 0xb04000, 0xffffff, 1, 15, LOOK_BOLD, 0 },
			[STYLE_RELEASED] = { 0x303030, 0xffffff, 0, 15, LOOK_UNDERLINE, 0 },
			[STYLE_GOOD] = { 0x00734f, 0xffffff, 2, 15, LOOK_BOLD, 0 },
			[STYLE_WARN] = { 0x7a6000, 0xffffff, 5, 15, LOOK_BOLD, LOOK_BOLD },
			[STYLE_BAD] = { 0xb04000, 0xffffff, 1, 15, LOOK_BOLD, LOOK_BOLD | LOOK_REVERSE },
			[STYLE_CONSOLE] = { 0x000000, 0xffffff, 0, 15, 0, 0 },
		},
	},
	{
		"mono", false, 0xffffff, 0x000000,
		{
			[STYLE_NORMAL] = { DEF, DEF, DEF, DEF, 0, 0 },
			[STYLE_DIM] = { DEF, DEF, DEF, DEF, LOOK_DIM, LOOK_DIM },
			[STYLE_STRONG] = { DEF, DEF, DEF, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_TITLE] = { DEF, DEF, DEF, DEF, LOOK_UNDERLINE, LOOK_UNDERLINE },
			[STYLE_SELECTED] = { DEF, DEF, DEF, DEF, LOOK_REVERSE, LOOK_REVERSE },
			[STYLE_TAB] = { DEF, DEF, DEF, DEF, 0, 0 },
			[STYLE_TAB_ACTIVE] = { DEF, DEF, DEF, DEF, LOOK_REVERSE, LOOK_REVERSE },
			[STYLE_KEY] = { DEF, DEF, DEF, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_SIDE_A] = { DEF, DEF, DEF, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_SIDE_B] = { DEF, DEF, DEF, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_SAME] = { DEF, DEF, DEF, DEF, 0, 0 },
			[STYLE_ONLY_A] = { DEF, DEF, DEF, DEF, 0, 0 },
			[STYLE_ONLY_B] = { DEF, DEF, DEF, DEF, 0, 0 },
			[STYLE_DIVERGED] = { DEF, DEF, DEF, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_CHANGED] = { DEF, DEF, DEF, DEF, LOOK_BOLD | LOOK_REVERSE, LOOK_BOLD | LOOK_REVERSE },
			[STYLE_COW] = { DEF, DEF, DEF, DEF, 0, 0 },
			[STYLE_COPIED] = { DEF, DEF, DEF, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_COPIED_A] = { DEF, DEF, DEF, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_COPIED_B] = { DEF, DEF, DEF, DEF, LOOK_UNDERLINE, LOOK_UNDERLINE },
			[STYLE_FILE] = { DEF, DEF, DEF, DEF, 0, 0 },
			[STYLE_SHM] = { DEF, DEF, DEF, DEF, 0, 0 },
			[STYLE_ZERO] = { DEF, DEF, DEF, DEF, LOOK_DIM, LOOK_DIM },
			[STYLE_SWAPPED] = { DEF, DEF, DEF, DEF, 0, 0 },
			[STYLE_RELEASED] = { DEF, DEF, DEF, DEF, LOOK_DIM, LOOK_DIM },
			[STYLE_GOOD] = { DEF, DEF, DEF, DEF, 0, 0 },
			[STYLE_WARN] = { DEF, DEF, DEF, DEF, LOOK_BOLD, LOOK_BOLD },
			[STYLE_BAD] = { DEF, DEF, DEF, DEF, LOOK_BOLD | LOOK_REVERSE, LOOK_BOLD | LOOK_REVERSE },
			[STYLE_CONSOLE] = { DEF, DEF, DEF, DEF, 0, 0 },
		},
	},
};
/* clang-format on */
const size_t theme_table_n = sizeof theme_table / sizeof *theme_table;

const struct theme *theme_find(const char *name)
{
	for (size_t i = 0; i < theme_table_n; i++)
		if (!strcmp(theme_table[i].name, name))
			return &theme_table[i];
	return NULL;
}
