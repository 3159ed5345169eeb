/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_APP_INTERNAL_H
#define TWINTOP_SRC_APP_INTERNAL_H

#include "glossary.h"
#include "twintop/app/action.h"
#include "twintop/app/app.h"
#include "twintop/app/chooser.h"
#include "twintop/app/console.h"
#include "twintop/app/prompt.h"
#include "twintop/app/steps.h"
#include "twintop/compare/past.h"
#include "twintop/compare/turn.h"
#include "twintop/draw/layout.h"
#include "twintop/draw/panel.h"
#include "twintop/record/event_log.h"
#include "twintop/record/history.h"

#include "palette.h"
#include "quiz.h"

/* What lies over the view. */
enum overlay {
	OVERLAY_NONE,
	OVERLAY_HELP,
	OVERLAY_DETAIL,
	OVERLAY_EXPLAIN,
	OVERLAY_GLOSSARY,
	OVERLAY_TEXTBOOK,
	OVERLAY_CHOOSER,
	OVERLAY_PALETTE,
	OVERLAY_QUIZ /* a question, at the lower end */
};
/* Which line is being typed in the footer. */
enum typing {
	TYPING_NONE, TYPING_FILTER, TYPING_SEARCH, TYPING_GLOSSARY, TYPING_GUESS, TYPING_TIME, TYPING_RECORD,
	TYPING_PROGRAM
};

/* A place on the screen that a click acts on. */
struct hit {
	struct rect area;
	enum action action;
	uint32_t key; /* that does it, where keys are the chooser's or the program's; 0: none */
};
#define HITS_MAX     64
#define REQUESTS_MAX 64
#define VIEWS_MAX    HABITS_VIEWS
#define MESSAGE_NS   4000000000ull
#define TYPING_END_KEY 0x1d /* Ctrl-] */
#define COPY_MOST    49152 /* bytes: 64 KiB in base64, which terminals that take any take */
#define SECOND_NS    1000000000ull

/* A view with what it keeps. */
struct app_view {
	const struct view_ops *ops;
	void *view;
	const struct moment *seen; /* the moment that update() saw last; not a reference */
	struct textbuf filter;
};

/* What sampling costs, as the newest moments say and as it is shown: calm, once a second at most. */
struct app_costs {
	uint64_t since_ns; /* of the moments that are summed up; 0: none came yet */
	uint64_t read_ns, n;
	double shown_read_ns, shown_own_percent;
};

/* A question to the audience, from its key to Esc. */
enum quiz_state {
	QUIZ_OFF,
	QUIZ_ASKING,
	QUIZ_MEASURING, /* the guess is there, what a step does not yet */
	QUIZ_TOLD
};
struct quiz {
	enum quiz_state state;
	bool paused_by_us;
	uint64_t step; /* the number of the one that is asked of; 0: the view is */
	size_t at;     /* its expectation, or the row of quiz_rows */
	const struct moment *moment; /* that is asked of, B and all: a reference */
	void *seeing; /* the view, while one that never saw B stands in its place; NULL: none does */
	struct view_focus focus; /* and what else was so before */
	unsigned side;
	const char *complaint; /* of what was typed, static text; NULL: none */
	struct guess guess;
	struct textbuf told, source; /* the answer, and who said so */
	enum style style;	     /* of the answer */
};

/* What was marked of A's past to stand in B's place. */
struct own_past {
	const struct moment *then; /* a reference; NULL: nothing is */
	struct past *past;
	struct fault_trace faults; /* of A, as far back as moments are kept */
};

struct app {
	struct app_options options;
	struct app_view view[VIEWS_MAX];
	size_t views_n, current;
	unsigned side, sort_side;
	bool lecture;
	bool sheet; /* what is drawn is a sheet of a page, see app_sheet() */
	struct view_focus *focus; /* what the views hand to each other */

