/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SCREEN_SVG_H
#define TWINTOP_SCREEN_SVG_H

#include "twintop/draw/theme.h"

/*
 * The canvas as a stand-alone SVG picture, appended to out; title and description (UTF-8 of whatever
 * content) are for who hears it or points at it.
 */
void svg_write(const struct canvas *c, const struct theme *theme, const char *title,
	const char *description, struct textbuf *out);

#endif
