/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_REPORT_PREDICT_H
#define TWINTOP_REPORT_PREDICT_H

#include "twintop/base/vec.h"
#include "twintop/model/pair.h"

/* What somebody predicts of a program that is run, beside what was measured of it. */
enum figure {
	FIGURE_PROCESSES, /* that ran: the program's own, and all born below it */
	FIGURE_THREADS,	  /* of all of them that ever ran, the main ones counted */
	FIGURE_EXITS,	  /* how each of the processes ended */
	FIGURE_COPIES, /* pages that it and each below it shared by fork and do not share any more
			*/
	FIGURE_LINES,  /* of output */
	FIGURES
};
/* A name as in a file of predictions and in JSON, what it is, for people, and a question for it. */
struct figure_row {
	const char *name, *title, *question;
};
extern const struct figure_row figure_table[FIGURES];

#define EXIT_SIGNAL  256 /* added to the signal's number of those that one killed */
#define EXIT_UNKNOWN (-1)
#define EXIT_MOST    4096u /* that may be predicted */

/* How far a measured number can be trusted. */
enum bound { BOUND_UNKNOWN, BOUND_EXACT, BOUND_AT_LEAST, BOUND_AT_MOST, BOUND_ABOUT, BOUNDS };

/* A number, or of FIGURE_EXITS all ends, ascending. Zeroed is unknown; free with amounts_free. */
struct amount {
	enum bound bound;
	uint64_t number;
	uint64_t least;	    /* of BOUND_ABOUT: so much is certain */
	VEC(int) exit;	    /* codes, or EXIT_SIGNAL and a signal */
	const char *reason; /* why it is not exact: static text */
};
#define RUN_NAME 64 /* bytes of a process's name, with the NUL at its end */
/* One of the processes that ran. */
struct run_process {
	pid_t pid, parent;   /* who forked it; 0: it is the program's own */
	char name[RUN_NAME]; /* raw bytes, as it was called last; empty: nobody told */
	uint64_t threads;
	bool ended;
	int exit;	   /* as above; EXIT_UNKNOWN: it runs still, or nobody told how it ended */
	bool copies_known; /* whether the next one is; never of the program itself */
	uint64_t copies;   /* pages that it and the program shared until one wrote */
};
struct amounts {
	struct amount of[FIGURES];
	VEC(struct run_process) process; /* of what was measured: all, by birth */
};
void amounts_free(struct amounts *a);

/*
 * What is predicted of a figure, as it is typed: "8"; of ends "0 0 3", "0 x7, SIGSEGV". 0 or
 * -EINVAL.
 */
int figure_parse(enum figure figure, struct text typed, struct amount *ret);
/* "a whole number", …: what may be typed. Static text. */
const char *figure_wanted(enum figure figure);
/*
 * A file of predictions: lines "name = prediction", empty ones, and what stands behind a #. 0, or
 * -EINVAL with "3: …", the number of the line and what is wrong with it, appended to complaint.
 */
int amounts_parse(struct text file, struct amounts *ret, struct textbuf *complaint);

enum predicted {
	PREDICTED_NOTHING,
	PREDICTED_RIGHT,
	PREDICTED_WRONG,
	PREDICTED_FITS, /* what was measured does not rule it out */
	PREDICTED_UNKNOWN
};
const char *predicted_name(enum predicted verdict); /* "", "right", … */
enum predicted figure_judge(
	enum figure figure, const struct amount *predicted, const struct amount *measured);

/* The table of both, appended; ends of them that are many in few words. */
void amounts_text(
	const struct amounts *predicted, const struct amounts *measured, struct textbuf *out);
/* One line of JSON, appended: the man page tells of it. program: its arguments, ended by NULL. */
void amounts_json(const struct amounts *predicted, const struct amounts *measured,
	char *const *program, struct textbuf *out);

/* What gathers the measured ones as a program runs. Free with tally_free. */
struct tally;
#define TALLY_NEED (NEED_PROCESS | NEED_MAPS | NEED_PAGES | NEED_FAULTS | NEED_LISTEN | NEED_FAMILY)
struct tally *tally_new(void);
void tally_free(struct tally *t); /* NULL is fine */
/* Of the program as A. */
void tally_moment(struct tally *t, const struct moment *m);
/*
 * Whether a program that tells of steps, and waits at one, was measured there: true once for each,
 * it may go on then.
 */
bool tally_lets_go(struct tally *t);
/* Of what the program wrote, in any pieces; more: some may be missing. */
void tally_output(struct tally *t, const char *bytes, size_t len);
void tally_cut(struct tally *t);
bool tally_unended(const struct tally *t); /* whether its last line has no end */
/* Nobody waits for the program's end any more. */
void tally_stopped(struct tally *t);
/* How the program itself ended: status of wait(2); behind a moment of it. */
void tally_reaped(struct tally *t, int status);
/* Once all was told. */
void tally_amounts(const struct tally *t, struct amounts *ret);

#endif
