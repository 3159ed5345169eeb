/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "writers_internal.h"

#include <inttypes.h>
#include <string.h>

#define PAGES_MOST 4096u /* lines of them */
#define SECOND_NS  1000000000u

static const struct sheet_layout frames_layout = {4, {3, 36, 22, 18}, {0, 0, 1, 2}, {3, 30, 20, 0}};
static const struct sheet_layout pages_layout = {
	6, {16, 16, 10, 11, 14, 12}, {0, 1, 2, 0, 0, 3}, {16, 0, 0, 11, 14, 0}};

static const char *keep(struct sheet *s, struct textbuf *text)
{
	const char *kept = arena_copy(&s->arena, text->len ? text->bytes : "", text->len);

	textbuf_free(text);
	return kept;
}

static const char *printable(struct sheet *s, struct text raw)
{
	struct textbuf text = {0};

	text_printable(&text, raw);
	return keep(s, &text);
}

/* ---- how it came there ----------------------------------------------------------- */

static const char *place_text(struct sheet *s, const struct backtrace_line *line)
{
	struct textbuf text = {0};

	backtrace_place_print(&text, line);
	textbuf_adds(&text, line->inlined ? " (inlined)" : "");
	return keep(s, &text);
}

static const char *source_text(struct sheet *s, const struct backtrace_line *line)
{
	if (!line->file.len || !line->line)
		return line->frame->guessed ? "a guess" : "";
	return sheet_text(s, "%s:%u%s", printable(s, text_basename(line->file)), line->line,
		line->frame->guessed ? " (a guess)" : "");
}

/* What the line says, in a sentence or two. */
static const char *frame_meaning(struct sheet *s, const struct backtrace_line *line, bool first)
{
	const struct symbol *symbol = &line->frame->symbol;
	const char *gap = symbol_gap_reason(symbol->gap ? symbol->gap : symbol->line_gap);

	return sheet_text(s, "%s, at 0x%" PRIx64 " of %s. %s%s%s%s",
		first ? "Here the thread stood when it wrote the page"
		      : "From here the line above was called",
		line->frame->pc, symbol->module.len ? printable(s, symbol->module) : "no module",
		line->inlined ? "The compiler has put this function's code into the one below: it "
				"has no frame of its own. "
			      : "",
		line->frame->guessed
			? "No unwind table says so: it was found by the frame pointer, "
			  "which code may use for something else. "
			: "",
		gap ? "Its name or line is not known: " : "", gap ? gap : "");
}

static void add_frame(struct writers_panel *p, const struct backtrace_line *line, size_t number)
{
	struct sheet *s = &p->sheet;
	struct sheet_line *at = sheet_add(s, &frames_layout);

	at->text[0] = sheet_text(s, "%3zu", number);
	at->text[1] = place_text(s, line);
	at->style[1] = line->inlined || line->frame->guessed ? STYLE_DIM : STYLE_STRONG;
	at->text[2] = source_text(s, line);
	at->text[3] = printable(s, text_basename(line->frame->symbol.module));
	at->explain = frame_meaning(s, line, number == 0);
}

static void add_trace(
	struct writers_panel *p, const struct snapshot *snapshot, const struct writer_row *row)
{
	struct textbuf text = {0};
	struct backtrace_line line;

	if (!row->trace) {
		sheet_heading(&p->sheet, "no example: %s", row->no_trace);
		return;
	}
	writer_trace_print(&text, snapshot, row);
	sheet_heading(&p->sheet, "how it came there: %s", text.bytes);
	for (size_t i = 0; backtrace_line(&row->trace->backtrace, i, &line); i++)
		add_frame(p, &line, i);
	textbuf_clear(&text);
	backtrace_reason(&row->trace->backtrace, &text);
	if (text.len)
		sheet_heading(&p->sheet, "not complete: %s", text.bytes);
	textbuf_free(&text);
}

/* ---- its pages --------------------------------------------------------------------- */

static bool is_of_row(const struct writer_row *row, const struct writer_page *page)
{
	for (size_t i = 0; i < row->places_n; i++)
		if (row->place[i] + 1 == page->writer)
			return true;
	return false;
}

static const char *thread_text(struct sheet *s, const struct writer_row *row, pid_t tid)
{
	for (size_t i = 0; i < row->threads_n; i++)
		if (row->thread[i].tid == tid && row->thread[i].name[0])
			return sheet_text(
				s, "%d %s", (int)tid, printable(s, text_of(row->thread[i].name)));
	return sheet_text(s, "%d", (int)tid);
}

static const char *age_text(struct sheet *s, const struct snapshot *snapshot, uint64_t then_ns)
{
	struct textbuf text = {0};

	writer_age_print(&text, snapshot, then_ns);
	return keep(s, &text);
}

static void note_address(struct writers_panel *p, uint64_t address)
{
	while (p->address.n + 1 < p->sheet.line.n)
		VEC_PUSH(&p->address, 0);
	VEC_PUSH(&p->address, address);
}

