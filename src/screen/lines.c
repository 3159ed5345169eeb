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
#define SHADE	      0x2592 /* dim, it stands for what is hidden; else it says something */
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

	if (cell->code[0] == SHADE && cell->style == STYLE_DIM) {
		textbuf_adds(out, " ");
		return;
	}
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

/* ---- what is no news -------------------------------------------------------- */

static bool follows(const char *text, const char *word)
{
	return !strncmp(text, word, strlen(word));
}

/* The bytes of "4", "12.5%", "1:05" or "300ms" at text; 0: it is none. */
static size_t figure_len(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n ? n + strspn(text + n, "0123456789.:%") : 0;
}

/* How much of it is a unit of time right behind its figure, with a blank between or none. */
static size_t unit_len(const char *text)
{
	static const char *const unit[] = {"ns", "us", "ms", "s", "min", "m", "h", "d"};
	size_t blank = *text == ' ';

	for (size_t i = 0; i < sizeof unit / sizeof *unit; i++)
		if (follows(text + blank, unit[i]) && text[blank + strlen(unit[i])] == ' ')
			return blank + strlen(unit[i]);
	return 0;
}

/* Whether the figure grows by itself: an age, in the head a share of the CPU or a total, too. */
static bool moves(const char *line, const char *figure, size_t len, bool head)
{
	const char *behind = figure + len;

	behind += unit_len(behind);
	if (follows(behind, " ago") || (head && follows(behind, " back")))
		return true;
	if (!head || figure == line)
		return false;
	return memchr(figure, '.', len) || memchr(figure, '%', len) || figure[-1] == '/' ||
	       (figure - line > 3 && follows(figure - 4, " of "));
}

/* The line with # for each figure that moves by itself, or for every one. */
static void add_gist(const char *line, bool head, bool every, struct textbuf *out)
{
	const char *at = line;

	while (*at) {
		size_t n = figure_len(at);

		if (n && (every || moves(line, at, n, head))) {
			textbuf_adds(out, "#");
			at += n;
			at += unit_len(at);
		} else {
			textbuf_add(out, at, n ? n : 1);
			at += n ? n : 1;
		}
	}
}

static bool alike(const char *a, const char *b, bool head, bool every)
{
	struct textbuf one = {0}, other = {0};
	bool same;

	add_gist(a, head, every, &one);
	add_gist(b, head, every, &other);
	same = one.len == other.len && !memcmp(one.bytes, other.bytes, one.len);
	textbuf_free(&one);
	textbuf_free(&other);
	return same;
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
	}
	return (size_t)y < l->last.n &&
	       alike(line, marked ? l->last.item[y] : unmarked(l->last.item[y]), y < HEAD_ROWS,
		       false);
}

/* Whether only figures of the row are other ones than were told. */
static bool only_counts(const struct lines *l, const char *line, int y)
{
	return (size_t)y < l->last.n && alike(line, l->last.item[y], y < HEAD_ROWS, true);
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

void lines_take(struct lines *l, const struct canvas *c, bool figures, struct textbuf *out)
{
	struct lines now = {.ascii = l->ascii};

	for (int y = 0; y < c->h; y++) {
		struct textbuf line = {0};
		bool waits = false;

		textbuf_adds(&line, y == c->cursor_y && c->cursor_x >= 0 ? "> " : "");
		lines_row(c, y, l->ascii, &line);
		if (*unmarked(line.bytes) && !known(l, line.bytes, y)) {
			waits = !figures && only_counts(l, line.bytes, y);
			if (!waits)
				textbuf_addf(out, "%s\n", line.bytes);
		}
		VEC_PUSH(&now.last, mem_copy(waits ? l->last.item[y] : line.bytes));
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
