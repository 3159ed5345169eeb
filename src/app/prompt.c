/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/app/prompt.h"

#include "twintop/draw/key.h"

void prompt_begin(struct prompt *p, const char *text)
{
	textbuf_clear(&p->text);
	textbuf_adds(&p->text, text);
}

void prompt_free(struct prompt *p)
{
	textbuf_free(&p->text);
}

const char *prompt_text(const struct prompt *p)
{
	return p->text.bytes ? p->text.bytes : "";
}

/* Cuts the text to len bytes. */
static void cut(struct prompt *p, size_t len)
{
	if (len < p->text.len) {
		p->text.len = len;
		p->text.bytes[len] = '\0';
	}
}

/* Takes away the last character, a combining mark by itself. */
static void erase_last(struct prompt *p)
{
	size_t len = p->text.len;

	while (len > 0 && ((unsigned char)p->text.bytes[len - 1] & 0xc0) == 0x80)
		len--;
	cut(p, len ? len - 1 : 0);
}

static void erase_word(struct prompt *p)
{
	while (p->text.len && p->text.bytes[p->text.len - 1] == ' ')
		erase_last(p);
	while (p->text.len && p->text.bytes[p->text.len - 1] != ' ')
		erase_last(p);
}

enum prompt_answer prompt_key(struct prompt *p, uint32_t key)
{
	char utf8[4];

	switch (key) {
	case KEYS_ENTER:
		return PROMPT_ACCEPTED;
	case KEYS_ESCAPE:
		return PROMPT_CANCELLED;
	case KEYS_BACKSPACE:
		erase_last(p);
		return PROMPT_TYPING;
	case 0x15: /* ^U */
		cut(p, 0);
		return PROMPT_TYPING;
	case 0x17: /* ^W */
		erase_word(p);
		return PROMPT_TYPING;
	default:
		break;
	}
	if (key < KEY_TWINTOP_FIRST && text_code_width(key) >= 0 && p->text.len < PROMPT_BYTES)
		textbuf_add(&p->text, utf8, text_encode(key, utf8));
	return PROMPT_TYPING;
}

void prompt_draw(const struct prompt *p, struct canvas *c, struct rect line, const char *label)
{
	const char *text = prompt_text(p);
	int x = line.x, room;

	canvas_fill(c, line, STYLE_NORMAL);
	x += canvas_text(c, x, line.y, line.w, STYLE_KEY, label);
	room = line.x + line.w - x - 1;
	while (*text && canvas_width(c, text) > room)
		text += canvas_wrap(c, text, 1) ? canvas_wrap(c, text, 1) : 1;
	x += canvas_text(c, x, line.y, room, STYLE_NORMAL, text);
	canvas_cursor(c, x, line.y);
}
