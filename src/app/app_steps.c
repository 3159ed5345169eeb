/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a launched program: their pane, and the view that follows them. */
#include <stdio.h>
#include <string.h>

#include "app_internal.h"
#include "twintop/base/num.h"

#define POINT_TRIES  50 /* moments until what is pointed at must have been read */
#define LINES_MOST   STEP_LINES
#define LECTURE_MOST 9 /* the same in lecture mode */

/* ---- following ----------------------------------------------------------- */

/* Points at what the step speaks of, once the view has it. */
static void point(struct app *a)
{
	const char *text = steps_now(a->steps)->point;
	struct view_env env = app_env(a, 0);
	struct app_view *v = &a->view[a->current];
	uint64_t address;
	struct scan scan = scan_of(text, strlen(text));

	if (!*text || !a->pointing--) {
		a->pointing = 0;
		return;
	}
	if (scan_literal(&scan, "0x") && scan_hex(&scan, &address)) {
		a->focus->address = address;
		text += 2;
	}
	if (!env.moment)
		return;
	app_update_view(a, &env);
	if (v->ops->search(v->view, &env, text, false))
		a->pointing = 0;
}

static void let_go(struct app *a)
{
	if (steps_take_go(a->steps))
		app_ask(a, (struct app_request){.kind = REQUEST_STEP_ON});
}

void app_follow_steps(struct app *a, const struct moment *m)
{
	const struct step *step = steps_now(a->steps);
	const struct view_ops *view;

	a->unfollowed |= steps_moment(a->steps, m);
	if (a->unfollowed && a->overlay != OVERLAY_QUIZ) {
		a->unfollowed = false;
		view = *step->view ? view_find(step->view) : NULL;
		for (size_t i = 0; view && i < a->views_n; i++)
			if (a->view[i].ops == view)
				app_open_view(a, i);
		a->pointing = POINT_TRIES;
	}
	if (a->pointing && !a->paused)
		point(a);
	let_go(a);
}

bool app_step_waits(const struct app *a)
{
	return steps_now(a->steps)->waits && !a->paused && !a->options.recorded &&
	       a->overlay == OVERLAY_NONE;
}

void app_step_on(struct app *a)
{
	a->pointing = 0;
	steps_go(a->steps);
	let_go(a);
}

/* ---- the pane ------------------------------------------------------------ */

/* "copied: 1 more" or "state: S", as it was measured. */
static void add_measured(const struct expect *e, struct textbuf *out)
{
	textbuf_addf(out, "%s ", e->name);
	if (expect_is_change(e))
		textbuf_addf(out, "%+lld (now %s)", (long long)(e->now.number - e->before.number),
			e->now.text);
	else
		textbuf_adds(out, e->now.text);
}

static void add_estimated(const struct expect *e, struct textbuf *out)
{
	if (e->now.estimated)
		textbuf_adds(out, " (estimated: frames are hidden)");
}

/* What was measured of one expectation, beside it. */
static enum style add_result(const struct expect *e, struct textbuf *out)
{
	switch (e->state) {
	case EXPECT_MET:
		add_measured(e, out);
		textbuf_adds(out, ", as expected");
		add_estimated(e, out);
		return STYLE_GOOD;
	case EXPECT_UNMET:
		add_measured(e, out);
		textbuf_addf(out, ", expected %s", e->wanted);
		add_estimated(e, out);
		return STYLE_BAD;
	case EXPECT_UNKNOWN:
		textbuf_addf(out, "%s not to be measured here, expected %s", e->name, e->wanted);
		return STYLE_WARN;
	case EXPECT_MEASURING:
		textbuf_addf(out, "%s being measured", e->name);
		return STYLE_DIM;
	case EXPECT_OPEN:
		break;
	}
	textbuf_addf(out, "%s %s", e->name, e->wanted);
	return STYLE_NORMAL;
}

/* The step whose results are shown: the one under way once it is done, else the one before. */
static const struct step *told(const struct app *a)
{
	const struct step *now = steps_now(a->steps);

	return now->done_ns ? now : steps_last(a->steps);
}

/* Rows that a text takes, wrapped; draws them from y on where area has room. */
static int wrap_text(
	struct canvas *c, struct rect area, int y, enum style style, const char *text, bool draw)
{
	int rows = 0;

	while (*text && area.w > 0) {
		size_t n = canvas_wrap(c, text, area.w);

		if (draw && y + rows < area.y + area.h)
			canvas_print(c, area.x, y + rows, area.w, style, "%.*s", (int)n, text);
		rows++;
		text += n;
		text += strspn(text, " ");
	}
	return rows;
}

/* A line in place of what a question hides. */
static int hide_text(struct canvas *c, struct rect area, int y, bool draw)
{
	if (draw && y < area.y + area.h)
		app_shade(c, (struct rect){area.x, y, area.w, 1}, "hidden");
	return 1;
}

/* A line for each result. */
static int result_rows(struct canvas *c, struct rect area, const struct step *step, bool draw)
{
	int y = area.y;

	for (size_t i = 0; i < step->expects_n; i++) {
		struct textbuf text = {0};
		enum style style = add_result(&step->expect[i], &text);

		y += wrap_text(c, area, y, style, text.bytes, draw);
		textbuf_free(&text);
	}
	return y - area.y;
}

