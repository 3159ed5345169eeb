/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "honesty_internal.h"
#include "pages_internal.h"
#include "twintop/base/units.h"
#include "twintop/draw/bar.h"

#define LABEL 13 /* an address of twelve digits and a blank */

/* ---- counting, once a picture --------------------------------------------- */

static void mark_flashes(struct pages *p)
{
	size_t n = (size_t)p->grid.cols * (size_t)p->grid.rows;

	for (size_t i = 0; i < n; i++)
		p->grid.cell[i].fresh = false;
	for (size_t i = 0; i < p->flash.n; i++) {
		uint64_t address = p->flash.item[i].address, cell;

		if (address < p->grid.start)
			continue;
		cell = (address - p->grid.start) / p->grid.page_size >> p->grid.shift;
		if (cell >= p->grid.first && cell - p->grid.first < n)
			p->grid.cell[cell - p->grid.first].fresh = true;
	}
}

static bool is_counted(const struct pages *p, const struct moment *m)
{
	const struct pages_counted *k = &p->counted;
	const struct grid *g = &p->grid;

	return g->cell && moment_same(m, k->moment) && k->start == g->start &&
	       k->pages == g->pages && k->first == g->first && k->shift == g->shift &&
	       k->cols == g->cols && k->rows == g->rows;
}

static void count(struct pages *p, const struct view_env *env)
{
	const struct moment *before = p->counted.moment;
	struct grid *g = &p->grid;

	if (!is_counted(p, env->moment)) {
		if (pages_pair(env))
			grid_count_pair(g, pages_pair(env)->verdicts);
		else
			grid_count_side(g, env->moment->snapshot->side[0].pages);
		p->counted = (struct pages_counted){moment_get(env->moment), g->start, g->pages,
			g->first, g->shift, g->cols, g->rows};
		moment_put(before);
	}
	mark_flashes(p);
}

/* Puts the cursor on the page that the focus named, now that it is known how many a cell shows. */
static void look(struct pages *p)
{
	const struct grid *g = &p->grid;

	if (p->looked_at > g->start)
		p->cursor = (p->looked_at - g->start) / g->page_size >> g->shift;
	p->looked_at = 0;
}

/* Zoom and shape. */
static void shape(struct pages *p, const struct page_target *t, int w, int h, bool fill)
{
	struct grid *g = &p->grid;
	int widest = 1;

	while (widest * 2 <= w)
		widest *= 2;
	g->start = t->start;
	g->page_size = pages_size(p);
	g->pages = (t->end - t->start) / g->page_size;
	g->shift = p->zoom >= 0 ? (unsigned)p->zoom
				: grid_fit(g->pages, (uint64_t)widest * (uint64_t)(h > 0 ? h : 1));
	grid_shape(g, w, h, fill);
}

/* The rows in sight, the cursor among them. */
static void scroll(struct pages *p)
{
	struct grid *g = &p->grid;
	uint64_t cells = grid_cells(g->pages, g->shift), row, first_row;
	uint64_t rows = g->rows > 0 ? (uint64_t)g->rows : 1;

	if (p->cursor >= cells)
		p->cursor = cells ? cells - 1 : 0;
	row = p->cursor / (uint64_t)g->cols;
	first_row = g->first / (uint64_t)g->cols;
	if (first_row > row)
		first_row = row;
	if (row >= first_row + rows)
		first_row = row + 1 - rows;
	if (cells <= (uint64_t)g->cols * rows)
		first_row = 0;
	g->first = first_row * (uint64_t)g->cols;
}

/* ---- the lines around the grid -------------------------------------------- */

