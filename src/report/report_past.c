/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A beside A of an earlier moment: what grew, changed, came and went. */
#include <inttypes.h>
#include <time.h>

#include "report_internal.h"
#include "twintop/base/table.h"
#include "twintop/base/units.h"
#include "twintop/compare/past.h"

/* "A now beside A of 10s before, 2026-11-27 14:03:22 UTC" */
static void write_when(const struct moment *m, struct textbuf *out)
{
	const struct snapshot *s = m->snapshot;
	time_t seconds = (time_t)(s->side[1].was_realtime_ns / 1000000000u);
	char when[40] = "", age[UNITS_MAX];
	struct textbuf title = {0};
	struct tm parts;

	if (gmtime_r(&seconds, &parts))
		strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &parts);
	if (pair_is_past(m->pair))
		textbuf_addf(&title, "A beside itself %s before, at %s",
			units_time(age, s->monotonic_ns - side_moment_ns(s, 1)), when);
	else
		textbuf_addf(&title, "A beside B of another recording: of %s, Linux %s", when,
			side_host(s, 1)->kernel);
	report_section(out, title.bytes, NULL);
	textbuf_free(&title);
}

static void grown_cell(struct report_table *t, const struct past_growth *row, int64_t by)
{
	struct textbuf text = {0};

	past_growth_text(row, by, &text);
	report_cell(t, text.bytes);
	textbuf_free(&text);
}

static void write_grown(const struct moment *m, struct textbuf *out)
{
	struct report_table t = {0};

	report_column(&t, "", true);
	report_column(&t, pair_is_past(m->pair) ? "SINCE THEN" : "MORE IN A", false);
	report_column(&t, "", true);
	for (size_t i = 0; i < past_growth_n; i++) {
		const char *reason = "";
		int64_t by;

		report_cell(&t, past_growth_table[i].title);
		if (past_grew(m, &past_growth_table[i], &by, &reason))
			grown_cell(&t, &past_growth_table[i], by);
		else
			report_cell(&t, "?");
		report_cell(&t, reason);
	}
	report_write(&t, out);
}

/* One thread that came or went. */
static void write_thread(const struct moment *m, const struct pair_thread *row, struct textbuf *out)
{
	unsigned side = row->a < 0;
	struct thread t =
		thread_at(m->snapshot->side[side].threads, (size_t)(side ? row->b : row->a));

	if (!t.self)
		return;
	textbuf_addf(out, "  thread %d ", (int)t.self->tid);
	text_name(out, thread_name(&t));
	textbuf_adds(out, side ? ": has ended since then\n" : ": has started since then\n");
}

static void write_threads(const struct moment *m, struct textbuf *out)
{
	const struct pair *p = m->pair;

	if (past_hides(m, PART_THREADS))
		textbuf_addf(
			out, "  ? threads that came or went: %s\n", past_hides(m, PART_THREADS));
	for (size_t i = 0; i < p->threads_n && !past_hides(m, PART_THREADS); i++)
		if (p->thread[i].a < 0 || p->thread[i].b < 0)
			write_thread(m, &p->thread[i], out);
}

void report_past(const struct moment *m, struct textbuf *out)
{
	write_when(m, out);
	write_grown(m, out);
	if (pair_is_past(m->pair))
		write_threads(m, out);
}

/* ---- pages ------------------------------------------------------------------- */

static const char *honesty_of(const struct verdicts *v)
{
	if (!value_state_has_value(v->since_state))
		return v->since_reason;
	if (!v->pages_exact)
		return "hidden: needs frame numbers to tell which pages are those of then";
	if (v->faults_gap)
		return "exact by frames; page faults since then were not told";
	return v->faults_partial ? "exact by frames; more pages may have faulted than were told"
				 : "exact: by frame numbers and page faults";
}

void report_past_pages(const struct moment *m, struct textbuf *out)
{
	const struct verdicts *v = m->pair->verdicts;
	char bytes[UNITS_MAX];
	struct report_table t = {0};

	report_section(out, pair_is_past(m->pair) ? "Pages of A since then" : "Pages of A and B",
		honesty_of(v));
	if (!value_state_has_value(v->since_state))
		return;
	report_column(&t, "PAGES", false);
	report_column(&t, "BYTES", false);
	report_column(&t, "VERDICT", true);
	report_column(&t, "MEANING", true);
	for (int i = 0; i < PAGE_VERDICTS; i++) {
		enum page_verdict which = (enum page_verdict)i;
		const char *hidden = verdicts_hide(v, &v->pages, which);
		int64_t pages = pair_pages_of(&v->pages, which);

		if (pages < 0 || !page_verdict_of_time(which))
			continue;
		if (hidden) {
			report_cell(&t, "?");
			report_cell(&t, "?");
		} else {
			report_cellf(&t, "%" PRId64, pages);
			report_cell(&t, units_bytes(bytes, (uint64_t)pages * v->page_size));
		}
		report_cell(&t, page_verdict_info[i].title);
		report_cell(&t, hidden ? hidden : page_verdict_info[i].meaning);
	}
	report_write(&t, out);
}

