/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many that wait for one lock: a line of each such lock, and how many did over time as a plot. */
#include <inttypes.h>

#include "twintop/base/units.h"
#include "twintop/draw/plot.h"
#include "twintop/model/symbol.h"
#include "waits_internal.h"

#define SECOND_NS  1000000000u
#define AXIS_LEAST (10u * (uint64_t)SECOND_NS)
#define AXIS_MOST  (60u * (uint64_t)SECOND_NS)

/* A lock, and how many wait for it. */
static const struct sheet_layout layout = {2, {24, 40}, {0, 0}, {24, 40}};

static unsigned side_of(const struct snapshot *s, const struct convoy *c)
{
	return s->sides == 2 && s->side[1].id.pid == c->pid;
}

/* The lock by its name, else its address. */
static void add_name(const struct snapshot *s, const struct convoy *c, struct textbuf *out)
{
	const struct symbol *symbol = symbol_list_find(s->side[side_of(s, c)].symbols, c->address);

	if (symbol && !symbol->gap)
		text_printable(out, symbol->label);
	else
		textbuf_addf(out, "0x%" PRIx64, c->address);
}

void waits_convoy_add(struct sheet *sheet, const struct snapshot *s, const struct convoy *c)
{
	struct sheet_line *line = sheet_add(sheet, &layout);
	struct textbuf name = {0}, length = {0};

	add_name(s, c, &name);
	convoy_print(c, s->monotonic_ns, &length);
	line->text[0] = arena_copy(&sheet->arena, name.bytes, name.len);
	line->style[0] = STYLE_STRONG;
	line->text[1] = arena_copy(&sheet->arena, length.bytes, length.len);
	line->explain = sheet_text(sheet,
		"So many threads of %c waited for %s at once: a lock that is held for long, or "
		"taken too often, makes threads wait in a row. Below, how many did from which "
		"time on, as far as twintop looked.",
		side_of(s, c) ? 'B' : 'A', wait_row(c->kind)->words);
	textbuf_free(&name);
	textbuf_free(&length);
}

const struct convoy *waits_convoy_find(const struct snapshot *s, pid_t pid, uint64_t address)
{
	for (size_t i = 0; s->convoys && i < s->convoys->n; i++)
		if (s->convoys->convoy[i].pid == pid && s->convoys->convoy[i].address == address)
			return &s->convoys->convoy[i];
	return NULL;
}

/* ---- the plot --------------------------------------------------------------------- */

#define ROWS	  6 /* its title, four, the axis */
#define ROWS_LEFT 8 /* so many stay for the lines above */

int waits_convoy_rows(int h)
{
	return h >= ROWS + ROWS_LEFT ? ROWS : 0;
}

static const char *print(char out[UNITS_MAX], double value)
{
	return units_count(out, (uint64_t)value);
}

/* Each length holds until the next one; the last one until now. */
static struct plot_point *points_of(const struct convoy *c, uint64_t now_ns)
{
	struct plot_point *point = mem_alloc((c->n + 1) * sizeof *point);

	for (size_t i = 0; i < c->n; i++)
		point[i] = (struct plot_point){.from_ns = c->point[i].ns,
			.to_ns = i + 1 < c->n ? c->point[i + 1].ns : now_ns,
			.value = c->point[i].length};
	return point;
}

static uint64_t axis_from(const struct convoy *c, uint64_t now_ns)
{
	uint64_t first = c->n ? c->point[0].ns : now_ns;
	uint64_t span = now_ns > first ? now_ns - first : 0;

	span = span < AXIS_LEAST ? AXIS_LEAST : span > AXIS_MOST ? AXIS_MOST : span;
	return now_ns > span ? now_ns - span : 0;
}

void waits_convoy_draw(
	const struct view_env *env, const struct convoy *c, struct canvas *canvas, struct rect area)
{
	const struct snapshot *s = env->moment->snapshot;
	uint64_t now_ns = s->monotonic_ns;
	struct plot_point *point = points_of(c, now_ns);
	const struct plot plot = {.from_ns = axis_from(c, now_ns),
		.to_ns = now_ns,
		.high = c->longest,
		.print = print,
		.until = env->past ? "then" : "now",
		.lines_n = 1,
		.line[0] = {.style = STYLE_WARN, .n = c->n, .point = point}};
	struct textbuf title = {0};

	textbuf_adds(&title, "threads that wait for ");
	add_name(s, c, &title);
	canvas_text(canvas, area.x, area.y, area.w, STYLE_TITLE, title.bytes);
	plot_draw(&plot, canvas, (struct rect){area.x, area.y + 1, area.w, area.h - 1});
	textbuf_free(&title);
	free(point);
}
