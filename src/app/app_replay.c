/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was recorded: it goes on at a pace, ends, and has nobody who could be asked for more. */
#include <string.h>

#include "app_internal.h"

/* Eighths of the pace at which it was recorded. */
static const unsigned paces[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
#define PACES (sizeof paces / sizeof *paces)

static void begin_to_play(struct app *a)
{
	const struct told_events *told = source_events(a->options.live);

	a->pace = SOURCE_PACE;
	a->plays = source_play(a->options.live, a->pace) == 0;
	if (told)
		event_log_add_told(&a->events, told);
}

void app_replay_begin(struct app *a)
{
	if (a->options.recorded)
		begin_to_play(a);
}

bool app_refuses(struct app *a, enum app_request_kind kind)
{
	static const struct {
		enum app_request_kind kind;
		const char *why;
	} row[] = {
		{REQUEST_WATCH, "a recording has what it has: no other process can be watched"},
		{REQUEST_LIST, "a recording has what it has: no other process can be chosen"},
		{REQUEST_LIFT, "a recording has what it has: the family stays as it is"},
		{REQUEST_HOLD, "a recording has what it has: nobody can be held in it"},
		{REQUEST_DELAY, "a stream has what it has: who sends it sets the delay"},
		{REQUEST_STEP_ON, "a recording goes on by itself: nobody waits for a key"},
	};

	for (size_t i = 0; a->options.recorded && i < sizeof row / sizeof *row; i++)
		if (row[i].kind == kind) {
			app_message(a, row[i].why);
			return true;
		}
	return false;
}

/* ---- the other way round -------------------------------------------------------------- */

const struct moment *app_turned(struct app *a, const struct moment *m)
{
	if (!a->turned || !m)
		return moment_get(m);
	if (!a->turner)
		a->turner = turner_new();
	return turner_turn(a->turner, m);
}

void app_turn(struct app *a)
{
	const char *refusal = turn_refusal(a->given);
	const struct moment *real = a->real;

	if (a->own.then)
		refusal = "past and present do not change places: M brings the former B back";
	if (refusal) {
		app_message(a, refusal);
		return;
	}
	a->turned = !a->turned;
	a->real = app_turned(a, a->given);
	app_show_again(a);
	moment_put(real);
	app_message(a, a->turned ? "A and B have changed places at every moment; x brings them back"
				 : "A and B are as they were recorded");
}

/* ---- the pace ----------------------------------------------------------------------- */

static void pace_text(const struct app *a, struct textbuf *out)
{
	if (a->pace >= SOURCE_PACE)
		textbuf_addf(out, "%ux", a->pace / SOURCE_PACE);
	else
		textbuf_addf(out, "1/%ux", SOURCE_PACE / a->pace);
}

void app_change_pace(struct app *a, bool faster)
{
	struct textbuf text = {0};
	size_t i = 0;

	while (paces[i] != a->pace)
		i++;
	if (faster ? i + 1 < PACES : i > 0)
		i += faster ? 1 : (size_t)-1;
	a->pace = paces[i];
	if (!a->paused)
		source_play(a->options.live, a->pace);
	textbuf_adds(&text, a->paused ? "paused; it goes on at " : "replay at ");
	pace_text(a, &text);
	app_message(a, text.bytes);
	textbuf_free(&text);
}

/* ---- going on, and the end ----------------------------------------------------------- */

void app_take_sought(struct app *a)
{
	const struct moment *m = source_next(a->past);

	if (!m)
		return;
	app_past_show(a, m);
	if (a->plays) {
		moment_put(a->latest);
		a->latest = moment_get(m);
	}
	moment_put(m);
}

static bool at_end(const struct app *a)
{
	struct position p;

	return a->over || (source_position(a->past, &p) && p.at + 1 == p.n);
}

void app_play(struct app *a)
{
	if (at_end(a)) {
		source_seek(a->past, (struct seek){.kind = SEEK_FIRST});
		app_take_sought(a);
		app_message(a, "from the beginning");
	}
	a->over = NULL;
	source_play(a->options.live, a->pace);
}

void app_over(struct app *a)
{
	const char *over = a->options.recorded ? source_over(a->options.live) : NULL;

	if (over == a->over)
		return;
	a->over = over;
	if (!over)
		return;
	if (a->plays)
		app_pause(a);
	app_message(a, over);
}

/* ---- what the frame says of it ------------------------------------------------------- */

void app_replay_state(const struct app *a, bool brief, struct textbuf *out)
{
	textbuf_adds(out, a->over ? "ended" : a->paused ? "paused" : a->plays ? "replay" : "live");
	if (!a->plays || brief)
		return;
	if (a->paused) {
		textbuf_clear(out);
		textbuf_adds(out, a->over ? "replay: ended" : "replay: paused");
	} else if (a->pace != SOURCE_PACE) {
		textbuf_adds(out, " ");
		pace_text(a, out);
	}
}

#define HOST_W 20 /* columns of a host's name */

/* Bytes of its begin that take less than so many columns. */
static size_t begin_of(const struct textbuf *name, size_t columns)
{
	size_t n = 0, more;
	uint32_t code;

	do {
		more = text_decode(name->bytes + n, name->len - n, &code);
		n += more;
	} while (more && text_width(name->bytes, n) < columns);
	return n - more;
}

/* Without its domain, and no longer than there is room for. */
static void add_name(const char *host, struct textbuf *out)
{
	struct textbuf name = {0};

	text_printable(&name, (struct text){host, strcspn(host, ".")});
	if (name.len && text_width(name.bytes, name.len) <= HOST_W)
		textbuf_add(out, name.bytes, name.len);
	else if (name.len)
		textbuf_addf(out, "%.*s…", (int)begin_of(&name, HOST_W), name.bytes);
	textbuf_free(&name);
}

/* Of two machines both, A's first. */
static void add_host(const struct app *a, struct textbuf *out)
{
	const char *first = a->options.host ? a->options.host : "";
	const char *second = a->options.host_beside ? a->options.host_beside : first;

	add_name(a->turned ? second : first, out);
	if (!strcmp(first, second))
		return;
	textbuf_adds(out, out->len ? "|" : "?|");
	add_name(a->turned ? first : second, out);
}

void app_replay_whence(const struct app *a, bool brief, struct textbuf *out)
{
	uint64_t lag_ns;

	if (!brief)
		add_host(a, out);
	if (a->over && !a->plays)
		return;
	if (out->len)
		textbuf_adds(out, " ");
	if (a->plays)
		app_date(out, a->shown);
	else if (source_lag(a->options.live, &lag_ns))
		textbuf_addf(out, "lag %.1fs", (double)lag_ns / 1e9);
}
