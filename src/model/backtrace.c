/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/backtrace.h"

#include <inttypes.h>

void backtrace_reason(const struct backtrace *b, struct textbuf *out)
{
	if (!b->reason)
		return;
	textbuf_adds(out, b->reason);
	if (!b->within.len)
		return;
	textbuf_adds(out, " in ");
	text_printable(out, text_basename(b->within));
}

/* A frame is one line where nothing is inlined, or nothing of its source is known. */
static size_t lines_of(const struct backtrace_frame *f)
{
	return f->symbol.frames ? f->symbol.frames : 1;
}

size_t backtrace_lines(const struct backtrace *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += lines_of(&b->frame[i]);
	return n;
}

static struct backtrace_line line_of(const struct backtrace_frame *f, size_t k)
{
	const struct symbol *s = &f->symbol;
	struct backtrace_line line = {.frame = f};

	if (s->frames) {
		line.function = s->frame[k].function;
		line.file = s->frame[k].file;
		line.line = s->frame[k].line;
		line.inlined = k + 1 < s->frames;
	}
	if (!line.function.len && !line.inlined && !s->gap)
		line.function = s->name;
	return line;
}

bool backtrace_line(const struct backtrace *b, size_t i, struct backtrace_line *ret)
{
	for (size_t at = 0; at < b->n; at++) {
		size_t lines = lines_of(&b->frame[at]);

		if (i < lines) {
			*ret = line_of(&b->frame[at], i);
			return true;
		}
		i -= lines;
	}
	return false;
}

void backtrace_place_print(struct textbuf *out, const struct backtrace_line *line)
{
	const struct symbol *s = &line->frame->symbol;
	uint64_t offset = s->offset + line->frame->returns;

	if (line->function.len) {
		text_printable(out, line->function);
		/* What is inlined has no begin of its own to count from. */
		if (!line->inlined && !s->gap && offset)
			textbuf_addf(out, "+0x%" PRIx64, offset);
	} else if (s->has_module_address && s->module.len) {
		text_printable(out, text_basename(s->module));
		textbuf_addf(out, "+0x%" PRIx64, s->module_address + line->frame->returns);
	} else {
		textbuf_addf(out, "0x%" PRIx64, line->frame->pc);
	}
}

static bool is_made(enum symbol_gap gap)
{
	return gap == SYMBOL_PERF_MAP || gap == SYMBOL_PERF_MAP_OTHERS ||
	       gap == SYMBOL_PERF_MAP_LARGE || gap == SYMBOL_PERF_MAP_LACKS;
}

enum symbol_gap backtrace_made_gap(const struct backtrace *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (is_made(b->frame[i].symbol.gap))
			return b->frame[i].symbol.gap;
	return SYMBOL_NO_GAP;
}

void backtrace_line_print(struct textbuf *out, const struct backtrace_line *line)
{
	backtrace_place_print(out, line);
	if (line->file.len && line->line) {
		textbuf_adds(out, " ");
		text_printable(out, text_basename(line->file));
		textbuf_addf(out, ":%u", line->line);
	} else if (line->frame->symbol.module.len && line->function.len) {
		textbuf_adds(out, " ");
		text_printable(out, text_basename(line->frame->symbol.module));
	}
	if (is_made(line->frame->symbol.gap))
		textbuf_adds(out, " code made at run time");
	if (line->inlined)
		textbuf_adds(out, " (inlined)");
	if (line->frame->guessed)
		textbuf_adds(out, " (a guess)");
}
