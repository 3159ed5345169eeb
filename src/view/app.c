/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app_internal.h"
#include "twintop/base/units.h"
#include "twintop/model/names.h"

static void request_add(struct app *a, struct app_request request)
{
	if (a->requests_n < REQUESTS_MAX)
		a->request[(a->request_first + a->requests_n++) % REQUESTS_MAX] = request;
}

bool app_next_request(struct app *a, struct app_request *ret)
{
	if (!a->requests_n)
		return false;
	*ret = a->request[a->request_first];
	a->request_first = (a->request_first + 1) % REQUESTS_MAX;
	a->requests_n--;
	return true;
}

static void choose_begin(struct app *a, unsigned side)
{
	const struct snapshot *s = a->shown ? a->shown->snapshot : NULL;
	pid_t pid = s && side < s->sides ? s->side[side].id.pid : 0;

	if (!pid && s && s->sides)
		pid = s->side[0].id.pid;
	a->overlay = OVERLAY_CHOOSER;
	a->choosing_side = side;
	chooser_begin(a->chooser, pid);
	request_add(a, (struct app_request){.kind = REQUEST_LIST, .on = true});
}

static void open_views(struct app *a, const char *first)
{
	for (size_t i = 0; i < view_table_n && i < VIEWS_MAX; i++) {
		a->view[i].ops = view_table[i];
		a->view[i].view = view_table[i]->create();
		if (first && !strcmp(first, view_table[i]->id))
			a->current = i;
		a->views_n++;
	}
}

struct app *app_new(const struct app_options *options)
{
	struct app *a = mem_alloc(sizeof *a);

	*a = (struct app){.options = *options, .delay_ns = options->delay_ns};
	a->focus = mem_alloc(sizeof *a->focus);
	*a->focus = (struct view_focus){0};
	a->chooser = chooser_new();
	prompt_begin(&a->prompt, "");
	if (options->launched)
		a->console = console_new();
	open_views(a, options->view);
	if (options->choose)
		choose_begin(a, 0);
	return a;
}

void app_free(struct app *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->views_n; i++) {
		a->view[i].ops->destroy(a->view[i].view);
		textbuf_free(&a->view[i].filter);
	}
	history_clear(&a->history);
	moment_put(a->latest);
	moment_put(a->shown);
	panel_free(&a->panel);
	chooser_free(a->chooser);
	prompt_free(&a->prompt);
	textbuf_free(&a->searched);
	textbuf_free(&a->message);
	console_free(a->console);
	free(a->focus);
	free(a);
}

/* ---- moments ------------------------------------------------------------- */

struct view_env app_env(const struct app *a, uint64_t now_ns)
{
	return (struct view_env){
		.moment = a->shown,
		.now_ns = a->paused && a->shown ? a->shown->snapshot->monotonic_ns : now_ns,
		.ascii = a->options.ascii,
		.lecture = a->lecture,
		.side = a->side,
		.sort_side = a->sort_side,
		.frame_count = a->options.frame_count,
		.context = a->options.context,
		.focus = a->focus,
	};
}

void app_update_view(struct app *a, const struct view_env *env)
{
	struct app_view *v = &a->view[a->current];

	if (!env->moment || v->seen == env->moment)
		return;
	v->seen = env->moment;
	v->ops->update(v->view, env);
}

static void show(struct app *a, const struct moment *m)
{
	const struct moment *old = a->shown;

	if (m == old)
		return;
	a->shown = moment_get(m);
	/* A later moment may be given the address of a freed one: none may pass as seen. */
	for (size_t i = 0; i < a->views_n; i++)
		a->view[i].seen = NULL;
	moment_put(old);
	if (m && m->snapshot->sides < 2)
		a->side = 0;
}

void app_moment(struct app *a, const struct moment *m)
{
	const struct moment *old = a->latest;

	history_add(&a->history, m);
	a->latest = moment_get(m);
	moment_put(old);
	if (!a->paused || !a->shown)
		show(a, m);
}

void app_process_list(struct app *a, const struct process_list *list)
{
	chooser_list(a->chooser, list);
}

unsigned app_need(const struct app *a)
{
	unsigned need = NEED_PROCESS | a->view[a->current].ops->need;

	if (a->overlay != OVERLAY_DETAIL && a->overlay != OVERLAY_EXPLAIN)
		return need;
	for (size_t i = 0; i < field_table_n; i++)
		if (field_table[i].kind == a->detail_kind)
			need |= field_table[i].need;
	return need;
}

static void resume(struct app *a)
{
	a->paused = false;
	show(a, a->latest);
}

