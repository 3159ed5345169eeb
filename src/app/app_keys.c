/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "app_internal.h"
#include "twintop/base/units.h"

#define LEAP_MOMENTS 10

/* The view's own: movement, sorting, zoom. */
static bool pass_to_view(struct app *a, const struct view_env *env, enum action action)
{
	struct app_view *v = &a->view[a->current];

	if (!env->moment)
		return false;
	app_update_view(a, env);
	return v->ops->act(v->view, env, action);
}

/* What some views do and others do not; of those it is said. */
static const struct offer_row {
	enum action action;
	enum view_offer offer;
	const char *lack;
} offer_table[] = {
	{ACTION_SORT, VIEW_SORTS, "nothing to sort"},
	{ACTION_SORT_REVERSE, VIEW_SORTS, "nothing to sort"},
	{ACTION_FILTER, VIEW_FILTERS, "nothing to filter"},
	{ACTION_DIFFER, VIEW_DIFFERS, "no rows of A and B to compare"},
};

/* What the current view offers where its keys go now. */
static unsigned offered(const struct app *a)
{
	const struct app_view *v = &a->view[a->current];

	return v->ops->offers & ~(v->ops->lacks ? v->ops->lacks(v->view) : 0);
}

/* What an action takes that the current view has not; NULL: nothing. */
static const struct offer_row *lacking(const struct app *a, enum action action)
{
	for (size_t i = 0; i < sizeof offer_table / sizeof *offer_table; i++)
		if (offer_table[i].action == action && !(offered(a) & offer_table[i].offer))
			return &offer_table[i];
	return NULL;
}

bool app_has(const struct app *a, enum action action)
{
	return !lacking(a, action);
}

static void say_lack(struct app *a, const struct offer_row *row)
{
	struct textbuf text = {0};

	const struct view_ops *ops = a->view[a->current].ops;

	if (ops->offers & row->offer)
		textbuf_addf(&text, "%s in this pane: Tab goes to another", row->lack);
	else
		textbuf_addf(&text, "%s in the %s view", row->lack, ops->title);
	app_message(a, text.bytes);
	textbuf_free(&text);
}

/* ---- prompts ------------------------------------------------------------- */

static void set_filter(struct app *a, const struct view_env *env, const char *text)
{
	struct app_view *v = &a->view[a->current];

	textbuf_clear(&v->filter);
	textbuf_adds(&v->filter, text);
	app_update_view(a, env);
	v->ops->filter(v->view, env, text);
}

/* Whether a panel hides the view, so that it is what is searched. */
static bool panel_hides(const struct app *a)
{
	return a->overlay == OVERLAY_HELP || a->overlay == OVERLAY_DETAIL ||
	       a->overlay == OVERLAY_TEXTBOOK;
}

static bool search_found(struct app *a, const struct view_env *env, bool again)
{
	struct app_view *v = &a->view[a->current];

	if (panel_hides(a))
		return panel_search(&a->panel, a->searched.bytes, again);
	app_update_view(a, env);
	return v->ops->search(v->view, env, a->searched.bytes, again);
}

static void search(struct app *a, const struct view_env *env, bool again)
{
	struct textbuf text = {0};

	if (!env->moment || (a->searched.len && search_found(a, env, again)))
		return;
	if (a->searched.len)
		textbuf_addf(&text, "not found: %s", a->searched.bytes);
	else
		textbuf_adds(&text, "nothing was searched for: / asks what");
	app_message(a, text.bytes);
	textbuf_free(&text);
}

static void filter_glossary(struct app *a, const char *text)
{
	glossary_filter(&a->glossary, text);
	a->panel.top = 0;
}

/* The line typed so far; a filter narrows while it is typed. */
static void prompt_typed(struct app *a, const struct view_env *env, uint32_t key)
{
	enum prompt_answer answer = prompt_key(&a->prompt, key);
	const char *text = answer == PROMPT_CANCELLED ? "" : prompt_text(&a->prompt);
	bool filter = a->typing == TYPING_FILTER, glossary = a->typing == TYPING_GLOSSARY;
	if (filter)
		set_filter(a, env, text);
	if (glossary)
		filter_glossary(a, text);
	if (answer == PROMPT_TYPING)
		return;
	a->typing = TYPING_NONE;
	if (filter || glossary || answer != PROMPT_ACCEPTED)
		return;
	textbuf_clear(&a->searched);
	textbuf_adds(&a->searched, prompt_text(&a->prompt));
	search(a, env, false);
}

