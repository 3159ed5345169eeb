/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/screen/svg.h"

#include <string.h>

/*
 * A cell in pixels; the baseline lies BASELINE below its top. It is as high as these fonts draw a
 * full block, so that boxes and bars join.
 */
#define CELL_W	    9
#define CELL_H	    17
#define BASELINE    14
#define MARGIN	    8
#define REPLACEMENT 0xfffd

/* What XML 1.0 has no place for, escaped or not. */
static bool is_barred(uint32_t code)
{
	return (code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
	       (code >= 0xd800 && code <= 0xdfff) || code == 0xfffe || code == 0xffff ||
	       code > 0x10ffff;
}

static void add_code(struct textbuf *out, uint32_t code)
{
	char utf8[4];

	code = is_barred(code) ? REPLACEMENT : code;
	switch (code) {
	case '&':
		textbuf_adds(out, "&amp;");
		break;
	case '<':
		textbuf_adds(out, "&lt;");
		break;
	case '>':
		textbuf_adds(out, "&gt;");
		break;
	case '"':
		textbuf_adds(out, "&quot;");
		break;
	default:
		textbuf_add(out, utf8, text_encode(code, utf8));
		break;
	}
}

static void add_element(struct textbuf *out, const char *name, const char *text)
{
	size_t len = strlen(text), n;
	uint32_t code;

	textbuf_addf(out, "<%s>", name);
	for (; len; text += n, len -= n) {
		n = text_decode(text, len, &code);
		add_code(out, n ? code : REPLACEMENT);
		n = n ? n : 1;
	}
	textbuf_addf(out, "</%s>\n", name);
}

/* Ink and paper of a cell; a theme without colours (mono) shows by reversing. */
static void cell_colours(
	const struct theme *theme, const struct cell *cell, int32_t *ret_ink, int32_t *ret_paper)
{
	const struct look *look = &theme->look[cell->style];
	bool reverse = !(look->attributes & LOOK_REVERSE) != !cell->solid;
	int32_t ink = look->rgb == COLOUR_DEFAULT ? theme->ink : look->rgb;
	int32_t paper = look->rgb_back == COLOUR_DEFAULT ? theme->paper : look->rgb_back;

	*ret_ink = reverse ? paper : ink;
	*ret_paper = reverse ? ink : paper;
}

/* Cells from x on that look alike: one style, and all of width 1 or a single wide one. */
static int run_length(const struct canvas *c, int x, int y)
{
	const struct cell *first = canvas_at(c, x, y);
	int n = 1;

	if (first->width == 2)
		return 2;
	while (x + n < c->w) {
		const struct cell *next = canvas_at(c, x + n, y);

		if (next->style != first->style || next->solid != first->solid || next->width != 1)
			break;
		n++;
	}
	return n;
}

static bool run_blank(const struct canvas *c, int x, int y, int n)
{
	for (int i = 0; i < n; i++)
		if (canvas_at(c, x + i, y)->code[0] != ' ')
			return false;
	return true;
}

static void write_paper(
	const struct canvas *c, const struct theme *theme, struct textbuf *out, int x, int y, int n)
{
	int32_t ink, paper;

	cell_colours(theme, canvas_at(c, x, y), &ink, &paper);
	if (paper == theme->paper)
		return;
	textbuf_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
		MARGIN + x * CELL_W, MARGIN + y * CELL_H, n * CELL_W, CELL_H, (unsigned)paper);
}

static void write_ink(
	const struct canvas *c, const struct theme *theme, struct textbuf *out, int x, int y, int n)
{
	const struct cell *first = canvas_at(c, x, y);
	unsigned attributes = theme->look[first->style].attributes;
	int32_t ink, paper;

	cell_colours(theme, first, &ink, &paper);
	textbuf_addf(out, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"#%06x\"%s%s%s>",
		MARGIN + x * CELL_W, MARGIN + y * CELL_H + BASELINE, n * CELL_W, (unsigned)ink,
		attributes & LOOK_BOLD ? " font-weight=\"bold\"" : "",
		attributes & LOOK_DIM ? " opacity=\"0.6\"" : "",
		attributes & LOOK_UNDERLINE ? " text-decoration=\"underline\"" : "");
	for (int i = 0; i < n; i++) {
		const struct cell *cell = canvas_at(c, x + i, y);

		for (int k = 0; cell->width && k < CELL_CODES && cell->code[k]; k++)
			add_code(out, cell->code[k]);
	}
	textbuf_adds(out, "</text>\n");
}

/* Trims blanks from a run: letters keep their own x, and textLength stretches no blanks. */
static void write_text_run(
	const struct canvas *c, const struct theme *theme, struct textbuf *out, int x, int y, int n)
{
	while (n > 0 && canvas_at(c, x, y)->code[0] == ' ') {
		x++;
		n--;
	}
	while (n > 0 && canvas_at(c, x + n - 1, y)->code[0] == ' ')
		n--;
	if (n > 0)
		write_ink(c, theme, out, x, y, n);
}

static void write_row(
	const struct canvas *c, const struct theme *theme, struct textbuf *out, int y, bool ink)
{
	int n;

	for (int x = 0; x < c->w; x += n) {
		n = run_length(c, x, y);
		if (!ink)
			write_paper(c, theme, out, x, y, n);
		else if (!run_blank(c, x, y, n))
			write_text_run(c, theme, out, x, y, n);
	}
}

void svg_write(const struct canvas *c, const struct theme *theme, const char *title,
	const char *description, struct textbuf *out)
{
	int w = c->w * CELL_W + 2 * MARGIN, h = c->h * CELL_H + 2 * MARGIN;

	textbuf_addf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" role=\"img\">\n",
		w, h, w, h);
	add_element(out, "title", title);
	add_element(out, "desc", description);
	/* Browsers keep blanks by what is said of the text itself, others by xml:space of all. */
	textbuf_addf(out,
		"<style>text{white-space:pre}</style>\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n"
		"<g font-family=\"'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, "
		"monospace\" font-size=\"14.95\" xml:space=\"preserve\">\n",
		w, h, (unsigned)theme->paper);
	for (int y = 0; y < c->h; y++)
		write_row(c, theme, out, y, false);
	for (int y = 0; y < c->h; y++)
		write_row(c, theme, out, y, true);
	textbuf_adds(out, "</g>\n</svg>\n");
}
