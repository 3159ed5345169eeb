/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/time_axis.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS     1000000ull
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define GAP    3 /* columns between two labels, at least */

/* Lengths of time that people count in. Axes have those from SPAN_FIRST on. */
static const uint64_t steps[] = {MS, 2 * MS, 5 * MS, 10 * MS, 20 * MS, 50 * MS, 100 * MS, 200 * MS,
	500 * MS, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 20 * SECOND, 30 * SECOND, MINUTE,
	2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR,
	6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 20 * DAY, 50 * DAY, 100 * DAY,
	200 * DAY, 500 * DAY, 1000 * DAY};
#define STEPS_N	   (sizeof steps / sizeof *steps)
#define SPAN_FIRST 3u

/* ---- columns ------------------------------------------------------------------ */

static uint64_t length_of(const struct time_axis *a)
{
	return a->to_ns > a->from_ns ? a->to_ns - a->from_ns : 1;
}

uint64_t time_axis_begin(const struct time_axis *a, int column)
{
	uint64_t length = length_of(a), w = (uint64_t)a->w, at = (uint64_t)column;

	return a->from_ns + length / w * at + (length % w * at + w - 1) / w;
}

int time_axis_column(const struct time_axis *a, uint64_t ns)
{
	int column;

	if (ns < a->from_ns)
		return -1;
	if (ns >= a->to_ns)
		return ns == a->to_ns ? a->w - 1 : a->w;
	column = (int)((double)(ns - a->from_ns) / (double)length_of(a) * a->w);
	column = column < a->w ? column : a->w - 1;
	while (column > 0 && time_axis_begin(a, column) > ns)
		column--;
	while (column + 1 < a->w && time_axis_begin(a, column + 1) <= ns)
		column++;
	return column;
}

/* ---- lengths ------------------------------------------------------------------ */

static size_t step_holding(uint64_t ns, size_t first)
{
	while (first + 1 < STEPS_N && steps[first] < ns)
		first++;
	return first;
}

uint64_t time_span_holding(uint64_t ns)
{
	return steps[step_holding(ns, SPAN_FIRST)];
}

uint64_t time_span_beside(uint64_t ns, int by)
{
	ptrdiff_t at = (ptrdiff_t)step_holding(ns, SPAN_FIRST) + by;

	at = at < (ptrdiff_t)SPAN_FIRST ? (ptrdiff_t)SPAN_FIRST : at;
	return steps[at < (ptrdiff_t)STEPS_N ? at : (ptrdiff_t)STEPS_N - 1];
}

/* ---- words -------------------------------------------------------------------- */

const char *time_span_text(char out[TIME_TICK_TEXT], uint64_t ns)
{
	static const struct {
		uint64_t unit_ns, part_ns;
		const char *unit, *part;
	} row[] = {{DAY, HOUR, "d", "h"}, {HOUR, MINUTE, "h", "m"}, {MINUTE, SECOND, "m", "s"}};
	unsigned long long ms = ns / MS;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		unsigned long long whole = ns / row[i].unit_ns,
				   part = ns % row[i].unit_ns / row[i].part_ns;

		if (!whole)
			continue;
		if (part)
			snprintf(out, TIME_TICK_TEXT, "%llu%s%llu%s", whole, row[i].unit, part,
				row[i].part);
		else
			snprintf(out, TIME_TICK_TEXT, "%llu%s", whole, row[i].unit);
		return out;
	}
	if (ms >= 1000 && ms % 1000 >= 100)
		snprintf(out, TIME_TICK_TEXT, "%llu.%llus", ms / 1000, ms % 1000 / 100);
	else if (ms >= 1000)
		snprintf(out, TIME_TICK_TEXT, "%llus", ms / 1000);
	else if (ms >= 10 || !(ns % MS))
		snprintf(out, TIME_TICK_TEXT, "%llums", ms);
	else
		snprintf(out, TIME_TICK_TEXT, "%llu.%llums", ms, ns % MS / (MS / 10));
	return out;
}

const char *time_clock_text(char out[TIME_TICK_TEXT], int64_t realtime_ns, uint64_t unit_ns)
{
	time_t s = (time_t)(realtime_ns / (int64_t)SECOND);
	unsigned ms = (unsigned)(realtime_ns % (int64_t)SECOND / (int64_t)MS) % 1000;
	struct tm tm = {0};
	char clock[TIME_TICK_TEXT] = "";

	localtime_r(&s, &tm);
	strftime(clock, sizeof clock,
		unit_ns >= DAY	    ? "%m-%d"
		: unit_ns >= MINUTE ? "%H:%M"
				    : "%H:%M:%S",
		&tm);
	if (unit_ns >= SECOND)
		snprintf(out, TIME_TICK_TEXT, "%s", clock);
	else if (unit_ns >= 100 * MS)
		snprintf(out, TIME_TICK_TEXT, "%.8s.%u", clock, ms / 100);
	else
		snprintf(out, TIME_TICK_TEXT, "%.8s.%03u", clock, ms);
	return out;
}