static void prompt_open(struct app *a, enum typing typing)
{
	const struct textbuf *filter = &a->view[a->current].filter;
	if (a->overlay == OVERLAY_GLOSSARY) {
		a->typing = TYPING_GLOSSARY;
		prompt_begin(&a->prompt, a->glossary.filter.bytes ? a->glossary.filter.bytes : "");
		return;
	}
	if (!a->shown)
		return;
	a->typing = typing;
	prompt_begin(&a->prompt, typing == TYPING_FILTER && filter->len ? filter->bytes : "");
}

/* ---- actions ------------------------------------------------------------- */

static void close_overlay(struct app *a)
{
	if (a->overlay == OVERLAY_CHOOSER)
		app_ask(a, (struct app_request){.kind = REQUEST_LIST, .on = false});
	a->overlay = OVERLAY_NONE;
}

static void toggle_overlay(struct app *a, enum overlay overlay)
{
	bool same = a->overlay == overlay;

	close_overlay(a);
	if (!same) {
		a->overlay = overlay;
		a->panel.top = 0;
	}
}

static void open_overlay(struct app *a, const struct view_env *env, enum overlay overlay)
{
	struct view_selection s;
	bool any = app_selection(a, env, &s), some = any && (s.has[0] || s.has[1]);

	/* What is no record has no fields, but what it means. */
	if (any && !some && s.explain)
		overlay = OVERLAY_EXPLAIN;
	/* Where no column is selected yet, the first one is what to explain. */
	if (some && overlay == OVERLAY_EXPLAIN && !s.field && !s.explain)
		pass_to_view(a, env, ACTION_RIGHT);
	if (some)
		a->detail_kind = s.record[s.has[0] ? 0 : 1].kind;
	else if (overlay == OVERLAY_DETAIL) {
		app_message(a, "nothing is selected");
		return;
	}
	toggle_overlay(a, overlay);
}

/* From an explanation to where the glossary has what was explained. */
static void open_glossary(struct app *a, const struct view_env *env)
{
	bool explained = a->overlay == OVERLAY_EXPLAIN;
	struct view_selection s = {0};

	if (explained && !app_selection(a, env, &s))
		s = (struct view_selection){0};
	if (s.field)
		s.lesson = (struct lesson_ref){0};
	toggle_overlay(a, OVERLAY_GLOSSARY);
	glossary_open(&a->glossary, s.field, s.lesson);
}

static void change_delay(struct app *a, int by)
{
	static const unsigned ms[] = {20, 50, 100, 200, 500, 1000, 2000, 5000, 10000};
	const size_t n = sizeof ms / sizeof *ms;
	char units[UNITS_MAX];
	struct textbuf text = {0};
	size_t i = 0;

	while (i + 1 < n && ms[i] * 1000000ull < a->delay_ns)
		i++;
	if (by < 0 && i > 0)
		i--;
	else if (by > 0 && i + 1 < n)
		i++;
	if (!app_ask(
		    a, (struct app_request){.kind = REQUEST_DELAY, .delay_ns = ms[i] * 1000000ull}))
		return;
	a->delay_ns = ms[i] * 1000000ull;
	textbuf_addf(&text, "a sample every %s", units_time(units, a->delay_ns));
	app_message(a, text.bytes);
	textbuf_free(&text);
}

void app_open_view(struct app *a, size_t i)
{
	a->current = i;
	close_overlay(a);
}

static bool view_action(struct app *a, enum action action)
{
	if (action == ACTION_VIEW_NEXT || action == ACTION_VIEW_PREVIOUS) {
		size_t by = action == ACTION_VIEW_NEXT ? 1 : a->views_n - 1;

		app_open_view(a, (a->current + by) % a->views_n);
		return true;
	}
	if (action < ACTION_VIEW(0) || action >= ACTION_VIEW(a->views_n))
		return false;
	app_open_view(a, action - ACTION_VIEW(0));
	return true;
}

