/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line of tabs with the status behind them. */
#include <string.h>

#include "app_internal.h"
#include "twintop/base/units.h"
#include "words.h"

/* ---- tabs and status ----------------------------------------------------- */

void frame_live(const struct app *a, bool brief, struct textbuf *out)
{
	if (a->options.recorded)
		app_replay_state(a, brief, out);
	else if (a->paused)
		textbuf_adds(out, "paused");
	else if (a->delay_ns && !brief)
		textbuf_addf(out, "live %.3g Hz", 1e9 / (double)a->delay_ns);
	else
		textbuf_adds(out, "live");
}

enum style frame_live_style(const struct app *a)
{
	return a->paused || a->over ? STYLE_WARN : STYLE_GOOD;
}

#define POSITION_WIDTH 30 /* "12.3 s back, moment 118 of 600" */

/*
 * What comes to the status where there is room, one after the other, and goes the other way round:
 * what it cost first, then the long forms. The state and the short form of the mark stay.
 */
enum status_rank {
	RANK_PLACE = 1, /* which of how many moments: goes before the names of the views do */
	RANK_FILTER,
	RANK_LIVE,
	RANK_BACK,
	RANK_MARK,
	RANK_POSITION,
	RANK_READ,
	RANK_OURS
};

/* How much of the tabs is written out: names, names close by, short ones, numbers. */
enum tab_form { TABS_FULL, TABS_CLOSE, TABS_BRIEF, TABS_SHORT, TABS_ACTIVE, TABS_NUMBERS };

static void tab_text(const struct app *a, size_t i, enum tab_form form, struct textbuf *out)
{
	const struct view_ops *ops = a->view[i].ops;
	bool active = i == a->current;

	textbuf_clear(out);
	if ((ops->aside || a->options.linear) && !active)
		return;
	textbuf_adds(out, active ? "[" : " ");
	textbuf_addf(out, "%c", ops->key);
	if (form <= TABS_CLOSE || (active && (form == TABS_BRIEF || form == TABS_ACTIVE)))
		textbuf_addf(out, " %s", ops->title);
	else if (form <= TABS_SHORT)
		textbuf_adds(out, ops->brief);
	textbuf_adds(out, active ? "]" : form == TABS_FULL ? " " : "");
}

static int tabs_width(const struct app *a, const struct canvas *c, enum tab_form form)
{
	struct textbuf text = {0};
	int width = 0;

	for (size_t i = 0; i < a->views_n; i++) {
		tab_text(a, i, form, &text);
		width += text.len ? canvas_width(c, text.bytes) : 0;
	}
	textbuf_free(&text);
	return width + 1;
}

static void draw_tabs(struct app *a, struct canvas *c, enum tab_form form)
{
	struct rect area = a->layout.tabs;
	struct textbuf text = {0};
	int x = area.x, end = area.x + area.w;

	for (size_t i = 0; i < a->views_n; i++) {
		int w;

		tab_text(a, i, form, &text);
		if (!text.len)
			continue;
		w = canvas_text(c, x, area.y, end - x,
			i == a->current ? STYLE_TAB_ACTIVE : STYLE_TAB, text.bytes);
		app_hit(a, x, area.y, w, ACTION_VIEW(i), 0);
		x += w;
	}
	textbuf_free(&text);
}

/* How old the data is, when that is worth a word. */
static void add_age(
	const struct app *a, const struct view_env *env, uint64_t busy_ns, struct words *w)
{
	const struct snapshot *s = env->moment->snapshot;
	uint64_t age = env->now_ns > s->monotonic_ns ? env->now_ns - s->monotonic_ns : 0;
	uint64_t bound = 3 * a->delay_ns > 1000000000ull ? 3 * a->delay_ns : 1000000000ull;
	bool ended =
		s->sides && s->side[0].ending.ended && (s->sides < 2 || s->side[1].ending.ended);
	char units[UNITS_MAX];

	if (a->paused || ended || age < bound)
		return;
	textbuf_addf(word_add(w, STYLE_WARN, 0), "stale %s%s", units_time(units, age),
		busy_ns > bound ? ", a read hangs" : "");
}

/* "12.3 s", with its unit close by "12.3s"; from a minute on "1:05", below a tenth "20ms". */
static void back_text(struct textbuf *out, uint64_t ns, const char *unit)
{
	char time[UNITS_MAX];

	if (ns >= 100000000u && ns < 59950000000u)
		textbuf_addf(out, "%.1f%s back", (double)ns / 1e9, unit);
	else
		textbuf_addf(out, "%s back", units_time(time, ns));
}

