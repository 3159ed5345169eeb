/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a row of writers is called, in whole and in little room. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "twintop/compare/writer_rows.h"

/* A row's words: all printable. */
struct words {
	struct textbuf name;  /* "fill_row", "libc.so.6" */
	struct textbuf place; /* " table.c", "+0x9f3c0", or nothing */
	struct textbuf line;  /* ":88", or nothing */
	const char *how;
};

static void print_name(struct textbuf *out, const struct writer_row *row)
{
	if (row->function.len)
		text_printable(out, row->function);
	else if (row->module.len)
		text_printable(out, text_basename(row->module));
	else if (row->ip)
		textbuf_addf(out, "0x%" PRIx64, row->ip);
	else
		textbuf_adds(out, "somewhere");
}

static struct words words_of(const struct writer_row *row)
{
	struct words w = {.how = row->kernel ? " (in a system call)" : ""};

	print_name(&w.name, row);
	if (!row->function.len && row->has_offset)
		textbuf_addf(&w.line, "+0x%" PRIx64, row->offset);
	if (!row->file.len)
		return w;
	textbuf_adds(&w.place, " ");
	text_printable(&w.place, text_basename(row->file));
	textbuf_addf(&w.line, ":%u", row->line);
	return w;
}

static void words_free(struct words *w)
{
	textbuf_free(&w->name);
	textbuf_free(&w->place);
	textbuf_free(&w->line);
}

static int width_of(const struct textbuf *b)
{
	return b->len ? (int)text_width(b->bytes, b->len) : 0;
}

static void add(struct textbuf *out, const struct textbuf *b)
{
	textbuf_add(out, b->len ? b->bytes : "", b->len);
}

/* The begin of it, and that it was cut. */
static void add_begin(struct textbuf *out, const struct textbuf *b, int columns)
{
	size_t len = b->len;

	while (len && (int)text_width(b->bytes, len) > columns - 1)
		while (--len && ((unsigned char)b->bytes[len] & 0xc0) == 0x80)
			;
	textbuf_add(out, len ? b->bytes : "", len);
	if (columns > 0)
		textbuf_adds(out, "…");
}

/* Its end, the same. */
static void add_end(struct textbuf *out, const struct textbuf *b, int columns)
{
	size_t at = 0;

	while (at < b->len && (int)text_width(b->bytes + at, b->len - at) > columns - 1)
		while (++at < b->len && ((unsigned char)b->bytes[at] & 0xc0) == 0x80)
			;
	textbuf_adds(out, "…");
	textbuf_add(out, b->len ? b->bytes + at : "", b->len - at);
}

/* Room for two columns of the file at least, or none of it is told. */
static void add_cut(struct textbuf *out, const struct words *w, int columns)
{
	int left = columns - width_of(&w->name);

	if (left >= width_of(&w->place)) {
		add(out, &w->name);
		add(out, &w->place);
	} else if (left >= 4) {
		add(out, &w->name);
		textbuf_adds(out, " ");
		add_end(out, &w->place, left - 1);
	} else if (left >= 1 || (!left && !w->place.len)) {
		add(out, &w->name);
		textbuf_adds(out, w->place.len ? "…" : "");
	} else {
		add_begin(out, &w->name, columns);
	}
}

void writer_row_print_in(struct textbuf *out, const struct writer_row *row, int columns)
{
	struct words w = words_of(row);
	int line = width_of(&w.line);

	if (width_of(&w.name) + width_of(&w.place) + line + (int)strlen(w.how) > columns) {
		w.how = row->kernel ? " (syscall)" : "";
		add_cut(out, &w, columns - line - (int)strlen(w.how));
	} else {
		add(out, &w.name);
		add(out, &w.place);
	}
	add(out, &w.line);
	textbuf_adds(out, w.how);
	words_free(&w);
}

void writer_row_print(struct textbuf *out, const struct writer_row *row)
{
	writer_row_print_in(out, row, INT_MAX);
}
