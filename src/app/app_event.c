/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going from one event to another. */
#include "app_internal.h"

/* Whether the moment that told them is among those kept. */
static bool is_kept(const struct app *a, const struct logged_batch *b)
{
	struct position p;

	return source_position(a->past, &p) && b->moment_ns >= p.first_ns;
}

/* "event 3 of 17: 4242 fork-cow forked 4243", and how many more the same moment told. */
static void say_events(struct app *a, const struct logged_batch *b)
{
	struct textbuf text = {0};
	struct logged_event e;

	if (!event_log_main_at(&a->events, b->first_main, &e))
		return;
	textbuf_addf(&text, "event %zu of %zu: ", b->first_main + 1, a->events.main_n);
	event_sentence(e.batch, e.event, &text);
	if (b->main_n > 1)
		textbuf_addf(&text, ", and %zu more", b->main_n - 1);
	app_message(a, text.bytes);
	textbuf_free(&text);
}

static void go_to(struct app *a, const struct logged_batch *b)
{
	app_go(a, (struct seek){.kind = SEEK_TIME, .monotonic_ns = b->moment_ns});
	say_events(a, b);
}

void app_go_to_moment(struct app *a, uint64_t moment_ns)
{
	const struct logged_batch *b = event_log_before(&a->events, moment_ns + 1);

	if (b && b->moment_ns == moment_ns && is_kept(a, b))
		go_to(a, b);
	else
		app_message(a, "the moment of that event is not kept any more");
}

void app_go_to_event(struct app *a, bool forward)
{
	const struct logged_batch *b;
	uint64_t shown_ns;

	if (!a->shown)
		return;
	shown_ns = a->shown->snapshot->monotonic_ns;
	b = forward ? event_log_after(&a->events, shown_ns)
		    : event_log_before(&a->events, shown_ns);
	if (!b || !is_kept(a, b)) {
		app_message(a, forward ? "no event is later" : "no earlier event is kept");
		return;
	}
	go_to(a, b);
}
