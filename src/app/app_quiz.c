/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question to the audience: what is asked of is hidden until a guess is held against it. */
#include <stdio.h>
#include <string.h>

#include "app_internal.h"
#include "twintop/base/table.h"
#include "twintop/model/alone.h"

/* ---- what is hidden ------------------------------------------------------- */

bool app_quiz_blinds(const struct app *a)
{
	return a->quiz.seeing != NULL;
}

/* A view that never saw B takes the place of the current one, and A alone that of the moment. */
static void blind(struct app *a)
{
	struct app_view *v = &a->view[a->current];
	const struct moment *alone = moment_alone(a->quiz.moment);
	struct view_env env;

	a->quiz.seeing = v->view;
	a->quiz.side = a->side;
	a->quiz.focus = *a->focus;
	v->view = v->ops->create();
	app_show(a, alone);
	moment_put(alone);
	env = app_env(a, 0);
	app_update_view(a, &env);
	if (v->filter.len)
		v->ops->filter(v->view, &env, v->filter.bytes);
}

static void unblind(struct app *a)
{
	struct app_view *v = &a->view[a->current];

	if (!app_quiz_blinds(a))
		return;
	v->ops->destroy(v->view);
	v->view = a->quiz.seeing;
	a->quiz.seeing = NULL;
	*a->focus = a->quiz.focus;
	app_show(a, a->quiz.moment);
	a->side = a->quiz.side;
}

/* ---- the step that is asked of --------------------------------------------- */

static bool asks_something(const struct step *step)
{
	return step->number && (step->expects_n || *step->question);
}

/* The step that comes next or is under way, else the one whose results stand there. */
static const struct step *step_to_ask(const struct app *a)
{
	const struct step *now = steps_now(a->steps), *last = steps_last(a->steps);

	if (a->paused)
		return NULL;
	if (asks_something(now))
		return now;
	return now->waits || !asks_something(last) ? NULL : last;
}

const struct step *app_quiz_step(const struct app *a)
{
	const struct step *now = steps_now(a->steps), *last = steps_last(a->steps);
	uint64_t number = a->quiz.step;

	if (!number)
		return NULL;
	return now->number == number ? now : last->number == number ? last : NULL;
}

const struct expect *app_quiz_expect(const struct app *a)
{
	const struct step *step = app_quiz_step(a);

	return step && a->quiz.at < step->expects_n ? &step->expect[a->quiz.at] : NULL;
}

bool app_quiz_hides(const struct app *a, uint64_t step)
{
	return app_quiz_blinds(a) ||
	       (a->quiz.state == QUIZ_ASKING && a->quiz.step && step >= a->quiz.step);
}

bool app_quiz_covers(const struct app *a)
{
	return a->quiz.state == QUIZ_ASKING || app_quiz_blinds(a);
}

/* What is expected says what may be guessed: "true", "+3", "sum=1". */
static enum guess_kind guess_of(const struct expect *e)
{
	const char *wanted = e ? e->wanted + (*e->wanted == '=') : "";

	if (!strcmp(wanted, "true") || !strcmp(wanted, "false"))
		return GUESS_TRUTH;
	return *wanted && strchr("+-<>0123456789", *wanted) ? GUESS_COUNT : GUESS_WORD;
}

enum guess_kind app_quiz_kind(const struct app *a)
{
	return a->quiz.step ? guess_of(app_quiz_expect(a)) : quiz_guess(&quiz_rows[a->quiz.at]);
}

/* ---- what is told --------------------------------------------------------- */

static void tell(struct app *a, enum style style)
{
	a->quiz.state = QUIZ_TOLD;
	a->quiz.style = style;
	a->typing = TYPING_NONE;
}

static void add_verdict(struct app *a, enum guess_verdict verdict)
{
	static const struct {
		const char *sign;
		enum style style;
	} look[] = {
		[GUESS_RIGHT] = {"✓", STYLE_GOOD},
		[GUESS_NEAR] = {"≈", STYLE_WARN},
		[GUESS_WRONG] = {"≠", STYLE_BAD},
	};
	TABLE_ROWS(look, GUESS_VERDICTS);

	textbuf_addf(&a->quiz.told, "%s %s: your guess %s", look[verdict].sign,
		guess_verdict_name(verdict), a->quiz.guess.text);
	tell(a, look[verdict].style);
}

static void add_unmeasured(struct app *a, const char *expected, const char *reason)
{
	textbuf_addf(&a->quiz.told, "? your guess %s%s%s; not measured: %s", a->quiz.guess.text,
		expected ? ", expected " : "", expected ? expected : "",
		reason ? reason : "there is nothing of the kind at this moment");
	tell(a, STYLE_WARN);
}

