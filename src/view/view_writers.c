/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wrote the pages that A and B do not share any more, by place in the program. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "figures_internal.h"
#include "honesty_internal.h"
#include "twintop/base/units.h"
#include "twintop/draw/panes.h"
#include "writers_internal.h"

static const struct sheet_layout layout = {
	8, {1, 38, 14, 6, 9, 8, 16, 20}, {0, 0, 0, 1, 2, 1, 4, 3}, {1, 30, 14, 0, 0, 0, 0, 0}};
static const struct sheet_layout new_layout = {
	6, {1, 38, 14, 8, 16, 20}, {0, 0, 0, 1, 4, 3}, {1, 30, 14, 0, 0, 0}};
static const struct sheet_layout head_layout = {
	8, {1, 38, 14, 6, 9, 8, 16, 20}, {0, 0, 0, 1, 2, 1, 4, 3}, {1, 30, 14, 0, 0, 0, 0, 0}};
static const struct sheet_layout new_head_layout = {
	6, {1, 38, 14, 8, 16, 20}, {0, 0, 0, 1, 4, 3}, {1, 30, 14, 0, 0, 0}};

struct writers_view {
	struct sheet sheet;
	VEC(uint32_t) place; /* of each line of the sheet: index + 1 of its first one; 0: none */
	struct writers_panel panel;
};

static void *create(void)
{
	return mem_alloc(sizeof(struct writers_view));
}

static void destroy(void *view)
{
	struct writers_view *v = view;

	if (!v)
		return;
	sheet_free(&v->sheet);
	VEC_FREE(&v->place);
	writers_panel_close(&v->panel);
	free(v);
}

/* ---- lines ------------------------------------------------------------------- */

static const char *keep(struct sheet *s, struct textbuf *text)
{
	const char *kept = arena_copy(&s->arena, text->len ? text->bytes : "", text->len);

	textbuf_free(text);
	return kept;
}

static const char *pages_text(struct sheet *s, uint64_t pages, uint64_t page_size)
{
	char bytes[UNITS_MAX];

	return sheet_text(s, "%7" PRIu64 " %6s", pages, units_bytes(bytes, pages * page_size));
}

static const char *last_text(struct sheet *s, const struct snapshot *snapshot, uint64_t last_ns)
{
	struct textbuf text = {0};

	writer_age_print(&text, snapshot, last_ns);
	return keep(s, &text);
}

static const char *place_text(struct sheet *s, const struct writer_row *row, int columns)
{
	struct textbuf text = {0};

	writer_row_print_in(&text, row, columns);
	return keep(s, &text);
}

static const char *module_text(struct sheet *s, const struct writer_row *row)
{
	struct textbuf text = {0};

	text_printable(&text, text_basename(row->module));
	return keep(s, &text);
}

static const char *threads_text(struct sheet *s, const struct writer_row *row)
{
	struct textbuf text = {0};

	writer_threads_print(&text, row);
	return keep(s, &text);
}

/* What the line says, in a sentence or two. */
static const char *meaning(
	struct sheet *s, const struct writer_row *row, const char *place, const char *threads)
{
	struct textbuf module = {0};
	const char *text;

	text_printable(&module, row->module);
	text = sheet_text(s,
		"%s of %c: copied %" PRIu64 ", touched first %" PRIu64
		". A copied page was shared by both until it was written here, and the kernel made "
		"a "
		"copy of it; what is touched first nobody shared. Thread %s.%s%s Module: %s. Each "
		"page "
		"fault of A and B says where the program stood; that it copied, the page's verdict "
		"says. Enter shows its pages, and how a thread came there.",
		place, row->side ? 'B' : 'A', row->copied, row->touched, threads,
		row->gap ? " Its function is not known: " : "", row->gap ? row->gap : "",
		module.len ? module.bytes : "none");
	textbuf_free(&module);
	return text;
}

static void note_place(struct writers_view *v, const struct writer_row *row)
{
	while (v->place.n + 1 < v->sheet.line.n)
		VEC_PUSH(&v->place, 0);
	VEC_PUSH(&v->place, row->place[0] + 1);
}

static void add_row(struct writers_view *v, const struct view_env *env,
	const struct writer_row *row, bool copied)
{
	const struct snapshot *snapshot = env->moment->snapshot;
	const struct writers *w = snapshot->writers;
	struct sheet *s = &v->sheet;
	const char *place = place_text(s, row, INT_MAX), *threads = threads_text(s, row);
	struct sheet_line *line = sheet_add(s, copied ? &layout : &new_layout);
	char rate[UNITS_MAX];
	unsigned at = 3;

	line->text[0] = row->side ? "B" : "A";
	line->style[0] = row->side ? STYLE_SIDE_B : STYLE_SIDE_A;
	line->text[1] = place;
	line->brief[1] = place_text(s, row, (env->lecture ? layout.lecture : layout.width)[1]);
	line->style[1] = STYLE_STRONG;
	line->text[2] = pages_text(s, copied ? row->copied : row->touched, w->page_size);
	line->style[2] = copied ? STYLE_COPIED : STYLE_NORMAL;
	if (copied) {
		line->text[at++] =
			w->copies ? sheet_text(s, "%4.0f%%",
					    100.0 * (double)row->copied / (double)w->copies)
				  : "";
		line->text[at++] = row->recent
					   ? sheet_text(s, "%s/s",
						     units_bytes(rate, row->recent * w->page_size))
					   : "—";
	}
	line->text[at++] = last_text(s, snapshot, row->last_ns);
	line->text[at++] = module_text(s, row);
	line->text[at] = threads;
	line->explain = meaning(s, row, place, threads);
	note_place(v, row);
}

