/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "app_internal.h"
#include "twintop/base/units.h"
#include "twintop/model/names.h"

/* ---- identities ---------------------------------------------------------- */

/* A word of a line; those of the highest rank go first where it is narrow. */
struct word {
	struct textbuf text;
	enum style style;
	int rank;  /* 0: stays */
	int until; /* a short form, which goes where there is room for this rank's */
};
#define RANK_ALL  9
#define WORDS_MAX 10
struct words {
	struct word word[WORDS_MAX];
	size_t n;
};

static struct textbuf *word_add(struct words *w, enum style style, int rank)
{
	struct word *word = &w->word[w->n++];

	*word = (struct word){.style = style, .rank = rank, .until = RANK_ALL};
	return &word->text;
}

static void words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		textbuf_free(&w->word[i].text);
}

static bool word_shows(const struct word *word, int rank)
{
	return word->rank <= rank && rank < word->until;
}

/* Columns of the words up to that rank, a blank between them. */
static int words_width(const struct words *w, const struct canvas *c, int rank)
{
	int width = 0;

	for (size_t i = 0; i < w->n; i++)
		if (word_shows(&w->word[i], rank))
			width += 1 + canvas_width(c, w->word[i].text.bytes);
	return width;
}

static void words_draw(const struct words *w, struct canvas *c, struct rect area, int rank)
{
	int x = area.x, end = area.x + area.w;

	for (size_t i = 0; i < w->n; i++) {
		const struct word *word = &w->word[i];

		if (!word_shows(word, rank))
			continue;
		x += 1;
		x += canvas_text(c, x, area.y, end - x, word->style, word->text.bytes);
	}
}

/* What the pair says of that side, from its own point of view. */
static void add_relation(struct words *w, const struct moment *m, unsigned side)
{
	static const char *const text[RELATIONS][2] = {
		[RELATION_PARENT] = {"child of B", "parent of A"},
		[RELATION_CHILD] = {"parent", "child of A"},
		[RELATION_SIBLINGS] = {"sibling", "sibling of A"},
		[RELATION_THREADS] = {"thread", "same process"},
		[RELATION_UNRELATED] = {"unrelated", "unrelated"},
	};
	struct textbuf *out;

	if (!m->pair)
		return;
	out = word_add(w, STYLE_NORMAL, 3);
	textbuf_adds(out, text[m->pair->relation][side]);
	if (side && m->snapshot->sibling_is_nearest)
		textbuf_adds(word_add(w, STYLE_DIM, 4), "(nearest)");
}

static void add_cpu(struct words *w, const struct rates *rates)
{
	char percent[UNITS_MAX];

	if (!rates || rates->gap != RATE_KNOWN)
		return;
	units_percent(percent, rates->cpu_percent);
	textbuf_addf(word_add(w, STYLE_NORMAL, 6), "%s cpu", percent);
}

/* State, threads and CPU of the living; how the dead ended. */
static void add_condition(struct words *w, const struct side *side)
{
	const struct process_info *info = side->info;

	if (side->ending.ended) {
		struct textbuf *out = word_add(w, STYLE_BAD, 0);

		if (side->ending.status_known)
			wait_status_text(out, side->ending.status);
		else
			textbuf_adds(out, "ended");
		return;
	}
	if (!info || !value_state_has_value(info->source[PROCESS_STAT])) {
		textbuf_addf(word_add(w, STYLE_DIM, 0), "? %s",
			info ? value_state_name(info->source[PROCESS_STAT]) : "unread");
		return;
	}
	textbuf_addf(word_add(w, STYLE_STRONG, 0), "%c", info->state > ' ' ? info->state : '?');
	textbuf_addf(word_add(w, STYLE_NORMAL, 5), "%llu thr", (unsigned long long)info->threads);
	add_cpu(w, side->rates);
}