static void draw_strip(const struct pages *p, const struct view_env *env,
	const struct page_target *t, struct canvas *c, struct rect line)
{
	unsigned side = t->index[0] < 0;
	const struct mapping *m = pages_mapping(env, t, side);
	struct textbuf b = {0};
	char size[UNITS_MAX], perms[5] = "";
	int x = line.x;

	if (!m)
		return;
	mapping_permissions(m, perms);
	textbuf_addf(&b, "%s %" PRIx64 "-%" PRIx64,
		mapping_kind_info[pages_kind(env, t, side)].title, t->start, t->end);
	x += canvas_text(c, x, line.y, line.w, STYLE_STRONG, b.bytes) + 1;
	textbuf_clear(&b);
	textbuf_addf(&b, "%s %s, ", perms, units_bytes(size, t->end - t->start));
	textbuf_count(&b, p->grid.pages, "page");
	if (p->grid.shift)
		textbuf_addf(&b, ", a cell is %" PRIu64, (uint64_t)1 << p->grid.shift);
	textbuf_addf(&b, " · %zu/%zu%s", p->at + 1, p->target.n, env->sheet ? "" : " PgUp PgDn");
	x += canvas_text(c, x, line.y, line.x + line.w - x, STYLE_NORMAL, b.bytes) + 2;
	textbuf_clear(&b);
	text_printable(&b, m->path);
	panes_tail(c, x, line.y, line.x + line.w - x, STYLE_DIM, b.bytes ? b.bytes : "");
	textbuf_free(&b);
}

/* "anonymous: 64 pages · mapping 7 of 22" of lecture mode. */
static void draw_strip_words(const struct pages *p, const struct view_env *env,
	const struct page_target *t, struct canvas *c, struct rect line)
{
	unsigned side = t->index[0] < 0;
	const struct mapping *m = pages_mapping(env, t, side);
	struct textbuf b = {0};

	if (!m)
		return;
	textbuf_addf(&b, "%s: ", mapping_kind_info[pages_kind(env, t, side)].words);
	textbuf_count(&b, p->grid.pages, "page");
	if (p->grid.shift)
		textbuf_addf(&b, ", %" PRIu64 " a cell", (uint64_t)1 << p->grid.shift);
	textbuf_addf(&b, " · mapping %zu of %zu", p->at + 1, p->target.n);
	if (p->grid.shift && !p->grid.kinds)
		textbuf_adds(&b,
			c->ascii ? " · - + % # few to all copied" : " · ░ ▒ ▓ █ few to all copied");
	canvas_text(c, line.x, line.y, line.w, STYLE_STRONG, b.bytes);
	textbuf_free(&b);
}

struct legend_item {
	unsigned what;
	uint64_t n;
};

/* What the mapping's pages are, with counts, in the order of the verdicts. */
static size_t legend_items(const struct pages *p, const struct view_env *env,
	const struct page_target *t, struct legend_item out[PAGE_VERDICTS])
{
	const struct pair *pair = pages_pair(env);
	size_t n = 0, cells = (size_t)p->grid.cols * (size_t)p->grid.rows;
	uint64_t count[PAGE_VERDICTS] = {0};

	if (pair && t->row >= 0) {
		const struct pair_pages *g = &pair->verdicts->mapping[t->row].pages;

		for (unsigned v = 1; v < PAGE_VERDICTS; v++) {
			int64_t pages = pair_pages_of(g, (enum page_verdict)v);

			count[v] = pages > 0 ? (uint64_t)pages : 0;
		}
	} else {
		for (size_t i = 0; i < cells; i++)
			for (unsigned v = 1; v < PAGE_KINDS; v++)
				count[v] += p->grid.cell[i].count[v];
	}
	for (unsigned v = 1; v < PAGE_VERDICTS; v++)
		if (count[v])
			out[n++] = (struct legend_item){v, count[v]};
	return n;
}

/* What cells of more than a page show; ascii says how the shades look. */
static const char *zoomed_legend(const struct pages *p, bool ascii)
{
	if (p->grid.kinds)
		return "a cell shows what most of its pages are";
	if (p->moment && pair_apart(p->moment->pair))
		return ascii ? "- + % # replaced or faulted: up to 1/4 1/2 3/4 all of a cell"
			     : "░ ▒ ▓ █ replaced or faulted: up to 1/4 1/2 3/4 all of a cell";
	return ascii ? "- + % # copied: up to 1/4 1/2 3/4 all of a cell"
		     : "░ ▒ ▓ █ copied: up to 1/4 1/2 3/4 all of a cell";
}

