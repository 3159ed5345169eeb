/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "report_internal.h"
#include "twintop/base/units.h"
#include "twintop/compare/writer_rows.h"

#define ROWS_MOST   40u /* as many as a page of paper holds */
#define TRACES_MOST 5u	/* of the greatest writers */

static void write_row(
	struct report_table *t, const struct snapshot *s, const struct writer_row *row)
{
	const struct writers *w = s->writers;
	struct textbuf text = {0};
	char number[UNITS_MAX];

	report_cell(t, row->side ? "B" : "A");
	report_cellf(t, "%" PRIu64, row->copied);
	report_cell(t, units_bytes(number, row->copied * w->page_size));
	if (w->copies)
		report_cellf(t, "%.0f%%", 100.0 * (double)row->copied / (double)w->copies);
	else
		report_cell(t, "—");
	report_cellf(t, "%" PRIu64, row->touched);
	writer_age_print(&text, s, row->last_ns);
	report_cell(t, text.bytes);
	textbuf_clear(&text);
	writer_row_print(&text, row);
	report_cell(t, text.bytes);
	textbuf_clear(&text);
	text_printable(&text, text_basename(row->module));
	report_cell(t, text.len ? text.bytes : "—");
	textbuf_clear(&text);
	writer_threads_print(&text, row);
	report_cell(t, text.len ? text.bytes : "—");
	textbuf_free(&text);
}

/* ---- how they came there -------------------------------------------------------- */

static void write_trace(const struct snapshot *s, const struct writer_row *row, struct textbuf *out)
{
	textbuf_addf(out, "  How %c came to ", row->side ? 'B' : 'A');
	writer_row_print(out, row);
	if (!row->trace) {
		textbuf_addf(out, ": not known, %s\n", row->no_trace);
		return;
	}
	textbuf_adds(out, ", ");
	writer_trace_print(out, s, row);
	textbuf_adds(out, "\n");
	report_frames(&row->trace->backtrace, out);
}

static void write_rows(const struct snapshot *s, struct textbuf *out)
{
	static const struct {
		const char *heading;
		bool left;
	} columns[] = {{"", true}, {"COPIED", false}, {"BYTES", false}, {"OF COPIES", false},
		{"NEW", false}, {"LAST", false}, {"WRITER", true}, {"MODULE", true},
		{"THREADS", true}};
	const struct writer_row *row;
	struct report_table t = {0};
	struct arena arena = {0};
	size_t n = writer_rows(s, &arena, &row);

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		report_column(&t, columns[i].heading, columns[i].left);
	for (size_t i = 0; i < n && i < ROWS_MOST; i++)
		write_row(&t, s, &row[i]);
	if (n)
		report_write(&t, out);
	if (n > ROWS_MOST)
		textbuf_addf(out, "  and %zu more\n", n - ROWS_MOST);
	for (size_t i = 0; i < n && i < TRACES_MOST; i++)
		write_trace(s, &row[i], out);
	arena_free(&arena);
}

void report_writers(const struct moment *m, struct textbuf *out)
{
	const struct snapshot *s = m->snapshot;
	struct textbuf honesty = {0};

	if (!m->pair || m->pair->one_space || pair_apart(m->pair))
		return;
	writers_honesty(s, m->pair, &honesty);
	report_section(out, "Who wrote: copied pages, and new ones, by place in the program",
		honesty.bytes);
	textbuf_free(&honesty);
	if (writers_hidden(s, m->pair))
		return;
	write_rows(s, out);
	textbuf_addf(out, "  copied %" PRIu64 " pages %s", s->writers->copies, writers_since(s));
	if (s->writers->untold)
		textbuf_addf(
			out, ", %" PRIu64 " %s", s->writers->untold, writers_untold_by(s->writers));
	textbuf_adds(out, "\n");
}
