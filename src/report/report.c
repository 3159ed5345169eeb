/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/report/report.h"

#include <string.h>
#include <time.h>

#include "report_internal.h"
#include "twintop/base/table.h"
#include "twintop/base/units.h"
#include "twintop/draw/canvas.h"
#include "twintop/model/names.h"

/* "A 4242 name", with how it ended; without raw bytes of the name. */
static void write_identity(const struct snapshot *s, unsigned side, struct textbuf *out)
{
	const struct side *it = &s->side[side];

	textbuf_addf(out, "%c %d ", side ? 'B' : 'A', (int)it->tid);
	if (it->tid != it->id.pid)
		textbuf_addf(out, "(thread of %d) ", (int)it->id.pid);
	if (it->info)
		text_name(out, it->info->comm);
	if (it->ending.ended) {
		textbuf_adds(out, ", ended: ");
		if (it->ending.status_known)
			wait_status_text(out, it->ending.status);
		else
			textbuf_adds(out, "how is not known");
	}
}

static const char *relation_to_a(enum relation r)
{
	static const char *const text[] = {
		[RELATION_PARENT] = "parent of A",
		[RELATION_CHILD] = "child of A",
		[RELATION_SIBLINGS] = "sibling of A",
		[RELATION_THREADS] = "a thread of A's process",
		[RELATION_UNRELATED] = "not related to A",
		[RELATION_OWN_PAST] = "A at an earlier moment",
		[RELATION_TWO_RECORDINGS] = "of another recording",
	};
	TABLE_ROWS(text, RELATIONS);

	return r < RELATIONS ? text[r] : "";
}

/* ", child of A", ", was a child of A; A's end gave it to process 1" */
static void write_relation(const struct moment *m, struct textbuf *out)
{
	const struct snapshot *s = m->snapshot;
	unsigned orphan = m->pair->relation == RELATION_CHILD;

	if (m->pair->kin_reason)
		textbuf_addf(out, ", related to A or not (%s)", m->pair->kin_reason);
	else if (pair_is_orphan(s, m->pair->relation, orphan))
		textbuf_addf(out, "; %c was a child of %c, whose end gave it to process %d",
			orphan ? 'B' : 'A', orphan ? 'A' : 'B', (int)s->side[orphan].info->ppid);
	else
		textbuf_addf(out, ", %s", relation_to_a(m->pair->relation));
	if (s->sibling_is_nearest)
		textbuf_adds(out, " (chosen by twintop)");
}

static void write_heading(const struct moment *m, struct textbuf *out)
{
	const struct snapshot *s = m->snapshot;
	time_t seconds = (time_t)(s->realtime_ns / 1000000000u);
	char when[40] = "", cost[UNITS_MAX];
	struct tm parts;

	if (gmtime_r(&seconds, &parts))
		strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &parts);
	for (unsigned i = 0; i < s->sides; i++) {
		if (i > 0)
			textbuf_adds(out, "  |  ");
		write_identity(s, i, out);
		if (i == 1 && m->pair)
			write_relation(m, out);
	}
	if (s->sides == 1 && s->alone)
		textbuf_addf(out, "  |  no B: %s", s->alone);
	textbuf_addf(out, "\n%s, Linux %s, ", when, s->host.kernel);
	textbuf_count(out, s->host.cpus, "CPU");
	textbuf_addf(out, ", read in %s\n", units_time(cost, s->read_cpu_ns));
}

/* Folds all of text that is not ASCII. */
static void add_folded(struct textbuf *out, const struct textbuf *text)
{
	uint32_t code;
	size_t n;

	for (size_t i = 0; i < text->len; i += n ? n : 1) {
		char c;

		n = text_decode(text->bytes + i, text->len - i, &code);
		c = n == 1 ? (char)code : n ? (char)canvas_fold(code) : '?';
		textbuf_add(out, &c, 1);
	}
}

#define KIND(kind) (1u << RECORD_##kind)
/* It says once more what others do: it stands only where its view is asked for. */
#define ASKED (1u << RECORD_KINDS)

#define SECTION_VIEWS 3

/* The sections in their order, the views that they belong to, and what they show records of. */
static const struct section {
	void (*write)(const struct moment *m, struct textbuf *out);
	const char *view[SECTION_VIEWS];
	unsigned kinds; /* bits of 1 << enum record_kind; ASKED */
} section_table[] = {
	{report_waits, {"overview", "threads", "house"}, 0},
	{report_processes, {"overview"}, KIND(PROCESS)},
	{report_runtimes, {"overview", "threads"}, 0},
	{report_card, {"overview", "sharing"}, 0},
	{report_verdicts, {"overview", "pages"}, 0},
	{report_writers, {"overview", "pages", "writers"}, 0},
	{report_memory, {"memory"}, KIND(MAPPING)},
	{report_threads, {"threads", "stacks"}, KIND(THREAD)},
	{report_duties, {"threads"}, 0},
	{report_lanes, {"threads"}, 0},
	{report_user_stacks, {"threads", "stacks"}, 0},
	{report_backtraces, {"threads", "stacks"}, 0},
	{report_files, {"files"}, KIND(FD)},
	{report_sharing, {"sharing", "house"}, 0},
	{report_textbook, {NULL}, 0},
	{report_signals, {"signals"}, KIND(SIGNAL)},
	{report_family, {"family"}, KIND(MEMBER)},
	{report_house, {"house"}, KIND(THREAD) | ASKED},
	{report_events, {"overview"}, 0},
};

static bool belongs_to(const struct section *section, const char *view)
{
	for (size_t i = 0; view && i < SECTION_VIEWS && section->view[i]; i++)
		if (!strcmp(section->view[i], view))
			return true;
	return !view && !(section->kinds & ASKED);
}

static void write_sections(const struct moment *m, const char *view, struct textbuf *out)
{
	unsigned kinds = 0;

	for (size_t i = 0; i < sizeof section_table / sizeof *section_table; i++) {
		if (!belongs_to(&section_table[i], view))
			continue;
		section_table[i].write(m, out);
		kinds |= section_table[i].kinds & ~ASKED;
	}
	report_unknown(m, kinds, out);
}

void report_moment(const struct moment *m, const char *view, bool ascii, struct textbuf *out)
{
	struct textbuf text = {0};

	write_heading(m, &text);
	write_sections(m, view, &text);
	if (ascii)
		add_folded(out, &text);
	else
		textbuf_add(out, text.bytes, text.len);
	textbuf_free(&text);
}