/* At x, or in the next line where there is no room; false: there is no line left. */
static bool legend_place(struct rect area, int *x, int *y, int w)
{
	if (*x > area.x && *x + w > area.x + area.w) {
		*x = area.x;
		++*y;
	}
	return *y < area.y + area.h;
}

static void draw_legend(const struct pages *p, const struct view_env *env,
	const struct page_target *t, struct canvas *c, struct rect area)
{
	struct legend_item item[PAGE_VERDICTS];
	size_t n = legend_items(p, env, t, item);
	int x = area.x, y = area.y;

	if (area.h < 1)
		return;
	if (p->grid.shift) {
		const char *zoomed = zoomed_legend(p, c->ascii);

		canvas_text(c, x, y, area.w, STYLE_DIM, zoomed);
		x += (int)text_width(zoomed, strlen(zoomed)) + 3;
	}

	for (size_t i = 0; i < n; i++) {
		const struct page_kind_info *kind =
			p->grid.kinds ? &page_kind_info[item[i].what] : NULL;
		const char *title = kind ? kind->title : page_verdict_info[item[i].what].title;
		struct textbuf b = {0};
		int w;

		textbuf_addf(&b, "%" PRIu64 " %s", item[i].n, title);
		w = (int)text_width(b.bytes, b.len);
		if (legend_place(area, &x, &y, w + 2)) {
			if (kind)
				canvas_text(c, x, y, 1, kind->style,
					c->ascii ? kind->ascii : kind->utf8);
			else
				bar_verdict(
					c, x, y, 1, bar_verdict_style(item[i].what), item[i].what);
			canvas_text(c, x + 2, y, area.x + area.w - x - 2, STYLE_NORMAL, b.bytes);
		}
		x += w + 5;
		textbuf_free(&b);
	}
}

bool pages_in_sight(const struct pages *p)
{
	return p->grid.cell && p->cursor >= p->grid.first &&
	       p->cursor - p->grid.first < (uint64_t)p->grid.cols * (uint64_t)p->grid.rows;
}

unsigned pages_cursor_verdict(const struct pages *p, unsigned side)
{
	if (!pages_in_sight(p))
		return PAGE_VERDICT_ABSENT;
	return grid_speaks_of(&p->grid, &p->grid.cell[p->cursor - p->grid.first], side);
}

/* " mapped 2×"; why nobody counted that of a moment that has gone by, else NULL. */
static const char *say_users(const struct view_env *env, uint64_t frame, struct textbuf *out)
{
	const struct question question = {.kind = QUESTION_FRAME_USERS, .address = frame};
	struct answer answer = {.state = VALUE_UNSUPPORTED};

	if (env->ask)
		env->ask(env->context, &question, &answer);
	if (value_state_has_value(answer.state))
		textbuf_addf(out, " mapped %" PRIu64 "×", answer.number);
	else if (env->past && answer.state == VALUE_UNREAD)
		textbuf_adds(out, " mapped ?×");
	return env->past && answer.state == VALUE_UNREAD ? answer.reason : NULL;
}

/* "A frame 1a2b3 mapped 2×, huge" of the page at address; see say_users(). */
static const char *say_frame(
	const struct view_env *env, unsigned side, uint64_t address, struct textbuf *out)
{
	const struct page_map *pages = env->moment->snapshot->side[side].pages;
	bool ended = env->moment->snapshot->side[side].ending.ended;
	uint64_t entry = pages ? page_map_entry(pages, address) : 0;
	const char *unasked = NULL;

	textbuf_addf(out, "  %c ", side ? 'B' : 'A');
	if (!(entry & PAGE_PRESENT)) {
		textbuf_adds(out, entry & PAGE_SWAPPED ? "in swap"
				  : entry & PAGE_GUARD ? "guard"
						       : "absent");
		return NULL;
	}
	if (!pages->frames_known) {
		textbuf_addf(
			out, "frame ?, %s", entry & PAGE_EXCLUSIVE ? "exclusive" : "not exclusive");
		unasked = "needs CAP_SYS_ADMIN";
	} else {
		/* Of the ended, the kernel may have given its frames to others since. */
		textbuf_addf(out, "%sframe %" PRIx64, ended ? "had " : "",
			(uint64_t)(entry & PAGE_FRAME));
		unasked = ended ? NULL : say_users(env, entry & PAGE_FRAME, out);
	}
	textbuf_adds(out, entry & PAGE_HUGE ? ", huge" : "");
	textbuf_adds(out, entry & PAGE_KSM ? ", KSM" : "");
	textbuf_adds(out, entry & PAGE_ZERO ? ", zero page" : "");
	return unasked;
}

