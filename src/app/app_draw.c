/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "app_internal.h"

static void draw_too_small(struct canvas *c)
{
	canvas_print(c, 0, 0, c->w, STYLE_WARN, "twintop needs %dx%d, this is %dx%d",
		LAYOUT_LEAST_W, LAYOUT_LEAST_H, c->w, c->h);
	canvas_cursor(c, 0, 0);
}

/* Before there is anything to show. */
static void draw_waiting(const struct app *a, struct canvas *c, struct rect area)
{
	int y = area.y + area.h / 2;
	const char *text = a->over	       ? a->over
			   : a->options.choose ? "no process is chosen: p chooses one, q quits"
					       : "reading the first sample …";

	canvas_text(c, area.x + 2, y, area.w - 4, STYLE_DIM, text);
	canvas_cursor(c, area.x + 2, y);
}

/* Explain leaves the upper part of the view to be seen and walked. */
static struct rect overlay_area(const struct app *a, struct rect view)
{
	int h = view.h * 3 / 5;

	if (a->overlay != OVERLAY_EXPLAIN || view.h < 10)
		return view;
	h = h > 22 ? 22 : h;
	return (struct rect){view.x, view.y + view.h - h, view.w, h};
}

/* What an overlay leaves of the view: all of it lies under most of them, none under these. */
static struct rect view_area(const struct app *a, struct canvas *c)
{
	struct rect view = a->layout.view, over = overlay_area(a, view);

	if (a->overlay == OVERLAY_QUIZ)
		over = app_quiz_box(a, c, view);
	if ((a->overlay == OVERLAY_EXPLAIN || a->overlay == OVERLAY_QUIZ) && over.h < view.h)
		view.h -= over.h;
	return view;
}

/* In the panel's last line: what Enter does with the thread that it shows. */
static void draw_mark_hint(
	struct app *a, struct canvas *c, const struct view_env *env, struct rect area)
{
	struct textbuf hint = {0};

	app_mark_hint(a, env, &hint);
	if (hint.len && area.w > 24)
		canvas_print(c, area.x + 2, area.y + area.h - 1, area.w - 18, STYLE_KEY, " %s ",
			hint.bytes);
	textbuf_free(&hint);
}

static void draw_detail(
	struct app *a, struct canvas *c, const struct view_env *env, struct rect area)
{
	struct view_selection s;
	struct textbuf title = {0};

	if (!app_selection(a, env, &s) || !(s.has[0] || s.has[1])) {
		panel_begin(&a->panel, 1, 0, 0);
		panel_add(&a->panel, "the selected row is gone", NULL, NULL);
	} else {
		detail_fill(&a->panel, &s, env->past);
	}
	textbuf_addf(&title, "%s: every field", record_kind_name(a->detail_kind));
	panel_draw(&a->panel, c, area, title.bytes);
	textbuf_free(&title);
	if (app_marking(a))
		draw_mark_hint(a, c, env, area);
}

static void draw_explain(
	struct app *a, struct canvas *c, const struct view_env *env, struct rect area)
{
	const struct app_view *v = &a->view[a->current];
	struct view_selection s;
	bool some = app_selection(a, env, &s);
	int x = c->cursor_x, y = c->cursor_y;
	struct textbuf mark = {0};

	if (env->moment)
		v->ops->honesty(v->view, env, &mark);
	explain_fill(&a->panel, v->ops, some ? &s : NULL, mark.bytes, env->past, c->ascii);
	textbuf_free(&mark);
	panel_draw(&a->panel, c, area, "explain: PgDn more, G glossary");
	/* The arrows still move the view's selection: so the cursor stays there where it is seen.
	 */
	if (y >= 0 && y < area.y)
		canvas_cursor(c, x, y);
}

static void draw_glossary(struct app *a, struct canvas *c, struct rect area)
{
	struct textbuf title = {0};

	glossary_fill(&a->glossary, &a->panel, c->ascii);
	glossary_title(&a->glossary, &title);
	panel_draw(&a->panel, c, area, title.bytes);
	textbuf_free(&title);
}