/* Pauses, and goes by steps through the moments kept. */
static void step_time(struct app *a, int by)
{
	size_t at;

	if (!a->shown)
		return;
	a->paused = true;
	at = history_find(&a->history, a->shown);
	if (by < 0 && at > 0)
		show(a, history_at(&a->history, at - 1));
	else if (by > 0 && at + 1 < a->history.n)
		show(a, history_at(&a->history, at + 1));
	else
		app_message(
			a, by < 0 ? "this is the oldest moment kept" : "this is the newest moment");
}

/* ---- the launched program ------------------------------------------------ */

void app_console(struct app *a, const char *bytes, size_t len)
{
	if (a->console)
		console_write(a->console, bytes, len);
}

void app_console_ended(struct app *a, int status)
{
	struct textbuf text = {0};

	textbuf_adds(&text, "program ");
	wait_status_text(&text, status);
	if (a->console)
		console_note(a->console, text.bytes);
	app_message(a, text.bytes);
	textbuf_free(&text);
	if (a->typing == TYPING_PROGRAM)
		a->typing = TYPING_NONE;
}

void app_console_size(const struct app *a, unsigned *ret_columns, unsigned *ret_rows)
{
	*ret_columns = a->console_columns;
	*ret_rows = a->console_rows;
}

static void send_bytes(struct app *a, const char *bytes, size_t n)
{
	struct app_request r = {.kind = REQUEST_SEND, .bytes_n = n};

	memcpy(r.bytes, bytes, n);
	request_add(a, r);
}

/* What a terminal sends for a special key. */
static const char *key_bytes(uint32_t key)
{
	switch (key) {
	case KEYS_ENTER:
		return "\r";
	case KEYS_TAB:
		return "\t";
	case KEYS_BACKSPACE:
		return "\x7f";
	case KEYS_UP:
		return "\x1b[A";
	case KEYS_DOWN:
		return "\x1b[B";
	case KEYS_RIGHT:
		return "\x1b[C";
	case KEYS_LEFT:
		return "\x1b[D";
	case KEYS_HOME:
		return "\x1b[H";
	case KEYS_END:
		return "\x1b[F";
	case KEYS_DELETE:
		return "\x1b[3~";
	case KEYS_PAGE_UP:
		return "\x1b[5~";
	case KEYS_PAGE_DOWN:
		return "\x1b[6~";
	default:
		return "";
	}
}

static void type_key(struct app *a, uint32_t key)
{
	char utf8[4];

	if (key == KEYS_ESCAPE)
		a->typing = TYPING_NONE;
	else if (key < KEY_TWINTOP_FIRST)
		send_bytes(a, utf8, text_encode(key, utf8));
	else
		send_bytes(a, key_bytes(key), strlen(key_bytes(key)));
}

/* ---- prompts ------------------------------------------------------------- */

void app_message(struct app *a, const char *utf8)
{
	textbuf_clear(&a->message);
	textbuf_adds(&a->message, utf8);
	a->message_ns = 0;
}

static void set_filter(struct app *a, const struct view_env *env, const char *text)
{
	struct app_view *v = &a->view[a->current];

	textbuf_clear(&v->filter);
	textbuf_adds(&v->filter, text);
	app_update_view(a, env);
	v->ops->filter(v->view, env, text);
}

static void search(struct app *a, const struct view_env *env, bool again)
{
	struct app_view *v = &a->view[a->current];
	struct textbuf text = {0};

	if (!env->moment || !a->searched.len)
		return;
	app_update_view(a, env);
	if (v->ops->search(v->view, env, a->searched.bytes, again))
		return;
	textbuf_addf(&text, "not found: %s", a->searched.bytes);
	app_message(a, text.bytes);
	textbuf_free(&text);
}

/* The line typed so far; a filter narrows while it is typed. */
static void prompt_typed(struct app *a, const struct view_env *env, uint32_t key)
{
	enum prompt_answer answer = prompt_key(&a->prompt, key);
	bool filter = a->typing == TYPING_FILTER;

	if (filter)
		set_filter(a, env, answer == PROMPT_CANCELLED ? "" : prompt_text(&a->prompt));
	if (answer == PROMPT_TYPING)
		return;
	a->typing = TYPING_NONE;
	if (filter || answer != PROMPT_ACCEPTED)
		return;
	textbuf_clear(&a->searched);
	textbuf_adds(&a->searched, prompt_text(&a->prompt));
	search(a, env, false);
}

