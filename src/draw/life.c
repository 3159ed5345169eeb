/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/life.h"

#include "twintop/base/table.h"

#define MANY	   10  /* so many in a column have no number of one digit */
#define LOOKS_MOST 256 /* events of a column that are looked at */

/* What an event without a sign of its own has. */
#define DOT                                                                                        \
	{                                                                                          \
		"·", '.', false                                                                    \
	}

static const struct sign_lesson signs[LIFE_SIGNS] = {
#define LIFE(NAME, UTF8, ASCII, STYLE, TITLE, WORDS, MEANING)                                      \
	[LIFE_SIGN_##NAME] = {UTF8, ASCII, STYLE, SIGN_LIVES, MEANING, TITLE, WORDS},
#include "twintop/draw/life_rows.h"
};

static const struct event_sign_row {
	enum event_kind kind;
	struct life_event_sign sign;
} events[] = {
#define LIFE_EVENT(KIND, UTF8, ASCII, ON_LINE) {EVENT_##KIND, {UTF8, ASCII, ON_LINE}},
#include "twintop/draw/life_rows.h"
};
#define EVENTS_N (sizeof events / sizeof *events)

struct life_event_sign life_event_sign(enum event_kind kind)
{
	for (size_t i = 0; i < EVENTS_N; i++)
		if (events[i].kind == kind)
			return events[i].sign;
	return (struct life_event_sign)DOT;
}

size_t life_lesson_count(void)
{
	return LIFE_SIGNS + EVENTS_N;
}

struct sign_lesson life_lesson_at(size_t i)
{
	const struct event_sign_row *row;

	if (i < LIFE_SIGNS)
		return signs[i];
	row = &events[i - LIFE_SIGNS];
	return (struct sign_lesson){row->sign.utf8, row->sign.ascii, STYLE_STRONG, SIGN_LIVES,
		event_table[row->kind].why, NULL,
		row->sign.on_line ? event_table[row->kind].title : NULL};
}

/* ---- a life ------------------------------------------------------------------- */

struct pen {
	struct canvas *c;
	struct rect line;
};

static void put(const struct pen *p, int x, enum style style, const char *utf8, char ascii)
{
	char own[2] = {ascii, '\0'};

	if (x >= 0 && x < p->line.w)
		canvas_text(p->c, p->line.x + x, p->line.y, 1, style, p->c->ascii ? own : utf8);
}

static void put_sign(const struct pen *p, int x, enum life_sign sign)
{
	put(p, x, signs[sign].style, signs[sign].utf8, signs[sign].ascii);
}

/* Columns from first to last, those that are there. */
static void put_run(const struct pen *p, int first, int last, enum life_sign sign, enum style style)
{
	last = last < p->line.w ? last : p->line.w - 1;
	for (int x = first > 0 ? first : 0; x <= last; x++)
		put(p, x, style, signs[sign].utf8, signs[sign].ascii);
}

/* How its end looks. */
static enum life_sign end_sign(enum life_end end)
{
	static const enum life_sign sign[] = {
		[LIFE_GOES_ON] = LIFE_SIGN_LIVES,
		[LIFE_EXITED] = LIFE_SIGN_EXITED,
		[LIFE_FAILED] = LIFE_SIGN_FAILED,
		[LIFE_KILLED] = LIFE_SIGN_KILLED,
		[LIFE_ENDED] = LIFE_SIGN_ENDED,
	};
	TABLE_ROWS(sign, LIFE_ENDS);

	return sign[end];
}

/* An event on the line: it happened to this one, and it was known then. */
static bool is_on_line(const struct lifeline *l, const struct event_mark *mark)
{
	return mark->event->pid == l->pid && mark->moment_ns <= l->known_ns &&
	       mark->event->monotonic_ns < l->marks_until_ns &&
	       life_event_sign(mark->event->kind).on_line;
}

/* The sign of the events from one mark to another. */
static void put_events(
	const struct lifeline *l, const struct pen *p, int x, size_t from, size_t until)
{
	unsigned n = 0;
	enum event_kind kind = EVENT_KINDS;
	char number[2] = "";

	until = until - from > LOOKS_MOST ? from + LOOKS_MOST : until;
	for (size_t i = from; i < until && n < MANY; i++)
		if (is_on_line(l, &l->marks->item[i])) {
			kind = l->marks->item[i].event->kind;
			n++;
		}
	number[0] = (char)('0' + n);
	if (n == 1)
		put(p, x, STYLE_STRONG, life_event_sign(kind).utf8, life_event_sign(kind).ascii);
	else if (n == MANY)
		put_sign(p, x, LIFE_SIGN_MANY);
	else if (n)
		put(p, x, STYLE_STRONG, number, number[0]);
}

/* What happened in each column: looked up by its times, however much there is. */
static void put_marks(const struct lifeline *l, const struct time_axis *axis, const struct pen *p,
	int first, int last)
{
	uint64_t begin = l->born_ns < axis->from_ns ? axis->from_ns : l->born_ns;
	size_t at = l->marks ? event_marks_from(l->marks, begin) : 0, next;

	for (int x = first; x <= last && x < p->line.w && l->marks && at < l->marks->n;
		x++, at = next) {
		next = event_marks_from(
			l->marks, x + 1 < axis->w ? time_axis_begin(axis, x + 1) : UINT64_MAX);
		if (next > at)
			put_events(l, p, x, at, next);
	}
}

/* The columns of a life: first is -1 where it was there before them, last is where it ended. */
static void put_life(const struct lifeline *l, const struct time_axis *axis, const struct pen *p,
	int first, int last, enum style style)
{
	int orphan = l->orphan_ns ? time_axis_column(axis, l->orphan_ns) : last;

	put_run(p, first, last, LIFE_SIGN_LIVES, style);
	if (l->orphan)
		put_run(p, orphan, last, LIFE_SIGN_ORPHAN, signs[LIFE_SIGN_ORPHAN].style);
	if (first < 0)
		put_sign(p, 0, LIFE_SIGN_BEFORE);
	else
		put_sign(p, first, LIFE_SIGN_BORN);
	put_marks(l, axis, p, first < 0 ? 0 : first, last);
}

void life_draw(const struct lifeline *l, const struct time_axis *axis, struct canvas *c,
	struct rect line, enum style style)
{
	struct pen p = {c, line};
	int first = time_axis_column(axis, l->born_ns), last = axis->w - 1;

	if (l->ended_ns)
		last = time_axis_column(axis, l->ended_ns);
	if (last < 0) {
		put_sign(&p, 0, LIFE_SIGN_BEFORE);
	} else {
		put_life(l, axis, &p, first, last, style);
		if (l->ended_ns)
			put_sign(&p, last, end_sign(l->end));
	}
	if (l->zombie || l->gone_ns)
		put_run(&p, last + 1, l->gone_ns ? time_axis_column(axis, l->gone_ns) : axis->w - 1,
			LIFE_SIGN_ZOMBIE, signs[LIFE_SIGN_ZOMBIE].style);
}
