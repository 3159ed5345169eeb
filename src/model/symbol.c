/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/symbol.h"

#include <inttypes.h>

static const struct {
	enum value_state state;
	const char *reason;
} gap_table[SYMBOL_GAPS] = {
#define SYMBOL_GAP(NAME, STATE, reason) [SYMBOL_##NAME] = {VALUE_##STATE, reason},
#include "twintop/model/symbol_gap_rows.h"
};

enum value_state symbol_gap_state(enum symbol_gap gap)
{
	return gap_table[gap].state;
}

const char *symbol_gap_reason(enum symbol_gap gap)
{
	return gap_table[gap].reason;
}

static void print_place(struct textbuf *out, const struct symbol *s)
{
	const struct symbol_frame *frame = s->frames ? &s->frame[0] : NULL;

	if (!frame || !frame->file.len) {
		text_printable(out, text_basename(s->module));
		return;
	}
	text_printable(out, text_basename(frame->file));
	if (frame->line)
		textbuf_addf(out, ":%u", frame->line);
}

void symbol_print(struct textbuf *out, const struct symbol *s)
{
	if (s->gap) {
		textbuf_addf(out, "0x%" PRIx64 ": %s", s->address, symbol_gap_reason(s->gap));
		return;
	}
	text_printable(out, s->name);
	if (s->offset)
		textbuf_addf(out, "+0x%" PRIx64, s->offset);
	textbuf_adds(out, " (");
	print_place(out, s);
	textbuf_adds(out, ")");
}
