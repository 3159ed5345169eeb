/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_REPORT_MEASURE_H
#define TWINTOP_REPORT_MEASURE_H

#include "twintop/model/pair.h"

/* What --json tells of a moment, for looking single values up. */
struct measures;

#define MEASURE_TEXT 64

struct measure {
	enum { MEASURE_UNKNOWN, MEASURE_NUMBER, MEASURE_REAL, MEASURE_WORD } kind;
	int64_t number;		 /* of a whole number */
	double real;		 /* of a MEASURE_REAL: a share, in percent */
	char text[MEASURE_TEXT]; /* as it reads: "12", "true", "S"; "?" unknown; printable */
	bool estimated; /* a count of pages, or of their bytes in common, while frames are hidden */
};

struct measures *measures_of(const struct moment *m);
void measures_free(struct measures *ms); /* NULL is fine */
/*
 * The value at a path: names and numbers of elements with dots between; behind a name [KEY=X] for
 * the first element of a list whose KEY is X; # for how many there are, #[KEY=X] for how many of
 * them are so, #[=X] for how many are X themselves. A KEY may go down by dots, too. Unknown where
 * it is null, or where there is nothing of the kind; a count, where what decides it is null.
 */
struct measure measure_at(const struct measures *ms, const char *path);
/* Why nothing is known there; NULL: nobody says. Lives as long as ms. */
const char *measure_reason(const struct measures *ms, const char *path);
/* The interface that tells what such a path leads to, static text; NULL: none to name. */
const char *measure_source(const char *path);

/*
 * Whether the value is what was wanted: N or a word, with or without =
 * before it; X*, any word that begins with X; +N or -N, more or less than before; >N, <N; +>N, +<N,
 * more or less than N more than before. Of a share, which is no whole number, >N and <N alone. What
 * is unknown is none.
 */
bool measure_meets(const struct measure *now, const struct measure *before, const char *wanted);

#endif