/* "12.3 s back, moment 118 of 600", in short "12.3s back, 118/600". */
static void position_text(const struct position *p, bool brief, struct textbuf *out)
{
	if (p->shown_ns < p->last_ns) {
		back_text(out, p->last_ns - p->shown_ns, brief ? "s" : " s");
		textbuf_adds(out, ", ");
	}
	if (p->shown_ns < p->first_ns)
		textbuf_adds(out, brief ? "not kept" : "older than all kept");
	else
		textbuf_addf(out, brief ? "%zu/%zu" : "moment %zu of %zu", p->at + 1, p->n);
}

/*
 * Where among the moments kept the held one is: "4/6", "0.2s back, 4/6", or in full on a wide
 * screen. The longest form has one width, lest the tabs beside it move as numbers grow.
 */
static void add_position(const struct app *a, struct words *w)
{
	bool narrow = !a->layout.live.w;
	struct textbuf least = {0}, brief = {0}, full = {0};
	struct position p;

	if (!a->paused || !source_position(a->past, &p))
		return;
	textbuf_addf(&least, "%zu/%zu", p.at + 1, p.n);
	position_text(&p, true, &brief);
	word_add_forms(w, STYLE_WARN, RANK_BACK, &least, &brief);
	w->word[w->n - 2].rank = RANK_PLACE;
	if (!narrow) {
		w->word[w->n - 1].until = RANK_POSITION;
		position_text(&p, false, &full);
		textbuf_addf(
			word_add(w, STYLE_WARN, RANK_POSITION), "%*s", POSITION_WIDTH, full.bytes);
	}
	textbuf_free(&least);
	textbuf_free(&brief);
	textbuf_free(&full);
}

/* Live or paused; a wide screen says so in its first line. */
static void add_state(const struct app *a, struct words *w)
{
	struct textbuf brief = {0}, full = {0};

	if (a->layout.live.w)
		return;
	frame_live(a, true, &brief);
	frame_live(a, false, &full);
	word_add_forms(w, frame_live_style(a), RANK_LIVE, &brief, &full);
	textbuf_free(&brief);
	textbuf_free(&full);
}

/* Whose recording it is, and why nothing more comes. */
static void add_whence(const struct app *a, struct words *w)
{
	struct textbuf brief = {0}, full = {0};

	if (!a->options.recorded)
		return;
	app_replay_whence(a, true, &brief);
	app_replay_whence(a, false, &full);
	if (full.len)
		word_add_forms(w, STYLE_NORMAL, RANK_LIVE, brief.len ? &brief : &full, &full);
	if (a->over)
		textbuf_adds(word_add(w, STYLE_WARN, RANK_POSITION), a->over);
	textbuf_free(&brief);
	textbuf_free(&full);
}

/* That it is recorded, or is no more. */
static void add_tape(const struct app *a, struct words *w)
{
	struct textbuf brief = {0}, full = {0};

	app_tape_words(&a->tape, &full);
	if (full.len) {
		textbuf_adds(&brief, a->tape.state == TAPE_ON ? "rec" : full.bytes);
		word_add_forms(w, a->tape.state == TAPE_ON ? STYLE_CHANGED : STYLE_BAD, RANK_FILTER,
			&brief, &full);
	}
	textbuf_free(&brief);
	textbuf_free(&full);
}

/* The view's honesty mark; its short form ends before the first colon. */
static void add_mark(const struct app_view *v, const struct view_env *env, struct words *w)
{
	struct textbuf brief = {0}, full = {0};

	v->ops->honesty(v->view, env, &full);
	if (full.len) {
		textbuf_add(&brief, full.bytes, strcspn(full.bytes, ":"));
		word_add_forms(w, strncmp(full.bytes, "exact", 5) ? STYLE_WARN : STYLE_GOOD,
			RANK_MARK, &brief, &full);
	}
	textbuf_free(&brief);
	textbuf_free(&full);
}

/* That rows are left out, and by what. */
static void add_filter(const struct app_view *v, struct words *w)
{
	struct textbuf brief = {0}, full = {0};

	if (!v->filter.len)
		return;
	textbuf_adds(&brief, "filter");
	textbuf_addf(&full, "filter: %s", v->filter.bytes);
	word_add_forms(w, STYLE_CHANGED, RANK_FILTER, &brief, &full);
	textbuf_free(&brief);
	textbuf_free(&full);
}

