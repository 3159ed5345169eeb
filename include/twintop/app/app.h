/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_APP_H
#define TWINTOP_APP_APP_H

#include <sys/types.h>

#include "twintop/app/habits.h"
#include "twintop/app/tape.h"
#include "twintop/model/source.h"
#include "twintop/proc/libproc.h"
#include "twintop/view/view.h"

/*
 * The whole screen as a state machine without a terminal: keys and moments go
 * in, cells and requests come out. Golden screens and the SVG writer use it as
 * the curses front end does.
 */
struct app;

enum app_request_kind {
	REQUEST_NONE,
	REQUEST_QUIT,
	REQUEST_WATCH,      /* pid as side a or b; with other: pid as A and other as B */
	REQUEST_SWAP,
	REQUEST_LIFT,       /* generations: see source_lift() */
	REQUEST_HOLD,       /* the thread pid of process: see source_hold() */
	REQUEST_DELAY,      /* delay_ns */
	REQUEST_SEND,       /* bytes to the launched program */
	REQUEST_STEP_ON,    /* the launched program's step goes on */
	REQUEST_LIST,       /* on: the chooser is open and wants the process list */
	REQUEST_SAVE_SVG,   /* of app_picture() */
	REQUEST_COPY,       /* app_copy_bytes() to the terminal's clipboard; then app_copied() */
	REQUEST_REDRAW,     /* every cell anew */
	REQUEST_RECORD,     /* on: to app_tape_path(), with app_history() first; else end it */
};
struct app_request {
	enum app_request_kind kind;
	unsigned side;
	pid_t pid, other; /* other 0: none */
	struct task_id process;
	unsigned generations;
	uint64_t delay_ns;
	bool on;
	char bytes[64];
	size_t bytes_n;
};

struct app_options {
	const char *view;   /* first view's id; NULL: overview */
	bool ascii;
	bool linear;	    /* told as lines: steps by app_step_news(), no pane of them is drawn */
	bool lecture;       /* begins in lecture mode */
	bool launched;      /* a console pane and '>' make sense */
	bool choose;        /* begin with the chooser for A */
	uint64_t delay_ns;
	struct history_bounds history; /* of the moments kept to go back in; 0: the default */
	bool tapes; /* recordings can be made of what is watched */
	struct source *live; /* asked about the newest moment, outlives the app; NULL: nobody is */
	bool redacted;	     /* what was private in it is replaced */
	bool recorded;	     /* that is a recording, which may play, or one that comes as a stream */
	const char *host;    /* of whose machine, outlives the app; NULL or "": not known */
	const char *host_beside; /* the same of a second recording; NULL: there is none */
	struct habits *habits; /* outlives the app, which keeps them up; NULL: none */
	bool turned;		 /* begins with A and B of all that is recorded exchanged */
};

/* options are copied, the strings in them are not. Free with app_free. */
struct app *app_new(const struct app_options *options);
void app_free(struct app *a); /* NULL is fine */
/*
 * New data; keeps its own reference. Whether the picture may be another one for it; else time alone
 * changes it.
 */
bool app_moment(struct app *a, const struct moment *m);
/* The source may have come to its end: a recorded one's is told. */
void app_over(struct app *a);
void app_process_list(struct app *a, const struct process_list *list);
/* Output of the launched program, raw: shown as on a terminal of the console's size. */
void app_console(struct app *a, const char *bytes, size_t len);
/* The launched program ended; status of wait(2). */
void app_console_ended(struct app *a, int status);
/* One line shown in the footer for a few seconds: "saved twintop-1.svg". Our own text. */
void app_message(struct app *a, const char *utf8);
void app_key(struct app *a, uint32_t key, uint64_t now_ns);
/* Whether `q` ends us now: nothing is typed or open that would take it. */
bool app_quits_by_q(const struct app *a);
void app_click(struct app *a, int x, int y, uint64_t now_ns);
/* The mouse moved with its button held since app_click, and the button was let go. */
void app_drag(struct app *a, int x, int y);
void app_drop(struct app *a);
/* Draws all of it for the canvas's size. busy_ns: how long the sample under way has been at it. */
void app_draw(struct app *a, struct canvas *c, uint64_t now_ns, uint64_t busy_ns);
/*
 * A sheet of a view of the moment shown, for a page of many: who stands on each side, and the view,
 * on so many rows of the canvas as it returns. In *ret_honesty, anew, how far the view can be
 * trusted.
 */
int app_sheet(struct app *a, const char *view, struct canvas *c, struct textbuf *ret_honesty);
#define SHEET_LESS 2 /* rows that are not on it */
/* The step that a demo told of last: what was measured of it, what it says and asks; a line each, appended. */
void app_step_words(const struct app *a, struct textbuf *out);
/*
 * The same for who listens, where options.linear is set: what is new of it since the last call, each
 * thing once, when nothing of it is being measured or hidden by a question; a line each, appended.
 */
void app_step_news(struct app *a, struct textbuf *out);
/*
 * What app_draw draws for a picture: without keys, message or prompt in its last row, which says instead whom it
 * shows, and when that was (in local time).
 */
void app_picture(struct app *a, struct canvas *c, uint64_t now_ns, uint64_t busy_ns);
/* What is to be copied, raw and bounded: until the next key. */
struct text app_copy_bytes(const struct app *a);
/*
 * What became of it, which is said: 0, -EAGAIN (the terminal takes no output), -EOPNOTSUPP (it has no
 * clipboard).
 */
void app_copied(struct app *a, int error);
/* What a picture of the screen is, in words that may be hostile names made printable: for those who
 * hear it. */
struct picture_words {
	struct textbuf title, description;
};
/* Fills both anew; free with picture_words_free. */
void app_picture_words(const struct app *a, struct picture_words *ret);
void picture_words_free(struct picture_words *w);
/* Whether every key but one goes to the launched program: then the terminal is to let all through. */
bool app_typing(const struct app *a);
/* Size of the console pane as last drawn: what the launched program's terminal should have. */
void app_console_size(const struct app *a, unsigned *ret_columns, unsigned *ret_rows);
/* Whether the picture changes soon by itself: a message goes, an answer is on its way. */
bool app_fading(const struct app *a);
/* What the visible view needs read; in *ret_beside what the others do, which may be older. */
unsigned app_need(const struct app *a, unsigned *ret_beside);
/* How a recording stands. Whether the picture is another one for it. */
bool app_tape(struct app *a, const struct tape_look *tape);
/* Where to the recording goes that was asked for: until the next key. */
const char *app_tape_path(const struct app *a);
const struct history *app_history(const struct app *a); /* what it begins with: until the next moment */
/* The next thing the app wants of the outside; false when there is none. */
bool app_next_request(struct app *a, struct app_request *ret);

#endif
