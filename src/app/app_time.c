/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time bar: going to a time that is clicked on it, or typed. */
#include "app_internal.h"
#include "twintop/draw/time_bar.h"
#include "typed_time.h"

#define PROMPT_LABEL " time: "

/* A question hides what happened. */
bool app_bar_stands(const struct app *a)
{
	struct position p;

	if (a->quiz.state)
		return false;
	return (a->paused || a->plays || a->bar || a->typing == TYPING_TIME) && a->shown &&
	       source_position(a->past, &p);
}

static int64_t clock_of(const struct moment *m)
{
	return (int64_t)(m->snapshot->realtime_ns - m->snapshot->monotonic_ns);
}

/* What it shows; there is a moment. */
static struct time_bar bar_of(const struct app *a)
{
	struct history_bounds most = history_most(&a->history);
	struct time_bar b = {
		.live = !a->paused && !a->plays,
		.clock_ns = clock_of(a->shown),
		.events = &a->events,
		.marked_ns = a->own.then ? a->own.then->snapshot->monotonic_ns : 0,
	};

	if (!a->plays) {
		b.most_ns = most.ns;
		b.bytes = a->history.bytes;
		b.most_bytes = most.bytes;
	}
	source_position(a->past, &b.position);
	if (b.live)
		b.position.shown_ns = b.position.last_ns;
	return b;
}

void app_draw_bar(const struct app *a, struct canvas *c)
{
	struct time_bar b = bar_of(a);

	time_bar_draw(&b, c, a->layout.time_bar);
}

/* ---- the mouse ---------------------------------------------------------------------- */

/* Goes to what the column stands for; of what happened then a message tells. */
static void go_to_column(struct app *a, int x)
{
	const struct canvas measure = {.ascii = a->options.ascii};
	struct time_bar b = bar_of(a);
	uint64_t ns = time_bar_time(&b, time_bar_track(&b, &measure, a->layout.time_bar), x);
	const struct logged_batch *told = event_log_before(&a->events, ns + 1);

	if (told && told->moment_ns == ns)
		app_go_to_moment(a, ns);
	else
		app_go(a, (struct seek){.kind = SEEK_TIME, .monotonic_ns = ns});
}

bool app_bar_click(struct app *a, int x, int y)
{
	const struct rect *bar = &a->layout.time_bar;

	if (!bar->h || y != bar->y || !app_bar_stands(a))
		return false;
	if (a->typing == TYPING_TIME)
		a->typing = TYPING_NONE;
	if (a->typing != TYPING_NONE)
		return true;
	a->dragging = true;
	go_to_column(a, x);
	return true;
}

void app_drag(struct app *a, int x, int y)
{
	(void)y; /* a hand does not stay on one line */
	if (a->dragging && a->layout.time_bar.h && app_bar_stands(a))
		go_to_column(a, x);
}

void app_drop(struct app *a)
{
	a->dragging = false;
}

/* ---- a time that is typed ------------------------------------------------------------ */

void app_time_open(struct app *a)
{
	if (!a->shown)
		return;
	a->typing = TYPING_TIME;
	a->untimely = NULL;
	prompt_begin(&a->prompt, "");
}

/* Live it comes or goes; while paused it is said what it will do then. */
static void toggle(struct app *a)
{
	a->bar = !a->bar;
	if (a->plays)
		app_message(a, "the time bar of a recording is always there");
	else if (a->paused)
		app_message(a, a->bar ? "the time bar stays when live data go on"
				      : "the time bar goes when live data go on");
}

/* CLOCK_MONOTONIC of a time by the clock, as the clock went beside that moment; 0: none. */
static uint64_t monotonic_of(
	const struct typed_time *t, const struct position *p, const struct moment *m)
{
	int64_t clock = clock_of(m);
	uint64_t at;

	if (typed_time_find(t, (uint64_t)((int64_t)p->first_ns + clock),
		    (uint64_t)((int64_t)p->last_ns + clock), &at))
		return 0;
	return at > (uint64_t)clock ? (uint64_t)((int64_t)at - clock) : 1;
}

/* The moment nearest to that time; where nothing so old is kept the oldest, and it is said. */
static void go_near(struct app *a, uint64_t ns, const struct position *p)
{
	app_go(a, (struct seek){.kind = SEEK_TIME, .monotonic_ns = ns + a->delay_ns / 2});
	if (ns < p->first_ns)
		app_message(a, a->plays ? "the recording begins later: this is its first moment"
					: "nothing so old is kept: this is the oldest moment");
}

/* Whether it is a time that was: then that is shown. Else the reason is told. */
static bool go_to_typed(struct app *a)
{
	struct typed_time t;
	struct position p;
	uint64_t ns;

	if (typed_time_parse(prompt_text(&a->prompt), &t) || !source_position(a->past, &p)) {
		a->untimely = "is no time: give one " TYPED_TIME_WANTED;
		return false;
	}
	if (!t.by_clock) {
		go_near(a, t.ns < p.last_ns ? p.last_ns - t.ns : 0, &p);
		return true;
	}
	ns = monotonic_of(&t, &p, a->latest);
	if (!ns) {
		a->untimely = a->plays ? "came after the end" : "has not come yet";
		return false;
	}
	go_near(a, ns, &p);
	/* The clock may have been set since: then another moment has that time. */
	if (clock_of(a->shown) != clock_of(a->latest))
		go_near(a, monotonic_of(&t, &p, a->shown), &p);
	return true;
}

static bool may_begin(uint32_t key)
{
	return (key >= '0' && key <= '9') || (key >= 'a' && key <= 'z') ||
	       (key >= 'A' && key <= 'Z') || key == '-' || key == ':' || key == '.';
}

bool app_time_key(struct app *a, uint32_t key)
{
	bool empty = !a->prompt.text.len;

	if (empty && (key == 't' || key == KEYS_ENTER)) {
		a->typing = TYPING_NONE;
		toggle(a);
		return true;
	}
	if (empty && key != KEYS_ESCAPE && key != KEYS_BACKSPACE && !may_begin(key)) {
		a->typing = TYPING_NONE;
		return false;
	}
	a->untimely = NULL;
	switch (prompt_key(&a->prompt, key)) {
	case PROMPT_TYPING:
		break;
	case PROMPT_CANCELLED:
		a->typing = TYPING_NONE;
		break;
	case PROMPT_ACCEPTED:
		if (go_to_typed(a))
			a->typing = TYPING_NONE;
		break;
	}
	return true;
}

void app_draw_time_prompt(const struct app *a, struct canvas *c, struct rect line)
{
	static const char hint[] = "  " TYPED_TIME_WANTED "; t: the bar on or off, Esc: neither";
	const char *said = a->untimely ? a->untimely : a->prompt.text.len ? "" : hint;
	int x, w = line.w;

	/* What is said of it stays in sight, however long it is. */
	if (a->untimely && canvas_width(c, said) + 2 < w / 2 + w / 4)
		line.w -= canvas_width(c, said) + 2;
	prompt_draw(&a->prompt, c, line, PROMPT_LABEL);
	x = c->cursor_x + 1;
	canvas_text(c, x, line.y, line.x + w - x, a->untimely ? STYLE_BAD : STYLE_DIM, said);
}
