/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process beside its own past: a moment that was marked stands in B's place. */
#include <time.h>

#include "app_internal.h"

bool app_past_stands(const struct app *a)
{
	return a->shown && a->shown != a->real;
}

/* "14:03:22": by the clock on the wall. */
void app_past_clock(const struct snapshot *s, struct textbuf *out)
{
	time_t seconds = (time_t)(s->side[1].was_realtime_ns / SECOND_NS);
	char text[16];
	struct tm parts;

	if (localtime_r(&seconds, &parts) && strftime(text, sizeof text, "%H:%M:%S", &parts))
		textbuf_adds(out, text);
}

const struct moment *app_past_beside(struct app *a, const struct moment *m)
{
	const struct moment *then = a->own.then;

	if (!m || !then || !past_fits(m, then) ||
		m->snapshot->monotonic_ns < then->snapshot->monotonic_ns)
		return moment_get(m);
	return past_beside(a->own.past, m, then, &a->own.faults);
}

/* Takes up the faults of who is A to whoever looks. */
static void trace(struct app *a, const struct snapshot *s)
{
	struct snapshot *turned = a->turned && s->sides == 2 ? snapshot_turned(s) : NULL;

	fault_trace_add(&a->own.faults, turned ? turned : s);
	part_put(turned);
}

/* What was seen of faults since the oldest moment that is kept. */
static void trace_all(struct app *a)
{
	fault_trace_clear(&a->own.faults);
	for (size_t i = 0; i < a->history.n; i++) {
		const struct moment *m = history_get_told(&a->history, i);

		trace(a, m->snapshot);
		moment_put(m);
	}
}

static void forget(struct app *a)
{
	moment_put(a->own.then);
	past_free(a->own.past);
	fault_trace_clear(&a->own.faults);
	a->own = (struct own_past){0};
}

void app_past_free(struct app *a)
{
	forget(a);
}

void app_past_mark(struct app *a)
{
	struct textbuf text = {0};

	if (!a->real || !a->real->snapshot->sides) {
		app_message(a, "there is no process yet whose moment could be marked");
		return;
	}
	forget(a);
	a->own.then = moment_get(a->real);
	a->own.past = past_new();
	trace_all(a);
	app_show_again(a);
	textbuf_adds(&text, "B is A at ");
	app_past_clock(a->shown->snapshot, &text);
	textbuf_adds(&text, " from now on; m marks anew, M brings the former B back");
	app_message(a, text.bytes);
	textbuf_free(&text);
}

void app_past_end(struct app *a)
{
	forget(a);
	app_show_again(a);
	app_message(a, "B is who it was before");
}

void app_past_drop(struct app *a)
{
	if (!a->own.then)
		return;
	forget(a);
	app_show_again(a);
}

void app_past_show(struct app *a, const struct moment *m)
{
	if (a->plays)
		fault_trace_break(&a->own.faults);
	app_show(a, m);
	if (a->own.then && !app_past_stands(a))
		app_message(a, "before the moment that is marked: B is who it was then");
}

void app_past_follow(struct app *a, const struct moment *m)
{
	const struct moment *seen;
	bool fits;

	if (!a->own.then)
		return;
	seen = app_turned(a, m);
	trace(a, m->snapshot);
	fits = !m->snapshot->sides || past_fits(seen, a->own.then);
	moment_put(seen);
	if (fits)
		return;
	app_past_drop(a);
	app_message(a, "A is another one: the mark went with the one before");
}
