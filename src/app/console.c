/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/app/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/base/arena.h"

/* Where we are in an escape sequence (ECMA-48). */
enum escape {
	ESCAPE_NONE,
	ESCAPE_BEGUN,	   /* behind ESC */
	ESCAPE_CSI,	   /* behind ESC [: up to a byte of 0x40..0x7e */
	ESCAPE_STRING,	   /* OSC, DCS, APC, PM, SOS: up to BEL or ESC \ */
	ESCAPE_STRING_END, /* in a string, behind ESC */
	ESCAPE_CHARSET	   /* ESC and an intermediate byte: one more byte */
};

struct console {
	char *line[CONSOLE_LINES]; /* ring */
	size_t first, n;
	uint32_t code[CONSOLE_COLUMNS]; /* of the line being written */
	size_t codes, at;
	enum escape escape;
	char pending[4]; /* begun UTF-8 sequence */
	size_t pending_n;
	struct textbuf current;
};

struct console *console_new(void)
{
	struct console *c = mem_alloc(sizeof *c);

	*c = (struct console){0};
	return c;
}

void console_free(struct console *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CONSOLE_LINES; i++)
		free(c->line[i]);
	textbuf_free(&c->current);
	free(c);
}

size_t console_count(const struct console *c)
{
	return c->n;
}

const char *console_line(const struct console *c, size_t i)
{
	return i < c->n ? c->line[(c->first + i) % CONSOLE_LINES] : "";
}

const char *console_current(struct console *c)
{
	char utf8[4];

	textbuf_clear(&c->current);
	for (size_t i = 0; i < c->codes; i++)
		textbuf_add(&c->current, utf8, text_encode(c->code[i], utf8));
	return c->current.bytes ? c->current.bytes : "";
}

/* Keeps a copy of the line, in the place of the oldest when all are taken. */
static void keep_line(struct console *c, const char *utf8)
{
	size_t slot = (c->first + c->n) % CONSOLE_LINES;

	if (c->n == CONSOLE_LINES)
		c->first = (c->first + 1) % CONSOLE_LINES;
	else
		c->n++;
	free(c->line[slot]);
	c->line[slot] = mem_copy(utf8);
}

static void finish_line(struct console *c)
{
	keep_line(c, console_current(c));
	c->codes = c->at = 0;
}

void console_note(struct console *c, const char *utf8)
{
	c->escape = ESCAPE_NONE;
	c->pending_n = 0;
	if (c->codes)
		finish_line(c);
	keep_line(c, utf8);
}

static void put_code(struct console *c, uint32_t code)
{
	if (c->at >= CONSOLE_COLUMNS)
		finish_line(c);
	while (c->codes < c->at)
		c->code[c->codes++] = ' ';
	c->code[c->at++] = code;
	if (c->codes < c->at)
		c->codes = c->at;
}

static void put_byte_escaped(struct console *c, unsigned char byte)
{
	char hex[5];

	snprintf(hex, sizeof hex, "\\x%02x", byte);
	for (const char *h = hex; *h; h++)
		put_code(c, (unsigned char)*h);
}

static void put_control(struct console *c, unsigned char byte)
{
	switch (byte) {
	case '\n':
		finish_line(c);
		break;
	case '\r':
		c->at = 0;
		break;
	case '\b':
		c->at -= c->at > 0;
		break;
	case '\t':
		do
			put_code(c, ' ');
		while (c->at % 8 && c->at < CONSOLE_COLUMNS);
		break;
	case 0x1b:
		c->escape = ESCAPE_BEGUN;
		break;
	default: /* bell, shifts and the like say nothing here */
		break;
	}
}

