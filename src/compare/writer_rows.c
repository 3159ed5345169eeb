/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/writer_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/base/units.h"
#include "twintop/base/vec.h"
#include "twintop/model/erosion.h"

#define SECOND_NS  1000000000u
#define LATE_NS	   SECOND_NS /* so long behind the pair page faults are told late */
#define SMALL_RING 131072u   /* what is smaller was not to be had larger: it may lose more */

/* A row under way. */
struct making {
	struct writer_row row;
	VEC(struct writer_thread) thread;
	VEC(uint32_t) place;
	const struct writer *traced; /* whose trace it has */
	bool has_example;
};

VEC_STRUCT(makings, struct making);

static void name_row(struct writer_row *row, const struct symbol *symbol)
{
	const struct symbol_frame *frame = symbol && symbol->frames ? symbol->frame : NULL;
	enum symbol_gap gap = symbol ? symbol->gap : SYMBOL_UNREAD;
	enum symbol_gap line_gap = gap ? gap : symbol->line_gap;

	row->gap = symbol_gap_reason(gap);
	row->line_gap = symbol_gap_reason(line_gap);
	if (symbol && symbol->module.len)
		row->module = symbol->module;
	if (symbol && symbol->has_module_address) {
		row->has_offset = true;
		row->offset = symbol->module_address;
	}
	if (gap)
		return;
	row->function = writer_function(symbol);
	if (!frame || !frame->file.len || !frame->line)
		return;
	row->file = frame->file;
	row->line = frame->line;
	row->line_gap = NULL;
}

static struct writer_row row_of(const struct snapshot *s, const struct writer *w)
{
	struct writer_row row = {.side = w->pid == s->side[0].id.pid ? 0 : 1,
		.kernel = w->kernel,
		.module = w->module,
		.has_offset = w->module.len,
		.offset = w->module_offset,
		.ip = w->ip};

	name_row(&row, writer_names_find(s->names, w->pid, w->ip));
	if (!w->ip)
		row.gap = row.line_gap = "this machine does not tell where a program stood when "
					 "the kernel touched a page for it";
	return row;
}

static bool same_row(const struct writer_row *a, const struct writer_row *b)
{
	if (a->side != b->side || a->kernel != b->kernel || !text_equal(a->module, b->module))
		return false;
	if (a->gap || b->gap)
		return a->ip == b->ip;
	return text_equal(a->function, b->function) && a->line == b->line &&
	       text_equal(a->file, b->file);
}

static struct making *making_of(struct makings *m, const struct writer_row *row)
{
	for (size_t i = 0; i < m->n; i++)
		if (same_row(&m->item[i].row, row))
			return &m->item[i];
	VEC_PUSH(m, (struct making){.row = *row});
	return &m->item[m->n - 1];
}

static void add_threads(struct making *m, const struct writer *w)
{
	m->row.more_threads |= w->more_threads;
	for (size_t i = 0; i < w->threads_n; i++) {
		bool known = false;

		for (size_t k = 0; k < m->thread.n; k++)
			known |= m->thread.item[k].tid == w->thread[i].tid;
		if (!known && m->thread.n < WRITER_THREADS_MOST)
			VEC_PUSH(&m->thread, w->thread[i]);
		m->row.more_threads |= !known && m->thread.n >= WRITER_THREADS_MOST;
	}
}

/* That of a copy first, then of the place from which most were. */
static void add_trace(const struct snapshot *s, struct making *m, const struct writer *w)
{
	const struct writer_trace *trace = writer_names_trace(s->names, w);
	const struct writer *had = m->traced;

	m->has_example |= w->example != NULL;
	if (!trace || (had && (had->example_copied > w->example_copied ||
				      (had->example_copied == w->example_copied &&
					      had->copied >= w->copied))))
		return;
	m->traced = w;
	m->row.trace = trace;
	m->row.trace_copied = w->example_copied;
}

