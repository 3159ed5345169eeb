/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/time_bar.h"

#include <stdio.h>
#include <string.h>

#include "twintop/base/units.h"
#include "twintop/draw/life.h"

#define CLOCK_W	    10 /* "14:03:22.4" */
#define TENTH_NS    100000000u
#define END_W	    2 /* columns around a track: its ends */
#define FILL_TEXT   64
#define BYTES_PARTS 64 /* of the bound: 1M of 64M */

/* From so many columns of a line on its right end says how full the history is in that form. */
static const struct fill_row {
	int from_w, w; /* w: what is left for it at least, so that the track stands still */
	bool bytes;
	const char *between, *behind;
} fill_row[] = {
	{100, 27, true, " of ", ", "},
	{60, 18, true, "/", " "},
	{0, 10, false, "/", ""},
};

enum bar_sign {
	SIGN_HERE,
	SIGN_GONE,
	SIGN_TO_COME,
	SIGN_OLDER,
	SIGN_FIRST,
	SIGN_LAST,
	SIGN_MARK,
	BAR_SIGNS
};

static const struct sign_lesson signs[BAR_SIGNS] = {
	[SIGN_HERE] = {"●", '@', STYLE_WARN, SIGN_TIME, "The moment that is shown.", NULL, NULL},
	[SIGN_GONE] = {"━", '=', STYLE_NORMAL, SIGN_TIME,
		"Moments that are kept, up to the one that is shown.", NULL, NULL},
	[SIGN_TO_COME] = {"─", '-', STYLE_DIM, SIGN_TIME, "Moments after the one that is shown.",
		NULL, NULL},
	[SIGN_OLDER] = {"◂", '<', STYLE_WARN, SIGN_TIME,
		"The moment that is shown is older than all that are kept.", NULL, NULL},
	[SIGN_FIRST] = {"├", '[', STYLE_DIM, SIGN_TIME, "The oldest moment that is kept.", NULL,
		NULL},
	[SIGN_LAST] = {"┤", ']', STYLE_DIM, SIGN_TIME, "The newest moment.", NULL, NULL},
	[SIGN_MARK] = {"▼", 'M', STYLE_STRONG, SIGN_TIME,
		"The moment that was marked by m: A as it was then stands in B's place.", NULL,
		NULL},
};

size_t time_bar_lesson_count(void)
{
	return BAR_SIGNS;
}

struct sign_lesson time_bar_lesson_at(size_t i)
{
	return signs[i];
}

/* ---- what stands at the ends ------------------------------------------------------ */

/* Rounded up to a part of the bound: what moves with each moment nobody reads. */
static uint64_t rounded(size_t bytes, size_t most)
{
	size_t part = most / BYTES_PARTS ? most / BYTES_PARTS : 1;

	return (uint64_t)((bytes + part - 1) / part * part);
}

/* Of what may be kept so much is; out[FILL_TEXT]. */
static void fill_text(const struct time_bar *b, const struct fill_row *row, char *out)
{
	char kept[TIME_TICK_TEXT], most[TIME_TICK_TEXT], bytes[UNITS_MAX], all[UNITS_MAX];
	size_t n;

	time_span_text(kept, b->position.last_ns - b->position.first_ns);
	n = (size_t)snprintf(out, FILL_TEXT, "%s", kept);
	if (b->most_ns)
		n += (size_t)snprintf(out + n, FILL_TEXT - n, "%s%s", row->between,
			time_span_text(most, b->most_ns));
	if (b->most_bytes && row->bytes)
		snprintf(out + n, FILL_TEXT - n, "%s%s%s%s", row->behind,
			units_bytes(bytes, rounded(b->bytes, b->most_bytes)), row->between,
			units_bytes(all, b->most_bytes));
}

static const struct fill_row *fill_row_of(int w)
{
	const struct fill_row *row = fill_row;

	while (w < row->from_w)
		row++;
	return row;
}

static int fill_width(const struct time_bar *b, const struct canvas *c, int w)
{
	const struct fill_row *row = fill_row_of(w);
	char text[FILL_TEXT];
	int text_w;

	fill_text(b, row, text);
	text_w = canvas_width(c, text);
	return text_w > row->w ? text_w : row->w;
}

struct rect time_bar_track(const struct time_bar *b, const struct canvas *c, struct rect line)
{
	int left = 1 + CLOCK_W + END_W, right = END_W + fill_width(b, c, line.w) + 1;
	int w = line.w - left - right;

	return (struct rect){line.x + left, line.y, w > 1 ? w : 1, 1};
}

