/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/app/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console_guard.h"
#include "twintop/base/vec.h"
#include "twintop/draw/key.h"

#define ANSWER_BYTES  4096 /* more is not kept for a program that does not read */
#define ROWS_LEAST    CONSOLE_ROWS_LEAST
#define COLUMNS_LEAST 2 /* libvterm 0.1 falls over a wide character that no line holds */

/* A line that scrolled away. */
struct scrolled {
	VTermScreenCell *cell;
	int columns;
};

struct console {
	struct guard guard;
	VTerm *vt;
	VTermScreen *screen;
	VEC(struct scrolled) above; /* the newest last */
	struct textbuf answer;
	bool cursor_hidden;
	bool alternate; /* the program has a screen of its own */
};

/* ---- what libvterm tells ------------------------------------------------- */

static void drop_oldest(struct console *c)
{
	free(c->above.item[0].cell);
	c->above.n--;
	memmove(c->above.item, c->above.item + 1, c->above.n * sizeof *c->above.item);
}

static int push_line(int columns, const VTermScreenCell *cells, void *console)
{
	struct console *c = console;
	struct scrolled line = {mem_alloc((size_t)columns * sizeof *cells), columns};

	memcpy(line.cell, cells, (size_t)columns * sizeof *cells);
	if (c->above.n == CONSOLE_LINES)
		drop_oldest(c);
	VEC_PUSH(&c->above, line);
	return 1;
}

static int pop_line(int columns, VTermScreenCell *cells, void *console)
{
	struct console *c = console;
	struct scrolled *line;

	if (!c->above.n)
		return 0;
	line = &c->above.item[--c->above.n];
	for (int i = 0; i < columns; i++)
		cells[i] = i < line->columns ? line->cell[i] : (VTermScreenCell){.width = 1};
	/* A wide character does not stand with its left half alone. */
	if (columns < line->columns && cells[columns - 1].width > 1)
		cells[columns - 1] = (VTermScreenCell){.width = 1};
	free(line->cell);
	return 1;
}

static int set_property(VTermProp property, VTermValue *value, void *console)
{
	struct console *c = console;

	if (property == VTERM_PROP_CURSORVISIBLE)
		c->cursor_hidden = !value->boolean;
	else if (property == VTERM_PROP_ALTSCREEN)
		c->alternate = value->boolean;
	return 1;
}

static void take_answer(const char *bytes, size_t len, void *console)
{
	struct console *c = console;

	if (c->answer.len + len <= ANSWER_BYTES)
		textbuf_add(&c->answer, bytes, len);
}

static const VTermScreenCallbacks callbacks = {
	.settermprop = set_property,
	.sb_pushline = push_line,
	.sb_popline = pop_line,
};

/* ---- what goes in -------------------------------------------------------- */

struct console *console_new(unsigned columns, unsigned rows)
{
	struct console *c = mem_alloc(sizeof *c);

	*c = (struct console){.vt = vterm_new(rows ? (int)rows : 1,
				      columns < COLUMNS_LEAST ? COLUMNS_LEAST : (int)columns)};
	vterm_set_utf8(c->vt, 1);
	vterm_output_set_callback(c->vt, take_answer, c);
	c->screen = vterm_obtain_screen(c->vt);
	vterm_screen_set_callbacks(c->screen, &callbacks, c);
	vterm_screen_enable_altscreen(c->screen, 1);
	vterm_screen_reset(c->screen, 1);
	return c;
}

void console_free(struct console *c)
{
	if (!c)
		return;
	vterm_free(c->vt);
	while (c->above.n)
		drop_oldest(c);
	VEC_FREE(&c->above);
	textbuf_free(&c->answer);
	free(c);
}

void console_write(struct console *c, const char *bytes, size_t len)
{
	guard_write(&c->guard, c->vt, bytes, len);
}

static void write_text(struct console *c, const char *text)
{
	console_write(c, text, strlen(text));
}

void console_note(struct console *c, const char *utf8)
{
	VTermPos at;

	/* Whatever it was in the midst of: a sequence, its own screen, attributes, a hidden cursor.
	 */
	write_text(c, "\030");
	if (c->alternate) /* else this would put the cursor where it was saved, over other text */
		write_text(c, "\033[?1049l");
	write_text(c, "\033[m\033[?25h");
	vterm_state_get_cursorpos(vterm_obtain_state(c->vt), &at);
	if (at.col)
		write_text(c, "\r\n");
	write_text(c, utf8);
	write_text(c, "\r\n");
}

void console_key(struct console *c, uint32_t key)
{
	static const struct {
		uint32_t key;
		VTermKey sent;
	} row[] = {{KEYS_UP, VTERM_KEY_UP}, {KEYS_DOWN, VTERM_KEY_DOWN},
		{KEYS_LEFT, VTERM_KEY_LEFT}, {KEYS_RIGHT, VTERM_KEY_RIGHT},
		{KEYS_PAGE_UP, VTERM_KEY_PAGEUP}, {KEYS_PAGE_DOWN, VTERM_KEY_PAGEDOWN},
		{KEYS_HOME, VTERM_KEY_HOME}, {KEYS_END, VTERM_KEY_END},
		{KEYS_ENTER, VTERM_KEY_ENTER}, {KEYS_ESCAPE, VTERM_KEY_ESCAPE},
		{KEYS_TAB, VTERM_KEY_TAB}, {KEYS_BACKSPACE, VTERM_KEY_BACKSPACE},
		{KEYS_DELETE, VTERM_KEY_DEL}};

	if (key == KEYS_NUL)
		vterm_keyboard_unichar(c->vt, 0, VTERM_MOD_NONE);
	else if (key < KEY_TWINTOP_FIRST)
		vterm_keyboard_unichar(c->vt, key, VTERM_MOD_NONE);
	else if (key >= KEYS_F1 && key <= KEYS_F10)
		vterm_keyboard_key(c->vt, (VTermKey)VTERM_KEY_FUNCTION((int)(key - KEYS_F1) + 1),
			VTERM_MOD_NONE);
	else if (key == KEYS_BACK_TAB)
		vterm_keyboard_key(c->vt, VTERM_KEY_TAB, VTERM_MOD_SHIFT);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (row[i].key == key)
			vterm_keyboard_key(c->vt, row[i].sent, VTERM_MOD_NONE);
}