static void prompt_open(struct app *a, enum typing typing)
{
	const struct textbuf *filter = &a->view[a->current].filter;

	if (!a->shown)
		return;
	a->typing = typing;
	prompt_begin(&a->prompt, typing == TYPING_FILTER && filter->len ? filter->bytes : "");
}

/* ---- actions ------------------------------------------------------------- */

static void close_overlay(struct app *a)
{
	if (a->overlay == OVERLAY_CHOOSER)
		request_add(a, (struct app_request){.kind = REQUEST_LIST, .on = false});
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

bool app_selection(struct app *a, const struct view_env *env, struct view_selection *ret)
{
	struct app_view *v = &a->view[a->current];

	if (!env->moment)
		return false;
	app_update_view(a, env);
	memset(ret, 0, sizeof *ret);
	return v->ops->selection && v->ops->selection(v->view, env, ret);
}

static void open_overlay(struct app *a, const struct view_env *env, enum overlay overlay)
{
	struct view_selection s;
	bool some = app_selection(a, env, &s) && (s.has[0] || s.has[1]);

	if (some)
		a->detail_kind = s.record[s.has[0] ? 0 : 1].kind;
	else if (overlay == OVERLAY_DETAIL) {
		app_message(a, "nothing is selected");
		return;
	}
	toggle_overlay(a, overlay);
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
	a->delay_ns = ms[i] * 1000000ull;
	request_add(a, (struct app_request){.kind = REQUEST_DELAY, .delay_ns = a->delay_ns});
	textbuf_addf(&text, "a sample every %s", units_time(units, a->delay_ns));
	app_message(a, text.bytes);
	textbuf_free(&text);
}

static void go_to_view(struct app *a, size_t i)
{
	a->current = i;
	close_overlay(a);
}

static bool view_action(struct app *a, enum action action)
{
	if (action == ACTION_VIEW_NEXT || action == ACTION_VIEW_PREVIOUS) {
		size_t by = action == ACTION_VIEW_NEXT ? 1 : a->views_n - 1;

		go_to_view(a, (a->current + by) % a->views_n);
		return true;
	}
	for (size_t i = 0; i < a->views_n; i++)
		if (a->view[i].ops->action == action) {
			go_to_view(a, i);
			return true;
		}
	return false;
}

/* The view's own: movement, sorting, zoom. */
static bool pass_to_view(struct app *a, const struct view_env *env, enum action action)
{
	struct app_view *v = &a->view[a->current];

	if (!env->moment)
		return false;
	app_update_view(a, env);
	return v->ops->act(v->view, env, action);
}

static void dismiss(struct app *a, const struct view_env *env)
{
	size_t current = a->current;

	for (a->current = 0; a->current < a->views_n; a->current++)
		pass_to_view(a, env, ACTION_DISMISS);
	a->current = current;
}

static void toggle_side(struct app *a)
{
	if (a->shown && a->shown->snapshot->sides > 1)
		a->side = !a->side;
}

static void go_back(struct app *a, const struct view_env *env)
{
	if (a->overlay != OVERLAY_NONE)
		close_overlay(a);
	else if (!pass_to_view(a, env, ACTION_BACK) && a->view[a->current].filter.len)
		set_filter(a, env, "");
}

static void do_action(struct app *a, const struct view_env *env, enum action action)
{
	switch (action) {
	case ACTION_QUIT:
		request_add(a, (struct app_request){.kind = REQUEST_QUIT});
		break;
	case ACTION_HELP:
		toggle_overlay(a, OVERLAY_HELP);
		break;
	case ACTION_SIDE:
		toggle_side(a);
		break;
	case ACTION_DETAIL:
		if (a->overlay == OVERLAY_DETAIL)
			close_overlay(a);
		else if (!pass_to_view(a, env, action))
			open_overlay(a, env, OVERLAY_DETAIL);
		break;
	case ACTION_EXPLAIN:
		open_overlay(a, env, OVERLAY_EXPLAIN);
		break;
	case ACTION_BACK:
		go_back(a, env);
		break;
	case ACTION_SEARCH:
		prompt_open(a, TYPING_SEARCH);
		break;
	case ACTION_SEARCH_NEXT:
		search(a, env, true);
		break;
	case ACTION_FILTER:
		prompt_open(a, TYPING_FILTER);
		break;
	case ACTION_CHOOSE_A:
		choose_begin(a, 0);
		break;
	case ACTION_CHOOSE_B:
		choose_begin(a, a->shown && a->shown->snapshot->sides ? 1 : 0);
		break;
	case ACTION_SWAP:
		request_add(a, (struct app_request){.kind = REQUEST_SWAP});
		break;
	case ACTION_PAUSE:
		if (a->paused)
			resume(a);
		else
			a->paused = a->shown != NULL;
		break;
	case ACTION_LIVE:
		resume(a);
		break;
	case ACTION_STEP_BACK:
		step_time(a, -1);
		break;
	case ACTION_STEP_FORWARD:
		step_time(a, 1);
		break;
	case ACTION_FASTER:
		change_delay(a, -1);
		break;
	case ACTION_SLOWER:
		change_delay(a, 1);
		break;
	case ACTION_LECTURE:
		a->lecture = !a->lecture;
		break;
	case ACTION_SAVE_SVG:
		request_add(a, (struct app_request){.kind = REQUEST_SAVE_SVG});
		break;
	case ACTION_SEND_ENTER:
		send_bytes(a, "\r", 1);
		break;
	case ACTION_TYPE:
		a->typing = TYPING_PROGRAM;
		break;
	case ACTION_DISMISS:
		dismiss(a, env);
		break;
	case ACTION_REDRAW:
		request_add(a, (struct app_request){.kind = REQUEST_REDRAW});
		break;
	case ACTION_SORT:
		a->sort_side = a->side;
		pass_to_view(a, env, action);
		break;
	default:
		if (!view_action(a, action))
			pass_to_view(a, env, action);
		break;
	}
}

/* The narrowest scope that knows the key wins. */
static enum action find_action(const struct app *a, uint32_t key)
{
	const bool in[SCOPES] = {
		[SCOPE_ALL] = true,
		[SCOPE_PAGES] = a->view[a->current].ops->action == ACTION_VIEW_PAGES,
		[SCOPE_PAUSED] = a->paused,
		[SCOPE_LAUNCHED] = a->options.launched,
	};
	static const enum action_scope order[] = {
		SCOPE_PAUSED, SCOPE_PAGES, SCOPE_LAUNCHED, SCOPE_ALL};

	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		enum action action = in[order[i]] ? action_of_key(key, order[i]) : ACTION_NONE;

		if (action != ACTION_NONE)
			return action;
	}
	return ACTION_NONE;
}