static void add_heads(struct sheet *s, const struct sheet_layout *heads, const char *const *head)
{
	struct sheet_line *line = sheet_add(s, heads);

	for (unsigned i = 0; i < heads->columns; i++) {
		line->text[i] = head[i];
		line->style[i] = STYLE_TITLE;
	}
}

static void add_rows(
	struct writers_view *v, const struct view_env *env, const struct writer_row *row, size_t n)
{
	static const char *const copied[] = {
		"", "copied by", "  pages  bytes", "of all", "rate", "last", "module", "threads"};
	static const char *const touched[] = {
		"", "new memory by (first touches)", "  pages  bytes", "last", "module", "threads"};
	bool any = false;

	add_heads(&v->sheet, &head_layout, copied);
	for (size_t i = 0; i < n; i++)
		if (row[i].copied)
			add_row(v, env, &row[i], true);
	for (size_t i = 0; i < n; i++) {
		if (!row[i].touched)
			continue;
		if (!any)
			add_heads(&v->sheet, &new_head_layout, touched);
		any = true;
		add_row(v, env, &row[i], false);
	}
}

/* What no row tells. */
static void add_total(struct sheet *s, const struct snapshot *snapshot)
{
	const struct writers *w = snapshot->writers;

	if (w->untold)
		sheet_heading(s, "%" PRIu64 " pages copied, %" PRIu64 " of them %s", w->copies,
			w->untold, writers_untold_by(w));
	else
		sheet_heading(s, "%" PRIu64 " pages copied %s", w->copies, writers_since(snapshot));
}

/* ---- of the mapping that was looked at --------------------------------------- */

struct most {
	uint64_t pages;
	const struct writer_page *last;
	uint32_t writer;
};

static struct most most_of(const struct writers *w, const struct mapping *m)
{
	uint64_t *pages = mem_alloc((w->n + 1) * sizeof *pages);
	struct most most = {0};

	for (uint64_t at = 0; at < w->blocks_n; at++)
		for (size_t k = 0; k < WRITER_BLOCK_PAGES; k++) {
			const struct writer_page *page = &w->block[at]->page[k];
			uint64_t address = w->block[at]->start + k * w->page_size;

			if (!page->writer || address < m->start || address >= m->end)
				continue;
			if (!most.last || page->time_ns >= most.last->time_ns)
				most.last = page;
			if (++pages[page->writer] > most.pages) {
				most.pages = pages[page->writer];
				most.writer = page->writer;
			}
		}
	free(pages);
	return most;
}

/* The mapping that somebody looked at last, in either. */
static const struct mapping *focused(const struct view_env *env)
{
	for (unsigned side = 0; env->focus && env->focus->address && side < 2; side++) {
		const struct memory_map *memory = env->moment->snapshot->side[side].memory;
		ptrdiff_t at = memory ? memory_find(memory, env->focus->address) : -1;

		if (at >= 0)
			return &memory->mapping[at];
	}
	return NULL;
}

static void add_focused(
	struct writers_view *v, const struct view_env *env, const struct writer_row *row, size_t n)
{
	const struct snapshot *s = env->moment->snapshot;
	const struct mapping *m = focused(env);
	struct most most;
	size_t last, great;

	if (!m)
		return;
	most = most_of(s->writers, m);
	if (!most.last)
		return;
	last = writer_row_of(row, n, most.last->writer - 1);
	great = writer_row_of(row, n, most.writer - 1);
	if (last >= n || great >= n)
		return;
	sheet_heading(&v->sheet,
		"%s at %" PRIx64 ": most by %c %s, %" PRIu64 " pages; last by %c %s, %s",
		mapping_kind_info[m->kind].title, m->start, row[great].side ? 'B' : 'A',
		place_text(&v->sheet, &row[great], INT_MAX), most.pages, row[last].side ? 'B' : 'A',
		place_text(&v->sheet, &row[last], INT_MAX),
		last_text(&v->sheet, s, most.last->time_ns));
}

/* ---- the view ----------------------------------------------------------------- */