/* Truths are asked for as yes and no. */
static const char *in_words(const char *value)
{
	return strcmp(value, "true") == 0 ? "yes" : strcmp(value, "false") == 0 ? "no" : value;
}

/* one: what is counted; "": nothing is. */
static void add_figure(struct app *a, const struct measure *m, const char *one)
{
	struct textbuf *told = &a->quiz.told;

	textbuf_adds(told, ", measured ");
	if (*one && m->kind == MEASURE_NUMBER && m->number >= 0)
		textbuf_count(told, (uint64_t)m->number, one);
	else
		textbuf_addf(told, "%s%s", in_words(m->text),
			a->quiz.guess.kind == GUESS_KIB ? " KiB" : "");
	if (m->estimated)
		textbuf_adds(told, ", estimated");
}

/* Who said so, in a line of its own. */
static void set_source(struct app *a, const char *path)
{
	const char *source = measure_source(path);

	textbuf_clear(&a->quiz.source);
	if (source)
		textbuf_addf(&a->quiz.source, "said by %s", source);
}

/* How sure the count is of who has copied pages before anybody looked. */
static const char *doubt_of(const struct quiz_row *row, const struct moment *m)
{
	if (!m->pair->verdicts->copied_is_upper_bound)
		return "";
	if (strcmp(row->path, "pair.pages.copied") == 0)
		return ", at most";
	return strncmp(row->path, "pair.pages.copied_by", 20) == 0 ? ", as far as it was seen" : "";
}

/* A question of the view is answered by the moment that is held. */
static void tell_row(struct app *a)
{
	const struct quiz_row *row = &quiz_rows[a->quiz.at];
	const struct moment *m = a->quiz.moment;
	struct measures *ms = measures_of(m);
	struct measure measure = quiz_measure(row, m, ms);
	struct textbuf path = {0};

	quiz_path(row, m, &path);
	if (measure.kind == MEASURE_UNKNOWN) {
		add_unmeasured(a, NULL, measure_reason(ms, path.bytes));
	} else {
		add_verdict(a, guess_judge(&a->quiz.guess, &measure));
		add_figure(a, &measure, row->one);
		textbuf_adds(&a->quiz.told, doubt_of(row, m));
	}
	set_source(a, path.bytes);
	textbuf_free(&path);
	measures_free(ms);
}

/* "more than 3", "8 more", "yes": what a step expects, in words. */
static void add_wanted(const char *wanted, struct textbuf *out)
{
	bool change = strchr("+-", *wanted) && *wanted;
	const char *figure = wanted + change;

	if (*figure == '<' || *figure == '>')
		textbuf_addf(out, "%s than %s", *figure == '<' ? "less" : "more", figure + 1);
	else
		textbuf_adds(out, in_words(figure + (*figure == '=')));
	if (change)
		textbuf_adds(out, *wanted == '-' ? " less" : " more");
}

/* What was measured, where a change is expected how much more it became. */
static struct measure figure_of(const struct expect *e)
{
	struct measure m = e->now;

	if (expect_is_change(e)) {
		m.number -= e->before.number;
		snprintf(m.text, sizeof m.text, "%+lld", (long long)m.number);
	}
	return m;
}

/* Where a bound is all that is expected, any number is right that keeps it as the measured does. */
static enum guess_verdict judge(const struct guess *guess, const struct expect *e)
{
	const struct measure measured = figure_of(e);
	const struct measure guessed = {.kind = MEASURE_NUMBER, .number = guess->number};
	const char *bound = e->wanted + (*e->wanted == '+');

	if (guess->kind == GUESS_COUNT && strchr("<>", *bound) && *bound &&
		e->state == EXPECT_MET && measure_meets(&guessed, &guessed, bound))
		return GUESS_RIGHT;
	return guess_judge(guess, &measured);
}

/* A step's question is answered once it has happened and was measured. */
static void tell_step(struct app *a)
{
	const struct expect *e = app_quiz_expect(a);
	struct textbuf wanted = {0};
	struct measure measured;

	if (!e) {
		textbuf_addf(&a->quiz.told, "your guess %s; %s", a->quiz.guess.text,
			app_quiz_step(a) ? "the step tells no figure to hold it against"
					 : "the step is over, and was not measured");
		tell(a, STYLE_WARN);
		return;
	}
	if (e->state < EXPECT_MET)
		return;
	add_wanted(e->wanted, &wanted);
	set_source(a, e->path);
	if (e->state == EXPECT_UNKNOWN) {
		add_unmeasured(a, wanted.bytes, "nothing of the kind can be known here");
	} else {
		measured = figure_of(e);
		add_verdict(a, judge(&a->quiz.guess, e));
		textbuf_addf(&a->quiz.told, ", expected %s", wanted.bytes);
		add_figure(a, &measured, "");
	}
	textbuf_free(&wanted);
}