/* The byte's part in an escape sequence; all of it is swallowed but "erase to end of line". */
static void step_escape(struct console *c, unsigned char byte)
{
	switch (c->escape) {
	case ESCAPE_BEGUN:
		c->escape = byte == '['			    ? ESCAPE_CSI
			    : byte && strchr("]PX^_", byte) ? ESCAPE_STRING
			    : byte >= 0x20 && byte <= 0x2f  ? ESCAPE_CHARSET
							    : ESCAPE_NONE;
		break;
	case ESCAPE_CSI:
		if (byte == 'K' && c->at < c->codes)
			c->codes = c->at;
		if (byte >= 0x40 || byte == 0x18 || byte == 0x1a)
			c->escape = ESCAPE_NONE;
		break;
	case ESCAPE_STRING:
		if (byte == 0x07 || byte == 0x18 || byte == 0x1a)
			c->escape = ESCAPE_NONE;
		else if (byte == 0x1b)
			c->escape = ESCAPE_STRING_END;
		break;
	case ESCAPE_CHARSET:
	case ESCAPE_STRING_END:
	case ESCAPE_NONE:
		c->escape = ESCAPE_NONE;
		break;
	}
}

/* Whether more bytes can still make well-formed UTF-8 of these n. */
static bool may_continue(const char *bytes, size_t n)
{
	unsigned char lead = (unsigned char)bytes[0];
	size_t want = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;

	for (size_t i = 1; i < n; i++)
		if (((unsigned char)bytes[i] & 0xc0) != 0x80)
			return false;
	return lead <= 0xf4 && n < want;
}

/* Bytes that turned out to be no UTF-8. */
static void flush_pending(struct console *c)
{
	for (size_t i = 0; i < c->pending_n; i++)
		put_byte_escaped(c, (unsigned char)c->pending[i]);
	c->pending_n = 0;
}

/* A byte above ASCII, or one that comes in the midst of a sequence. */
static void step_utf8(struct console *c, unsigned char byte)
{
	uint32_t code;
	size_t n;

	c->pending[c->pending_n++] = (char)byte;
	n = text_decode(c->pending, c->pending_n, &code);
	if (n) {
		put_code(c, text_code_width(code) >= 0 ? code : 0xfffd);
		c->pending_n = 0;
	} else if (!may_continue(c->pending, c->pending_n)) {
		flush_pending(c);
	}
}

void console_write(struct console *c, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (c->escape != ESCAPE_NONE) {
			step_escape(c, byte);
			continue;
		}
		if (c->pending_n && (byte & 0xc0) != 0x80)
			flush_pending(c);
		if (byte >= 0x80)
			step_utf8(c, byte);
		else if (byte < 0x20 || byte == 0x7f)
			put_control(c, byte);
		else
			put_code(c, byte);
	}
}

/* Rows that a line takes when wrapped; draws those from row skip on at y when draw is set. */
static int wrap_line(const char *line, struct canvas *canvas, struct rect area, int y, bool draw)
{
	int rows = 0;

	do {
		size_t n = canvas_wrap(canvas, line, area.w);

		if (draw && y + rows >= area.y && y + rows < area.y + area.h)
			canvas_print(canvas, area.x, y + rows, area.w, STYLE_CONSOLE, "%.*s",
				(int)n, line);
		line += n;
		rows++;
	} while (*line);
	return rows;
}

void console_draw(struct console *c, struct canvas *canvas, struct rect area, bool cursor)
{
	const char *current = console_current(c);
	int y = area.y + area.h, x;

	if (area.w < 1 || area.h < 1)
		return;
	canvas_fill(canvas, area, STYLE_CONSOLE);
	if (*current || cursor) {
		y -= wrap_line(current, canvas, area, y, false);
		wrap_line(current, canvas, area, y, true);
	}
	for (size_t i = c->n; i > 0 && y > area.y; i--) {
		y -= wrap_line(console_line(c, i - 1), canvas, area, y, false);
		wrap_line(console_line(c, i - 1), canvas, area, y, true);
	}
	x = canvas_width(canvas, current) % area.w;
	if (cursor)
		canvas_cursor(canvas, area.x + x, area.y + area.h - 1);
}
