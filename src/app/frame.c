/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "app_internal.h"
#include "twintop/base/table.h"
#include "twintop/base/units.h"
#include "twintop/model/names.h"
#include "words.h"

/* ---- identities ---------------------------------------------------------- */

void frame_number(const struct side *side, struct textbuf *out)
{
	textbuf_addf(out, "%ld", (long)side->id.pid);
	if (side->tid && side->tid != side->id.pid)
		textbuf_addf(out, "/%ld", (long)side->tid);
}

void frame_name(const struct side *side, struct textbuf *out)
{
	if (side->info && side->info->comm.bytes)
		text_name(out, side->info->comm);
	else
		textbuf_adds(out, "?");
}

/* What the pair says of that side, from its own point of view. */
static void add_relation(struct words *w, const struct moment *m, unsigned side)
{
	static const char *const text[][2] = {
		[RELATION_PARENT] = {"child of B", "parent of A"},
		[RELATION_CHILD] = {"parent", "child of A"},
		[RELATION_SIBLINGS] = {"sibling", "sibling of A"},
		[RELATION_THREADS] = {"thread", "same process"},
		[RELATION_UNRELATED] = {"unrelated", "unrelated"},
		[RELATION_OWN_PAST] = {"now", "at "},
		[RELATION_TWO_RECORDINGS] = {"", "recorded at "},
	};
	TABLE_ROWS(text, RELATIONS);
	struct textbuf *out;

	if (!m->pair)
		return;
	out = word_add(w, STYLE_NORMAL, 3);
	if (m->pair->kin_reason)
		textbuf_adds(out, "kin unknown");
	else if (pair_is_orphan(m->snapshot, m->pair->relation, side))
		textbuf_addf(out, "was child of %c, now of %d", side ? 'A' : 'B',
			(int)m->snapshot->side[side].info->ppid);
	else
		textbuf_adds(out, text[m->pair->relation][side]);
	if (side && pair_apart(m->pair))
		app_past_clock(m->snapshot, out);
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

/* A letter and a short word, in lecture mode words. */
static void add_state(struct words *w, const struct process_info *info, bool lecture)
{
	struct textbuf *threads;

	if (lecture)
		textbuf_adds(word_add(w, STYLE_STRONG, 0), task_state_words(info->state));
	else
		textbuf_addf(
			word_add(w, STYLE_STRONG, 0), "%c", info->state > ' ' ? info->state : '?');
	threads = word_add(w, STYLE_NORMAL, 5);
	if (lecture)
		textbuf_count(threads, info->threads, "thread");
	else
		textbuf_addf(threads, "%llu thr", (unsigned long long)info->threads);
}

/* State, threads and CPU of the living; how the dead ended. */
static void add_condition(struct words *w, const struct side *side, bool lecture)
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
	add_state(w, info, lecture);
	add_cpu(w, side->rates);
}

static void draw_identity(const struct app *a, struct canvas *c, unsigned index)
{
	const struct moment *m = a->shown;
	const struct side *side = &m->snapshot->side[index];
	struct rect area = a->layout.identity[index];
	enum style style = index ? STYLE_SIDE_B : STYLE_SIDE_A;
	struct words w = {0};
	int rank = 6;

	textbuf_adds(word_add(&w, style, 0), index ? "B" : "A");
	frame_number(side, word_add(&w, STYLE_STRONG, 0));
	frame_name(side, word_add(&w, style, 0));
	add_relation(&w, m, index);
	add_condition(&w, side, a->lecture);
	while (rank > 0 && words_width(&w, c, rank) > area.w)
		rank--;
	words_draw(&w, c, area, rank);
	if (side->ending.ended)
		canvas_restyle(c, area, STYLE_DIM);
	words_free(&w);
}