void app_quiz_follow(struct app *a)
{
	if (a->quiz.state == QUIZ_MEASURING)
		tell_step(a);
}

/* ---- asking --------------------------------------------------------------- */

static void ask(struct app *a, size_t at)
{
	a->quiz.state = QUIZ_ASKING;
	a->quiz.at = at;
	a->quiz.complaint = NULL;
	textbuf_clear(&a->quiz.told);
	textbuf_clear(&a->quiz.source);
	a->typing = TYPING_GUESS;
	prompt_begin(&a->prompt, "");
}

static void begin(struct app *a, uint64_t step, size_t at)
{
	app_open_view(a, a->current); /* nothing lies over it */
	app_unsay(a);
	a->quiz.paused_by_us = !a->paused;
	a->quiz.step = step;
	a->quiz.moment = moment_get(a->shown);
	app_pause(a);
	a->overlay = OVERLAY_QUIZ;
	ask(a, at);
}

/* What was seen before the step went on, where it has already. */
static void go_before(struct app *a, const struct step *step)
{
	if (!step->waits && step->told_ns)
		app_go(a, (struct seek){.kind = SEEK_TIME, .monotonic_ns = step->told_ns});
	app_unsay(a);
}

void app_quiz_begin(struct app *a)
{
	const struct step *step = step_to_ask(a);
	const struct moment *m = a->shown;
	size_t at = m ? quiz_next(quiz_rows_n - 1, a->view[a->current].ops->id, m) : SIZE_MAX;

	if (m && pair_apart(m->pair)) {
		app_message(a, "a question is about two at one moment: M brings the former B back");
	} else if (m && step) {
		begin(a, step->number, 0);
		go_before(a, step);
	} else if (!m || m->snapshot->sides < 2) {
		app_message(a, a->options.recorded ? "a question needs a B"
						   : "a question needs a B: P chooses one");
	} else if (at == SIZE_MAX) {
		app_message(a, "there is no question to this view");
	} else {
		begin(a, 0, at);
		blind(a);
	}
}

void app_quiz_end(struct app *a)
{
	if (a->quiz.state == QUIZ_OFF)
		return;
	unblind(a);
	moment_put(a->quiz.moment);
	a->quiz.moment = NULL;
	a->quiz.state = QUIZ_OFF;
	a->typing = TYPING_NONE;
	a->overlay = OVERLAY_NONE;
	if (a->quiz.paused_by_us)
		app_resume(a);
}

static void ask_next(struct app *a)
{
	const struct step *step = app_quiz_step(a);

	if (!a->quiz.step)
		ask(a, quiz_next(a->quiz.at, a->view[a->current].ops->id, a->quiz.moment));
	else if (step && step->expects_n)
		ask(a, (a->quiz.at + 1) % step->expects_n);
}

/* Lets the step happen that the guess is about; from then on it is looked at live. */
static void let_happen(struct app *a, bool guessed)
{
	const struct step *step = app_quiz_step(a);

	if (step && step->waits)
		app_step_on(a);
	if (guessed && a->quiz.paused_by_us) {
		a->quiz.paused_by_us = false;
		app_resume(a);
	}
}

static void take_guess(struct app *a)
{
	const struct step *step = app_quiz_step(a);
	const char *text = prompt_text(&a->prompt);

	if (!text[strspn(text, " ")] && step && step->waits) {
		let_happen(a, false);
		a->quiz.complaint = "the step goes on unseen";
		return;
	}
	if (guess_parse(app_quiz_kind(a), text, &a->quiz.guess)) {
		a->quiz.complaint = "that is no answer";
		return;
	}
	if (!a->quiz.step) {
		tell_row(a);
		return;
	}
	a->quiz.state = QUIZ_MEASURING;
	a->typing = TYPING_NONE;
	let_happen(a, true);
	tell_step(a);
}

void app_quiz_key(struct app *a, uint32_t key)
{
	bool typing = a->typing == TYPING_GUESS;

	switch (action_of_key(key, SCOPE_QUIZ)) {
	case ACTION_BACK:
		app_quiz_end(a);
		return;
	case ACTION_QUESTION:
		ask_next(a);
		return;
	case ACTION_DETAIL:
		if (typing)
			take_guess(a);
		return;
	case ACTION_QUIT:
		app_ask(a, (struct app_request){.kind = REQUEST_QUIT});
		return;
	default:
		break;
	}
	if (typing) {
		a->quiz.complaint = NULL;
		prompt_key(&a->prompt, key);
	}
}