static void dismiss(struct app *a, const struct view_env *env)
{
	size_t current = a->current;
	bool any = false;

	for (a->current = 0; a->current < a->views_n; a->current++)
		any |= pass_to_view(a, env, ACTION_DISMISS);
	a->current = current;
	if (!any)
		app_message(a, "nothing that has ended is there to be dismissed");
}

static void toggle_side(struct app *a)
{
	const char *tab = a->view[a->current].ops->tab;

	if (tab && !*tab)
		app_message(a, "this view has no sides to go to");
	else if (a->shown && a->shown->snapshot->sides > 1)
		a->side = !a->side;
	else
		app_message(a, "there is no B to go to");
}

static void go_back(struct app *a, const struct view_env *env)
{
	if (a->overlay != OVERLAY_NONE)
		close_overlay(a);
	else if (a->view[a->current].filter.len)
		set_filter(a, env, "");
	else
		pass_to_view(a, env, ACTION_BACK);
}

/* What asks the outside for something; false: another action. */
static bool ask_action(struct app *a, enum action action)
{
	static const struct {
		enum action action;
		enum app_request_kind kind;
	} plain[] = {
		{ACTION_QUIT, REQUEST_QUIT},
		{ACTION_SWAP, REQUEST_SWAP},
		{ACTION_SAVE_SVG, REQUEST_SAVE_SVG},
		{ACTION_REDRAW, REQUEST_REDRAW},
	};

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (plain[i].action == action) {
			app_ask(a, (struct app_request){.kind = plain[i].kind});
			return true;
		}
	if (a->plays && (action == ACTION_FASTER || action == ACTION_SLOWER))
		app_change_pace(a, action == ACTION_FASTER);
	else if (action == ACTION_FASTER || action == ACTION_SLOWER)
		change_delay(a, action == ACTION_FASTER ? -1 : 1);
	else if (action == ACTION_CHOOSE_A)
		app_choose(a, 0);
	else if (action == ACTION_CHOOSE_B)
		app_choose(a, a->shown && a->shown->snapshot->sides ? 1 : 0);
	else if (action == ACTION_RECORD)
		app_tape_toggle(a);
	else if (action == ACTION_STEP_ON)
		app_step_on(a);
	else if (action == ACTION_SEND_ENTER)
		app_send(a, "\r", 1);
	else
		return false;
	return true;
}

/* What goes through the moments kept; false: another action. */
static bool go_action(struct app *a, enum action action)
{
	static const struct {
		enum action action;
		struct seek seek;
	} way[] = {
		{ACTION_STEP_BACK, {.kind = SEEK_STEPS, .steps = -1}},
		{ACTION_STEP_FORWARD, {.kind = SEEK_STEPS, .steps = 1}},
		{ACTION_LEAP_BACK, {.kind = SEEK_STEPS, .steps = -LEAP_MOMENTS}},
		{ACTION_LEAP_FORWARD, {.kind = SEEK_STEPS, .steps = LEAP_MOMENTS}},
		{ACTION_OLDEST, {.kind = SEEK_FIRST}},
	};

	for (size_t i = 0; i < sizeof way / sizeof *way; i++)
		if (way[i].action == action) {
			app_go(a, way[i].seek);
			return true;
		}
	return false;
}

/* What decides which moment is shown; false: another action. */
static bool time_action(struct app *a, enum action action)
{
	switch (action) {
	case ACTION_PAUSE:
		if (a->paused)
			app_resume(a);
		else
			app_pause(a);
		return true;
	case ACTION_LIVE:
		if (a->plays)
			app_go(a, (struct seek){.kind = SEEK_LAST});
		else
			app_resume(a);
		return true;
	case ACTION_TIME_BAR:
		app_time_open(a);
		return true;
	case ACTION_EVENT_BACK:
	case ACTION_EVENT_FORWARD:
		app_go_to_event(a, action == ACTION_EVENT_FORWARD);
		return true;
	default:
		return go_action(a, action);
	}
}

