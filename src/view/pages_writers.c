/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wrote the pages of the grid: under the cursor, and each cell by a letter and a colour. */
#include <inttypes.h>
#include <string.h>

#include "pages_internal.h"
#include "twintop/compare/writer_rows.h"

/* The greatest writers have a letter each, all others the last one. */
static const struct {
	char letter[2];
	uint8_t style;
} look[] = {{"a", STYLE_SIDE_B}, {"b", STYLE_SIDE_A}, {"c", STYLE_SHM}, {"d", STYLE_CHANGED},
	{"e", STYLE_GOOD}, {"f", STYLE_WARN}, {"+", STYLE_STRONG}};
#define LOOKS (sizeof look / sizeof *look)

/* The rows, and the look of each place. */
struct painting {
	struct arena arena;
	const struct writer_row *row;
	size_t rows_n;
	const struct writers *writers;
};

static struct painting begin(const struct view_env *env)
{
	const struct snapshot *s = env->moment->snapshot;
	struct painting p = {.writers = s->writers};

	p.rows_n = writer_rows(s, &p.arena, &p.row);
	return p;
}

static size_t row_of(const struct painting *p, const struct writer_page *page)
{
	return writer_row_of(p->row, p->rows_n, page->writer - 1);
}

/* What a row has done to the page at address, which it made what it is. */
static const char *deed_of(const struct view_env *env, uint64_t address)
{
	const struct pair *pair = env->moment->pair;
	unsigned v = pair ? verdicts_at(pair->verdicts, address) & ~VERDICT_FRESH : 0;
	bool copied = v == PAGE_VERDICT_COPIED || v == PAGE_VERDICT_COPIED_BY_A ||
		      v == PAGE_VERDICT_COPIED_BY_B;

	return copied ? "copied" : "touched first";
}

static void say_thread(const struct writer_row *row, pid_t tid, struct textbuf *out)
{
	const char *name = "";

	for (size_t i = 0; i < row->threads_n; i++)
		if (row->thread[i].tid == tid)
			name = row->thread[i].name;
	textbuf_addf(out, "thread %d", (int)tid);
	if (!*name)
		return;
	textbuf_adds(out, " ");
	text_printable(out, text_of(name));
}

void pages_say_writer(const struct view_env *env, uint64_t address, struct textbuf *out)
{
	const struct snapshot *s = env->moment->snapshot;
	const struct writer_page *page = writers_page(s->writers, address);
	struct painting p;
	size_t at;

	if (!page)
		return;
	p = begin(env);
	at = row_of(&p, page);
	if (at < p.rows_n) {
		textbuf_addf(out, "%s by %c, ", deed_of(env, address), p.row[at].side ? 'B' : 'A');
		say_thread(&p.row[at], page->tid, out);
		textbuf_adds(out, ", ");
		writer_row_print(out, &p.row[at]);
		textbuf_adds(out, ", ");
		writer_age_print(out, s, page->time_ns);
	}
	arena_free(&p.arena);
}

/* ---- the grid -------------------------------------------------------------- */

/* Pages of each look in each cell, of one side. */
static uint32_t *count(const struct pages *p, const struct painting *w, unsigned side)
{
	const struct grid *g = &p->grid;
	size_t cells = (size_t)g->cols * (size_t)g->rows;
	uint32_t *n = mem_alloc(cells * LOOKS * sizeof *n);
	uint64_t first = g->start + (g->first << g->shift) * g->page_size;

	for (size_t i = 0; i < w->writers->blocks_n; i++)
		for (size_t k = 0; k < WRITER_BLOCK_PAGES; k++) {
			const struct writer_page *page = &w->writers->block[i]->page[k];
			uint64_t address = w->writers->block[i]->start + k * g->page_size, cell;
			size_t row;

			cell = (address - first) / g->page_size >> g->shift;
			if (!page->writer || address < first || cell >= cells ||
				(address - g->start) / g->page_size >= g->pages)
				continue;
			row = row_of(w, page);
			if (row < w->rows_n && w->row[row].side == side)
				n[cell * LOOKS + (row < LOOKS - 1 ? row : LOOKS - 1)]++;
		}
	return n;
}

/* What most pages of a cell are of; LOOKS: of nobody's. */
static size_t most_of(const uint32_t n[LOOKS])
{
	size_t most = LOOKS;

	for (size_t i = 0; i < LOOKS; i++)
		if (n[i] && (most == LOOKS || n[i] > n[most]))
			most = i;
	return most;
}

void pages_paint_writers(
	const struct pages *p, const struct view_env *env, struct canvas *c, unsigned side)
{
	const struct grid *g = &p->grid;
	struct painting w;
	uint32_t *n;

	if (writers_hidden(env->moment->snapshot, env->moment->pair))
		return;
	w = begin(env);
	n = count(p, &w, side);
	for (int i = 0; i < g->cols * g->rows; i++) {
		size_t most = most_of(n + (size_t)i * LOOKS);

		if (most < LOOKS)
			grid_letter(g, c, p->grid_x[side], p->grid_y, i, look[most].style,
				look[most].letter);
	}
	free(n);
	arena_free(&w.arena);
}

/* "a B fill_row table.c:88 48 pages"; true: it had room. */
static bool draw_entry(
	const struct writer_row *row, size_t at, struct canvas *c, struct rect area, int *x, int *y)
{
	size_t l = at < LOOKS - 1 ? at : LOOKS - 1;
	struct textbuf text = {0};
	bool room = true;
	int w;

	if (at < LOOKS - 1) {
		textbuf_addf(&text, "%c ", row->side ? 'B' : 'A');
		writer_row_print(&text, row);
		textbuf_addf(&text, " %" PRIu64, row->copied + row->touched);
	} else {
		textbuf_adds(&text, "others");
	}
	w = (int)text_width(text.bytes, text.len) + 2;
	if (*x > area.x && *x + w > area.x + area.w) {
		*x = area.x;
		++*y;
	}
	room = *y < area.y + area.h;
	if (room) {
		canvas_text(c, *x, *y, 1, look[l].style, look[l].letter);
		canvas_text(c, *x + 2, *y, area.x + area.w - *x - 2, STYLE_NORMAL, text.bytes);
	}
	*x += w + 3;
	textbuf_free(&text);
	return room;
}

void pages_legend_writers(const struct view_env *env, struct canvas *c, struct rect area)
{
	const char *hidden = writers_hidden(env->moment->snapshot, env->moment->pair);
	struct painting w;
	int x = area.x, y = area.y;

	if (area.h < 1)
		return;
	if (hidden) {
		canvas_print(c, x, y, area.w, STYLE_WARN, "writers hidden: %s", hidden);
		return;
	}
	w = begin(env);
	if (!w.rows_n)
		canvas_text(c, x, y, area.w, STYLE_DIM,
			"no page was seen to be written yet; w: back to verdicts");
	for (size_t i = 0; i < w.rows_n && i < LOOKS; i++)
		if (!draw_entry(&w.row[i], i, c, area, &x, &y))
			break;
	arena_free(&w.arena);
}
