/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console_guard.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ESCAPE	     '\033'
#define CANCEL	     '\030'
#define SUBSTITUTE   '\032'
#define NUMBER_MOST  9999 /* in a sequence */
#define SCROLL_MOST  200  /* lines or columns at once */
#define REPEAT_MOST  1000 /* characters */
#define NUMBERS_MOST 15	  /* in a sequence; libvterm has room for one more */
#define NUMBER_BYTES 16

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number at *at, bounded; 0 where there is none. Moves *at behind it. */
static unsigned take_number(const char *held, size_t n, size_t *at)
{
	unsigned number = 0;

	for (; *at < n && is_digit(held[*at]); ++*at)
		if (number <= NUMBER_MOST)
			number = number * 10 + (unsigned)(held[*at] - '0');
	return number < NUMBER_MOST ? number : NUMBER_MOST;
}

/* Whether it scrolls: inserts and deletes, up and down, left and right. between: the character
 * before the last where that is no number's; 0: none. */
static bool is_scroll(char between, char last)
{
	switch (between) {
	case 0:
		return strchr("@LMPST", last);
	case ' ':
		return last == '@' || last == 'A';
	case '\'':
		return last == '}' || last == '~';
	default:
		return false;
	}
}

/* It so many times, by one each. */
static void scroll(VTerm *vt, char between, char last, unsigned times)
{
	const char one[] = {ESCAPE, '[', between ? between : last, last};

	for (unsigned i = 0; i < times && i < SCROLL_MOST; i++)
		vterm_input_write(vt, one, between ? 4 : 3);
}

static void repeat(const struct guard *g, VTerm *vt, unsigned times)
{
	for (unsigned i = 0; g->last_n && i < times && i < REPEAT_MOST; i++)
		vterm_input_write(vt, g->last, g->last_n);
}

/* ESC [ and what is held, its numbers bounded. */
static void pass_on(VTerm *vt, const char *held, size_t n)
{
	char out[3 * GUARD_BYTES] = {ESCAPE, '['};
	size_t len = 2, at = 0, numbers = 1;

	for (size_t i = 0; i < n; i++)
		numbers += held[i] == ';' || held[i] == ':';
	if (numbers > NUMBERS_MOST)
		return;
	while (at < n)
		if (is_digit(held[at]))
			len += (size_t)snprintf(
				out + len, NUMBER_BYTES, "%u", take_number(held, n, &at));
		else
			out[len++] = held[at++];
	vterm_input_write(vt, out, len);
}

static void end_sequence(struct guard *g, VTerm *vt)
{
	char last = g->held[g->held_n - 1], between = g->held_n > 1 ? g->held[g->held_n - 2] : 0;
	bool own = strchr("<=>?", g->held[0]); /* of a meaning of its own */
	size_t at = 0;
	unsigned number = take_number(g->held, g->held_n, &at);

	number = number ? number : 1;
	between = between >= ' ' && between < '0' ? between : 0;
	g->state = GUARD_PLAIN;
	if (last == 'b')
		repeat(g, vt, own || between ? 0 : number);
	else if (!own && is_scroll(between, last))
		scroll(vt, between, last, number);
	else
		pass_on(vt, g->held, g->held_n);
}

/* Control characters within a sequence are obeyed at once, as everywhere. */
static void step_sequence(struct guard *g, VTerm *vt, char byte)
{
	if (byte == ESCAPE) {
		g->state = GUARD_ESCAPE;
	} else if (byte == CANCEL || byte == SUBSTITUTE) {
		g->state = GUARD_PLAIN;
	} else if ((unsigned char)byte < 0x20) {
		vterm_input_write(vt, &byte, 1);
	} else {
		bool full = g->held_n == GUARD_BYTES, ends = byte >= 0x40 && byte < 0x7f;

		if (!full)
			g->held[g->held_n++] = byte;
		if (ends && full)
			g->state = GUARD_PLAIN;
		else if (ends)
			end_sequence(g, vt);
	}
}

/* Character sets and the like: those that there are, as libvterm 0.1 takes "ESC ( [" for more. */
static void step_charset(struct guard *g, VTerm *vt, char byte)
{
	static const char letters[] = {'@', 'A', 'B', 'F', 'G', 'K', 'U'};
	const char all[] = {ESCAPE, g->held[0], byte};

	if (byte == ESCAPE) {
		g->state = GUARD_ESCAPE;
	} else if ((unsigned char)byte < 0x20 && byte != CANCEL && byte != SUBSTITUTE) {
		vterm_input_write(vt, &byte, 1);
	} else {
		g->state = GUARD_PLAIN;
		if (is_digit(byte) || memchr(letters, byte, sizeof letters))
			vterm_input_write(vt, all, sizeof all);
	}
}

/* ESC and its final: what it was in the midst of, a title say, ends with it. */
static void begin_long(struct guard *g, VTerm *vt, char byte)
{
	const char cancel = CANCEL;

	g->state = byte == '[' ? GUARD_SEQUENCE : GUARD_STRING;
	g->held_n = 0;
	vterm_input_write(vt, &cancel, 1);
}

static void step_escape(struct guard *g, VTerm *vt, char byte)
{
	const char both[] = {ESCAPE, byte};

	if (byte == ESCAPE) {
		g->state = GUARD_ESCAPE;
	} else if (byte == '[' || byte == 'P') {
		begin_long(g, vt, byte);
	} else if (byte >= ' ' && byte < '0') {
		g->held[0] = byte;
		g->state = GUARD_CHARSET;
	} else if (byte >= '0' && byte < 0x7f) {
		g->state = GUARD_PLAIN;
		vterm_input_write(vt, both, sizeof both);
	} else {
		g->state = (unsigned char)byte < 0x20 ? GUARD_ESCAPE : GUARD_PLAIN;
		vterm_input_write(vt, &byte, 1);
	}
}

/* Text and control characters go on; the last of them is remembered if it is a character. */
static void write_plain(struct guard *g, VTerm *vt, const char *bytes, size_t n)
{
	size_t from = n - 1;

	while (from > 0 && n - from < sizeof g->last && ((unsigned char)bytes[from] & 0xc0) == 0x80)
		from--;
	g->last_n = (unsigned char)bytes[from] >= 0x20 ? n - from : 0;
	memcpy(g->last, bytes + from, g->last_n);
	vterm_input_write(vt, bytes, n);
}

static void step(struct guard *g, VTerm *vt, char byte)
{
	switch (g->state) {
	case GUARD_PLAIN:
		g->state = GUARD_ESCAPE; /* no other byte comes here */
		break;
	case GUARD_ESCAPE:
		step_escape(g, vt, byte);
		break;
	case GUARD_CHARSET:
		step_charset(g, vt, byte);
		break;
	case GUARD_SEQUENCE:
		step_sequence(g, vt, byte);
		break;
	case GUARD_STRING:
		g->state = byte == ESCAPE			  ? GUARD_STRING_ESCAPE
			   : byte == CANCEL || byte == SUBSTITUTE ? GUARD_PLAIN
								  : GUARD_STRING;
		break;
	case GUARD_STRING_ESCAPE:
		if (byte == '\\')
			g->state = GUARD_PLAIN;
		else
			step_escape(g, vt, byte);
		break;
	}
}

void guard_write(struct guard *g, VTerm *vt, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len;) {
		const char *escape = memchr(bytes + i, ESCAPE, len - i);
		size_t plain = escape ? (size_t)(escape - bytes) - i : len - i;

		if (g->state == GUARD_PLAIN && plain) {
			write_plain(g, vt, bytes + i, plain);
			i += plain;
		} else {
			step(g, vt, bytes[i++]);
		}
	}
}