/* Two processes of which a view speaks become A and B, or one of them does. */
static void watch_told(struct app *a)
{
	const pid_t *watch = a->focus->watch;

	if (watch[0] && watch[1]) {
		app_watch_both(a, "", watch[0], watch[1]);
	} else if (watch[0] || watch[1]) {
		app_ask(a,
			(struct app_request){
				.kind = REQUEST_WATCH, .side = !watch[0], .pid = watch[!watch[0]]});
	}
	a->focus->watch[0] = a->focus->watch[1] = 0;
}

/* A view may send to another one, with what is to be looked at there, or to another moment, and say
 * whom to watch. */
static void go_where_told(struct app *a)
{
	const char *view = a->focus->view;
	uint64_t moment_ns = a->focus->moment_ns;

	if (a->focus->say)
		app_message(a, a->focus->say);
	watch_told(a);
	if (a->focus->lift)
		app_ask(a, (struct app_request){
				   .kind = REQUEST_LIFT, .generations = a->focus->generations});
	a->focus->lift = false;
	if (a->focus->holds)
		app_ask(a, (struct app_request){.kind = REQUEST_HOLD,
				   .process = a->focus->hold_process,
				   .pid = a->focus->hold_tid});
	a->focus->holds = false;
	a->focus->view = a->focus->say = NULL;
	a->focus->moment_ns = 0;
	if (moment_ns)
		app_go_to_moment(a, moment_ns);
	for (size_t i = 0; view && i < a->views_n; i++)
		if (!strcmp(a->view[i].ops->id, view))
			app_open_view(a, i);
}

/* What puts another B in its place and takes nobody alive, and what that forbids; false: another
 * action. */
static bool past_action(struct app *a, enum action action)
{
	if (action == ACTION_PAST)
		app_past_mark(a);
	else if (action == ACTION_PRESENT)
		app_past_end(a);
	else if (action == ACTION_SWAP && a->options.recorded)
		app_turn(a);
	else if (action == ACTION_SWAP && app_past_stands(a))
		app_message(a, "past and present do not change places: M brings the former B back");
	else
		return false;
	return true;
}

/* What opens or closes something over the view; false: another action. */
static bool overlay_action(struct app *a, const struct view_env *env, enum action action)
{
	switch (action) {
	case ACTION_HELP:
		toggle_overlay(a, OVERLAY_HELP);
		return true;
	case ACTION_DETAIL:
		if (a->overlay == OVERLAY_DETAIL)
			close_overlay(a);
		else if (!pass_to_view(a, env, action))
			open_overlay(a, env, OVERLAY_DETAIL);
		go_where_told(a);
		return true;
	case ACTION_MARK:
		app_mark(a, env);
		close_overlay(a);
		return true;
	case ACTION_EXPLAIN:
		open_overlay(a, env, OVERLAY_EXPLAIN);
		return true;
	case ACTION_GLOSSARY:
		open_glossary(a, env);
		return true;
	case ACTION_TEXTBOOK:
		toggle_overlay(a, OVERLAY_TEXTBOOK);
		return true;
	case ACTION_QUESTION:
		app_quiz_begin(a);
		return true;
	case ACTION_SEARCH:
		prompt_open(a, TYPING_SEARCH);
		return true;
	case ACTION_FILTER:
		prompt_open(a, TYPING_FILTER);
		return true;
	case ACTION_TYPE:
		a->typing = TYPING_PROGRAM;
		return true;
	case ACTION_COPY:
		app_copy(a, env);
		return true;
	case ACTION_PALETTE:
		close_overlay(a);
		app_palette_open(a);
		return true;
	case ACTION_BACK:
		go_back(a, env);
		go_where_told(a);
		return true;
	default:
		return false;
	}
}

