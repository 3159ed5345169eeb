/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "figures_internal.h"
#include "honesty_internal.h"
#include "pages_internal.h"
#include "twintop/draw/bar.h"
#include "twintop/draw/sign_lesson.h"
#define ZOOM_IN	 ACTION_OWN_1
#define ZOOM_OUT ACTION_OWN_2
#define WRITERS	 ACTION_OWN_3

static void *create(void)
{
	struct pages *p = mem_alloc(sizeof *p);

	memset(p, 0, sizeof *p);
	p->zoom = -1;
	return p;
}

static void destroy(void *view)
{
	struct pages *p = view;

	moment_put(p->moment);
	moment_put(p->counted.moment);
	VEC_FREE(&p->target);
	VEC_FREE(&p->flash);
	grid_free(&p->grid);
	textbuf_free(&p->explain);
	free(p->filter);
	free(p);
}

static void update(void *view, const struct view_env *env)
{
	pages_update(view, env);
}

static void catch_up(struct pages *p, const struct view_env *env)
{
	bool focused = env->focus && env->focus->address && env->focus->address != p->focus;

	if (!moment_same(env->moment, p->moment) || focused)
		pages_update(p, env);
}

static void move(struct pages *p, int64_t by)
{
	uint64_t cells = grid_cells(p->grid.pages, p->grid.shift);
	int64_t at = (int64_t)p->cursor + by;

	if (at >= 0 && (uint64_t)at < cells)
		p->cursor = (uint64_t)at;
}

/* The page under the cursor stays under it. */
static void zoom(struct pages *p, int by)
{
	uint64_t page = p->cursor << p->grid.shift;
	int shift = (int)p->grid.shift + by;

	if (shift < 0 || (by > 0 && grid_cells(p->grid.pages, p->grid.shift) <= 1))
		return;
	p->zoom = shift;
	p->cursor = page >> shift;
}

static void step_mapping(struct pages *p, int by)
{
	if (!p->target.n || (by < 0 && !p->at))
		return;
	pages_select(p, by < 0 ? p->at - 1 : p->at + 1);
}

static bool act(void *view, const struct view_env *env, enum action action)
{
	struct pages *p = view;

	if (!env->moment)
		return false;
	catch_up(p, env);
	switch (action) {
	case ACTION_LEFT:
		move(p, -1);
		return true;
	case ACTION_RIGHT:
		move(p, 1);
		return true;
	case ACTION_UP:
		move(p, -(int64_t)p->grid.cols);
		return true;
	case ACTION_DOWN:
		move(p, p->grid.cols);
		return true;
	case ACTION_PAGE_UP:
		step_mapping(p, -1);
		return true;
	case ACTION_PAGE_DOWN:
		step_mapping(p, 1);
		return true;
	case ACTION_HOME:
		p->cursor = 0;
		return true;
	case ACTION_END:
		p->cursor = UINT64_MAX >> p->grid.shift >> 12;
		return true;
	case ZOOM_IN:
		zoom(p, -1);
		return true;
	case ZOOM_OUT:
		zoom(p, 1);
		return true;
	case WRITERS:
		p->by_writer = !p->by_writer;
		return true;
	case ACTION_BACK:
		if (!p->filter)
			return false;
		free(p->filter);
		p->filter = NULL;
		pages_update(p, env);
		return true;
	default:
		return false;
	}
}

static void click(void *view, const struct view_env *env, int x, int y)
{
	struct pages *p = view;
	unsigned sides = pages_pair(env) ? 2 : 1;
	uint64_t cell;

	for (unsigned side = 0; side < sides; side++)
		if (grid_hit(&p->grid, p->grid_x[side], p->grid_y, x, y, &cell))
			p->cursor = cell;
}

static void draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	area = rect_clip(area, c);
	if (area.w < 1 || area.h < 1)
		return;
	if (!env->moment) {
		panes_say(c, area, STYLE_DIM, "waiting for the first sample …");
		return;
	}
	catch_up(view, env);
	pages_draw(view, env, c, area);
}

static bool selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	struct pages *p = view;
	const struct page_target *t;
	unsigned v;

	if (!env->moment)
		return false;
	catch_up(p, env);
	t = pages_target(p);
	if (!t)
		return false;
	memset(ret, 0, sizeof *ret);
	for (unsigned side = 0; side < 2; side++)
		if (pages_mapping(env, t, side)) {
			ret->has[side] = true;
			ret->record[side] = (struct record){
				env->moment, RECORD_MAPPING, side, (size_t)t->index[side]};
		}
	v = pages_cursor_verdict(p, env->side < 2 ? env->side : 0);
	textbuf_clear(&p->explain);
	pages_say(p, env, &p->explain);
	if (p->grid.kinds) {
		ret->why = page_kind_info[v].why;
		ret->sign = page_kind_info[v].utf8;
		ret->sign_place = SIGN_KINDS;
		ret->sign_style = ret->style = page_kind_info[v].style;
	} else {
		ret->lesson = (struct lesson_ref){true, LESSON_VERDICTS, v};
		ret->sign = page_verdict_info[v].glyph;
		ret->sign_place = SIGN_PAGES;
		ret->sign_style = ret->style = bar_verdict_style(v);
	}
	ret->explain = p->explain.len  ? p->explain.bytes
		       : p->grid.kinds ? page_kind_info[v].meaning
				       : page_verdict_info[v].meaning;
	return true;
}