static void fill(struct writers_view *v, const struct view_env *env)
{
	const struct moment *m = env->moment;
	const struct writer_row *row;
	struct arena arena = {0};
	size_t n = writer_rows(m->snapshot, &arena, &row);

	add_total(&v->sheet, m->snapshot);
	add_focused(v, env, row, n);
	add_rows(v, env, row, n);
	if (v->panel.open)
		writers_panel_update(&v->panel, env, row, n);
	arena_free(&arena);
}

static void update(void *view, const struct view_env *env)
{
	struct writers_view *v = view;
	const struct moment *m = env->moment;

	sheet_begin(&v->sheet);
	v->place.n = 0;
	if (m && !writers_hidden(m->snapshot, m->pair))
		fill(v, env);
	else
		writers_panel_close(&v->panel);
	sheet_end(&v->sheet);
}

/* That which the keys go to. */
static struct sheet *sheet_of(struct writers_view *v)
{
	return v->panel.open ? &v->panel.sheet : &v->sheet;
}

static bool open_panel(struct writers_view *v, const struct view_env *env)
{
	const struct sheet *s = &v->sheet;
	size_t line = s->selected < s->shown.n ? s->shown.item[s->selected] : s->line.n;
	const struct writers *w = env->moment ? env->moment->snapshot->writers : NULL;
	uint32_t place = line < v->place.n ? v->place.item[line] : 0;

	if (!w || !place || place > w->n)
		return false;
	writers_panel_open(&v->panel, &w->writer[place - 1]);
	update(v, env);
	return true;
}

/* The selected page is shown in Pages; a frame has nothing more to show. */
static bool show_page(const struct writers_view *v, const struct view_env *env)
{
	uint64_t page = writers_panel_page(&v->panel);

	if (env->focus && page) {
		env->focus->address = page;
		env->focus->view = "pages";
	}
	return true;
}

static bool act(void *view, const struct view_env *env, enum action action)
{
	struct writers_view *v = view;

	if (action == ACTION_DETAIL)
		return v->panel.open ? show_page(v, env) : open_panel(v, env);
	if (action == ACTION_BACK && v->panel.open) {
		writers_panel_close(&v->panel);
		return true;
	}
	return sheet_act(sheet_of(v), action);
}

static void click(void *view, const struct view_env *env, int x, int y)
{
	(void)env;
	(void)x;
	sheet_click(sheet_of(view), y);
}

static void draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct writers_view *v = view;
	const struct moment *m = env->moment;
	const char *hidden =
		m ? writers_hidden(m->snapshot, m->pair) : "waiting for the first sample …";

	if (hidden)
		panes_say(c, area, STYLE_WARN, hidden);
	else
		sheet_draw(sheet_of(v), c, area, env->lecture);
}

static bool selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	const struct sheet_line *line = sheet_selected(sheet_of(view));

	(void)env;
	if (!line || !line->explain)
		return false;
	*ret = (struct view_selection){.explain = line->explain, .style = line->style[2]};
	return true;
}

static void copy(void *view, const struct view_env *env, struct textbuf *out)
{
	(void)env;
	sheet_copy(sheet_of(view), out);
}

static void filter(void *view, const struct view_env *env, const char *text)
{
	struct writers_view *v = view;

	(void)env;
	sheet_filter(&v->sheet, text);
	if (v->panel.open)
		sheet_filter(&v->panel.sheet, text);
}

static bool search(void *view, const struct view_env *env, const char *text, bool again)
{
	(void)env;
	return sheet_search(sheet_of(view), text, again);
}

static void honesty(void *view, const struct view_env *env, struct textbuf *out)
{
	(void)view;
	if (!env->moment || !env->moment->pair)
		honesty_pages(env, out);
	else
		writers_honesty(env->moment->snapshot, env->moment->pair, out);
}

static const struct view_figure figures[] = {
	{.label = "copied",
		.of_pair = true,
		.style = STYLE_COPIED,
		.unit = UNIT_COUNT,
		.get = figure_copied_pages},
	{.label = "still shared",
		.of_pair = true,
		.style = STYLE_COW,
		.unit = UNIT_COUNT,
		.get = figure_cow_pages},
};

static const char *const signs[] = {SIGN_WRITERS, NULL};

const struct view_ops view_writers = {
	.id = "writers",
	.title = "Writers",
	.brief = "Wri",
	.key = 'w',
	.help = "Writers: who wrote the pages that A and B do not share any more, at which line; "
		"of each line its pages, and how a thread came there.",
	.aside = true,
	.tab = "",
	.offers = VIEW_FILTERS,
	.signs = signs,
	.figures = figures,
	.figures_n = sizeof figures / sizeof *figures,
	.of_pair = true,
	.need = NEED_PROCESS | NEED_FAULTS | NEED_SHARES,
	.create = create,
	.destroy = destroy,
	.update = update,
	.act = act,
	.click = click,
	.draw = draw,
	.selection = selection,
	.copy = copy,
	.filter = filter,
	.search = search,
	.honesty = honesty,
};