/* "B none: its parent is PID 1; P chooses" */
static void draw_alone(
	const struct app *a, const struct snapshot *s, struct canvas *c, struct rect area)
{
	if (app_quiz_blinds(a)) {
		canvas_text(c, area.x + 1, area.y, 1, STYLE_SIDE_B, "B");
		app_shade(c, (struct rect){area.x + 3, area.y, area.w - 3, 1}, "hidden");
		return;
	}
	canvas_print(c, area.x + 1, area.y, area.w - 1, STYLE_DIM, "B none%s%s%s",
		s->alone || !a->options.recorded ? ": " : "", s->alone ? s->alone : "",
		a->options.recorded ? ""
		: s->alone	    ? "; P chooses"
				    : "P chooses one");
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
		draw_alone(a, a->shown->snapshot, c, l->identity[1]);
	frame_live(a, false, &live);
	canvas_right(c, l->live.x, l->live.y, l->live.w - 1, frame_live_style(a), live.bytes);
	textbuf_free(&live);
}

/* ---- footer -------------------------------------------------------------- */

/* The user's own, else the table's first that he gave to nothing else. */
static uint32_t first_key(const struct app *a, const struct action_row *row)
{
	const struct view_ops *view = a->view[a->current].ops;
	uint32_t own = habits_key(a->options.habits, row->id, 0);

	for (size_t i = 0; !own && i < ACTION_KEYS && row->keys[i]; i++)
		if (habits_action(a->options.habits, row->keys[i], row->scope, view) == ACTION_NONE)
			return row->keys[i];
	return own ? own : row->keys[0];
}

/* Whether an action is about what lies over the view, or about the view where nothing does. */
static bool concerns(const struct app *a, enum action action)
{
	switch (action) {
	case ACTION_BACK:
		return a->overlay != OVERLAY_NONE;
	case ACTION_HELP:
	case ACTION_QUIT:
	case ACTION_SEARCH:
	case ACTION_MARK:
		return true;
	case ACTION_GLOSSARY:
		return a->overlay == OVERLAY_NONE || a->overlay == OVERLAY_EXPLAIN;
	case ACTION_DETAIL:
		return a->overlay == OVERLAY_NONE || app_marking(a);
	default:
		return a->overlay == OVERLAY_NONE;
	}
}

/* Whether it makes others A or B, which a recording refuses. */
static bool chooses(enum action action)
{
	return action == ACTION_WATCH_A || action == ACTION_WATCH_B;
}

/* Whether an action's key holds at present and does something, so that the footer may offer it. */
static bool offered(const struct app *a, const struct action_row *row)
{
	return row->label && concerns(a, row->action) &&
	       !(a->options.recorded && chooses(row->action)) && row->scope != SCOPE_CHOOSER &&
	       row->scope != SCOPE_TYPING && row->scope != SCOPE_PALETTE &&
	       row->scope != SCOPE_QUIZ && (row->scope != SCOPE_PAST || app_past_stands(a)) &&
	       (row->scope != SCOPE_PAUSED || a->paused) &&
	       (row->action != ACTION_SWAP ||
		       (a->options.recorded && !a->own.then && !turn_refusal(a->given))) &&
	       app_find_action(a, first_key(a, row)) == row->action && app_has(a, row->action);
}

