/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_THEME_FILE_H
#define TWINTOP_DRAW_THEME_FILE_H

#include "twintop/draw/theme.h"

/*
 * What one line "key = value" of a theme's file says of it. Keys: base (a theme of the table: all
 * that the file does not say is as there, so it stands first), lecture (yes or no), paper and ink
 * (of pictures), and the roles as style_info names them, with hyphens for blanks. A role's value:
 * a colour, "on" and the colour behind it, and bold, dim, reverse, underline, of which each may be
 * missing. A colour: #rrggbb, default, or one of the sixteen such as red and bright-red; where
 * there are only sixteen, the nearest of them. NULL, or what is wrong, static, and nothing changed.
 */
const char *theme_set(struct theme *theme, struct text key, struct text value);
/* Whether it may be the name of a theme's file: letters, digits, '_', '-', '.', none of them first.
 */
bool theme_file_name(const char *name);

#endif