static void draw_identity(const struct app *a, struct canvas *c, unsigned index)
{
	const struct moment *m = a->shown;
	const struct side *side = &m->snapshot->side[index];
	struct rect area = a->layout.identity[index];
	enum style style = index ? STYLE_SIDE_B : STYLE_SIDE_A;
	struct words w = {0};
	struct textbuf *out;
	int rank = 6;

	textbuf_adds(word_add(&w, style, 0), index ? "B" : "A");
	out = word_add(&w, STYLE_STRONG, 0);
	textbuf_addf(out, "%ld", (long)side->id.pid);
	if (side->tid && side->tid != side->id.pid)
		textbuf_addf(out, "/%ld", (long)side->tid);
	out = word_add(&w, style, 0);
	if (side->info && side->info->comm.len)
		text_printable(out, side->info->comm);
	else
		textbuf_adds(out, "?");
	add_relation(&w, m, index);
	add_condition(&w, side);
	while (rank > 0 && words_width(&w, c, rank) > area.w)
		rank--;
	words_draw(&w, c, area, rank);
	if (side->ending.ended)
		canvas_restyle(c, area, STYLE_DIM);
	words_free(&w);
}

/* "B none: only PID 1 is related; P chooses" */
static void draw_alone(const struct snapshot *s, struct canvas *c, struct rect area)
{
	canvas_print(c, area.x + 1, area.y, area.w - 1, STYLE_DIM, "B none: %s%sP chooses one",
		s->alone ? s->alone : "", s->alone ? "; " : "");
}

static void live_text(const struct app *a, struct textbuf *out)
{
	if (a->paused)
		textbuf_adds(out, "paused");
	else if (a->delay_ns)
		textbuf_addf(out, "live %.3g Hz", 1e9 / (double)a->delay_ns);
	else
		textbuf_adds(out, "live");
}

void frame_identities(const struct app *a, struct canvas *c)
{
	const struct layout *l = &a->layout;
	struct textbuf live = {0};

	canvas_repeat(c, l->separator.x, l->separator.y, 1, STYLE_DIM, "│");
	if (a->shown)
		for (unsigned side = 0; side < a->shown->snapshot->sides; side++)
			draw_identity(a, c, side);
	if (a->shown && a->shown->snapshot->sides == 1)
		draw_alone(a->shown->snapshot, c, l->identity[1]);
	live_text(a, &live);
	canvas_right(c, l->live.x, l->live.y, l->live.w - 1, a->paused ? STYLE_WARN : STYLE_GOOD,
		live.bytes);
	textbuf_free(&live);
}

/* ---- tabs and status ----------------------------------------------------- */

/* Columns that the status keeps beside the title of the active tab. */
#define STATUS_LEAST   24
#define POSITION_WIDTH 30 /* "12.3 s back, moment 118 of 600" */

/* What goes from the status one after the other: what it cost, then the long form of the state. */
enum status_rank { RANK_LIVE = 2, RANK_POSITION, RANK_READ, RANK_OURS };

/* How much of the tabs is written out. */
enum tab_form { TABS_FULL, TABS_CLOSE, TABS_ACTIVE, TABS_NUMBERS };

static void tab_text(const struct app *a, size_t i, enum tab_form form, struct textbuf *out)
{
	const struct view_ops *ops = a->view[i].ops;
	bool active = i == a->current;

	textbuf_clear(out);
	textbuf_adds(out, active ? "[" : " ");
	textbuf_addf(out, "%c", ops->key);
	if (form <= TABS_CLOSE || (active && form == TABS_ACTIVE))
		textbuf_addf(out, " %s", ops->title);
	textbuf_adds(out, active ? "]" : form == TABS_FULL ? " " : "");
}