void app_do(struct app *a, const struct view_env *env, enum action action)
{
	const struct offer_row *lack = lacking(a, action);

	if (lack) {
		say_lack(a, lack);
		return;
	}
	if (past_action(a, action) || ask_action(a, action) || time_action(a, action) ||
		overlay_action(a, env, action) || view_action(a, action))
		return;
	switch (action) {
	case ACTION_SIDE:
		if (!pass_to_view(a, env, action))
			toggle_side(a);
		break;
	case ACTION_SEARCH_NEXT:
		search(a, env, true);
		break;
	case ACTION_LECTURE:
		a->lecture = !a->lecture;
		break;
	case ACTION_DISMISS:
		dismiss(a, env);
		break;
	case ACTION_SORT:
		a->sort_side = a->side;
		pass_to_view(a, env, action);
		break;
	default:
		pass_to_view(a, env, action);
		go_where_told(a);
		break;
	}
}

static enum action find_in_view(const struct app *a, uint32_t key)
{
	const struct view_ops *ops = a->view[a->current].ops;
	const struct action_row *row = keymap_find(ops->keymap, ops->keymap_n, key, SCOPE_VIEW);

	return row ? row->action : ACTION_NONE;
}

/* Whether the tables' own key of it goes no more, for the user has named others. */
static bool rebound(const struct app *a, enum action action, enum action_scope scope)
{
	const struct view_ops *ops = a->view[a->current].ops;
	const struct action_row *row = scope == SCOPE_VIEW ? ops->keymap : action_table;
	size_t n = scope == SCOPE_VIEW ? ops->keymap_n : action_table_n;

	if (action >= ACTION_VIEW(0) && action < ACTION_VIEW(a->views_n))
		return habits_key(a->options.habits, view_table[action - ACTION_VIEW(0)]->id, 0);
	for (size_t i = 0; i < n; i++)
		if (row[i].scope == scope && row[i].action == action)
			return habits_key(a->options.habits, row[i].id, 0);
	return false;
}

/* Whether nothing lies over rows that are what a scope is about. */
static bool rows_are(const struct app *a, enum action_scope scope)
{
	const struct app_view *v = &a->view[a->current];

	return a->overlay == OVERLAY_NONE && v->ops->rows && v->ops->rows(v->view) == scope;
}

bool app_scope_holds(const struct app *a, enum action_scope scope)
{
	switch (scope) {
	case SCOPE_ALL:
	case SCOPE_VIEW:
		return true;
	case SCOPE_PAUSED:
		return a->paused;
	case SCOPE_LAUNCHED:
		return a->options.launched;
	case SCOPE_THREAD:
		return app_marking(a);
	case SCOPE_MEMBER:
	case SCOPE_EVENT:
		return rows_are(a, scope);
	case SCOPE_STEP:
		return app_step_waits(a);
	case SCOPE_PAST:
		return app_past_stands(a) || a->own.then;
	default:
		return false;
	}
}

/* The narrowest scope that knows the key wins. */
enum action app_find_action(const struct app *a, uint32_t key)
{
	static const enum action_scope order[] = {SCOPE_STEP, SCOPE_THREAD, SCOPE_MEMBER,
		SCOPE_EVENT, SCOPE_PAUSED, SCOPE_VIEW, SCOPE_LAUNCHED, SCOPE_PAST, SCOPE_ALL};
	enum action action = ACTION_NONE;

	for (size_t i = 0; action == ACTION_NONE && i < sizeof order / sizeof *order; i++) {
		if (!app_scope_holds(a, order[i]))
			continue;
		action = habits_action(a->options.habits, key, order[i], a->view[a->current].ops);
		if (action != ACTION_NONE)
			break;
		action = order[i] == SCOPE_VIEW ? find_in_view(a, key)
						: action_of_key(key, order[i]);
		if (rebound(a, action, order[i]))
			action = ACTION_NONE;
	}
	return action;
}

static void chooser_answered(struct app *a, enum chooser_answer answer, const pid_t *chosen)
{
	if (answer == CHOOSER_OPEN)
		return;
	close_overlay(a);
	/* Another A may be of another family. */
	if (answer == CHOOSER_CHOSEN && a->choosing_side == 0)
		app_ask(a, (struct app_request){.kind = REQUEST_LIFT});
	if (answer == CHOOSER_CHOSEN)
		app_ask(a,
			(struct app_request){
				.kind = REQUEST_WATCH, .side = a->choosing_side, .pid = *chosen});
}