/* One page: address, frames, verdict and what it means. */
static void say_page(const struct pages *p, const struct view_env *env, uint64_t address,
	struct textbuf *first, struct textbuf *second)
{
	const struct pair *pair = pages_pair(env);
	unsigned v = pair ? verdicts_at(pair->verdicts, address) & ~VERDICT_FRESH : 0;
	const char *unasked = NULL;

	struct textbuf writer = {0};

	textbuf_addf(first, "%" PRIx64 " page %" PRIu64 " of %" PRIu64, address,
		(address - p->grid.start) / p->grid.page_size + 1, (uint64_t)p->grid.pages);
	for (unsigned side = 0; side < (pair ? 2 : 1); side++) {
		const char *why = say_frame(env, side, address, first);

		unasked = why ? why : unasked;
	}
	if (unasked)
		textbuf_addf(first, "  ?: %s", unasked);
	pages_say_writer(env, address, &writer);
	if (writer.len) {
		textbuf_add(second, writer.bytes, writer.len);
	} else if (pair && v < PAGE_VERDICTS) {
		textbuf_addf(second, "%s — %s", page_verdict_info[v].title,
			page_verdict_info[v].meaning);
		if (v == PAGE_VERDICT_COPIED_BY_A || v == PAGE_VERDICT_COPIED_BY_B)
			textbuf_addf(second, " %c keeps the original.",
				v == PAGE_VERDICT_COPIED_BY_A ? 'B' : 'A');
	} else if (!pair) {
		v = page_kind_of(page_map_entry(env->moment->snapshot->side[0].pages, address));
		textbuf_addf(second, "%s — %s", page_kind_info[v].title, page_kind_info[v].meaning);
	}
	textbuf_free(&writer);
}

/* "page 3 of 64: copied by B", and what that means. */
static void say_page_words(const struct pages *p, const struct view_env *env, uint64_t address,
	struct textbuf *first, struct textbuf *second)
{
	const struct pair *pair = pages_pair(env);
	const struct page_map *alone = env->moment->snapshot->side[0].pages;
	unsigned v = pair ? verdicts_at(pair->verdicts, address) & ~VERDICT_FRESH
			  : page_kind_of(page_map_entry(alone, address));

	textbuf_addf(first, "page %" PRIu64 " of %" PRIu64 ": ",
		(address - p->grid.start) / p->grid.page_size + 1, (uint64_t)p->grid.pages);
	textbuf_adds(first, pair ? page_verdict_info[v].title : page_kind_info[v].title);
	textbuf_adds(second, pair ? page_verdict_info[v].meaning : page_kind_info[v].meaning);
}

/* Many pages: how many of what. */
static void say_mix(const struct pages *p, const struct view_env *env, uint64_t address, uint64_t n,
	struct textbuf *first, struct textbuf *second)
{
	const struct grid_cell *cell = &p->grid.cell[p->cursor - p->grid.first];
	const char *between = "";

	if (!env->lecture)
		textbuf_addf(first, "%" PRIx64 "-%" PRIx64 " ", address,
			address + n * p->grid.page_size);
	textbuf_count(first, n, "page");
	for (unsigned v = PAGE_VERDICTS; v-- > 0;) {
		if (!cell->count[v])
			continue;
		textbuf_addf(second, "%s%" PRIu32 " %s", between, cell->count[v],
			p->grid.kinds ? page_kind_info[v].title : page_verdict_info[v].title);
		between = ", ";
	}
}