/* ---- mappings ---------------------------------------------------------------- */

static const enum page_verdict shown_verdict[] = {PAGE_VERDICT_KEPT, PAGE_VERDICT_FAULTED,
	PAGE_VERDICT_REPLACED, PAGE_VERDICT_CAME, PAGE_VERDICT_GONE};
static const char *const shown_heading[] = {"KEPT", "FAULTED", "REPLACED", "NEW", "GONE"};
#define SHOWN (sizeof shown_verdict / sizeof *shown_verdict)

static const struct mapping *mapping_of(
	const struct moment *m, const struct pair_mapping *row, unsigned side)
{
	int index = side ? row->b : row->a;

	return index < 0 ? NULL : &m->snapshot->side[side].memory->mapping[index];
}

/* By how much its addresses grew. */
static void size_cell(struct report_table *t, const struct mapping *now, const struct mapping *then)
{
	uint64_t a = now ? now->end - now->start : 0, b = then ? then->end - then->start : 0;
	char text[UNITS_MAX];

	if (a == b)
		report_cell(t, "");
	else
		report_cellf(
			t, "%s%s", a < b ? "-" : "+", units_bytes(text, a < b ? b - a : a - b));
}

static void past_row(struct report_table *t, const struct moment *m, const struct pair_mapping *row)
{
	static const char *const ids[] = {
		"mapping.start", "mapping.permissions", "mapping.kind", "mapping.size_bytes"};
	static const char *const sign[] = {
		[ROW_SAME] = "=",
		[ROW_ONLY_A] = "+",
		[ROW_ONLY_B] = "x",
		[ROW_DIVERGED] = "!",
		[ROW_UNKNOWN] = "?",
	};
	TABLE_ROWS(sign, ROW_STATES);
	unsigned side = row->a < 0;
	const struct record r = {m, RECORD_MAPPING, side, (size_t)(side ? row->b : row->a)};
	const struct verdicts *v = m->pair->verdicts;

	report_cell(t, sign[row->state % ROW_STATES]);
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		report_field(t, field_find(ids[i]), &r);
	size_cell(t, mapping_of(m, row, 0), mapping_of(m, row, 1));
	for (size_t i = 0; i < SHOWN; i++)
		if (!value_state_has_value(v->since_state) || row->state == ROW_UNKNOWN ||
			verdicts_hide(v, &row->pages, shown_verdict[i]))
			report_cell(t, "?");
		else
			report_cellf(t, "%" PRId64, pair_pages_of(&row->pages, shown_verdict[i]));
	report_field(t, field_find("mapping.path"), &r);
}

void report_past_memory(const struct moment *m, struct textbuf *out)
{
	static const struct {
		const char *heading;
		bool left;
	} column[] = {{"", true}, {"START", false}, {"PERM", true}, {"KIND", true}, {"SIZE", false},
		{"GREW", false}};
	struct report_table t = {0};

	report_section(out, "Memory of A since then", honesty_of(m->pair->verdicts));
	textbuf_adds(out, "  = as then   ! changed   + new   x gone   ? not known; pages by what "
			  "became of them\n");
	for (size_t i = 0; i < sizeof column / sizeof *column; i++)
		report_column(&t, column[i].heading, column[i].left);
	for (size_t i = 0; i < SHOWN; i++)
		report_column(&t, shown_heading[i], false);
	report_column(&t, "PATH", true);
	for (size_t i = 0; i < m->pair->verdicts->mappings_n; i++)
		past_row(&t, m, &m->pair->verdicts->mapping[i]);
	report_write(&t, out);
}

/* ---- descriptors --------------------------------------------------------------- */

void report_past_fds(const struct moment *m, struct textbuf *out)
{
	const char *hidden = past_hides(m, PART_FDS);
	const struct pair *p = m->pair;
	size_t as_then = 0;

	report_section(out, "Descriptors of A since then",
		hidden ? hidden : "exact: by number, device and inode at both moments");
	for (size_t i = 0; i < p->fds_n && !hidden; i++) {
		unsigned side = p->fd[i].a < 0;
		const struct fd_entry *e =
			&m->snapshot->side[side].fds->fd[side ? p->fd[i].b : p->fd[i].a];

		if (p->fd[i].a >= 0 && p->fd[i].b >= 0) {
			as_then++;
			continue;
		}
		textbuf_addf(out, "  %d ", e->fd);
		text_printable(out, e->target);
		textbuf_adds(out, side ? ": closed since then\n" : ": opened since then\n");
	}
	if (!hidden)
		textbuf_addf(out, "  %zu as then: the same number and the same object\n", as_then);
}
