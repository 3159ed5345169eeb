/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_APP_QUIZ_H
#define TWINTOP_SRC_APP_QUIZ_H

#include "twintop/app/guess.h"
#include "twintop/model/pair.h"

/* What the measure of a question is, and with that what is guessed. */
enum quiz_unit {
	QUIZ_COUNT,
	QUIZ_BYTES, /* asked for in KiB */
	QUIZ_PAGES, /* of so many pages the size, in KiB */
	QUIZ_TRUTH,
	QUIZ_WORD,
	QUIZ_UNITS
};

/* The pairs that a question makes sense of: bits. */
#define QUIZ_PROCESSES 1u /* two processes */
#define QUIZ_KIN       2u /* of which one was forked by the other */
#define QUIZ_THREADS   4u /* two threads of one process */
#define QUIZ_ANY       (QUIZ_PROCESSES | QUIZ_THREADS)

/* One row a question to the audience about B. */
struct quiz_row {
	const char *view; /* where it is asked */
	unsigned pairs;	  /* QUIZ_* */
	const char *text; /* "How many threads does B have?" */
	/* Where --json tells the answer, as measure_at() takes it; "@" is B's thread number. */
	const char *path;
	enum quiz_unit unit;
	const char *one; /* of a count, what one of it is called: "thread"; else "" */
};
extern const struct quiz_row quiz_rows[];
extern const size_t quiz_rows_n;

/* Whether it is asked there of the moment's pair. */
bool quiz_fits(const struct quiz_row *row, const char *view, const struct moment *m);
/* The place of the next row that fits, behind at and round; SIZE_MAX: none does. */
size_t quiz_next(size_t at, const char *view, const struct moment *m);
enum guess_kind quiz_guess(const struct quiz_row *row);
/* Its path in that moment, appended. */
void quiz_path(const struct quiz_row *row, const struct moment *m, struct textbuf *out);
/* What is measured there, in what is asked for. */
struct measure quiz_measure(
	const struct quiz_row *row, const struct moment *m, const struct measures *ms);

#endif
