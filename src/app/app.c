/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app_internal.h"
#include "twintop/compare/textbook.h"
#include "twintop/model/names.h"

bool app_ask(struct app *a, struct app_request request)
{
	if (app_refuses(a, request.kind))
		return false;
	/* Whoever names a B wants to see it. */
	if (request.kind == REQUEST_WATCH && (request.other || request.side))
		app_past_drop(a);
	if (a->requests_n < REQUESTS_MAX)
		a->request[(a->request_first + a->requests_n++) % REQUESTS_MAX] = request;
	return true;
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

void app_choose(struct app *a, unsigned side)
{
	const struct snapshot *s = a->shown ? a->shown->snapshot : NULL;
	pid_t pid = s && side < s->sides ? s->side[side].id.pid : 0;

	if (!app_ask(a, (struct app_request){.kind = REQUEST_LIST, .on = true}))
		return;
	if (!pid && s && s->sides)
		pid = s->side[0].id.pid;
	a->overlay = OVERLAY_CHOOSER;
	a->choosing_side = side;
	chooser_begin(a->chooser, pid);
}

static void open_views(struct app *a, const char *first)
{
	for (size_t i = 0; i < view_table_n && i < VIEWS_MAX; i++) {
		a->view[i].ops = view_table[i];
		a->view[i].view = view_table[i]->create();
		if (first && view_table[i] == view_find(first))
			a->current = i;
		a->views_n++;
	}
}

struct app *app_new(const struct app_options *options)
{
	struct app *a = mem_alloc(sizeof *a);

	*a = (struct app){.options = *options,
		.lecture = options->lecture,
		.turned = options->turned,
		.delay_ns = options->delay_ns};
	a->focus = mem_alloc(sizeof *a->focus);
	*a->focus = (struct view_focus){0};
	a->chooser = chooser_new();
	a->history.most = options->history;
	a->history.packs = true;
	app_replay_begin(a);
	a->past = a->plays ? options->live : history_source_new(&a->history);
	a->steps = steps_new();
	prompt_begin(&a->prompt, "");
	if (options->launched)
		a->console = console_new(80, 24);
	open_views(a, options->view);
	if (options->choose)
		app_choose(a, 0);
	if (options->habits && options->habits->say)
		app_message(a, options->habits->say);
	return a;
}

void app_free(struct app *a)
{
	if (!a)
		return;
	app_quiz_end(a);
	if (a->options.habits)
		a->options.habits->view = a->view[a->current].ops->id;
	textbuf_free(&a->quiz.told);
	textbuf_free(&a->quiz.source);
	for (size_t i = 0; i < a->views_n; i++) {
		a->view[i].ops->destroy(a->view[i].view);
		textbuf_free(&a->view[i].filter);
	}
	if (!a->plays)
		source_free(a->past);
	history_clear(&a->history);
	event_log_clear(&a->events);
	moment_put(a->latest);
	moment_put(a->shown);
	moment_put(a->given);
	moment_put(a->real);
	turner_free(a->turner);
	app_past_free(a);
	glossary_free(&a->glossary);
	panel_free(&a->panel);
	chooser_free(a->chooser);
	prompt_free(&a->prompt);
	textbuf_free(&a->searched);
	textbuf_free(&a->message);
	textbuf_free(&a->copied);
	palette_free(&a->palette);
	console_free(a->console);
	steps_free(a->steps);
	free(a->focus);
	free(a);
}

/* ---- moments ------------------------------------------------------------- */

/* Held and recorded moments answer by themselves; the living are asked about the newest alone. */
static void ask_source(void *context, const struct question *question, struct answer *ret)
{
	struct app *a = context;

	bool held = a->paused || a->options.recorded;

	source_ask(held ? a->past : a->options.live, question, ret);
	a->awaiting |= !held && ret->state == VALUE_UNREAD;
}

struct view_env app_env(struct app *a, uint64_t now_ns)
{
	bool held =
		a->paused || a->options.recorded; /* what is recorded goes by a clock of its own */

	return (struct view_env){
		.moment = a->shown,
		.now_ns = held && a->shown ? a->shown->snapshot->monotonic_ns : now_ns,
		.past = a->paused || a->plays,
		.recorded = a->options.recorded,
		.lecture = a->lecture,
		.sheet = a->sheet,
		.side = a->side,
		.sort_side = a->sort_side,
		.marked = a->marked,
		.ask = app_quiz_blinds(a) ? NULL : ask_source,
		.context = a,
		.focus = a->focus,
		.events = app_quiz_blinds(a) ? NULL : &a->events,
		.history = app_quiz_blinds(a) ? NULL : &a->history,
		.trend = app_quiz_blinds(a) ? NULL : &a->trend,
		.taste = a->options.habits ? &a->options.habits->taste[a->current] : NULL,
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

bool app_selection(struct app *a, const struct view_env *env, struct view_selection *ret)
{
	struct app_view *v = &a->view[a->current];

	if (!env->moment)
		return false;
	app_update_view(a, env);
	memset(ret, 0, sizeof *ret);
	return v->ops->selection && v->ops->selection(v->view, env, ret);
}

static void see_anew(struct app *a)
{
	for (size_t i = 0; i < a->views_n; i++)
		a->view[i].seen = NULL;
}

void app_show(struct app *a, const struct moment *m)
{
	const struct moment *given = a->given, *real = a->real;

	if (m == given)
		return;
	a->given = moment_get(m);
	a->real = app_turned(a, m);
	app_show_again(a);
	moment_put(given);
	moment_put(real);
}

void app_show_again(struct app *a)
{
	const struct moment *old = a->shown, *m = app_past_beside(a, a->real);

	a->shown = m;
	if (a->options.recorded && m)
		a->delay_ns = m->snapshot->delay_ns;
	for (size_t i = 0; i < a->views_n; i++) {
		bool saw = a->view[i].seen && a->view[i].seen == old;

		/* A later moment may be given the address of a freed one: none may pass as seen. */
		a->view[i].seen = saw && moment_same(m, old) ? m : NULL;
	}
	moment_put(old);
	if (m && m->snapshot->sides < 2)
		a->side = 0;
}

/* Whether the age of a part may stand somewhere, and grow. */
static bool any_late(const struct snapshot *s)
{
	for (unsigned kind = 0; kind < SIDE_PARTS; kind++)
		for (unsigned side = 0; side < s->sides; side++)
			if (part_table[kind].json && part_age(s, (enum part_kind)kind, side).late)
				return true;
	return false;
}

/* Whether what is seen is another picture by the time that has gone by since the last one. */
static bool moves(struct app *a, const struct moment *m)
{
	uint64_t now = m->snapshot->monotonic_ns;

	return (a->view[a->current].ops->moves || app_bar_stands(a)) &&
	       now >= a->told_ns + SECOND_NS;
}

/* What plays keeps itself; it may have gone back. */
static void keep(struct app *a, const struct moment *m)
{
	struct position p = {.n = 0};

	event_log_add(&a->events, m);
	if (a->plays) {
		source_position(a->past, &p);
		trend_cut(&a->trend, m->snapshot->monotonic_ns);
	} else {
		history_add(&a->history, m);
		p.first_ns = history_at(&a->history, 0)->snapshot->monotonic_ns;
	}
	trend_add(&a->trend, m, p.first_ns);
}

bool app_moment(struct app *a, const struct moment *m)
{
	const struct moment *old = a->latest;
	bool same = old && moment_same(m, old);
	bool aged = old && (any_late(m->snapshot) || any_late(old->snapshot));
	bool costs = costs_add(&a->costs, m->snapshot);
	bool anew = a->paused || a->plays || !same || aged || costs || moves(a, m);

	keep(a, m);
	a->latest = moment_get(m);
	app_past_follow(a, m);
	if (!a->paused || !a->shown)
		app_show(a, m);
	if (!a->paused && !a->plays)
		source_seek(a->past, (struct seek){.kind = SEEK_LAST});
	moment_put(old);
	app_follow_steps(a, m);
	app_quiz_follow(a);
	if (anew)
		a->told_ns = m->snapshot->monotonic_ns;
	return anew;
}

void app_process_list(struct app *a, const struct process_list *list)
{
	chooser_list(a->chooser, list);
}

/* What the panel on top shows, of the selected record or of A and B. */
static unsigned need_of_panel(const struct app *a)
{
	unsigned need = 0;

	if (a->overlay == OVERLAY_TEXTBOOK)
		return textbook_need();
	if (a->overlay != OVERLAY_DETAIL && a->overlay != OVERLAY_EXPLAIN)
		return 0;
	for (size_t i = 0; i < field_table_n; i++)
		if (field_table[i].kind == a->detail_kind)
			need |= field_table[i].need;
	return need;
}

unsigned app_need(const struct app *a, unsigned *ret_beside)
{
	const struct view_ops *ops = a->view[a->current].ops;
	unsigned need = NEED_PROCESS | ops->need | need_of_panel(a);
	unsigned beside = 0;

	if (ops->wants)
		need |= ops->wants(a->view[a->current].view);

	/* What a launched program had before it forked tells copied pages from those born apart. */
	if (a->options.launched)
		need |= NEED_MAPS | NEED_PAGES | NEED_FAULTS;
	if (a->own.then)
		need |= NEED_MAPS | NEED_PAGES | NEED_LISTEN;
	if (steps_measuring(a->steps))
		need |= NEED_ALL;
	for (size_t i = 0; i < a->views_n; i++)
		if (i != a->current)
			beside |= a->view[i].ops->need;
	/* Who else maps a frame costs a look into the kernel for each: not for what nobody sees. */
	if (!(need & NEED_PAGE_COUNTS))
		beside &= ~(unsigned)NEED_PAGE_COUNTS;
	/* A fault that is told costs the process: not for what nobody sees. */
	if (!(need & (NEED_FAULTS | NEED_LISTEN)))
		beside &= ~(unsigned)(NEED_FAULTS | NEED_LISTEN);
	*ret_beside = beside;
	return need;
}

void app_unsay(struct app *a)
{
	textbuf_clear(&a->message);
}

void app_resume(struct app *a)
{
	app_unsay(a);
	a->paused = false;
	see_anew(a);
	if (a->plays)
		app_play(a);
	else
		app_show(a, a->latest);
}

void app_pause(struct app *a)
{
	if (a->paused || !a->shown)
		return;
	if (a->plays)
		source_play(a->options.live, 0);
	else
		source_seek(a->past, (struct seek){.kind = SEEK_LAST});
	a->paused = true;
	see_anew(a); /* what a held moment lacks is told otherwise */
}

static bool goes_back(struct seek seek, uint64_t shown_ns)
{
	return seek.kind == SEEK_FIRST || (seek.kind == SEEK_STEPS && seek.steps < 0) ||
	       (seek.kind == SEEK_TIME && seek.monotonic_ns < shown_ns);
}

/* Says which end the shown moment is at, if it is that one. */
static void say_end(struct app *a, struct seek seek)
{
	struct position p;

	if (!source_position(a->past, &p))
		return;
	if (!goes_back(seek, p.shown_ns) && p.at + 1 == p.n)
		app_message(a, a->plays ? "this is the last moment" : "this is the newest moment");
	else if (p.shown_ns < p.first_ns)
		app_message(a, "nothing older is kept");
	else if (goes_back(seek, p.shown_ns) && !p.at)
		app_message(a,
			a->plays ? "this is the first moment" : "this is the oldest moment kept");
}

int app_go(struct app *a, struct seek seek)
{
	int error;

	if (!a->shown)
		return -ENOENT;
	app_unsay(a);
	app_pause(a);
	error = source_seek(a->past, seek);
	if (error == -ENOENT)
		say_end(a, seek);
	else if (error)
		app_message(
			a, error == -ETIMEDOUT
				   ? "that moment cannot be read: the recording does not answer"
				   : "that moment cannot be read: the recording is damaged there");
	app_take_sought(a);
	if (a->plays)
		a->over = source_over(a->past);
	return error;
}

/* ---- the launched program ------------------------------------------------ */

/* What the program's terminal has to say to it. */
static void send_answers(struct app *a)
{
	struct app_request r = {.kind = REQUEST_SEND};

	while ((r.bytes_n = console_answer(a->console, r.bytes, sizeof r.bytes)))
		app_ask(a, r);
}

void app_console(struct app *a, const char *bytes, size_t len)
{
	if (!a->console)
		return;
	console_write(a->console, bytes, len);
	send_answers(a);
}

void app_console_ended(struct app *a, int status)
{
	struct textbuf text = {0};

	a->program_ended = true;
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

void app_send(struct app *a, const char *bytes, size_t n)
{
	struct app_request r = {.kind = REQUEST_SEND, .bytes_n = n};

	memcpy(r.bytes, bytes, n);
	app_ask(a, r);
}

#define ESCAPE_TWICE_NS 1000000000ull /* Esc twice within that ends typing */

void app_type(struct app *a, uint32_t key, uint64_t now_ns)
{
	bool twice = key == KEYS_ESCAPE && a->escape_ns && now_ns - a->escape_ns < ESCAPE_TWICE_NS;

	a->escape_ns = key == KEYS_ESCAPE ? now_ns : 0;
	if (twice || key == TYPING_END_KEY) {
		a->typing = TYPING_NONE;
		a->escape_ns = 0;
		return;
	}
	console_key(a->console, key);
	send_answers(a);
}

bool app_typing(const struct app *a)
{
	return a->typing == TYPING_PROGRAM;
}

void app_message(struct app *a, const char *utf8)
{
	textbuf_clear(&a->message);
	textbuf_adds(&a->message, utf8);
	a->message_ns = 0;
}

void app_hit(struct app *a, int x, int y, int w, enum action action, uint32_t key)
{
	if (a->hits_n < HITS_MAX && w > 0)
		a->hit[a->hits_n++] = (struct hit){{x, y, w, 1}, action, key};
}