/* Why a row has none. */
static const char *no_trace(const struct snapshot *s, const struct making *m)
{
	const struct fault_watch *watch = writers_watch(s->writers, s->side[m->row.side].id.pid);

	if (m->row.trace)
		return NULL;
	if (m->has_example)
		return "an example was sampled, and is not unwound yet";
	if (watch->pid && !value_state_has_value(watch->state))
		return watch->reason;
	if (watch->examples)
		return watch->examples;
	return "none of its page faults was sampled with its stack";
}

static void add(const struct snapshot *s, struct making *m, const struct writer *w, uint32_t place)
{
	add_trace(s, m, w);

	m->row.copied += w->copied;
	m->row.touched += w->touched;
	m->row.recent += w->recent;
	if (w->last_ns >= m->row.last_ns) {
		m->row.last_ns = w->last_ns;
		m->row.last_address = w->last_address;
	}
	add_threads(m, w);
	VEC_PUSH(&m->place, place);
}

static int by_pages(const void *a, const void *b)
{
	const struct writer_row *x = a, *y = b;

	if (x->copied != y->copied)
		return x->copied > y->copied ? -1 : 1;
	if (x->touched != y->touched)
		return x->touched > y->touched ? -1 : 1;
	if (x->last_ns != y->last_ns)
		return x->last_ns > y->last_ns ? -1 : 1;
	return x->ip < y->ip ? -1 : x->ip > y->ip;
}

size_t writer_rows(const struct snapshot *s, struct arena *arena, const struct writer_row **ret_row)
{
	const struct writers *w = s->writers;
	struct makings makings = {0};
	struct writer_row *row;
	size_t n;

	for (size_t i = 0; w && i < w->n; i++) {
		const struct writer_row one = row_of(s, &w->writer[i]);

		add(s, making_of(&makings, &one), &w->writer[i], (uint32_t)i);
	}
	n = makings.n;
	row = arena_array(arena, n, sizeof *row);
	for (size_t i = 0; i < n; i++) {
		struct making *m = &makings.item[i];
		struct writer_thread *thread;
		uint32_t *place;

		row[i] = m->row;
		row[i].no_trace = no_trace(s, m);
		VEC_MOVE(arena, &m->thread, &thread, &row[i].threads_n);
		VEC_MOVE(arena, &m->place, &place, &row[i].places_n);
		row[i].thread = thread;
		row[i].place = place;
	}
	VEC_FREE(&makings);
	if (n)
		qsort(row, n, sizeof *row, by_pages);
	*ret_row = row;
	return n;
}

size_t writer_row_of(const struct writer_row *row, size_t rows_n, uint32_t place)
{
	for (size_t i = 0; i < rows_n; i++)
		for (size_t k = 0; k < row[i].places_n; k++)
			if (row[i].place[k] == place)
				return i;
	return rows_n;
}

/* ---- in words ---------------------------------------------------------------- */

void writer_threads_print(struct textbuf *out, const struct writer_row *row)
{
	for (size_t i = 0; i < row->threads_n; i++) {
		const struct writer_thread *t = &row->thread[i];

		textbuf_addf(out, "%s%d", i ? ", " : "", (int)t->tid);
		if (!t->name[0])
			continue;
		textbuf_adds(out, " ");
		text_printable(out, text_of(t->name));
	}
	if (row->more_threads)
		textbuf_adds(out, " and more");
}

/* The thread's name, if it is one of those that are told. */
static const char *name_of(const struct writer_row *row, pid_t tid)
{
	for (size_t i = 0; i < row->threads_n; i++)
		if (row->thread[i].tid == tid)
			return row->thread[i].name;
	return "";
}

void writer_trace_print(struct textbuf *out, const struct snapshot *s, const struct writer_row *row)
{
	uint64_t page = row->trace->address & ~(s->writers->page_size - 1);
	const char *name = name_of(row, row->trace->tid);

	textbuf_addf(out, "page %" PRIx64 " %s by thread %d", page,
		row->trace_copied ? "copied" : "touched", (int)row->trace->tid);
	if (*name) {
		textbuf_adds(out, " ");
		text_printable(out, text_of(name));
	}
	textbuf_adds(out, ", ");
	writer_age_print(out, s, row->trace->time_ns);
}

