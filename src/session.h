/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SESSION_H
#define TWINTOP_SESSION_H

#include <stdio.h>

#include "options.h"
#include "preferences.h"
#include "seeding.h"
#include "twintop/app/tape.h"
#include "twintop/compare/compare.h"
#include "twintop/proc/root.h"
#include "twintop/report/predict.h"
#include "twintop/sample/launch.h"
#include "twintop/sample/sampler.h"

/* Exit status: DESIGN.md. */
#define STATUS_OK     0
#define STATUS_TARGET 1 /* also an output that cannot be written */
#define STATUS_USAGE  2

/* All that one run holds. */
struct session {
	struct options options;
	struct preferences preferences; /* of a screen */
	char **program;			/* what to launch; NULL: nothing */
	struct proc_root *root;
	struct access access;
	struct comparer *comparer;
	struct seeding seeding; /* the same, for whoever records */
	struct sampler *sampler;
	struct source *source; /* ours of the sampler's moments */
	struct launch *launch;
	struct taping *taping;	     /* who writes a recording; NULL: nobody */
	struct taping *next_taping;  /* who is about to */
	bool tape_failed;	     /* the last one did */
	int record_status;	     /* exit status of those that have ended */
	struct textbuf record_fault; /* the last one of them, for people */
	bool left_behind;    /* workers that hang in a read still use what they were given */
	bool denied;	     /* the target, or what was named beside it, may not be read */
	struct tally *tally; /* what its run comes to, instead of reports; NULL: reports */
	const struct amounts *predicted; /* of that */
	bool ascii;
	int signal; /* that ended a report; 0: none */
};

/* "twintop: " and one line on standard error; returns status. */
int fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* All of it to standard output; 0 or negative errno. */
int write_out(const struct textbuf *text);
/* The status for a write that failed, told on standard error; a closed pipe ends us quietly with 0.
 */
int write_status(int error);

/* Whether there is a terminal to draw on and to read keys from: an exit status. */
int check_screen(const struct options *o);
/* The screen over the source, until the user quits: an exit status. app: what the options do not
 * say. */
int show_screen(struct session *s, struct app_options app);

/* The runs; each returns the exit status. */
int run_watch(struct session *s);
int run_demo(struct session *s);
int run_replay(struct session *s);
int run_predict(struct session *s);
/* What s->tally comes to, beside what was predicted, once all that may be known is: an exit status.
 */
int predict_tell(const struct session *s);
/* --once and --json over a sampler that runs. */
int run_reports(struct session *s);

/* The page of --export, from s->source, which plays: an exit status. */
struct recording;
int run_export(struct session *s, const struct recording *recording);

/* Steps of a run: what --record asks for, from the next moment on. */
int recording_begin(struct session *s);
void recording_end(struct session *s);
/* Readable once it has ended by itself; -1: there is none. */
int recording_fd(const struct session *s);
/* For whoever begins and ends them while there is a screen. */
struct tape_ops recording_ops(struct session *s);
/* Whether that name stands for standard input or output. */
bool recording_is_stream(const char *path);
/* Says of a recording why it fails; STATUS_TARGET. */
int recording_fail(const char *path, const char *why);

#endif