/* The address of the page under the cursor, of a cell of many that of the first. */
static void copy(void *view, const struct view_env *env, struct textbuf *out)
{
	const struct pages *p = view;

	(void)env;
	if (p->grid.pages)
		textbuf_addf(out, "0x%" PRIx64,
			p->grid.start + (p->cursor << p->grid.shift) * p->grid.page_size);
}

static void filter(void *view, const struct view_env *env, const char *text)
{
	struct pages *p = view;

	free(p->filter);
	p->filter = text && *text ? mem_copy(text) : NULL;
	pages_update(p, env);
}

static bool search(void *view, const struct view_env *env, const char *text, bool again)
{
	struct pages *p = view;

	if (!env->moment)
		return false;
	catch_up(p, env);
	for (size_t i = 0; i < p->target.n && text && *text; i++) {
		size_t at = (p->at + i + (again ? 1 : 0)) % p->target.n;

		if (pages_matches(env, &p->target.item[at], text)) {
			pages_select(p, at);
			return true;
		}
	}
	return false;
}

static void honesty(void *view, const struct view_env *env, struct textbuf *out)
{
	(void)view;
	if (honesty_records(env, RECORD_MAPPING, out)) {
		textbuf_clear(out);
		honesty_pages(env, out);
	}
}

static const struct action_row keymap[] = {
	{ZOOM_IN, SCOPE_VIEW, "zoom-in", {'+', '='}, "",
		"Show fewer pages in a cell, down to one."},
	{ZOOM_OUT, SCOPE_VIEW, "zoom-out", {'-', '_'}, "zoom", "Show more pages in a cell."},
	{WRITERS, SCOPE_VIEW, "by-writer", {'w'}, NULL,
		"Show who wrote each page, or its verdict again."},
	{ACTION_LEFT, SCOPE_VIEW, "cell-left", {','}, NULL,
		"Go one cell to the left, also while paused."},
	{ACTION_RIGHT, SCOPE_VIEW, "cell-right", {'.'}, NULL,
		"Go one cell to the right, also while paused."},
};

/* Of the mapping that is shown. */
static struct value figure(const void *view, const struct view_env *env, enum page_verdict which)
{
	const struct page_target *t = pages_target(view);
	const struct pair *p = env->moment->pair;
	const struct pair_pages *n;
	const char *hidden;

	if (!t || t->row < 0 || !p || (size_t)t->row >= p->verdicts->mappings_n)
		return figure_of_pages(env, 0);
	n = &p->verdicts->mapping[t->row].pages;
	hidden = pair_pages_reason(p) ? NULL : verdicts_hide(p->verdicts, n, which);
	if (hidden)
		return value_unknown(VALUE_UINT, VALUE_DENIED, hidden);
	return figure_of_pages(
		env, which == PAGE_VERDICT_COPIED ? n->copied : (uint64_t)pair_pages_of(n, which));
}

static struct value get_shared(const void *view, const struct view_env *env, unsigned side)
{
	(void)side;
	return figure(view, env, PAGE_VERDICT_COW_SHARED);
}

static struct value get_copied(const void *view, const struct view_env *env, unsigned side)
{
	(void)side;
	return figure(view, env, PAGE_VERDICT_COPIED);
}

static struct value get_by_a(const void *view, const struct view_env *env, unsigned side)
{
	(void)side;
	return figure(view, env, PAGE_VERDICT_COPIED_BY_A);
}

static struct value get_by_b(const void *view, const struct view_env *env, unsigned side)
{
	(void)side;
	return figure(view, env, PAGE_VERDICT_COPIED_BY_B);
}

/* Pages of the mapping that A has in memory. */
static struct value get_present(const void *view, const struct view_env *env, unsigned side)
{
	const struct page_target *t = pages_target(view);
	const struct side *s = &env->moment->snapshot->side[side];
	const struct page_counts *n = t && pages_mapping(env, t, side)
					      ? side_mapping_pages(s, (size_t)t->index[side])
					      : NULL;

	return n ? value_uint(n->resident)
		 : value_unknown(VALUE_UINT, VALUE_UNREAD, value_state_reason(VALUE_UNREAD));
}

static const struct view_figure figures[] = {
	{.label = "pages in memory", .of_one = true, .unit = UNIT_COUNT, .get = get_present},
	{.label = "pages shared",
		.of_pair = true,
		.style = STYLE_COW,
		.unit = UNIT_COUNT,
		.get = get_shared},
	{.label = "copied",
		.of_pair = true,
		.style = STYLE_COPIED,
		.unit = UNIT_COUNT,
		.get = get_copied},
	{.label = "by A",
		.of_pair = true,
		.style = STYLE_COPIED_A,
		.unit = UNIT_COUNT,
		.get = get_by_a},
	{.label = "by B",
		.of_pair = true,
		.style = STYLE_COPIED_B,
		.unit = UNIT_COUNT,
		.get = get_by_b},
};

static const char *const signs[] = {SIGN_PAGES, SIGN_PAGES_A, SIGN_PAGES_B, NULL};
static const char *const signs_of_one[] = {SIGN_KINDS, NULL};

const struct view_ops view_pages = {
	.id = "pages",
	.title = "Pages",
	.brief = "Pag",
	.key = '5',
	.help = "Pages: every page of a mapping, shared or copied.",
	.keymap = keymap,
	.keymap_n = sizeof keymap / sizeof *keymap,
	.offers = VIEW_FILTERS,
	.figures = figures,
	.figures_n = sizeof figures / sizeof *figures,
	.signs = signs,
	.signs_of_one = signs_of_one,
	.of_pair = true, /* whom A shares a page with, its own flags tell */
	.need = NEED_PROCESS | NEED_MAPS | NEED_PAGES | NEED_FAULTS,
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