/* ---- times and columns ------------------------------------------------------------ */

/* A single moment has no length: its axis has one. */
static struct time_axis axis_of(const struct time_bar *b, int w)
{
	const struct position *p = &b->position;

	return (struct time_axis){
		p->first_ns, p->last_ns > p->first_ns ? p->last_ns : p->first_ns + 1, w};
}

/* The end of the last column is in it, too. */
static uint64_t column_end(const struct time_axis *axis, int column)
{
	return column + 1 < axis->w ? time_axis_begin(axis, column + 1) : axis->to_ns + 1;
}

static const struct logged_batch *mark_of(
	const struct time_bar *b, const struct time_axis *axis, int column)
{
	return b->events ? event_log_telling(b->events, time_axis_begin(axis, column),
				   column_end(axis, column))
			 : NULL;
}

/* The column of the moment that is marked; -1: none is, or it is not kept any more. */
static int marked_column(const struct time_bar *b, const struct time_axis *axis)
{
	int column = b->marked_ns ? time_axis_column(axis, b->marked_ns) : -1;

	return column < axis->w ? column : -1;
}

uint64_t time_bar_time(const struct time_bar *b, struct rect track, int x)
{
	struct time_axis axis = axis_of(b, track.w);
	const struct logged_batch *mark;

	if (x < track.x)
		return b->position.first_ns;
	if (x >= track.x + track.w)
		return b->position.last_ns;
	if (x - track.x == marked_column(b, &axis))
		return b->marked_ns;
	mark = mark_of(b, &axis, x - track.x);
	return mark ? mark->moment_ns : column_end(&axis, x - track.x) - 1;
}

/* ---- drawing ------------------------------------------------------------------------ */

static void put(struct canvas *c, int x, int y, enum style style, const char *utf8, char ascii)
{
	const char own[2] = {ascii, '\0'};

	canvas_text(c, x, y, 1, style, c->ascii ? own : utf8);
}

static void put_sign(struct canvas *c, int x, int y, enum bar_sign sign)
{
	put(c, x, y, signs[sign].style, signs[sign].utf8, signs[sign].ascii);
}

/* The column of the shown moment; -1: it is older than all of them. */
static int shown_column(const struct time_bar *b, const struct time_axis *axis)
{
	if (b->live || b->position.shown_ns >= b->position.last_ns)
		return axis->w - 1;
	return time_axis_column(axis, b->position.shown_ns);
}

static void draw_column(const struct time_bar *b, const struct time_axis *axis, struct canvas *c,
	struct rect track, int column)
{
	const struct logged_batch *mark = mark_of(b, axis, column);
	int shown = shown_column(b, axis), x = track.x + column;

	if (column == marked_column(b, axis)) {
		put(c, x, track.y, column == shown ? STYLE_SELECTED : signs[SIGN_MARK].style,
			signs[SIGN_MARK].utf8, signs[SIGN_MARK].ascii);
	} else if (mark) {
		struct life_event_sign s = life_event_sign(mark->telling);

		put(c, x, track.y, column == shown ? STYLE_SELECTED : STYLE_STRONG, s.utf8,
			s.ascii);
	} else if (column == shown) {
		put_sign(c, x, track.y, SIGN_HERE);
	} else {
		put_sign(c, x, track.y, column < shown ? SIGN_GONE : SIGN_TO_COME);
	}
}

static void draw_ends(
	const struct time_bar *b, struct canvas *c, struct rect line, struct rect track, bool older)
{
	char clock[TIME_TICK_TEXT], fill[FILL_TEXT];
	int right = track.x + track.w;

	time_clock_text(clock, (int64_t)b->position.shown_ns + b->clock_ns, TENTH_NS);
	canvas_text(c, line.x + 1, line.y, CLOCK_W, b->live ? STYLE_GOOD : STYLE_WARN,
		b->live ? "live" : clock);
	put_sign(c, track.x - 1, line.y, older ? SIGN_OLDER : SIGN_FIRST);
	put_sign(c, right, line.y, SIGN_LAST);
	fill_text(b, fill_row_of(line.w), fill);
	canvas_right(c, right + 1, line.y, line.x + line.w - 1 - right - 1, STYLE_NORMAL, fill);
}

void time_bar_draw(const struct time_bar *b, struct canvas *c, struct rect line)
{
	struct rect track = time_bar_track(b, c, line);
	struct time_axis axis = axis_of(b, track.w);

	draw_ends(b, c, line, track, shown_column(b, &axis) < 0);
	for (int column = 0; column < track.w; column++)
		draw_column(b, &axis, c, track, column);
}