/* The results, the caption, the question; rows that all of it takes. */
static int pane_rows(struct app *a, struct canvas *c, struct rect area, bool draw)
{
	const struct step *now = steps_now(a->steps), *before = told(a);
	int y = area.y;

	if (app_quiz_hides(a, before->number))
		y += hide_text(c, area, y, draw);
	else
		y += result_rows(c, area, before, draw);
	if (before == now && now->done_ns)
		return y - area.y;
	if (app_quiz_hides(a, now->number - 1))
		return y + hide_text(c, area, y, draw) - area.y;
	y += wrap_text(c, area, y, STYLE_STRONG, now->caption, draw);
	y += wrap_text(c, area, y, STYLE_KEY, now->question, draw);
	return y - area.y;
}

int app_step_lines(struct app *a, struct canvas *c)
{
	int most = a->lecture ? LECTURE_MOST : LINES_MOST;
	const struct rect area = {0, 0, c->w - 2, most};
	int rows;

	if (!steps_now(a->steps)->number || a->options.linear)
		return 0;
	rows = pane_rows(a, c, area, false);
	return rows < 2 ? 2 : rows < most ? rows : most;
}

/* Where the present step stands, and which keys let it go on from what is open now. */
static const char *standing(const struct app *a, const struct step *now)
{
	bool open = a->overlay != OVERLAY_NONE;

	if (a->program_ended)
		return ": the program has ended";
	if (a->overlay == OVERLAY_QUIZ && a->quiz.state != QUIZ_TOLD)
		return ": a question is asked";
	if (a->options.recorded)
		return "";
	if (!now->waits)
		return now->done_ns ? "" : ": under way";
	if (a->paused)
		return open ? ": Esc, End, then Enter goes on" : ": End, then Enter goes on";
	return open ? ": Esc, then Enter goes on" : ": Enter goes on";
}

void app_draw_steps(struct app *a, struct canvas *c)
{
	const struct rect *title = &a->layout.step_title;
	const struct rect *pane = &a->layout.step;
	const struct step *now = steps_now(a->steps);

	if (!pane->h)
		return;
	canvas_repeat(c, title->x, title->y, title->w, STYLE_DIM, "─");
	canvas_print(c, title->x + 2, title->y, title->w - 4, STYLE_TITLE, " step %llu%s%s ",
		(unsigned long long)now->number, standing(a, now),
		steps_misname(a->steps, a->real) ? "; its A is B here, its B is A" : "");
	pane_rows(a, c, (struct rect){pane->x + 1, pane->y, pane->w - 2, pane->h}, true);
}

static void add_line(struct textbuf *out, const char *text)
{
	if (*text)
		textbuf_addf(out, "%s\n", text);
}

static void add_results(const struct step *step, struct textbuf *out)
{
	for (size_t i = 0; i < step->expects_n; i++) {
		add_result(&step->expect[i], out);
		textbuf_adds(out, "\n");
	}
}

void app_step_words(const struct app *a, struct textbuf *out)
{
	const struct step *now = steps_now(a->steps), *before = told(a);

	if (!now->number)
		return;
	if (before != now)
		add_results(before, out);
	textbuf_addf(out, "Step %llu%s\n", (unsigned long long)now->number,
		steps_misname(a->steps, a->real) ? "; its A is B here, its B is A" : "");
	add_line(out, now->caption);
	add_line(out, now->question);
	if (before == now)
		add_results(now, out);
}

/* ---- news ---------------------------------------------------------------- */

static bool being_measured(const struct step *step)
{
	for (size_t i = 0; i < step->expects_n; i++)
		if (step->expect[i].state == EXPECT_MEASURING)
			return true;
	return false;
}

static void add_step_measured(struct app *a, const struct step *step, struct textbuf *out)
{
	if (a->news.measured == step->number || !step->expects_n || being_measured(step))
		return;
	a->news.measured = step->number;
	textbuf_addf(out, "Step %llu, measured:\n", (unsigned long long)step->number);
	add_results(step, out);
}

static void add_step_begun(struct app *a, const struct step *step, struct textbuf *out)
{
	if (a->news.begun == step->number)
		return;
	a->news.begun = step->number;
	textbuf_addf(out, "Step %llu%s\n", (unsigned long long)step->number,
		steps_misname(a->steps, a->real) ? "; its A is B here, its B is A" : "");
	add_line(out, step->caption);
	add_line(out, step->question);
	if (step->waits && *standing(a, step))
		textbuf_addf(out, "%s.\n", standing(a, step) + strlen(": "));
}

void app_step_news(struct app *a, struct textbuf *out)
{
	const struct step *now = steps_now(a->steps), *before = told(a);
	uint64_t hidden = now->number ? now->number - 1 : 0;

	if (!a->options.linear || !now->number)
		return;
	if (now->gone_on && !now->done_ns && a->news.gone_on != now->number) {
		a->news.gone_on = now->number;
		textbuf_addf(out, "Step %llu is under way.\n", (unsigned long long)now->number);
	}
	if (app_quiz_hides(a, before->number) || app_quiz_hides(a, hidden) ||
		(before != now && being_measured(before)))
		return;
	if (before != now)
		add_step_measured(a, before, out);
	add_step_begun(a, now, out);
	if (before == now)
		add_step_measured(a, now, out);
}
