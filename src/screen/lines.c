/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/screen/lines.h"

#include <stdlib.h>
#include <string.h>

#include "twintop/draw/key.h"

#define LINE_VERTICAL 0x2502
#define LIGHT_FROM    0x2500 /* lines of frames and trees */
#define DOUBLE_FROM   0x2550 /* signs of ours, which say something */
#define BLOCKS_TO     0x259f
#define DOTS_FROM     0x2800
#define DOTS_TO	      0x28ff
#define BLANKS_MOST   2
#define HEAD_ROWS     2 /* who A and B are, and the tabs: their figures move all the time */

/* What is said of a code point; ' ' of what only frames or plots. */
static uint32_t said(uint32_t code, bool ascii)
{
	if (code == LINE_VERTICAL)
		return '|';
	if ((code >= LIGHT_FROM && code < DOUBLE_FROM) || (code >= DOTS_FROM && code <= DOTS_TO))
		return ' ';
	if ((code >= DOUBLE_FROM && code <= BLOCKS_TO) || (ascii && code >= 0x80))
		return canvas_fold(code);
	return code;
}

static void add_cell(const struct cell *cell, bool ascii, struct textbuf *out)
{
	char utf8[4];

	for (int i = 0; i < CELL_CODES && cell->code[i]; i++)
		if (!i || !ascii)
			textbuf_add(out, utf8, text_encode(said(cell->code[i], ascii), utf8));
}

static bool frames(char c)
{
	return c == ' ' || c == '|';
}

void lines_row(const struct canvas *c, int y, bool ascii, struct textbuf *out)
{
	struct textbuf all = {0};
	size_t from = 0, to, blanks = 0;

	for (int x = 0; x < c->w; x++)
		if (canvas_at(c, x, y)->width)
			add_cell(canvas_at(c, x, y), ascii, &all);
	to = all.len;
	while (from < to && frames(all.bytes[from]))
		from++;
	while (to > from && frames(all.bytes[to - 1]))
		to--;
	for (; from < to; from++) {
		blanks = all.bytes[from] == ' ' ? blanks + 1 : 0;
		if (blanks <= BLANKS_MOST)
			textbuf_add(out, all.bytes + from, 1);
	}
	textbuf_free(&all);
}

/* Takes figures that move all the time for equal: those with a point or a percent sign. */
static bool same_but_for_figures(const char *a, const char *b)
{
	static const char figure[] = "0123456789.%";

	while (*a && *b) {
		size_t n = strspn(a, figure), m = strspn(b, figure);

		if (n && m && (memchr(a, '.', n) || memchr(a, '%', n)) &&
			(memchr(b, '.', m) || memchr(b, '%', m))) {
			a += n;
			b += m;
		} else if (*a++ != *b++) {
			return false;
		}
	}
	return *a == *b;
}

static const char *unmarked(const char *line)
{
	return strncmp(line, "> ", 2) ? line : line + 2;
}

/* Whether the last drawing had it; one that lost the cursor says nothing new. */
static bool known(const struct lines *l, const char *line, int y)
{
	bool marked = unmarked(line) != line;

	for (size_t i = 0; i < l->last.n; i++) {
		const char *old = l->last.item[i];

		if (!strcmp(line, marked ? old : unmarked(old)))
			return true;
		if (y < HEAD_ROWS && (int)i == y && same_but_for_figures(line, old))
			return true;
	}
	return false;
}

void lines_forget(struct lines *l)
{
	for (size_t i = 0; i < l->last.n; i++)
		free(l->last.item[i]);
	l->last.n = 0;
}

void lines_free(struct lines *l)
{
	lines_forget(l);
	VEC_FREE(&l->last);
}

void lines_take(struct lines *l, const struct canvas *c, struct textbuf *out)
{
	struct lines now = {.ascii = l->ascii};

	for (int y = 0; y < c->h; y++) {
		struct textbuf line = {0};

		textbuf_adds(&line, y == c->cursor_y && c->cursor_x >= 0 ? "> " : "");
		lines_row(c, y, l->ascii, &line);
		if (*unmarked(line.bytes) && !known(l, line.bytes, y))
			textbuf_addf(out, "%s\n", line.bytes);
		VEC_PUSH(&now.last, mem_copy(line.bytes));
		textbuf_free(&line);
	}
	lines_free(l);
	*l = now;
}

/* ---- keys ----------------------------------------------------------------- */

static const struct {
	const char *bytes; /* behind Esc */
	uint32_t key;
} escape_table[] = {
	{"[A", KEYS_UP},
	{"OA", KEYS_UP},
	{"[B", KEYS_DOWN},
	{"OB", KEYS_DOWN},
	{"[C", KEYS_RIGHT},
	{"OC", KEYS_RIGHT},
	{"[D", KEYS_LEFT},
	{"OD", KEYS_LEFT},
	{"[H", KEYS_HOME},
	{"OH", KEYS_HOME},
	{"[1~", KEYS_HOME},
	{"[F", KEYS_END},
	{"OF", KEYS_END},
	{"[4~", KEYS_END},
	{"[5~", KEYS_PAGE_UP},
	{"[6~", KEYS_PAGE_DOWN},
	{"[3~", KEYS_DELETE},
	{"[Z", KEYS_BACK_TAB},
	{"OP", KEYS_F1},
	{"OR", KEYS_F3},
	{"OS", KEYS_F4},
	{"[21~", KEYS_F10},
};

/* The end of an escape sequence that has no name here: it is none of the keys in it. */
static size_t sequence_len(const char *bytes, size_t n)
{
	size_t at = 2;

	while (at < n && ((unsigned char)bytes[at] < 0x40 || (unsigned char)bytes[at] > 0x7e))
		at++;
	return at < n ? at + 1 : n;
}

static uint32_t escape_key(const char *bytes, size_t n, size_t *ret_used)
{
	for (size_t i = 0; i < sizeof escape_table / sizeof *escape_table; i++) {
		size_t len = strlen(escape_table[i].bytes);

		if (n > len && !memcmp(bytes + 1, escape_table[i].bytes, len)) {
			*ret_used = 1 + len;
			return escape_table[i].key;
		}
	}
	*ret_used = n > 1 && bytes[1] == '[' ? sequence_len(bytes, n) : 1;
	return *ret_used > 1 ? (uint32_t)KEY_NONE : (uint32_t)KEYS_ESCAPE;
}

uint32_t lines_key(const char *bytes, size_t n, size_t *ret_used)
{
	uint32_t code;
	size_t len = n ? text_decode(bytes, n, &code) : 0;

	*ret_used = len ? len : n > 0;
	if (!len)
		return KEY_NONE;
	switch (code) {
	case 0x1b:
		return escape_key(bytes, n, ret_used);
	case '\r':
	case '\n':
		return KEYS_ENTER;
	case '\t':
		return KEYS_TAB;
	case 0x7f:
	case '\b':
		return KEYS_BACKSPACE;
	default:
		return code;
	}
}