/* ---- labels ------------------------------------------------------------------- */

/* Seconds that local time is ahead of UTC, as nanoseconds: whole hours are those on the wall. */
static int64_t ahead_ns(int64_t realtime_ns)
{
	time_t s = (time_t)(realtime_ns / (int64_t)SECOND);
	struct tm tm = {0};

	localtime_r(&s, &tm);
	return (int64_t)tm.tm_gmtoff * (int64_t)SECOND;
}

static void label(const struct time_axis *a, const struct time_words *words, uint64_t ns,
	uint64_t step_ns, char out[TIME_TICK_TEXT])
{
	char span[TIME_TICK_TEXT];

	if (words->by_clock)
		time_clock_text(out, (int64_t)ns + words->clock_ns, step_ns);
	else
		snprintf(out, TIME_TICK_TEXT, "-%.14s", time_span_text(span, a->to_ns - ns));
}

/* The last time before the end that is a whole number of steps: from it, or on the clock. */
static uint64_t last_tick(
	const struct time_axis *a, const struct time_words *words, uint64_t step_ns)
{
	int64_t wall, over;

	if (!words->by_clock)
		return a->to_ns - step_ns;
	wall = (int64_t)a->to_ns + words->clock_ns;
	over = (wall + ahead_ns(wall)) % (int64_t)step_ns;
	return a->to_ns - (uint64_t)(over > 0 ? over : over + (int64_t)step_ns);
}

/* What stands at the right end: the text and the columns that it takes. */
static int end_text(
	const struct time_axis *a, const struct time_words *words, char out[TIME_TICK_TEXT])
{
	if (words->end)
		snprintf(out, TIME_TICK_TEXT, "%s", words->end);
	else
		time_clock_text(out, (int64_t)a->to_ns + words->clock_ns,
			length_of(a) < 10 * SECOND ? MS : SECOND);
	return (int)strlen(out);
}

/* Columns of the longest label at that step: one of the first two. */
static size_t widest(const struct time_axis *a, const struct time_words *words, uint64_t step_ns)
{
	uint64_t first = last_tick(a, words, step_ns);
	char text[2][TIME_TICK_TEXT];

	if (first > a->from_ns)
		first -= (first - a->from_ns) / step_ns * step_ns;
	label(a, words, first < a->to_ns ? first : a->from_ns, step_ns, text[0]);
	label(a, words, first + step_ns < a->to_ns ? first + step_ns : a->from_ns, step_ns,
		text[1]);
	return strlen(text[strlen(text[0]) < strlen(text[1])]);
}

/* The least step between labels at which each has room. */
static uint64_t step_for(const struct time_axis *a, const struct time_words *words)
{
	size_t i = 0;

	while (i + 1 < STEPS_N && (double)steps[i] / (double)length_of(a) * a->w <
					  (double)(widest(a, words, steps[i]) + GAP))
		i++;
	return steps[i];
}

size_t time_axis_ticks(const struct time_axis *a, const struct time_words *words,
	struct time_tick tick[TIME_TICKS_MOST])
{
	uint64_t step = step_for(a, words), ns = last_tick(a, words, step);
	struct time_tick end = {.x = a->w, .ns = a->to_ns};
	size_t n = 0;
	int right = a->w - end_text(a, words, end.text);

	if (right >= 0)
		tick[n++] = end;
	for (; ns >= a->from_ns && ns < a->to_ns && n < TIME_TICKS_MOST; ns -= step) {
		struct time_tick t = {.x = time_axis_column(a, ns), .ns = ns};

		label(a, words, ns, step, t.text);
		if (t.x + (int)strlen(t.text) < right)
			tick[n++] = t;
		if (ns < step)
			break;
	}
	for (size_t i = 0; i < n / 2; i++) {
		struct time_tick kept = tick[i];

		tick[i] = tick[n - 1 - i];
		tick[n - 1 - i] = kept;
	}
	return n;
}

void time_axis_draw(const struct time_axis *a, const struct time_words *words, struct canvas *c,
	struct rect line)
{
	struct time_tick tick[TIME_TICKS_MOST];
	size_t n = time_axis_ticks(a, words, tick);

	for (size_t i = 0; i < n; i++) {
		int w = (int)strlen(tick[i].text);
		int x = tick[i].x + w > a->w ? a->w - w : tick[i].x;

		canvas_text(c, line.x + x, line.y, line.w - x, STYLE_TITLE, tick[i].text);
	}
}