/* What became of it, and of what it is a page. */
static void add_page(struct writers_panel *p, const struct view_env *env,
	const struct writer_row *row, uint64_t address, const struct writer_page *page)
{
	const struct snapshot *snapshot = env->moment->snapshot;
	const struct memory_map *memory = snapshot->side[row->side].memory;
	ptrdiff_t at = memory ? memory_find(memory, address) : -1;
	const struct mapping *m = at < 0 ? NULL : &memory->mapping[at];
	unsigned verdict = verdicts_at(env->moment->pair->verdicts, address) & ~VERDICT_FRESH;
	struct sheet *s = &p->sheet;
	struct sheet_line *line = sheet_add(s, &pages_layout);

	line->text[0] = sheet_text(s, "%16" PRIx64, address);
	line->text[1] = page_verdict_info[verdict].title;
	line->text[2] = m ? mapping_kind_info[m->kind].title : "";
	line->text[3] = age_text(s, snapshot, page->time_ns);
	line->text[4] = thread_text(s, row, page->tid);
	line->text[5] = m ? printable(s, text_basename(m->path)) : "";
	line->explain = sheet_text(s,
		"The page at 0x%" PRIx64 ": %s. Thread %s was the last that made it so, %s. Enter "
		"shows it in Pages.",
		address, page_verdict_info[verdict].meaning, line->text[4], line->text[3]);
	note_address(p, address);
}

static size_t add_pages(
	struct writers_panel *p, const struct view_env *env, const struct writer_row *row)
{
	const struct writers *w = env->moment->snapshot->writers;
	size_t n = 0;

	for (size_t i = 0; i < w->blocks_n; i++)
		for (size_t k = 0; k < WRITER_BLOCK_PAGES; k++) {
			const struct writer_page *page = &w->block[i]->page[k];

			if (!page->writer || !is_of_row(row, page))
				continue;
			if (n++ < PAGES_MOST)
				add_page(p, env, row, w->block[i]->start + k * w->page_size, page);
		}
	return n;
}

/* ---- all of it ------------------------------------------------------------------------ */

static const struct writer_row *find_row(const struct writers_panel *p, const struct writers *w,
	const struct writer_row *row, size_t n)
{
	for (uint32_t i = 0; i < w->n; i++) {
		const struct writer *one = &w->writer[i];
		size_t at;

		if (one->pid != p->pid || one->ip != p->ip || one->kernel != p->kernel)
			continue;
		at = writer_row_of(row, n, i);
		return at < n ? &row[at] : NULL;
	}
	return NULL;
}

static void fill(struct writers_panel *p, const struct view_env *env, const struct writer_row *row)
{
	const struct writers *w = env->moment->snapshot->writers;
	struct textbuf name = {0};
	size_t n;

	writer_row_print(&name, row);
	sheet_heading(&p->sheet, "%c %s: copied %" PRIu64 ", touched first %" PRIu64 " (Esc: all)",
		row->side ? 'B' : 'A', name.bytes, row->copied, row->touched);
	textbuf_free(&name);
	add_trace(p, env->moment->snapshot, row);
	sheet_heading(&p->sheet, "pages that it wrote last%s",
		w->forgetful ? ", as far as there was room to note them" : "");
	n = add_pages(p, env, row);
	if (n > PAGES_MOST)
		sheet_heading(&p->sheet, "and %zu more", n - PAGES_MOST);
}

static void forget(struct writers_panel *p)
{
	part_put(p->writers);
	part_put(p->names);
	p->writers = NULL;
	p->names = NULL;
}

static bool is_filled(const struct writers_panel *p, const struct snapshot *s)
{
	return p->writers && p->writers == s->writers && p->names == s->names &&
	       p->second == s->monotonic_ns / SECOND_NS;
}

void writers_panel_update(
	struct writers_panel *p, const struct view_env *env, const struct writer_row *row, size_t n)
{
	const struct snapshot *s = env->moment->snapshot;
	const struct writer_row *found = find_row(p, s->writers, row, n);

	if (!found) {
		writers_panel_close(p);
		return;
	}
	if (is_filled(p, s))
		return;
	forget(p);
	p->writers = part_get(s->writers);
	p->names = part_get(s->names);
	p->second = s->monotonic_ns / SECOND_NS;
	sheet_begin(&p->sheet);
	p->address.n = 0;
	fill(p, env, found);
	sheet_end(&p->sheet);
}

void writers_panel_open(struct writers_panel *p, const struct writer *w)
{
	writers_panel_close(p);
	p->open = true;
	p->pid = w->pid;
	p->ip = w->ip;
	p->kernel = w->kernel;
}

void writers_panel_close(struct writers_panel *p)
{
	forget(p);
	sheet_free(&p->sheet);
	VEC_FREE(&p->address);
	*p = (struct writers_panel){0};
}

uint64_t writers_panel_page(const struct writers_panel *p)
{
	const struct sheet *s = &p->sheet;
	size_t line = s->selected < s->shown.n ? s->shown.item[s->selected] : s->line.n;

	return line < p->address.n ? p->address.item[line] : 0;
}