static int tabs_width(const struct app *a, const struct canvas *c, enum tab_form form)
{
	struct textbuf text = {0};
	int width = 0;

	for (size_t i = 0; i < a->views_n; i++) {
		tab_text(a, i, form, &text);
		width += canvas_width(c, text.bytes);
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
		w = canvas_text(c, x, area.y, end - x,
			i == a->current ? STYLE_TAB_ACTIVE : STYLE_TAB, text.bytes);
		app_hit(a, x, area.y, w, ACTION_VIEW(i));
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
 * Where among the moments kept the held one is; in short on a narrow screen, or for want of room.
 * The long form has one width, lest the tabs beside it move as numbers grow.
 */
static void add_position(const struct app *a, struct words *w)
{
	bool narrow = !a->layout.live.w;
	struct textbuf text = {0};
	struct position p;

	if (!a->paused || !source_position(a->past, &p))
		return;
	position_text(&p, false, &text);
	if (!narrow)
		textbuf_addf(
			word_add(w, STYLE_WARN, RANK_POSITION), "%*s", POSITION_WIDTH, text.bytes);
	textbuf_free(&text);
	position_text(&p, true, word_add(w, STYLE_WARN, 0));
	if (!narrow)
		w->word[w->n - 1].until = RANK_POSITION;
}

/* Of a held moment what it cost; live what lately did. */
static void add_costs(const struct app *a, const struct snapshot *s, struct words *w)
{
	uint64_t read_ns = a->paused ? s->read_cpu_ns : (uint64_t)a->costs.shown_read_ns;
	double own = a->paused ? s->own_cpu_percent : a->costs.shown_own_percent;
	char units[UNITS_MAX];

	textbuf_addf(word_add(w, STYLE_DIM, RANK_READ), "read %s", units_time(units, read_ns));
	textbuf_addf(word_add(w, STYLE_DIM, RANK_OURS), "ours %s", units_percent(units, own));
}

static void fill_status(
	const struct app *a, const struct view_env *env, uint64_t busy_ns, struct words *w)
{
	const struct app_view *v = &a->view[a->current];
	struct textbuf honesty = {0};

	if (v->filter.len)
		textbuf_addf(word_add(w, STYLE_CHANGED, 0), "filter: %s", v->filter.bytes);
	add_age(a, env, busy_ns, w);
	if (!a->layout.live.w)
		live_text(a, word_add(w, a->paused ? STYLE_WARN : STYLE_GOOD,
				     a->paused ? 0 : RANK_LIVE));
	add_position(a, w);
	v->ops->honesty(v->view, env, &honesty);
	if (honesty.len)
		textbuf_adds(
			word_add(w, strcmp(honesty.bytes, "exact") ? STYLE_WARN : STYLE_GOOD, 0),
			honesty.bytes);
	textbuf_free(&honesty);
	add_costs(a, env->moment->snapshot, w);
}

/* Columns of the status up to that rank with " · " between. */
static int status_width(const struct words *w, const struct canvas *c, int rank)
{
	int width = words_width(w, c, rank);

	for (size_t i = 0; i < w->n; i++)
		if (word_shows(&w->word[i], rank))
			width += 2;
	return width;
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
static const struct tab_choice tab_choice[] = {{TABS_FULL, RANK_OURS}, {TABS_FULL, RANK_READ},
	{TABS_FULL, RANK_POSITION}, {TABS_CLOSE, RANK_POSITION}, {TABS_CLOSE, RANK_LIVE},
	{TABS_ACTIVE, RANK_OURS}, {TABS_ACTIVE, RANK_READ}, {TABS_ACTIVE, RANK_POSITION},
	{TABS_ACTIVE, RANK_LIVE}, {TABS_ACTIVE, 0}, {TABS_NUMBERS, 0}};

/* The fullest that fits. On a narrow screen no status leaves room for all names: not even at first.
 */
static struct tab_choice choose_tabs(
	const struct app *a, const struct canvas *c, const struct words *status)
{
	size_t last = sizeof tab_choice / sizeof *tab_choice - 1, i = 0;
	int room = a->layout.tabs.w;

	/* The active title is worth more than the end of a long mark. */
	if (tabs_width(a, c, TABS_ACTIVE) + STATUS_LEAST <= room)
		last--;
	while (i < last && ((tab_choice[i].form == TABS_CLOSE && !a->layout.live.w) ||
				   tabs_width(a, c, tab_choice[i].form) +
						   status_width(status, c, tab_choice[i].rank) >
					   room))
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
	right.w = status_width(&w, c, choice.rank) - 1;
	if (right.w > area.w - tabs_width(a, c, choice.form))
		right.w = area.w - tabs_width(a, c, choice.form);
	right = (struct rect){area.x + area.w - right.w, area.y, right.w, 1};
	if (w.n)
		draw_status(&w, c, right, choice.rank);
	words_free(&w);
}

/* ---- footer -------------------------------------------------------------- */

/* Whether an action's key holds at present, so that the footer may offer it. */
static bool offered(const struct app *a, const struct action_row *row)
{
	return row->label && app_find_action(a, row->keys[0]) == row->action;
}

/*
 * The key and the label of one of a table's rows, or two keys that share a label. Returns the
 * columns used, 0 without room.
 */
static int draw_offer(
	struct app *a, struct canvas *c, int x, const struct action_row *table, size_t at)
{
	const struct action_row *row = &table[at];
	struct rect area = a->layout.footer;
	bool joined = at && row[-1].label && !*row[-1].label;
	int end = area.x + area.w, start = x;
	char name[8], name_before[8];
	const char *key = key_title(row->keys[0], name);
	const char *before = joined ? key_title(row[-1].keys[0], name_before) : "";
	int keys_w = canvas_width(c, before) + canvas_width(c, key);

	if (!*row->label || x + keys_w + canvas_width(c, row->label) + 3 > end)
		return 0;
	x += 1;
	x += canvas_text(c, x, area.y, end - x, STYLE_KEY, before);
	if (joined)
		app_hit(a, start, area.y, x - start, row[-1].action);
	x += canvas_text(c, x, area.y, end - x, STYLE_KEY, key) + 1;
	x += canvas_text(c, x, area.y, end - x, STYLE_NORMAL, row->label) + 1;
	app_hit(a, start, area.y, x - start, row->action);
	return x - start;
}

static int draw_offers(
	struct app *a, struct canvas *c, int x, const struct action_row *table, size_t n)
{
	int start = x;

	for (size_t i = 0; i < n; i++)
		if (offered(a, &table[i]) && table[i].action != ACTION_HELP &&
			table[i].action != ACTION_QUIT)
			x += draw_offer(a, c, x, table, i);
	return x - start;
}

static void draw_message(struct app *a, struct canvas *c, uint64_t now_ns)
{
	struct rect area = a->layout.footer;

	if (!a->message_ns)
		a->message_ns = now_ns ? now_ns : 1;
	if (now_ns > a->message_ns + MESSAGE_NS)
		textbuf_clear(&a->message);
	else
		canvas_text(c, area.x + 1, area.y, area.w - 1, STYLE_STRONG, a->message.bytes);
}

void frame_footer(struct app *a, struct canvas *c, uint64_t now_ns)
{
	const struct view_ops *ops = a->view[a->current].ops;
	size_t pause = (size_t)(action_find(ACTION_PAUSE) - action_table);
	struct rect area = a->layout.footer;
	int x = area.x, reserved;

	if (a->typing == TYPING_FILTER || a->typing == TYPING_SEARCH) {
		prompt_draw(&a->prompt, c, area,
			a->typing == TYPING_FILTER ? " filter: " : " search: ");
		return;
	}
	if (a->message.len)
		draw_message(a, c, now_ns);
	if (a->message.len)
		return;
	/* Help and quit always have their place. */
	reserved = canvas_width(c, " ? help  q quit ");
	a->layout.footer.w -= reserved;
	/* A view's own keys stand before the one that pauses: they are asked for more often. */
	x += draw_offers(a, c, x, action_table, pause);
	x += draw_offers(a, c, x, ops->keymap, ops->keymap_n);
	x += draw_offers(a, c, x, action_table + pause, action_table_n - pause);
	a->layout.footer.w += reserved;
	x += draw_offer(a, c, x, action_find(ACTION_HELP), 0);
	draw_offer(a, c, x, action_find(ACTION_QUIT), 0);
}
