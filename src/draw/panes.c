/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/panes.h"

#include <stdlib.h>
#include <string.h>

#include "twintop/base/arena.h"
#include "twintop/base/table.h"

#define NOT_THEN "not read at this moment"
#define GUTTER	 4 /* blank, mark, change mark, blank */
#define ARROW	 " -> "

struct panes panes_split(struct rect area, unsigned sides, int note, int gutter)
{
	struct panes p = {0};
	int w = area.w;

	p.side[0] = p.side[1] = p.gutter = p.note = (struct rect){area.x, area.y, 0, area.h};
	if (note > 0 && w >= 100) {
		p.note.w = note > w / 5 ? w / 5 : note;
		w -= p.note.w + 1;
		p.note.x = area.x + w + 1;
	}
	if (sides < 2) {
		p.gutter.w = w > 12 ? 2 : 0;
		p.side[0].w = w - p.gutter.w;
		p.gutter.x = area.x + p.side[0].w;
		return p;
	}
	p.gutter.w = gutter ? gutter : w >= 24 ? GUTTER : w > 2 ? 1 : 0;
	p.side[0].w = p.side[1].w = (w - p.gutter.w) / 2;
	p.gutter.x = area.x + p.side[0].w;
	p.side[1].x = p.gutter.x + p.gutter.w;
	return p;
}

unsigned panes_sides(const struct moment *m)
{
	return m && m->snapshot ? m->snapshot->sides : 0;
}

struct list_glyph panes_state_glyph(enum row_state state)
{
	static const struct list_glyph glyph[] = {
		[ROW_SAME] = {"═", "=", STYLE_SAME, "same"},
		[ROW_ONLY_A] = {"◀", "<", STYLE_ONLY_A, "only A"},
		[ROW_ONLY_B] = {"▶", ">", STYLE_ONLY_B, "only B"},
		[ROW_DIVERGED] = {"╪", "!", STYLE_DIVERGED, "differ"},
		[ROW_UNKNOWN] = {"?", "?", STYLE_DIM, NULL},
		[ROW_STATES] = {" ", " ", STYLE_DIM, NULL},
	};
	TABLE_ROWS(glyph, ROW_STATES + 1);

	return glyph[state <= ROW_STATES ? state : ROW_STATES];
}

void panes_note_one(bool in_a, enum row_state state, struct textbuf *out)
{
	if (state == ROW_UNKNOWN)
		textbuf_addf(out, "in %c; of %c not known", in_a ? 'A' : 'B', in_a ? 'B' : 'A');
	else
		textbuf_addf(out, "only in %c", in_a ? 'A' : 'B');
}

void panes_glyph(struct canvas *c, int x, int y, struct list_glyph glyph)
{
	canvas_text(c, x, y, 1, glyph.style, c->ascii ? glyph.ascii : glyph.utf8);
}

int panes_tail(struct canvas *c, int x, int y, int w, enum style style, const char *utf8)
{
	size_t len = strlen(utf8), width = text_width(utf8, len);

	if (w < 1)
		return 0;
	if (width <= (size_t)w)
		return canvas_text(c, x, y, w, style, utf8);
	while (*utf8 && width > (size_t)w - 1) {
		uint32_t code;
		size_t n = text_decode(utf8, len, &code);
		int columns = n ? text_code_width(code) : 1;

		utf8 += n ? n : 1;
		len -= n ? n : 1;
		width -= columns > 0 ? (size_t)columns : 0;
	}
	canvas_text(c, x, y, 1, style, "…");
	return 1 + canvas_text(c, x + 1, y, w - 1, style, utf8);
}

/* The part of utf8 that takes at most w columns from its begin: bytes. */
static size_t head_bytes(const char *utf8, size_t len, int w)
{
	size_t at = 0;

	while (at < len) {
		uint32_t code;
		size_t n = text_decode(utf8 + at, len - at, &code);
		int columns = n ? text_code_width(code) : 1;

		if (columns > w)
			break;
		w -= columns > 0 ? columns : 0;
		at += n ? n : 1;
	}
	return at;
}

