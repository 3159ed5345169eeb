/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "past_internal.h"
#include "twintop/base/units.h"
#include "twintop/compare/past.h"

void past_note_one(bool is_now, enum row_state state, struct textbuf *out)
{
	if (state == ROW_UNKNOWN)
		textbuf_addf(out, "there %s; %s not known", is_now ? "now" : "then",
			is_now ? "then" : "now");
	else
		textbuf_adds(out, is_now ? "new since then" : "gone since then");
}

/* By how much A's mapping of the row is larger or smaller, and which of the two words says so. */
static void note_size(const struct moment *m, const struct pair_mapping *row,
	const char *const word[2], bool before, struct textbuf *out)
{
	const struct mapping *now = &m->snapshot->side[0].memory->mapping[row->a];
	const struct mapping *then = &m->snapshot->side[1].memory->mapping[row->b];
	uint64_t a = now->end - now->start, b = then->end - then->start;
	char text[UNITS_MAX];

	if (a == b)
		return;
	units_bytes(text, a > b ? a - b : b - a);
	textbuf_addf(out, "%s %s", before ? word[a < b] : text, before ? text : word[a < b]);
}

void past_note_difference(
	const struct moment *m, const struct pair_mapping *row, struct textbuf *out)
{
	static const char *const word[2] = {"more in A", "less in A"};

	note_size(m, row, word, false, out);
}

/* What became of its pages, what tells most first. */
static void note_pages(const struct verdicts *v, const struct pair_pages *p, struct textbuf *out)
{
	const struct {
		uint64_t n;
		const char *word;
	} part[] = {{p->replaced, "replaced"}, {p->came, "new"}, {p->gone, "gone"},
		{p->faulted, "faulted"}};
	size_t begin = out->len;

	for (size_t i = 0; i < sizeof part / sizeof *part; i++)
		if (part[i].n)
			textbuf_addf(out, "%s%" PRIu64 " %s", out->len ? ", " : "", part[i].n,
				part[i].word);
	if (out->len == begin && !begin && p->untold)
		textbuf_adds(out, v->frames_gap ? "frames not known" : "there then, too");
	else if (out->len == begin && !begin && p->kept)
		textbuf_adds(out, "same frames");
}

void past_note_mapping(const struct moment *m, const struct pair_mapping *row, struct textbuf *out)
{
	static const char *const word[2] = {"grew", "shrank"};
	const struct verdicts *v = m->pair->verdicts;

	note_size(m, row, word, true, out);
	if (value_state_has_value(v->since_state))
		note_pages(v, &row->pages, out);
	else
		textbuf_addf(out, "%spages not known", out->len ? ", " : "");
}

void past_mark(const struct verdicts *v, struct textbuf *out)
{
	if (!value_state_has_value(v->since_state))
		textbuf_addf(out, "hidden: %s", v->since_reason);
	else if (!v->pages_exact)
		textbuf_adds(out, "estimated: without frames nobody knows which pages are those of "
				  "then");
	else if (v->faults_gap)
		textbuf_adds(out, "exact: by frames; writes in place are not told");
	else
		textbuf_adds(out, v->faults_partial
					  ? "exact: by frames; writes in place are told in part"
					  : "exact: by frames, and page faults since then");
}

static void add_count(
	const struct moment *m, enum part_kind kind, const char *what, struct textbuf *out)
{
	if (past_hides(m, kind))
		textbuf_addf(out, "%s%s ?", out->len ? "   " : "", what);
	else
		textbuf_addf(out, "%s%s +%zu -%zu", out->len ? "   " : "", what,
			past_count(m, kind, 0), past_count(m, kind, 1));
}

void past_add_rows(const struct moment *m, struct textbuf *out)
{
	if (!pair_is_past(m->pair)) {
		textbuf_adds(out, "two recordings");
		return;
	}
	textbuf_adds(out, "nothing with the past;");
	add_count(m, PART_THREADS, "threads", out);
	add_count(m, PART_FDS, "descriptors", out);
}

static void add_growth(struct sheet *s, const struct moment *m, const struct past_growth *row)
{
	struct textbuf text = {0};
	const char *reason = NULL;
	int64_t by;

	if (past_grew(m, row, &by, &reason))
		past_growth_text(row, by, &text);
	else
		textbuf_addf(&text, "? %s", reason);
	sheet_heading(s, "  %-24s %s", row->title, text.bytes);
	textbuf_free(&text);
}

void past_add_sheet(struct sheet *s, const struct moment *m)
{
	struct textbuf rows = {0};

	sheet_heading(s, "%s", pair_apart(m->pair));
	sheet_heading(s, " ");
	sheet_heading(s, pair_is_past(m->pair) ? "More or less of it than then"
					       : "More or less in A than in B");
	for (size_t i = 0; i < past_growth_n; i++)
		add_growth(s, m, &past_growth_table[i]);
	past_add_rows(m, &rows);
	sheet_heading(s, " ");
	sheet_heading(s, "Shared: %s", rows.bytes);
	textbuf_free(&rows);
}