void writer_age_print(struct textbuf *out, const struct snapshot *s, uint64_t then_ns)
{
	uint64_t ns = s->monotonic_ns > then_ns ? s->monotonic_ns - then_ns : 0;
	char age[UNITS_MAX];

	if (ns < SECOND_NS)
		textbuf_adds(out, "just now");
	else
		textbuf_addf(out, "%s ago", units_time(age, ns / SECOND_NS * SECOND_NS));
}

const char *writers_hidden(const struct snapshot *s, const struct pair *p)
{
	if (!p)
		return "there is no second process";
	if (pair_apart(p))
		return pair_apart(p);
	if (p->one_space)
		return "one address space: no page is copied";
	if (!value_state_has_value(p->space_state))
		return p->space_reason;
	if (!s->writers)
		return value_state_reason(VALUE_UNREAD);
	if (!value_state_has_value(s->writers->state))
		return s->writers->reason;
	return pair_pages_reason(p);
}

/* What is missing of one side's faults. */
static void add_watch(const struct fault_watch *w, unsigned side, struct textbuf *out)
{
	const char letter = side ? 'B' : 'A';
	char bytes[UNITS_MAX];

	if (!w->pid)
		return;
	if (!value_state_has_value(w->state)) {
		if (w->state != VALUE_GONE)
			textbuf_addf(out, "; %c hidden: %s", letter, w->reason);
		return;
	}
	if (w->lost)
		textbuf_addf(out, "; %c: lost %" PRIu64 " of %" PRIu64, letter, w->lost,
			w->told + w->lost);
	if (w->ring_bytes && w->ring_bytes < SMALL_RING)
		textbuf_addf(
			out, "; %c: rings of %s only", letter, units_bytes(bytes, w->ring_bytes));
	if (w->threads < w->threads_of)
		textbuf_addf(out, "; %c: %" PRIu64 " of %" PRIu64 " threads watched", letter,
			w->threads, w->threads_of);
}

static uint64_t period_of(const struct writers *w)
{
	uint64_t period = 1;

	for (unsigned i = 0; i < 2; i++)
		if (w->watch[i].pid && w->watch[i].period > period)
			period = w->watch[i].period;
	return period;
}

static bool hides_kernel(const struct writers *w)
{
	bool hides = false;

	for (unsigned i = 0; i < 2; i++)
		hides |= w->watch[i].pid && value_state_has_value(w->watch[i].state) &&
			 !w->watch[i].kernel;
	return hides;
}

const char *writers_untold_by(const struct writers *w)
{
	return period_of(w) > 1 || w->scaled ? "by faults that were not sampled"
					     : "by nobody that was seen";
}

const char *writers_since(const struct snapshot *s)
{
	bool late =
		s->erosion && s->writers && s->writers->since_ns > s->erosion->since_ns + LATE_NS;

	return late ? "since page faults are told" : "since the pair was first seen";
}

/* By what rule pages have writers: the mark of all. */
static void add_rule(const struct snapshot *s, struct textbuf *out)
{
	const struct writers *w = s->writers;
	const char *kernel = hides_kernel(w) ? "; kernel copies hidden" : "";

	if (period_of(w) > 1)
		textbuf_addf(out, "estimated: 1 in %" PRIu64 " page faults, counts scaled%s",
			period_of(w), kernel);
	else if (w->scaled)
		textbuf_addf(out, "estimated: some page faults stood for others, counts scaled%s",
			kernel);
	else
		textbuf_addf(out, "%s%s",
			hides_kernel(w)
				? "partial: kernel copies hidden, all other page faults told"
				: "exact: each page fault ",
			hides_kernel(w) ? "" : writers_since(s));
}

void writers_honesty(const struct snapshot *s, const struct pair *p, struct textbuf *out)
{
	const char *hidden = writers_hidden(s, p);
	const struct writers *w = s->writers;

	if (!p)
		return;
	if (hidden) {
		textbuf_addf(out, p && p->one_space ? "exact: %s" : "hidden: %s", hidden);
		return;
	}
	add_rule(s, out);
	for (unsigned i = 0; i < 2; i++)
		add_watch(&w->watch[i], i, out);
}