/* What it does, in a word; Tab leads where the view says, and what plays is not live. */
static const char *label_of(const struct app *a, const struct action_row *row)
{
	const char *tab = a->view[a->current].ops->tab;

	if ((a->plays || a->over) && row->action == ACTION_LIVE)
		return "end";
	if (row->action == ACTION_PAUSE && a->paused)
		return a->plays ? "play" : "go on";
	return row->action == ACTION_SIDE && row->scope == SCOPE_ALL && tab ? tab : row->label;
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
	const char *label = label_of(a, row);
	bool joined = at && row[-1].label && !*row[-1].label;
	int end = area.x + area.w, start = x;
	char name[8], name_before[8];
	const char *key = key_title(first_key(a, row), name);
	const char *before = joined ? key_title(first_key(a, row - 1), name_before) : "";
	int keys_w = canvas_width(c, before) + canvas_width(c, key);

	if (!*label || x + keys_w + canvas_width(c, label) + 3 > end)
		return 0;
	x += 1;
	x += canvas_text(c, x, area.y, end - x, STYLE_KEY, before);
	if (joined)
		app_hit(a, start, area.y, x - start, row[-1].action, first_key(a, row - 1));
	x += canvas_text(c, x, area.y, end - x, STYLE_KEY, key) + 1;
	x += canvas_text(c, x, area.y, end - x, STYLE_NORMAL, label) + 1;
	app_hit(a, start, area.y, x - start, row->action, first_key(a, row));
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

/* Who hears it is told that these are keys. */
static int draw_announced(const struct app *a, struct canvas *c)
{
	struct rect area = a->layout.footer;

	return a->options.linear ? canvas_text(c, area.x, area.y, area.w, STYLE_NORMAL, "keys: ")
				 : 0;
}

/*
 * What holds alone where keys are the chooser's, the launched program's, or a question's; one that
 * has its guess wants no answer any more.
 */
static void draw_scope(struct app *a, struct canvas *c, enum action_scope scope, const char *first)
{
	struct rect area = a->layout.footer;
	int x = area.x + 1 + draw_announced(a, c);

	x += canvas_text(c, x, area.y, area.w - 1, STYLE_STRONG, first) + 1;
	for (size_t i = 0; i < action_table_n; i++)
		if (action_table[i].scope == scope &&
			!(a->quiz.state && action_table[i].action == ACTION_DETAIL))
			x += draw_offer(a, c, x, action_table, i);
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

static const char *const prompt_label[] = {
	[TYPING_FILTER] = " filter: ",
	[TYPING_SEARCH] = " search: ",
	[TYPING_GLOSSARY] = " in the glossary: ",
};

static int offer_width(const struct app *a, const struct canvas *c, enum action action)
{
	const struct action_row *row = action_find(action);
	char name[8];

	return canvas_width(c, key_title(first_key(a, row), name)) +
	       canvas_width(c, label_of(a, row)) + 3;
}

void frame_footer(struct app *a, struct canvas *c, uint64_t now_ns)
{
	const struct view_ops *ops = a->view[a->current].ops;
	size_t pause = (size_t)(action_find(ACTION_PAUSE) - action_table), before = pause;
	struct rect area = a->layout.footer;
	int x = area.x, reserved;

	if (a->typing < sizeof prompt_label / sizeof *prompt_label && prompt_label[a->typing]) {
		prompt_draw(&a->prompt, c, area, prompt_label[a->typing]);
		return;
	}
	if (a->typing == TYPING_TIME) {
		app_draw_time_prompt(a, c, area);
		return;
	}
	if (a->typing == TYPING_RECORD) {
		app_draw_tape_prompt(a, c, area);
		return;
	}
	if (a->typing == TYPING_GUESS) {
		prompt_draw(&a->prompt, c, area, " your guess: ");
		return;
	}
	if (a->message.len)
		draw_message(a, c, now_ns);
	if (a->message.len)
		return;
	if (a->typing == TYPING_PROGRAM) {
		draw_scope(a, c, SCOPE_TYPING, "every key goes to the program, ^C and ^Z, too");
		return;
	}
	if (a->overlay == OVERLAY_CHOOSER) {
		draw_scope(a, c, SCOPE_CHOOSER, "type to search");
		return;
	}
	if (a->overlay == OVERLAY_PALETTE) {
		draw_scope(a, c, SCOPE_PALETTE, "type to find");
		return;
	}
	if (a->overlay == OVERLAY_QUIZ) {
		draw_scope(a, c, SCOPE_QUIZ, "question");
		return;
	}
	/* Help and quit always have their place. */
	reserved = offer_width(a, c, ACTION_HELP) + offer_width(a, c, ACTION_QUIT);
	a->layout.footer.w -= reserved;
	x += draw_announced(a, c);
	/* What plays is held and goes on by a key that whoever looks at it for the first time
	 * needs. */
	if (a->plays && offered(a, &action_table[pause]))
		x += draw_offer(a, c, x, action_table, pause++);
	/* A view's own keys stand before the one that pauses: they are asked for more often. */
	x += draw_offers(a, c, x, action_table, before);
	x += draw_offers(a, c, x, ops->keymap, ops->keymap_n);
	x += draw_offers(a, c, x, action_table + pause, action_table_n - pause);
	a->layout.footer.w += reserved;
	x += draw_offer(a, c, x, action_find(ACTION_HELP), 0);
	draw_offer(a, c, x, action_find(ACTION_QUIT), 0);
}