size_t console_answer(struct console *c, char *bytes, size_t room)
{
	size_t n = c->answer.len < room ? c->answer.len : room;

	if (!n)
		return 0;
	memcpy(bytes, c->answer.bytes, n);
	memmove(c->answer.bytes, c->answer.bytes + n, c->answer.len - n + 1);
	c->answer.len -= n;
	return n;
}

/* ---- what comes out ------------------------------------------------------ */

static enum style style_of(const VTermScreenCell *cell)
{
	return cell->attrs.reverse ? STYLE_SELECTED
	       : cell->attrs.bold  ? STYLE_STRONG
				   : STYLE_CONSOLE;
}

/* A cell's base, the sign for no character where it is none that may be printed, and its marks. */
static void add_codes(struct textbuf *out, const uint32_t code[VTERM_MAX_CHARS_PER_CELL])
{
	char utf8[4];

	for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && code[i]; i++) {
		int width = code[i] <= 0x10ffff ? text_code_width(code[i]) : -1;

		if (!i)
			textbuf_add(out, utf8, text_encode(width > 0 ? code[i] : 0xfffd, utf8));
		else if (!width)
			textbuf_add(out, utf8, text_encode(code[i], utf8));
	}
}

static void draw_cell(
	struct canvas *canvas, struct rect at, const VTermScreenCell *cell, struct textbuf *text)
{
	textbuf_clear(text);
	add_codes(text, cell->chars);
	canvas_fill(canvas, at, style_of(cell));
	if (text->len)
		canvas_text(canvas, at.x, at.y, at.w, style_of(cell), text->bytes);
}

/* The row of the screen that stands in the area's row y. */
static void draw_line(struct console *c, struct canvas *canvas, struct rect area, int row, int y)
{
	struct textbuf text = {0};

	for (int x = 0; x < area.w;) {
		VTermScreenCell cell;
		int w;

		if (!vterm_screen_get_cell(c->screen, (VTermPos){row, x}, &cell))
			break;
		w = cell.width > 1 && x + cell.width <= area.w ? cell.width : 1;
		draw_cell(canvas, (struct rect){area.x + x, area.y + y, w, 1}, &cell, &text);
		x += w;
	}
	textbuf_free(&text);
}

static void go(struct console *c, int row, int column)
{
	char bytes[32];

	snprintf(bytes, sizeof bytes, "\033[%d;%dH", row + 1, column + 1);
	vterm_input_write(c->vt, bytes, strlen(bytes));
}

/*
 * Before it takes another size: margins go, as they do on xterm; and so does what stands below the
 * cursor where that would not stay on fewer rows. libvterm 0.1 would go beyond its screen for both.
 */
static void make_ready(struct console *c, int rows, int new_rows)
{
	static const char margins[] = "\033[?69l\033[?6l\033[r", below[] = "\033[J";
	VTermPos at;

	vterm_state_get_cursorpos(vterm_obtain_state(c->vt), &at);
	vterm_input_write(c->vt, margins, sizeof margins - 1);
	if (at.row < rows - new_rows) {
		go(c, at.row + 1, 0);
		vterm_input_write(c->vt, below, sizeof below - 1);
	}
	go(c, at.row, at.col);
}

static void fit(struct console *c, struct rect area)
{
	int w = area.w < COLUMNS_LEAST ? COLUMNS_LEAST : area.w;
	int h = area.h < ROWS_LEAST ? ROWS_LEAST : area.h;
	int rows, columns;

	vterm_get_size(c->vt, &rows, &columns);
	if (rows == h && columns == w)
		return;
	make_ready(c, rows, h);
	vterm_set_size(c->vt, h, w);
}

/*
 * The first row in sight where the area has fewer than the screen: the last one is that of the
 * cursor, or the one above while the cursor waits at the head of an empty line and is not asked
 * for.
 */
static int first_row(struct console *c, struct rect area, bool cursor)
{
	int rows, columns, last;
	VTermPos at;

	vterm_get_size(c->vt, &rows, &columns);
	vterm_state_get_cursorpos(vterm_obtain_state(c->vt), &at);
	if (rows <= area.h)
		return 0;
	last = at.row - (!cursor && !at.col && at.row > 0 &&
				vterm_screen_is_eol(c->screen, (VTermPos){at.row, 0}));
	return last < area.h ? 0 : last - area.h + 1;
}

void console_draw(struct console *c, struct canvas *canvas, struct rect area, bool cursor)
{
	VTermPos at;
	int first;

	if (area.w < 1 || area.h < 1)
		return;
	fit(c, area);
	first = first_row(c, area, cursor);
	canvas_fill(canvas, area, STYLE_CONSOLE);
	for (int y = 0; y < area.h; y++)
		draw_line(c, canvas, area, first + y, y);
	vterm_state_get_cursorpos(vterm_obtain_state(c->vt), &at);
	if (cursor && !c->cursor_hidden && at.row - first < area.h && at.col <= area.w)
		canvas_cursor(canvas, area.x + (at.col < area.w ? at.col : area.w - 1),
			area.y + at.row - first);
}
