/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/base/arena.h"

#define ELLIPSIS 0x2026u

/* What ASCII shows for the characters that we draw with; all others become '?'. */
static const struct fold {
	uint32_t first, last;
	char ascii;
} fold_table[] = {
	{0x00a0, 0x00a0, ' '},
	{0x00b1, 0x00b1, '~'},
	{0x00b5, 0x00b5, 'u'},
	{0x00b7, 0x00b7, '.'},
	{0x00d7, 0x00d7, 'x'},
	{0x03bc, 0x03bc, 'u'},
	{0x2010, 0x2015, '-'},
	{0x2018, 0x2019, '\''},
	{0x201c, 0x201d, '"'},
	{0x2022, 0x2022, '*'},
	{0x2026, 0x2026, '~'},
	{0x2190, 0x2190, '<'},
	{0x2191, 0x2191, '^'},
	{0x2192, 0x2192, '>'},
	{0x2193, 0x2193, 'v'},
	{0x2194, 0x2194, '='},
	{0x2195, 0x2195, '|'},
	{0x21bb, 0x21bb, '@'},
	{0x21c4, 0x21c4, '~'},
	{0x2205, 0x2205, '0'},
	{0x2225, 0x2225, '|'},
	{0x2248, 0x2248, '~'},
	{0x2260, 0x2260, '!'},
	{0x2261, 0x2261, ':'},
	{0x2264, 0x2264, '<'},
	{0x2265, 0x2265, '>'},
	{0x2500, 0x2501, '-'},
	{0x2502, 0x2503, '|'},
	{0x2504, 0x2505, '-'},
	{0x2506, 0x2507, '|'},
	{0x2508, 0x2509, '-'},
	{0x250a, 0x250b, '|'},
	{0x250c, 0x254b, '+'},
	{0x254c, 0x254d, '-'},
	{0x254e, 0x254f, '|'},
	{0x2550, 0x2550, '='},
	{0x2551, 0x2551, '|'},
	{0x2552, 0x2569, '+'},
	{0x256a, 0x256a, '!'},
	{0x256b, 0x2570, '+'},
	{0x2571, 0x2571, '/'},
	{0x2572, 0x2572, '\\'},
	{0x2573, 0x2573, 'x'},
	{0x2574, 0x2574, '-'},
	{0x2575, 0x2575, '|'},
	{0x2576, 0x2576, '-'},
	{0x2577, 0x2577, '|'},
	{0x2580, 0x2580, '"'},
	{0x2581, 0x2583, '_'},
	{0x2584, 0x2587, '='},
	{0x2588, 0x258b, '#'},
	{0x258c, 0x258f, '|'},
	{0x2590, 0x2590, '|'},
	{0x2591, 0x2591, '.'},
	{0x2592, 0x2592, ':'},
	{0x2593, 0x2593, '%'},
	{0x2594, 0x2594, '"'},
	{0x2595, 0x2595, '|'},
	{0x259e, 0x259e, '!'},
	{0x25a0, 0x25a0, '#'},
	{0x25a1, 0x25a1, 'o'},
	{0x25aa, 0x25aa, '#'},
	{0x25ac, 0x25ac, '='},
	{0x25b2, 0x25b3, '^'},
	{0x25b6, 0x25b8, '>'},
	{0x25ba, 0x25ba, '>'},
	{0x25bc, 0x25be, 'v'},
	{0x25c0, 0x25c4, '<'},
	{0x25c6, 0x25c7, '*'},
	{0x25cb, 0x25cb, 'o'},
	{0x25cf, 0x25cf, '*'},
	{0x2713, 0x2714, 'v'},
	{0x2715, 0x2718, 'x'},
};

uint32_t canvas_fold(uint32_t code)
{
	if (code < 0x7f)
		return code;
	for (size_t i = 0; i < sizeof fold_table / sizeof *fold_table; i++)
		if (code >= fold_table[i].first && code <= fold_table[i].last)
			return (unsigned char)fold_table[i].ascii;
	return '?';
}

/* One printable character of text. */
struct glyph {
	uint32_t code;
	int width; /* 0 for a combining mark */
};

/* The next glyph at *at; what cannot be printed becomes '?'. False at the end. */
static bool glyph_next(const char **at, const char *end, bool ascii, struct glyph *ret)
{
	uint32_t code;
	size_t n;
	int width;

	if (*at >= end)
		return false;
	n = text_decode(*at, (size_t)(end - *at), &code);
	*at += n ? n : 1;
	width = n ? text_code_width(code) : -1;
	if (width < 0) {
		code = '?';
		width = 1;
	}
	if (ascii && code >= 0x7f) {
		code = canvas_fold(code);
		width = width ? 1 : 0;
	}
	*ret = (struct glyph){code, width};
	return true;
}

static int glyphs_width(const char *bytes, size_t len, bool ascii)
{
	const char *at = bytes;
	struct glyph g;
	int width = 0;

	while (glyph_next(&at, bytes + len, ascii, &g))
		width += g.width;
	return width;
}

struct canvas *canvas_new(int w, int h, bool ascii)
{
	struct canvas *c = mem_alloc(sizeof *c);