/* Movements scroll a panel; explain leaves the arrows to the view, whose field it explains. */
static bool panel_takes(struct app *a, enum action action)
{
	bool arrow = action == ACTION_UP || action == ACTION_DOWN;

	if (a->overlay == OVERLAY_NONE || a->overlay == OVERLAY_CHOOSER ||
		a->overlay == OVERLAY_PALETTE)
		return false;
	return !(arrow && a->overlay == OVERLAY_EXPLAIN) && panel_act(&a->panel, action);
}

static bool lies_over(const struct app *a)
{
	return a->overlay == OVERLAY_PALETTE || a->overlay == OVERLAY_CHOOSER;
}

void app_key(struct app *a, uint32_t key, uint64_t now_ns)
{
	bool taken = a->typing == TYPING_TIME && app_time_key(a, key);
	struct view_env env = app_env(a, now_ns);
	enum action action;
	pid_t pid = 0;

	if (taken)
		return;
	if (a->typing == TYPING_PROGRAM) {
		app_type(a, key, now_ns);
	} else if (a->overlay == OVERLAY_QUIZ) {
		app_quiz_key(a, key);
	} else if (a->typing == TYPING_RECORD) {
		app_tape_key(a, key);
	} else if (a->typing != TYPING_NONE) {
		prompt_typed(a, &env, key);
	} else if (a->overlay == OVERLAY_PALETTE && key != KEYS_F10) {
		app_palette_key(a, key, now_ns);
	} else if (a->overlay == OVERLAY_CHOOSER && key != KEYS_F10) {
		chooser_answered(a, chooser_key(a->chooser, key, &pid), &pid);
	} else {
		action = app_find_action(a, key);
		if (key == KEYS_F10 && lies_over(a)) /* as these say, whatever it is elsewhere */
			action = ACTION_QUIT;
		if (action == ACTION_NONE)
			app_idle_key(a, key);
		else if (!panel_takes(a, action))
			app_do(a, &env, action);
	}
}

bool app_quits_by_q(const struct app *a)
{
	return a->typing == TYPING_NONE && a->overlay == OVERLAY_NONE &&
	       app_find_action(a, 'q') == ACTION_QUIT;
}

void app_click(struct app *a, int x, int y, uint64_t now_ns)
{
	struct view_env env = app_env(a, now_ns);
	struct app_view *v = &a->view[a->current];
	bool keys_go = a->typing == TYPING_PROGRAM || a->overlay == OVERLAY_CHOOSER ||
		       a->overlay == OVERLAY_PALETTE || a->overlay == OVERLAY_QUIZ;
	pid_t pid = 0;

	a->dragging = false;
	if (!keys_go && app_bar_click(a, x, y))
		return;
	if (a->typing != TYPING_NONE && a->typing != TYPING_PROGRAM)
		return;
	for (size_t i = 0; i < a->hits_n; i++) {
		const struct hit *hit = &a->hit[i];
		const struct rect *r = &hit->area;

		if (x < r->x || x >= r->x + r->w || y < r->y || y >= r->y + r->h)
			continue;
		if (keys_go && hit->key)
			app_key(a, hit->key, now_ns);
		else if (a->overlay != OVERLAY_QUIZ)
			app_do(a, &env, hit->action);
		return;
	}
	if (a->typing == TYPING_PROGRAM)
		return;
	if (a->overlay == OVERLAY_PALETTE)
		app_palette_click(a, x, y, now_ns);
	else if (a->overlay == OVERLAY_CHOOSER)
		chooser_answered(a, chooser_click(a->chooser, x, y, &pid), &pid);
	else if (a->overlay == OVERLAY_NONE && env.moment && v->ops->click) {
		app_update_view(a, &env);
		if (env.moment->snapshot->sides > 1)
			a->side = x > (a->layout.view.w - 1) / 2;
		v->ops->click(v->view, &env, x, y);
	}
}
