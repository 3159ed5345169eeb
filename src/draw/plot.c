/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/plot.h"

#include <stdio.h>
#include <string.h>

#define LEVELS	    8 /* of a block */
#define LABEL_LEAST 4 /* columns beside the axis */
#define LABEL_MOST  12
#define NARROW	    24 /* columns without labels */

/* ---- values -------------------------------------------------------------------- */

/* Index of the first point that ends at ns or later; n: there is none. */
static size_t first_after(const struct plot_line *line, uint64_t ns)
{
	size_t low = 0, high = line->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (line->point[mid].to_ns < ns)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool plot_value(const struct plot_line *line, uint64_t ns, double *ret_value)
{
	size_t i = first_after(line, ns);
	const struct plot_point *next = line->point + i, *before;

	if (i == line->n)
		return false;
	if (next->from_ns <= ns) {
		*ret_value = next->value;
		return true;
	}
	if (!i || next->gap)
		return false;
	before = next - 1;
	*ret_value = before->value + (next->value - before->value) * (double)(ns - before->to_ns) /
					     (double)(next->from_ns - before->to_ns);
	return true;
}

bool plot_range(const struct plot_line *line, uint64_t from_ns, uint64_t to_ns, double *ret_least,
	double *ret_most)
{
	bool some = false;

	for (size_t i = first_after(line, from_ns); i < line->n; i++) {
		const struct plot_point *p = &line->point[i];

		if (p->from_ns > to_ns)
			break;
		*ret_least = !some || p->value < *ret_least ? p->value : *ret_least;
		*ret_most = !some || p->value > *ret_most ? p->value : *ret_most;
		some = true;
	}
	return some;
}

/* ---- columns ---------------------------------------------------------------------- */

/* Of w columns the axis is divided into, what the one at x stands for. */
struct span {
	uint64_t from_ns, to_ns;
};

static uint64_t time_at(const struct plot *p, int x, int w)
{
	return p->from_ns + (uint64_t)((double)(p->to_ns - p->from_ns) * x / w);
}

static struct span span_at(const struct plot *p, int x, int w)
{
	return (struct span){time_at(p, x, w), x + 1 == w ? p->to_ns : time_at(p, x + 1, w)};
}

/* The last point that ends within the column's time and begins there, too; NULL: there is none. */
static const struct plot_point *point_inside(const struct plot_line *line, struct span s)
{
	size_t i = first_after(line, s.to_ns);

	i -= i > 0 && (i == line->n || line->point[i].to_ns > s.to_ns);
	if (i == line->n || line->point[i].from_ns <= s.from_ns || line->point[i].to_ns > s.to_ns)
		return NULL;
	return &line->point[i];
}

/* As it was at the end of the column's time, or last within it. What was not known for most of it
 * is not, but for a look that stands alone. */
static bool column_value(const struct plot_line *line, struct span s, double *ret_value)
{
	const struct plot_point *inside = point_inside(line, s);
	uint64_t middle = s.from_ns + (s.to_ns - s.from_ns) / 2;
	bool known = plot_value(line, middle, ret_value);

	if (!known && !inside)
		return false;
	if (!plot_value(line, s.to_ns, ret_value) && inside)
		*ret_value = inside->value;
	return true;
}

/* What a column says of its time. */
enum knowledge { BEFORE_ALL, KNOWN, GAP };

/* A gap where something of it is not known. */
static enum knowledge knows(const struct plot_line *line, struct span s)
{
	uint64_t first;
	double value;
	size_t i;

	first = line->n ? line->point[0].from_ns : UINT64_MAX;
	if (s.to_ns < first || (s.to_ns == first && s.from_ns < first))
		return BEFORE_ALL;
	s.from_ns = s.from_ns < first ? first : s.from_ns;
	i = first_after(line, s.from_ns);
	for (; i < line->n && line->point[i].from_ns <= s.to_ns; i++)
		if (line->point[i].gap && line->point[i].from_ns > s.from_ns)
			return GAP;
	return plot_value(line, s.from_ns, &value) && plot_value(line, s.to_ns, &value) ? KNOWN
											: GAP;
}

/* Eighths of a row, of so many rows; what is not nothing has one at least. */
static int level_of(double value, double low, double high, int rows)
{
	double share = high > low ? (value - low) / (high - low) : value > 0;
	int most = rows * LEVELS, level;

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	level = (int)(share * most + 0.5);
	return !level && value > low ? 1 : level;
}

static const char *block_of(int level)
{
	static const char *const block[LEVELS + 1] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

	return block[level < 0 ? 0 : level > LEVELS ? LEVELS : level];
}

/* ---- rows ---------------------------------------------------------------------------- */

/* Where everything goes in an area. */
struct frame {
	int label_w, until_w, axis_w; /* axis_w: of the bar beside the columns */
	int x, w;		      /* of the columns */
	int axis;		      /* row of the axis of time; -1: it has no room */
	int bands_h;		      /* rows of all bands */
	size_t bands;
};

static void scale_of(const struct plot *p, const struct plot_line *line, double *low, double *high)
{
	*low = p->low;
	*high = p->high;
	if (!(p->high > p->low) && !plot_range(line, p->from_ns, p->to_ns, low, high))
		*low = *high = 0;
}

static const char *age_of(const struct plot *p, char out[UNITS_MAX + 1])
{
	char time[UNITS_MAX];

	snprintf(out, UNITS_MAX + 1, "-%s", units_time(time, p->to_ns - p->from_ns));
	return out;
}

static int label_width(const struct plot *p, const struct canvas *c)
{
	char text[UNITS_MAX + 1];
	double scale[2];
	int most = LABEL_LEAST, w = canvas_width(c, age_of(p, text));

	most = w > most ? w : most;
	for (size_t i = 0; i < p->lines_n; i++) {
		scale_of(p, &p->line[i], &scale[0], &scale[1]);
		w = p->line[i].label ? canvas_width(c, p->line[i].label) : 0;
		most = w > most ? w : most;
		for (int k = 0; k < 2; k++) {
			w = canvas_width(c, p->print(text, scale[k]));
			most = w > most ? w : most;
		}
	}
	return most < LABEL_MOST ? most : LABEL_MOST;
}

int plot_rows(const struct plot *p)
{
	return (int)p->lines_n + 1;
}

static struct frame frame_of(const struct plot *p, const struct canvas *c, struct rect area)
{
	struct frame f = {.axis = -1, .bands_h = area.h};

	if (area.w >= NARROW) {
		f.label_w = label_width(p, c) + 1;
		f.axis_w = 1;
		f.until_w = canvas_width(c, p->until) + 1;
	}
	f.x = f.label_w + f.axis_w;
	f.w = area.w - f.x - f.until_w;
	if (area.h >= plot_rows(p))
		f.axis = f.bands_h = area.h - 1;
	f.bands = (size_t)f.bands_h < p->lines_n ? (size_t)f.bands_h : p->lines_n;
	return f;
}

/* First row of a band; that of the one behind the last is where they end. */
static int band_top(const struct frame *f, size_t band)
{
	return f->bands_h * (int)band / (int)f->bands;
}

static void draw_axis(
	const struct plot *p, const struct frame *f, struct canvas *c, struct rect line)
{
	static const char *const axis[] = {[BEFORE_ALL] = " ", [KNOWN] = "─", [GAP] = "?"};
	char age[UNITS_MAX + 1];

	if (f->label_w) {
		canvas_right(c, line.x, line.y, f->label_w - 1, STYLE_DIM, age_of(p, age));
		canvas_text(c, line.x + f->label_w, line.y, 1, STYLE_DIM, "└");
		canvas_text(
			c, line.x + f->x + f->w + 1, line.y, f->until_w - 1, STYLE_DIM, p->until);
	}
	for (int x = 0; x < f->w; x++) {
		enum knowledge all = BEFORE_ALL;

		for (size_t i = 0; i < f->bands; i++) {
			enum knowledge one = knows(&p->line[i], span_at(p, x, f->w));

			all = one > all ? one : all;
		}
		canvas_text(c, line.x + f->x + x, line.y, 1, all == GAP ? STYLE_WARN : STYLE_DIM,
			axis[all]);
	}
}

/* Beside a band: what the line is called, and from where up to where its scale goes. */
static void draw_labels(const struct plot *p, const struct frame *f, size_t band, struct canvas *c,
	struct rect line, int row)
{
	const struct plot_line *l = &p->line[band];
	int at = row - band_top(f, band), h = band_top(f, band + 1) - band_top(f, band);
	char text[UNITS_MAX + 4], number[UNITS_MAX];
	double low, high;

	scale_of(p, l, &low, &high);
	canvas_text(c, line.x + f->label_w, line.y, 1, STYLE_DIM, "│");
	if (!at && l->label)
		canvas_right(c, line.x, line.y, f->label_w - 1, l->style, l->label);
	else if (at == (l->label && h > 2))
		canvas_right(c, line.x, line.y, f->label_w - 1, STYLE_DIM, p->print(number, high));
	else if (at == h - 1) {
		snprintf(text, sizeof text, "%s%s", l->label && h == 2 ? "≤" : "",
			p->print(number, l->label && h == 2 ? high : low));
		canvas_right(c, line.x, line.y, f->label_w - 1, STYLE_DIM, text);
	}
}

static void draw_band_row(const struct plot *p, const struct frame *f, size_t band,
	struct canvas *c, struct rect line, int row)
{
	const struct plot_line *l = &p->line[band];
	int top = band_top(f, band), h = band_top(f, band + 1) - top;
	int below = (top + h - 1 - row) * LEVELS;
	double low, high, value;

	if (f->label_w)
		draw_labels(p, f, band, c, line, row);
	scale_of(p, l, &low, &high);
	for (int x = 0; x < f->w; x++)
		if (column_value(l, span_at(p, x, f->w), &value))
			canvas_text(c, line.x + f->x + x, line.y, 1, l->style,
				block_of(level_of(value, low, high, h) - below));
}

void plot_draw_row(
	const struct plot *p, struct canvas *c, struct rect area, int row, struct rect line)
{
	struct frame f = frame_of(p, c, area);
	size_t band = 0;

	if (!p->lines_n || f.w < 1 || row < 0 || row >= area.h || p->to_ns < p->from_ns)
		return;
	if (row == f.axis) {
		draw_axis(p, &f, c, line);
		return;
	}
	while (band + 1 < f.bands && row >= band_top(&f, band + 1))
		band++;
	draw_band_row(p, &f, band, c, line, row);
}

void plot_draw(const struct plot *p, struct canvas *c, struct rect area)
{
	for (int row = 0; row < area.h; row++)
		plot_draw_row(p, c, area, row, (struct rect){area.x, area.y + row, area.w, 1});
}

void plot_spark(const struct plot *p, struct canvas *c, struct rect line)
{
	double low, high, value;

	if (!p->lines_n || p->to_ns < p->from_ns)
		return;
	scale_of(p, &p->line[0], &low, &high);
	for (int x = 0; x < line.w; x++) {
		struct span s = span_at(p, x, line.w);
		bool known = column_value(&p->line[0], s, &value);

		if (known)
			canvas_text(c, line.x + x, line.y, 1, p->line[0].style,
				block_of(level_of(value, low, high, 1)));
		else if (knows(&p->line[0], s) == GAP)
			canvas_text(c, line.x + x, line.y, 1, STYLE_WARN, "?");
	}
}