/* The begin of a text and, as it says most, more of its end. */
static int draw_ends(struct canvas *c, struct rect cell, enum style style, const char *utf8)
{
	size_t cut = head_bytes(utf8, strlen(utf8), (cell.w - 1) / 3);
	int used = canvas_print(c, cell.x, cell.y, cell.w, style, "%.*s", (int)cut, utf8);

	return used + panes_tail(c, cell.x + used, cell.y, cell.w - used, style, utf8 + cut);
}

/* "here -> there", whose arrow is at that byte: of each half the end stays. */
static int draw_halves(
	struct canvas *c, struct rect cell, enum style style, const char *utf8, size_t arrow)
{
	const char *there = utf8 + arrow + strlen(ARROW);
	int half = (cell.w - 2) / 2, right = (int)text_width(there, strlen(there)), used;
	char *here = mem_copy(utf8);

	here[arrow] = '\0';
	if (right < half)
		half = cell.w - 2 - right;
	used = panes_tail(c, cell.x, cell.y, half, style, here);
	used += canvas_text(c, cell.x + used, cell.y, 2, style, "->");
	free(here);
	return used + panes_tail(c, cell.x + used, cell.y, cell.w - used, style, there);
}

int panes_ends(struct canvas *c, int x, int y, int w, enum style style, const char *utf8)
{
	const char *arrow = strstr(utf8, ARROW);
	struct rect cell = {x, y, w, 1};

	if (w < 1)
		return 0;
	if ((int)text_width(utf8, strlen(utf8)) <= w)
		return canvas_text(c, x, y, w, style, utf8);
	if (arrow && w >= 8)
		return draw_halves(c, cell, style, utf8, (size_t)(arrow - utf8));
	return draw_ends(c, cell, style, utf8);
}

const char *panes_unread(const struct moment *m, unsigned side, bool past)
{
	if (past)
		return NOT_THEN;
	return m->snapshot->side[side].ending.ended ? "not read before it ended" : "not read yet";
}

const char *panes_reason(const char *reason, bool past)
{
	return past && reason == value_state_reason(VALUE_UNREAD) ? NOT_THEN : reason;
}

const char *panes_hidden(const struct moment *m, unsigned side)
{
	return side_host(m->snapshot, side)->root
		       ? "hidden: it has capabilities that this root lacks"
		       : "hidden: needs the same user, or root";
}

/* Who has no memory by nature has not hidden it, nor ended. Said of the side; NULL: he should. */
static const char *without_memory(const struct side *s, enum part_kind kind)
{
	if ((kind != PART_MAPPINGS && kind != PART_PAGES) || s->ending.ended ||
		!side_without_memory(s))
		return NULL;
	return s->info->kernel_thread ? "kernel thread: no memory of its own"
				      : "zombie: its memory is given back";
}

const char *panes_trouble(const struct moment *m, enum part_kind kind, unsigned side, bool past)
{
	const struct part *part = snapshot_part(m->snapshot, kind, side);
	const char *none = without_memory(&m->snapshot->side[side], kind);
	enum value_state state = part ? part->state : VALUE_UNREAD;

	if (value_state_has_value(state))
		return NULL;
	if (none)
		return none;
	switch (state) {
	case VALUE_DENIED:
		return panes_hidden(m, side);
	case VALUE_GONE:
		return "has ended";
	case VALUE_UNSUPPORTED:
		return "not offered by this kernel";
	case VALUE_LATE:
		return VALUE_LATE_WORDS;
	case VALUE_NONE:
	case VALUE_UNREAD:
		return panes_unread(m, side, past);
	default:
		return value_state_reason(state);
	}
}

void panes_say(struct canvas *c, struct rect area, enum style style, const char *utf8)
{
	int width = (int)text_width(utf8, strlen(utf8));

	if (area.h > 0)
		canvas_text(c, area.x + (width < area.w ? (area.w - width) / 2 : 0),
			area.y + area.h / 2, area.w, style, utf8);
}