	struct history history;
	struct source *past;		     /* of history: where one is while paused; or what plays */
	bool plays;			     /* what is recorded goes on at a pace */
	unsigned pace;			     /* of source_play() */
	const char *over;		     /* why nothing more comes; NULL: some may */
	struct event_log events;
	struct trend trend;		     /* as far back as history goes */
	/*
	 * References; shown differs from latest while paused. It is real, or its A beside its past;
	 * real is given, which came from the source, or that one turned.
	 */
	const struct moment *latest, *given, *real, *shown;
	bool turned; /* A and B of what is recorded have changed places */
	struct turner *turner; /* NULL: they never had */
	struct own_past own;
	bool paused;
	bool awaiting; /* an answer to what the last drawing asked is on its way */
	struct app_costs costs;
	uint64_t told_ns; /* the last moment that was worth a drawing */
	bool bar;	  /* the time bar stands there while live, too */
	bool dragging;	  /* the mouse goes along it */
	const char *untimely; /* why what was typed is no time, static text; NULL: nothing was */

	enum overlay overlay;
	struct panel panel;
	struct glossary glossary;
struct chooser *chooser;
	unsigned choosing_side;
	enum record_kind detail_kind; /* of what detail and explain speak */
	pid_t marked;		      /* the thread that waits for a second one; 0: none */

	struct palette palette;
	enum typing typing;
	struct prompt prompt;
	struct textbuf searched;
	uint64_t escape_ns; /* when Esc was typed into the program; 0: another key came since */
	struct steps *steps; /* of the launched program */
	bool program_ended;
	bool unfollowed;     /* the view has yet to follow its step */
	unsigned pointing;   /* moments left to find what its step points at; 0: done */
	/* Numbers of the steps that were told as news: as they began, went on, were measured. */
	struct {
		uint64_t begun, gone_on, measured;
	} news;
	struct quiz quiz;
	struct console *console;
	unsigned console_columns, console_rows;

	struct tape_look tape;
	struct textbuf copied; /* to the clipboard, raw */
	size_t copied_all;     /* bytes that there were of it */
	struct textbuf message;
	uint64_t message_ns; /* when it was first drawn; 0: not yet */

	struct app_request request[REQUESTS_MAX]; /* ring */
	size_t request_first, requests_n;
	uint64_t delay_ns;

	struct layout layout; /* as last drawn */
	struct hit hit[HITS_MAX];
	size_t hits_n;
};

/* Puts a request where app_next_request finds it; false: it is refused, and a message says why. */
bool app_ask(struct app *a, struct app_request request);
/* Opens the chooser for a side. */
void app_choose(struct app *a, unsigned side);
/* Holds the newest moment, if there is one. */
void app_pause(struct app *a);
/* Takes the message away: what was said of one moment is no word on the next. */
void app_unsay(struct app *a);
/* Shows a view by its place in the table. */
void app_open_view(struct app *a, size_t i);
/* Goes back to the newest moment. */
void app_resume(struct app *a);
/*
 * Pauses if need be and goes there among the moments kept. 0, or -ENOENT where it is there already;
 * at either end a message says so.
 */
int app_go(struct app *a, struct seek seek);
/* Pauses and goes to the next moment that told of an event, or the one before; a message says of
 * which, or that there is none. */
void app_go_to_event(struct app *a, bool forward);
/* The same of the moment of that time, which told of an event. */
void app_go_to_moment(struct app *a, uint64_t moment_ns);
/* ---- what is recorded: app_replay.c ------------------------------------------------- */

/* Where that is shown: it plays, or comes as a stream. */
void app_replay_begin(struct app *a);
/* Whether what is asked for takes the living, and they are none: a message says so. */
bool app_refuses(struct app *a, enum app_request_kind kind);
/* Lets A and B of all that is recorded change places, or says why they cannot. */
void app_turn(struct app *a);
/* The source's moment as it is to be seen, a reference of the caller's. m may be NULL. */
const struct moment *app_turned(struct app *a, const struct moment *m);
void app_change_pace(struct app *a, bool faster);
/* Shows the moment that was sought in the past. */
void app_take_sought(struct app *a);
/* Goes on playing, at the end from the beginning. */
void app_play(struct app *a);
/* "replay 4x", "live", "paused", "ended". */
void app_replay_state(const struct app *a, bool brief, struct textbuf *out);
/* "host 2026-11-27", "host lag 0.2s": whose it is, and of when; in brief without the host. */
void app_replay_whence(const struct app *a, bool brief, struct textbuf *out);
/* "2026-11-27": the moment's date, in local time; appended. */
void app_date(struct textbuf *out, const struct moment *m);

/* ---- the time bar: app_time.c ------------------------------------------------ */