static void chooser_answered(struct app *a, enum chooser_answer answer, pid_t pid)
{
	if (answer == CHOOSER_OPEN)
		return;
	close_overlay(a);
	if (answer == CHOOSER_CHOSEN)
		request_add(
			a, (struct app_request){
				   .kind = REQUEST_WATCH, .side = a->choosing_side, .pid = pid});
}

/* Movements scroll a panel; explain leaves the arrows to the view, whose field it explains. */
static bool panel_takes(struct app *a, enum action action)
{
	bool arrow = action == ACTION_UP || action == ACTION_DOWN;

	if (a->overlay != OVERLAY_HELP && a->overlay != OVERLAY_DETAIL &&
		a->overlay != OVERLAY_EXPLAIN)
		return false;
	return !(arrow && a->overlay == OVERLAY_EXPLAIN) && panel_act(&a->panel, action);
}

void app_key(struct app *a, uint32_t key, uint64_t now_ns)
{
	struct view_env env = app_env(a, now_ns);
	enum action action;
	pid_t pid = 0;

	if (a->typing == TYPING_PROGRAM) {
		type_key(a, key);
	} else if (a->typing != TYPING_NONE) {
		prompt_typed(a, &env, key);
	} else if (a->overlay == OVERLAY_CHOOSER && key != KEYS_F10) {
		chooser_answered(a, chooser_key(a->chooser, key, &pid), pid);
	} else {
		action = find_action(a, key);
		if (action != ACTION_NONE && !panel_takes(a, action))
			do_action(a, &env, action);
	}
}

void app_click(struct app *a, int x, int y, uint64_t now_ns)
{
	struct view_env env = app_env(a, now_ns);
	struct app_view *v = &a->view[a->current];
	pid_t pid = 0;

	if (a->typing != TYPING_NONE)
		return;
	for (size_t i = 0; i < a->hits_n; i++) {
		const struct rect *r = &a->hit[i].area;

		if (x >= r->x && x < r->x + r->w && y >= r->y && y < r->y + r->h) {
			do_action(a, &env, a->hit[i].action);
			return;
		}
	}
	if (a->overlay == OVERLAY_CHOOSER)
		chooser_answered(a, chooser_click(a->chooser, x, y, &pid), pid);
	else if (a->overlay == OVERLAY_NONE && env.moment && v->ops->click) {
		app_update_view(a, &env);
		if (env.moment->snapshot->sides > 1)
			a->side = x > (a->layout.view.w - 1) / 2;
		v->ops->click(v->view, &env, x, y);
	}
}