/* Of a held moment what it cost; live what lately did. */
static void add_costs(const struct app *a, const struct snapshot *s, struct words *w)
{
	bool held = a->paused || a->plays;
	uint64_t read_ns = held ? s->read_cpu_ns : (uint64_t)a->costs.shown_read_ns;
	double own = held ? s->own_cpu_percent : a->costs.shown_own_percent;
	char units[UNITS_MAX];

	textbuf_addf(word_add(w, STYLE_DIM, RANK_READ), "read %s", units_time(units, read_ns));
	textbuf_addf(word_add(w, STYLE_DIM, RANK_OURS), "ours %s", units_percent(units, own));
}

static void fill_status(
	const struct app *a, const struct view_env *env, uint64_t busy_ns, struct words *w)
{
	const struct app_view *v = &a->view[a->current];

	if (a->lecture)
		textbuf_adds(word_add(w, STYLE_TAB_ACTIVE, 0), "LECTURE");
	add_tape(a, w);
	if (a->options.redacted)
		textbuf_adds(word_add(w, STYLE_WARN, RANK_FILTER), "redacted");
	add_filter(v, w);
	add_age(a, env, busy_ns, w);
	add_state(a, w);
	add_whence(a, w);
	add_position(a, w);
	add_mark(v, env, w);
	if (!a->lecture)
		add_costs(a, env->moment->snapshot, w);
}

/* Columns of the status up to that rank with " · " between and a blank behind. */
static int status_width(const struct words *w, const struct canvas *c, int rank)
{
	int width = words_width(w, c, rank);

	for (size_t i = 0; i < w->n; i++)
		if (word_shows(&w->word[i], rank))
			width += 2;
	return width > 2 ? width - 2 : 0;
}

static void draw_status(const struct words *w, struct canvas *c, struct rect area, int rank)
{
	int x = area.x, end = area.x + area.w - 1;
	bool first = true;

	for (size_t i = 0; i < w->n; i++) {
		const struct word *word = &w->word[i];

		if (!word_shows(word, rank))
			continue;
		if (!first)
			x += canvas_text(c, x, area.y, end - x, STYLE_DIM, " · ");
		first = false;
		x += canvas_text(c, x, area.y, end - x, word->style, word->text.bytes);
	}
}

/* Tabs and status beside each other, the fullest first: both give way in turn. */
struct tab_choice {
	enum tab_form form;
	int rank;
};
static const struct tab_choice tab_choice[] = {
	{TABS_FULL, RANK_OURS},
	{TABS_FULL, RANK_READ},
	{TABS_FULL, RANK_POSITION},
	{TABS_CLOSE, RANK_POSITION},
	{TABS_CLOSE, RANK_MARK},
	{TABS_BRIEF, RANK_OURS},
	{TABS_BRIEF, RANK_READ},
	{TABS_BRIEF, RANK_POSITION},
	{TABS_BRIEF, RANK_MARK},
	{TABS_SHORT, RANK_MARK},
	{TABS_BRIEF, RANK_BACK},
	{TABS_SHORT, RANK_BACK},
	{TABS_BRIEF, RANK_LIVE},
	{TABS_SHORT, RANK_LIVE},
	{TABS_SHORT, RANK_FILTER},
	{TABS_SHORT, RANK_PLACE},
	{TABS_SHORT, 0},
	{TABS_ACTIVE, RANK_PLACE},
	{TABS_ACTIVE, 0},
	{TABS_NUMBERS, RANK_PLACE},
	{TABS_NUMBERS, 0},
};

/* The fullest that fits: of both the names of the views and the state stay longest. */
static struct tab_choice choose_tabs(
	const struct app *a, const struct canvas *c, const struct words *status)
{
	size_t last = sizeof tab_choice / sizeof *tab_choice - 1, i = 0;

	while (i < last &&
		tabs_width(a, c, tab_choice[i].form) + status_width(status, c, tab_choice[i].rank) >
			a->layout.tabs.w)
		i++;
	return tab_choice[i];
}

void frame_tabs(struct app *a, struct canvas *c, const struct view_env *env, uint64_t busy_ns)
{
	struct rect area = a->layout.tabs, right;
	struct tab_choice choice;
	struct words w = {0};

	if (env->moment)
		fill_status(a, env, busy_ns, &w);
	choice = choose_tabs(a, c, &w);
	draw_tabs(a, c, choice.form);
	right.w = status_width(&w, c, choice.rank);
	if (right.w > area.w - tabs_width(a, c, choice.form))
		right.w = area.w - tabs_width(a, c, choice.form);
	right = (struct rect){area.x + area.w - right.w, area.y, right.w, 1};
	if (w.n)
		draw_status(&w, c, right, choice.rank);
	words_free(&w);
}
