/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_EROSION_INTERNAL_H
#define TWINTOP_EROSION_INTERNAL_H

#include "twintop/draw/plot.h"
#include "twintop/model/erosion.h"
#include "twintop/view/view.h"

/* The still shared share over time, ready to be drawn. */
struct erosion_plot {
	struct plot plot;
	struct plot_point point[SERIES_POINTS];
	char until[UNITS_MAX + 8];
};

/* That of the pair; without a line where nothing is known of it, or nothing else than at first:
 * what stands still is not drawn again as time goes by. */
void erosion_plot_fill(struct erosion_plot *p, const struct view_env *env);
/* Of any series of erosion, the last point of which stood until then. */
void erosion_plot_set(struct erosion_plot *p, const struct view_env *env,
	const struct series_point *point, size_t n, uint64_t until_ns);
/* One line of text, with the columns behind it where there is room. */
void erosion_plot_line(
	const struct erosion_plot *p, struct canvas *c, struct rect line, const char *text);

#endif
