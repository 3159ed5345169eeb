/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report_internal.h"
#include "twintop/base/units.h"
#include "twintop/compare/textbook.h"

static void write_figures(
	const struct moment *m, const struct textbook_answer *answer, struct textbuf *out)
{
	for (unsigned side = 0; side < m->snapshot->sides; side++) {
		if (!answer->side[side].text && !answer->side[side].reason)
			continue;
		textbuf_addf(out, "      %c: ", "AB"[side]);
		textbook_cell_text(&answer->side[side], answer->side[side].reason, out);
		textbuf_adds(out, "\n");
	}
}

static void write_row(const struct moment *m, const struct textbook_row *row, struct textbuf *out)
{
	struct textbook_answer answer;
	struct arena arena = {0};
	char age[UNITS_MAX];

	textbook_ask(row, m, &arena, &answer);
	textbuf_addf(out, "  %s: ", row->title);
	textbook_verdict_text(&answer, answer.measured.reason, out);
	textbuf_adds(out, "\n");
	write_figures(m, &answer, out);
	textbuf_addf(out, "      said by %s", answer.source);
	if (answer.late_ns)
		textbuf_addf(out, ", read %s before", units_time(age, answer.late_ns));
	textbuf_addf(out, "\n      %s Textbook: processes: %s; threads: %s\n", row->question,
		row->of_process, row->of_threads);
	arena_free(&arena);
}

void report_textbook(const struct moment *m, struct textbuf *out)
{
	if (!m->snapshot->sides)
		return;
	if (pair_apart(m->pair))
		return;
	report_section(out, "Process versus thread, as A and B are", NULL);
	for (size_t i = 0; i < textbook_table_n; i++)
		write_row(m, &textbook_table[i], out);
	textbuf_adds(out, "  Signs:");
	for (int v = 0; v < TEXTBOOK_VERDICTS; v++)
		textbuf_addf(out, "%s %s %s", v ? ";" : "", textbook_sign((enum textbook_verdict)v),
			textbook_meaning((enum textbook_verdict)v));
	textbuf_adds(out, "\n");
}