	*c = (struct canvas){.w = w > 0 ? w : 1, .h = h > 0 ? h : 1, .ascii = ascii};
	c->cell = mem_resize(NULL, (size_t)c->w * (size_t)c->h, sizeof *c->cell);
	canvas_clear(c);
	return c;
}

void canvas_free(struct canvas *c)
{
	if (!c)
		return;
	free(c->cell);
	free(c);
}

static struct cell blank_of(enum style style)
{
	return (struct cell){.code = {' '}, .width = 1, .style = (uint8_t)style};
}

void canvas_clear(struct canvas *c)
{
	for (size_t i = 0; i < (size_t)c->w * (size_t)c->h; i++)
		c->cell[i] = blank_of(STYLE_NORMAL);
	c->cursor_x = c->cursor_y = -1;
}

static struct cell *cell_at(const struct canvas *c, int x, int y)
{
	if (x < 0 || y < 0 || x >= c->w || y >= c->h)
		return NULL;
	return &c->cell[(size_t)y * (size_t)c->w + (size_t)x];
}

const struct cell *canvas_at(const struct canvas *c, int x, int y)
{
	return cell_at(c, x, y);
}

/* Makes x, y free to be overwritten: the other half of a wide character there becomes a blank. */
static struct cell *cell_take(struct canvas *c, int x, int y)
{
	struct cell *cell = cell_at(c, x, y);

	if (!cell)
		return NULL;
	if (cell->width == 0 && x > 0)
		cell[-1] = blank_of(cell[-1].style);
	if (cell->width == 2 && x + 1 < c->w)
		cell[1] = blank_of(cell[1].style);
	return cell;
}

/* One glyph of width 1 or 2 that is known to fit. */
static void put_glyph(struct canvas *c, int x, int y, enum style style, const struct glyph *g)
{
	struct cell *cell = cell_take(c, x, y);

	if (!cell)
		return;
	if (g->width == 2) {
		struct cell *half = cell_take(c, x + 1, y);

		if (!half)
			return;
		*half = (struct cell){.width = 0, .style = (uint8_t)style};
	}
	*cell = (struct cell){
		.code = {g->code}, .width = (uint8_t)g->width, .style = (uint8_t)style};
}

/* A combining mark onto the character that ends before column x; a third mark is dropped. */
static void put_mark(struct canvas *c, int x, int y, uint32_t code)
{
	struct cell *cell = cell_at(c, x - 1, y);

	if (cell && cell->width == 0)
		cell = cell_at(c, x - 2, y);
	if (!cell)
		return;
	for (int i = 1; i < CELL_CODES; i++)
		if (!cell->code[i]) {
			cell->code[i] = code;
			return;
		}
}

static int draw_bytes(
	struct canvas *c, int x, int y, int w, enum style style, const char *bytes, size_t len)
{
	const char *at = bytes, *end = bytes + len;
	const int start = x;
	struct glyph g;
	bool cut;
	int room;

	if (w > c->w - x)
		w = c->w - x;
	if (w <= 0 || y < 0 || y >= c->h)
		return 0;
	cut = glyphs_width(bytes, len, c->ascii) > w;
	room = x + w - (cut ? 1 : 0);
	while (glyph_next(&at, end, c->ascii, &g)) {
		if (g.width == 0) {
			if (x > start && x > 0 && !c->ascii)
				put_mark(c, x, y, g.code);
			continue;
		}
		if (x + g.width > room)
			break;
		if (x >= 0)
			put_glyph(c, x, y, style, &g);
		x += g.width;
	}
	if (cut && x >= 0) {
		g = (struct glyph){c->ascii ? '~' : ELLIPSIS, 1};
		put_glyph(c, x++, y, style, &g);
	}
	return x - start;
}

int canvas_text(struct canvas *c, int x, int y, int w, enum style style, const char *utf8)
{
	return draw_bytes(c, x, y, w, style, utf8, strlen(utf8));
}

int canvas_print(struct canvas *c, int x, int y, int w, enum style style, const char *format, ...)
{
	char small[256], *big = NULL;
	va_list args;
	int n, used;

	va_start(args, format);
	n = vsnprintf(small, sizeof small, format, args);
	va_end(args);
	if (n < 0)
		return 0;
	if ((size_t)n >= sizeof small) {
		big = mem_alloc((size_t)n + 1);
		va_start(args, format);
		vsnprintf(big, (size_t)n + 1, format, args);
		va_end(args);
	}
	used = draw_bytes(c, x, y, w, style, big ? big : small, (size_t)n);
	free(big);
	return used;
}

int canvas_name(struct canvas *c, int x, int y, int w, enum style style, struct text name)
{
	struct textbuf printable = {0};
	int used;

	text_printable(&printable, name);
	used = draw_bytes(c, x, y, w, style, printable.bytes ? printable.bytes : "", printable.len);
	textbuf_free(&printable);
	return used;
}

int canvas_right(struct canvas *c, int x, int y, int w, enum style style, const char *utf8)
{
	size_t len = strlen(utf8);
	int width = glyphs_width(utf8, len, c->ascii);

	if (width < w)
		x += w - width;
	else
		width = w;
	return draw_bytes(c, x, y, width, style, utf8, len);
}