void pages_say_cell(const struct pages *p, const struct view_env *env, struct textbuf *first,
	struct textbuf *second)
{
	uint64_t address = p->grid.start + (p->cursor << p->grid.shift) * p->grid.page_size;
	uint64_t n = grid_cell_pages(&p->grid, p->cursor);

	if (n == 1 && env->lecture)
		say_page_words(p, env, address, first, second);
	else if (n == 1)
		say_page(p, env, address, first, second);
	else if (n)
		say_mix(p, env, address, n, first, second);
}

static void draw_cursor_lines(
	const struct pages *p, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct textbuf first = {0}, second = {0};

	pages_say_cell(p, env, &first, &second);
	if (area.h == 1 && second.len) {
		textbuf_adds(&first, "  ");
		textbuf_add(&first, second.bytes, second.len);
	}
	if (first.len && area.h > 0)
		canvas_text(c, area.x, area.y, area.w, STYLE_STRONG, first.bytes);
	if (second.len && area.h > 1)
		canvas_text(c, area.x, area.y + 1, area.w, STYLE_NORMAL, second.bytes);
	textbuf_free(&first);
	textbuf_free(&second);
}

/* ---- the grids ------------------------------------------------------------- */

static void draw_labels(const struct pages *p, struct canvas *c, int x, int y)
{
	const struct grid *g = &p->grid;

	for (int row = 0; row < g->rows; row++) {
		uint64_t cell = g->first + (uint64_t)row * (uint64_t)g->cols;

		if (grid_cell_pages(g, cell))
			canvas_print(c, x, y + row, LABEL - 1, STYLE_DIM, "%12" PRIx64,
				g->start + (cell << g->shift) * g->page_size);
	}
}

static void draw_cursor(
	const struct pages *p, const struct view_env *env, struct canvas *c, unsigned sides)
{
	unsigned last = env->side < sides ? env->side : 0;

	for (unsigned side = 0; side < sides; side++)
		if (side != last)
			grid_mark(&p->grid, c, p->grid_x[side], p->grid_y, p->cursor);
	grid_mark(&p->grid, c, p->grid_x[last], p->grid_y, p->cursor);
}

/* Where the grids stand: with addresses before each where it is wide, before the first where it is
 * not, or without. */
static int place(
	struct pages *p, struct rect area, unsigned sides, bool addresses, bool ret_label[2])
{
	int half = area.w / 2;

	ret_label[0] = addresses && area.w >= 44;
	ret_label[1] = addresses && sides > 1 && area.w >= 100;
	p->grid_x[0] = p->grid_x[1] = area.x + (ret_label[0] ? LABEL : 0);
	if (sides < 2)
		return area.x + area.w - p->grid_x[0];
	if (!addresses) {
		p->grid_x[1] = area.x + half + 1;
		return half - 1;
	}
	if (ret_label[1]) {
		p->grid_x[1] = area.x + half + 1 + LABEL;
		return half - 1 - LABEL;
	}
	half = (area.x + area.w - p->grid_x[0] - (area.w >= 24 ? 3 : 1)) / 2;
	p->grid_x[1] = area.x + area.w - half;
	return half;
}

/* Boxes have no room for addresses before them, and no need: their numbers stand in them. */
static int place_and_shape(struct pages *p, const struct view_env *env, const struct page_target *t,
	struct rect area, bool ret_label[2])
{
	unsigned sides = pages_pair(env) ? 2 : 1;
	int h = area.h - (area.h >= 3), w = place(p, area, sides, false, ret_label);

	if (w < 1 || area.h < 1)
		return 0;
	shape(p, t, w, h, env->lecture);
	if (p->grid.boxes || env->lecture)
		return w;
	w = place(p, area, sides, true, ret_label);
	if (w > 0)
		shape(p, t, w, h, false);
	return w;
}

