/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_THEME_H
#define TWINTOP_DRAW_THEME_H

#include <stddef.h>
#include <stdint.h>

#include "twintop/draw/canvas.h"

#define LOOK_BOLD      1u
#define LOOK_DIM       2u
#define LOOK_REVERSE   4u
#define LOOK_UNDERLINE 8u
#define COLOUR_DEFAULT (-1)

/* How a style looks at each depth of colour. */
struct look {
	int32_t rgb, rgb_back;   /* 0xrrggbb or COLOUR_DEFAULT: true colour, 256 (nearest), SVG */
	int8_t basic, basic_back; /* 0-15 or COLOUR_DEFAULT: 8 and 16 colours */
	uint8_t attributes;      /* LOOK_* */
	uint8_t mono;            /* LOOK_* where there is no colour */
};

struct theme {
	const char *name;        /* "dark" */
	bool lecture;            /* begins in lecture mode */
	int32_t paper, ink;      /* 0xrrggbb: background and text of SVG pictures */
	struct look look[STYLES];
};
/* dark, light, projector, projector-dark, mono; colour-blind-safe. */
extern const struct theme theme_table[];
extern const size_t theme_table_n;
const struct theme *theme_find(const char *name); /* NULL: no such theme */

#endif