int canvas_width(const struct canvas *c, const char *utf8)
{
	return glyphs_width(utf8, strlen(utf8), c->ascii);
}

size_t canvas_wrap(const struct canvas *c, const char *utf8, int w)
{
	const char *end = utf8 + strlen(utf8), *at = utf8, *after_blank = NULL;
	struct glyph g;
	int used = 0;

	while (at < end) {
		const char *before = at;

		if (!glyph_next(&at, end, c->ascii, &g))
			break;
		if (used + g.width > w && before > utf8)
			return (size_t)((after_blank ? after_blank : before) - utf8);
		used += g.width;
		if (g.code == ' ')
			after_blank = at;
	}
	return (size_t)(end - utf8);
}

void canvas_repeat(struct canvas *c, int x, int y, int n, enum style style, const char *utf8)
{
	const char *at = utf8;
	struct glyph g;

	if (!glyph_next(&at, utf8 + strlen(utf8), c->ascii, &g) || g.width != 1)
		return;
	for (int i = 0; i < n && x + i < c->w; i++)
		put_glyph(c, x + i, y, style, &g);
}

struct rect rect_clip(struct rect a, const struct canvas *c)
{
	int right = a.x + a.w, bottom = a.y + a.h;

	a.x = a.x < 0 ? 0 : a.x > c->w ? c->w : a.x;
	a.y = a.y < 0 ? 0 : a.y > c->h ? c->h : a.y;
	right = right > c->w ? c->w : right;
	bottom = bottom > c->h ? c->h : bottom;
	a.w = right > a.x ? right - a.x : 0;
	a.h = bottom > a.y ? bottom - a.y : 0;
	return a;
}

void canvas_fill(struct canvas *c, struct rect area, enum style style)
{
	area = rect_clip(area, c);
	for (int y = area.y; y < area.y + area.h; y++) {
		if (area.w) {
			cell_take(c, area.x, y);
			cell_take(c, area.x + area.w - 1, y);
		}
		for (int x = area.x; x < area.x + area.w; x++)
			*cell_at(c, x, y) = blank_of(style);
	}
}

void canvas_restyle(struct canvas *c, struct rect area, enum style style)
{
	area = rect_clip(area, c);
	for (int y = area.y; y < area.y + area.h; y++)
		for (int x = area.x; x < area.x + area.w; x++) {
			cell_at(c, x, y)->style = (uint8_t)style;
			cell_at(c, x, y)->solid = false;
		}
}

void canvas_solid(struct canvas *c, struct rect area)
{
	area = rect_clip(area, c);
	for (int y = area.y; y < area.y + area.h; y++)
		for (int x = area.x; x < area.x + area.w; x++)
			cell_at(c, x, y)->solid = true;
}

struct rect canvas_box(struct canvas *c, struct rect area, enum style style, const char *title)
{
	struct rect inside;
	int right, bottom;

	area = rect_clip(area, c);
	canvas_fill(c, area, STYLE_NORMAL);
	if (area.w < 2 || area.h < 2)
		return (struct rect){area.x, area.y, 0, 0};
	right = area.x + area.w - 1;
	bottom = area.y + area.h - 1;
	canvas_repeat(c, area.x + 1, area.y, area.w - 2, style, "─");
	canvas_repeat(c, area.x + 1, bottom, area.w - 2, style, "─");
	for (int y = area.y + 1; y < bottom; y++) {
		canvas_repeat(c, area.x, y, 1, style, "│");
		canvas_repeat(c, right, y, 1, style, "│");
	}
	canvas_repeat(c, area.x, area.y, 1, style, "┌");
	canvas_repeat(c, right, area.y, 1, style, "┐");
	canvas_repeat(c, area.x, bottom, 1, style, "└");
	canvas_repeat(c, right, bottom, 1, style, "┘");
	if (title && area.w > 6)
		canvas_print(c, area.x + 2, area.y, area.w - 4, STYLE_TITLE, " %s ", title);
	inside = (struct rect){area.x + 1, area.y + 1, area.w - 2, area.h - 2};
	return inside;
}

void canvas_cursor(struct canvas *c, int x, int y)
{
	bool inside = x >= 0 && y >= 0 && x < c->w && y < c->h;

	c->cursor_x = inside ? x : -1;
	c->cursor_y = inside ? y : -1;
}

static void add_code(struct textbuf *out, uint32_t code)
{
	char utf8[4];

	textbuf_add(out, utf8, text_encode(code, utf8));
}

void canvas_write_text(const struct canvas *c, struct textbuf *out)
{
	for (int y = 0; y < c->h; y++) {
		size_t keep = out->len;

		for (int x = 0; x < c->w; x++) {
			const struct cell *cell = canvas_at(c, x, y);

			for (int i = 0; cell->width && i < CELL_CODES && cell->code[i]; i++)
				add_code(out, cell->code[i]);
			if (cell->width && cell->code[0] != ' ')
				keep = out->len;
		}
		out->len = keep;
		textbuf_add(out, "\n", 1);
	}
}
