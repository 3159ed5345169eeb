/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How what a fork shared is copied as time goes by: a line of the overview, and the plot below. */
#include <string.h>

#include "overview_internal.h"
#include "twintop/compare/erosion.h"

#define PLOT_LEAST 3 /* rows with the axis */
#define LECTURE_FROM                                                                               \
	12 /* lines of a view that has one in lecture mode, whatever goes out of sight */

int overview_plot_rows(const struct view_env *env, int h)
{
	const struct overview without = {.plot_h = 0};
	int rows = (h - (int)overview_rows_n(&without, env)) / 2;

	if (rows > OVERVIEW_PLOT_ROWS)
		return OVERVIEW_PLOT_ROWS;
	if (rows >= PLOT_LEAST)
		return rows;
	return env->lecture && h >= LECTURE_FROM ? PLOT_LEAST : 0;
}

/* The same in fewer words, where there is no room for more: what comes last is what one asks. */
static void say_less(struct textbuf *text)
{
	static const struct {
		const char *more, *less;
	} word[] = {{"at least ", "≥"}, {" once shared", " shared"}};

	for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
		const char *at = text->len ? strstr(text->bytes, word[i].more) : NULL;
		struct textbuf less = {0};

		if (!at)
			continue;
		textbuf_addf(&less, "%.*s%s%s", (int)(at - text->bytes), text->bytes, word[i].less,
			at + strlen(word[i].more));
		textbuf_free(text);
		*text = less;
	}
}

void overview_erosion_line(const struct overview *o, const struct view_env *env, struct canvas *c,
	struct rect line, int what)
{
	struct textbuf text = {0};

	(void)what;
	erosion_tell(env->moment, &text);
	if (canvas_width(c, text.len ? text.bytes : "") > line.w)
		say_less(&text);
	if (o->plot_h)
		canvas_text(c, line.x, line.y, line.w, STYLE_NORMAL, text.bytes);
	else
		erosion_plot_line(&o->erosion, c, line, text.bytes);
	textbuf_free(&text);
}

void overview_erosion_plot(const struct overview *o, const struct view_env *env, struct canvas *c,
	struct rect line, int what)
{
	(void)env;
	plot_draw_row(&o->erosion.plot, c, (struct rect){line.x, 0, line.w, o->plot_h}, what, line);
}
