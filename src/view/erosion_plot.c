/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fork shared and is still shared, as a plot. */
#include <stdio.h>

#include "erosion_internal.h"
#include "twintop/compare/erosion.h"

#define SECOND_NS   1000000000u
#define AXIS_NS	    (10ull * SECOND_NS) /* it is no shorter */
#define FRESH_NS    (2ull * SECOND_NS)	/* what is known since then is of now */
#define SPARK_LEAST 6			/* columns */
#define SPARK_MOST  40

static const char *print(char out[UNITS_MAX], double value)
{
	snprintf(out, UNITS_MAX, "%.0f%%", value);
	return out;
}

/* What a look without any page of both tells is no share: a gap. */
static void add_points(struct erosion_plot *p, const struct series_point *point, size_t n)
{
	struct plot_line *line = &p->plot.line[0];
	bool gap = false;
	double share;

	for (size_t i = 0; i < n && line->n < SERIES_POINTS; i++) {
		const struct series_point *s = &point[i];
		bool known =
			erosion_share(s->value[EROSION_SHARED], s->value[EROSION_COPIED], &share);

		gap |= s->gap;
		if (known) {
			p->point[line->n] = (struct plot_point){
				s->from_ns, s->to_ns, 100 * share, gap && line->n > 0};
			line->n++;
		}
		gap = !known;
	}
}

static void name_end(struct erosion_plot *p, const struct view_env *env, uint64_t until_ns)
{
	uint64_t now_ns = env->moment->snapshot->monotonic_ns;
	uint64_t ns = now_ns > until_ns ? now_ns - until_ns : 0;
	char age[UNITS_MAX];

	if (ns > FRESH_NS)
		snprintf(p->until, sizeof p->until, "%s ago",
			units_time(age, ns / SECOND_NS * SECOND_NS));
	else
		snprintf(p->until, sizeof p->until, "%s", env->past ? "then" : "now");
}

void erosion_plot_set(struct erosion_plot *p, const struct view_env *env,
	const struct series_point *point, size_t n, uint64_t until_ns)
{
	struct plot_line *line = &p->plot.line[0];

	p->plot = (struct plot){.high = 100, .print = print, .until = p->until, .lines_n = 1};
	*line = (struct plot_line){.style = STYLE_COW, .point = p->point};
	add_points(p, point, n);
	if (line->n < 2) {
		p->plot.lines_n = 0;
		return;
	}
	if (until_ns > p->point[line->n - 1].to_ns &&
		p->point[line->n - 1].to_ns == point[n - 1].to_ns)
		p->point[line->n - 1].to_ns = until_ns;
	p->plot.to_ns = until_ns;
	p->plot.from_ns = p->point[0].from_ns;
	if (until_ns - p->plot.from_ns < AXIS_NS)
		p->plot.from_ns = until_ns > AXIS_NS ? until_ns - AXIS_NS : 0;
	name_end(p, env, until_ns);
}

void erosion_plot_fill(struct erosion_plot *p, const struct view_env *env)
{
	const struct moment *m = env->moment;

	p->plot.lines_n = 0;
	if (erosion_begun(m))
		erosion_plot_set(p, env, m->snapshot->erosion->point, m->snapshot->erosion->n,
			erosion_until_ns(m));
}

void erosion_plot_line(
	const struct erosion_plot *p, struct canvas *c, struct rect line, const char *text)
{
	int used = canvas_text(c, line.x, line.y, line.w, STYLE_NORMAL, text);
	int w = line.w - used - 2;

	w = w > SPARK_MOST ? SPARK_MOST : w;
	if (w >= SPARK_LEAST)
		plot_spark(&p->plot, c, (struct rect){line.x + used + 2, line.y, w, 1});
}