static void draw_overlay(struct app *a, struct canvas *c, const struct view_env *env)
{
	struct rect area = overlay_area(a, a->layout.view);

	switch (a->overlay) {
	case OVERLAY_HELP:
		help_fill(&a->panel, a->options.habits, a->options.launched);
		panel_draw(&a->panel, c, area, "help");
		break;
	case OVERLAY_DETAIL:
		draw_detail(a, c, env, area);
		break;
	case OVERLAY_EXPLAIN:
		draw_explain(a, c, env, area);
		break;
	case OVERLAY_TEXTBOOK:
		textbook_fill(&a->panel, env->moment, env->past, area.w);
		panel_draw(&a->panel, c, area, "process versus thread, measured: / searches");
		break;
	case OVERLAY_GLOSSARY:
		draw_glossary(a, c, area);
		break;
	case OVERLAY_CHOOSER:
		chooser_draw(a->chooser, c, area,
			a->choosing_side ? "choose B: type to search, Enter chooses"
					 : "choose A: type to search, Enter chooses");
		break;
	case OVERLAY_PALETTE:
		palette_draw(&a->palette, c, area);
		break;
	case OVERLAY_QUIZ:
		app_draw_quiz(a, c);
		break;
	case OVERLAY_NONE:
		break;
	}
}

static void draw_console(struct app *a, struct canvas *c)
{
	const struct rect *title = &a->layout.console_title;
	bool typing = a->typing == TYPING_PROGRAM;

	if (!a->console)
		return;
	canvas_repeat(c, title->x, title->y, title->w, STYLE_DIM, "─");
	canvas_text(c, title->x + 2, title->y, title->w - 4, typing ? STYLE_CHANGED : STYLE_TITLE,
		typing ? " console: your keys go to the program, Ctrl-] ends " : " console ");
	console_draw(a->console, c, a->layout.console, typing);
	if (app_quiz_covers(a))
		app_shade(c, a->layout.console, "");
	a->console_columns = (unsigned)a->layout.console.w;
	a->console_rows =
		(unsigned)(a->layout.console.h < CONSOLE_ROWS_LEAST ? CONSOLE_ROWS_LEAST
								    : a->layout.console.h);
}

bool app_draw_parts(
	struct app *a, struct canvas *c, const struct layout_wish *wish, uint64_t now_ns)
{
	struct view_env env = app_env(a, now_ns);
	struct app_view *v = &a->view[a->current];
	struct rect area;

	canvas_clear(c);
	a->hits_n = 0;
	a->awaiting = false;
	a->layout = layout_of(c->w, c->h, wish);
	if (!a->layout.fits) {
		draw_too_small(c);
		return false;
	}
	frame_identities(a, c);
	if (env.moment) {
		app_update_view(a, &env);
		area = view_area(a, c);
		view_draw(v->ops, v->view, &env, c, app_quiz_seen(a, area));
		app_quiz_cover(a, c, area);
	} else {
		draw_waiting(a, c, a->layout.view);
	}
	draw_overlay(a, c, &env);
	return true;
}

bool app_draw_above(struct app *a, struct canvas *c, uint64_t now_ns, uint64_t busy_ns)
{
	struct layout_wish wish = {a->console != NULL, app_typing(a), app_step_lines(a, c),
		a->lecture, app_bar_stands(a)};
	struct view_env env;

	if (!app_draw_parts(a, c, &wish, now_ns))
		return false;
	env = app_env(a, now_ns);
	app_draw_steps(a, c);
	draw_console(a, c);
	if (a->layout.time_bar.h)
		app_draw_bar(a, c);
	frame_tabs(a, c, &env, busy_ns);
	return true;
}

void app_draw(struct app *a, struct canvas *c, uint64_t now_ns, uint64_t busy_ns)
{
	if (!app_draw_above(a, c, now_ns, busy_ns))
		return;
	frame_footer(a, c, now_ns);
	if (c->cursor_x < 0)
		canvas_cursor(c, a->layout.view.x, a->layout.view.y);
}

/* Marks of what changed fade with the next drawing: none is put off for long. */
bool app_fading(const struct app *a)
{
	return a->message.len || a->awaiting;
}