/* Whether it is on the screen. */
bool app_bar_stands(const struct app *a);
void app_draw_bar(const struct app *a, struct canvas *c);
/* Shows it, and lets a time be typed. */
void app_time_open(struct app *a);
/* A key while one is; false: it is none of a time's, and the typing ended. */
bool app_time_key(struct app *a, uint32_t key);
/* Behind what was typed: what may be, or what is wrong with it. */
void app_draw_time_prompt(const struct app *a, struct canvas *c, struct rect line);
/* A click; whether it was on the bar. */
bool app_bar_click(struct app *a, int x, int y);

/* ---- recordings: app_tape.c ------------------------------------------------- */

/* Ends the one that runs, or asks for the name of a file for one. */
void app_tape_toggle(struct app *a);
/* A key while that is typed. */
void app_tape_key(struct app *a, uint32_t key);
void app_draw_tape_prompt(const struct app *a, struct canvas *c, struct rect line);
/* "rec 12s 340K", "rec failed"; else nothing. */
void app_tape_words(const struct tape_look *tape, struct textbuf *out);

/* The palette: opens it; a key and a click while it is open. */
void app_palette_open(struct app *a);
void app_palette_key(struct app *a, uint32_t key, uint64_t now_ns);
void app_palette_click(struct app *a, int x, int y, uint64_t now_ns);
/* Does what the action says, in the state that we are in. */
void app_do(struct app *a, const struct view_env *env, enum action action);
/* Whether the rows of a scope hold now. */
bool app_scope_holds(const struct app *a, enum action_scope scope);

/* Copies the selected cell, or the panel that covers it; or says why not. */
void app_copy(struct app *a, const struct view_env *env);

/* Bytes (at most 8) and keys for the launched program. */
void app_send(struct app *a, const char *bytes, size_t n);
void app_type(struct app *a, uint32_t key, uint64_t now_ns);

/* What the moment says of the launched program's steps: the view follows them. */
void app_follow_steps(struct app *a, const struct moment *m);
/* Whether a step waits for a key; and lets it go on. */
bool app_step_waits(const struct app *a);
void app_step_on(struct app *a);
/* The pane of steps: lines that it wants, 0 without a step; and itself. */
int app_step_lines(struct app *a, struct canvas *c);
void app_draw_steps(struct app *a, struct canvas *c);

/* Shows that moment; one reference is kept. */
void app_show(struct app *a, const struct moment *m);
/* The same one, when what stands beside it has changed. */
void app_show_again(struct app *a);

/* ---- A's own past as B: app_past.c ------------------------------------------- */

/* Whether it is what is shown. */
bool app_past_stands(const struct app *a);
/* When that was, by the clock on the wall; appended. */
void app_past_clock(const struct snapshot *s, struct textbuf *out);
/* m beside what is marked of its A, or m itself; a reference for the caller. m may be NULL. */
const struct moment *app_past_beside(struct app *a, const struct moment *m);
/* Marks the moment that is shown; and brings the former B back. Messages say so. */
void app_past_mark(struct app *a);
void app_past_end(struct app *a);
/* Brings it back without a word, as somebody else is to be B. */
void app_past_drop(struct app *a);
/* Shows one that was sought, and says where it is before the one that is marked. */
void app_past_show(struct app *a, const struct moment *m);
/* Takes up what the newest moment tells; before it is shown. */
void app_past_follow(struct app *a, const struct moment *m);
void app_past_free(struct app *a);

/* ---- the question: app_quiz.c, quiz_draw.c --------------------------------- */