/* False when there is no room for a cell. */
static bool draw_grids(struct pages *p, const struct view_env *env, const struct page_target *t,
	struct canvas *c, struct rect area)
{
	static const char *const of_pair[] = {"as A has it", "as B has it"};
	static const char *const of_time[] = {"now", "then"};
	const char *const *title = pair_is_past(env->moment->pair) ? of_time : of_pair;
	unsigned sides = pages_pair(env) ? 2 : 1;
	bool one_space = env->moment->pair && env->moment->pair->one_space, label[2];
	int head = area.h >= 3, w;

	w = place_and_shape(p, env, t, area, label);
	if (w < 1)
		return false;
	look(p);
	scroll(p);
	count(p, env);
	p->grid_y = area.y + head;
	for (unsigned side = 0; side < sides; side++) {
		if (head)
			canvas_text(c, p->grid_x[side], area.y, w,
				side ? STYLE_SIDE_B : STYLE_SIDE_A,
				one_space ? "as both have it" : title[side]);
		if (label[side])
			draw_labels(p, c, p->grid_x[side] - LABEL, p->grid_y);
		grid_draw(&p->grid, c, p->grid_x[side], p->grid_y, side);
		if (p->by_writer)
			pages_paint_writers(p, env, c, side);
	}
	draw_cursor(p, env, c, sides);
	return true;
}

/* Why there are no pages to show. */
static void say_trouble(const struct pages *p, const struct view_env *env, struct textbuf *out)
{
	for (unsigned side = 0; side < panes_sides(env->moment); side++) {
		const struct page_map *pages = env->moment->snapshot->side[side].pages;
		const char *why = panes_trouble(env->moment, PART_MAPPINGS, side, env->past);

		if (why) {
			textbuf_adds(out, why);
			return;
		}
		if (page_map_known(pages))
			continue;
		if (pages && pages->part.state == VALUE_DENIED)
			textbuf_addf(out, "pages %s; see twintop doctor",
				panes_hidden(env->moment, side));
		else
			textbuf_addf(out, "pages %s", panes_unread(env->moment, side, env->past));
		return;
	}
	textbuf_adds(out, !panes_sides(env->moment) ? "waiting for the first sample …"
			  : p->filter		    ? "no mapping holds the filter's text"
						    : "no page of any mapping is in memory");
}

/* Lines around the grids. */
struct around {
	int strip, cell, legend;
};

/*
 * Of so many lines. In lecture mode the counts are the key figures, a legend stands below every
 * view, and large cells go before what is said of them.
 */
static struct around around_of(int h, bool lecture)
{
	if (lecture)
		return (struct around){h >= 11, h >= 14 ? 2 : h >= 13, 0};
	return (struct around){h >= 2, h >= 12 ? 2 : h >= 4, h >= 14 ? 2 : h >= 6};
}

void pages_draw(struct pages *p, const struct view_env *env, struct canvas *c, struct rect area)
{
	const struct page_target *t = pages_target(p);
	bool one_space = env->moment && env->moment->pair && env->moment->pair->one_space;
	struct around at = around_of(area.h, env->lecture);
	struct rect grid = {
		area.x, area.y + at.strip, area.w, area.h - at.strip - at.cell - at.legend};
	struct rect legend;
	struct textbuf trouble = {0};

	if (!t) {
		say_trouble(p, env, &trouble);
		panes_say(c, area, STYLE_WARN, trouble.bytes);
		textbuf_free(&trouble);
		return;
	}
	if (one_space && grid.h > 2) {
		canvas_text(c, grid.x, grid.y, grid.w, STYLE_SAME,
			"A and B are one address space with one set of pages: copy-on-write does "
			"not apply.");
		grid.y++;
		grid.h--;
	}
	if (!draw_grids(p, env, t, c, grid))
		return;
	if (at.strip)
		(env->lecture ? draw_strip_words : draw_strip)(p, env, t, c, area);
	draw_cursor_lines(p, env, c, (struct rect){area.x, grid.y + grid.h, area.w, at.cell});
	legend = (struct rect){area.x, grid.y + grid.h + at.cell, area.w, at.legend};
	if (p->by_writer)
		pages_legend_writers(env, c, legend);
	else
		draw_legend(p, env, t, c, legend);
}
