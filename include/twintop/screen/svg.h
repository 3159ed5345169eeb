/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SCREEN_SVG_H
#define TWINTOP_SCREEN_SVG_H

#include "twintop/draw/theme.h"

/* The canvas as a stand-alone SVG picture, appended to out. */
void svg_write(const struct canvas *c, const struct theme *theme, struct textbuf *out);

#endif