/* Asks of the step that waits or was, else of the view; a message where nothing can be asked. */
void app_quiz_begin(struct app *a);
/* Shows everything again, and goes on where the question had paused. */
void app_quiz_end(struct app *a);
/* A key while there is a question. */
void app_quiz_key(struct app *a, uint32_t key);
/* There may be an answer now. */
void app_quiz_follow(struct app *a);
/* Whether B is taken away. */
bool app_quiz_blinds(const struct app *a);
/* Whether what the program prints may tell the answer. */
bool app_quiz_covers(const struct app *a);
/* Whether what came of the step of that number may tell the answer, or of B what is hidden. */
bool app_quiz_hides(const struct app *a, uint64_t step);
/* The step that is asked of; NULL: none is, or two more have come since. */
const struct step *app_quiz_step(const struct app *a);
/* Its expectation that answers; NULL: it has none. */
const struct expect *app_quiz_expect(const struct app *a);
/* What may be guessed. */
enum guess_kind app_quiz_kind(const struct app *a);
/* Covers an area with shade, and says why in its middle. */
void app_shade(struct canvas *c, struct rect area, const char *why);
/* What of the view's area is left to see. */
struct rect app_quiz_seen(const struct app *a, struct rect view);
/* Covers the rest of it, and every line that tells of B. */
void app_quiz_cover(const struct app *a, struct canvas *c, struct rect view);
/* Where the question stands, at the lower end of the view. */
struct rect app_quiz_box(const struct app *a, struct canvas *c, struct rect view);
void app_draw_quiz(struct app *a, struct canvas *c);

/* What a view sees now. */
struct view_env app_env(struct app *a, uint64_t now_ns);
/* Lets the current view see the shown moment if it has not yet. */
void app_update_view(struct app *a, const struct view_env *env);
bool app_selection(struct app *a, const struct view_env *env, struct view_selection *ret);

/* What a key does now, the narrowest scope first. */
enum action app_find_action(const struct app *a, uint32_t key);
/* Says of a key without an action where it has one. */
void app_idle_key(struct app *a, uint32_t key);
/* Whether an action does something in the current view: not all sort, filter or compare rows. */
bool app_has(const struct app *a, enum action action);
/* Whether the panel on top is a thread's, so that Enter marks it. */
bool app_marking(const struct app *a);
/* Marks the selected row's thread, or takes its mark; the second one makes the pair. */
void app_mark(struct app *a, const struct view_env *env);
/* Asks that the two become A and B, and says so; kind: "threads ", or "". */
void app_watch_both(struct app *a, const char *kind, pid_t first, pid_t second);
/* What Enter would do there, appended to out. */
void app_mark_hint(struct app *a, const struct view_env *env, struct textbuf *out);

/* The panels' content; past: of a moment that is held or gone by. */
void detail_fill(struct panel *p, const struct view_selection *s, bool past);
/* s: NULL where nothing is selected; mark: the view's honesty mark. */
void explain_fill(struct panel *p, const struct view_ops *view, const struct view_selection *s,
	const char *mark, bool past, bool ascii);
void help_fill(struct panel *p, const struct habits *h, bool launched);
/* The keys of a row, or of a view, those of the user's own first; appended. h may be NULL. */
void app_key_names(const struct habits *h, const struct action_row *row, const struct view_ops *view,
	struct textbuf *out); /* view: whose keymap the row is of; NULL: of none */
void app_view_keys(const struct habits *h, const struct view_ops *view, struct textbuf *out);
/* m: NULL before the first moment; width: of the panel. */
void textbook_fill(struct panel *p, const struct moment *m, bool past, int width);

/* Takes up what a new moment cost; true when what is shown of it is another figure. */
bool costs_add(struct app_costs *c, const struct snapshot *s);

/* Who stands on each side, the view and what lies over it; false: it is too small for anything. */
bool app_draw_parts(
	struct app *a, struct canvas *c, const struct layout_wish *wish, uint64_t now_ns);
/* All of the screen but its footer; false: it is too small for anything. */
bool app_draw_above(struct app *a, struct canvas *c, uint64_t now_ns, uint64_t busy_ns);

/* "4242", of a thread "4242/4243", and the name, printable, of who stands on a side; appended. */
void frame_number(const struct side *side, struct textbuf *out);
void frame_name(const struct side *side, struct textbuf *out);
/* The lines around the view. */
void frame_identities(const struct app *a, struct canvas *c);
/* "live 10 Hz", in brief "live"; "paused"; of a recording app_replay_state(). */
void frame_live(const struct app *a, bool brief, struct textbuf *out);
enum style frame_live_style(const struct app *a);
void frame_tabs(struct app *a, struct canvas *c, const struct view_env *env, uint64_t busy_ns);
void frame_footer(struct app *a, struct canvas *c, uint64_t now_ns);
/* A click there does that; also for footers and tabs. key: see struct hit. */
void app_hit(struct app *a, int x, int y, int w, enum action action, uint32_t key);

#endif
