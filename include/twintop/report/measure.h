/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_REPORT_MEASURE_H
#define TWINTOP_REPORT_MEASURE_H

#include "twintop/model/pair.h"

/* What --json tells of a moment, for looking single values up. */
struct measures;

#define MEASURE_TEXT 64

struct measure {
	enum { MEASURE_UNKNOWN, MEASURE_NUMBER, MEASURE_WORD } kind;
	int64_t number;		 /* of a number */
	char text[MEASURE_TEXT]; /* as it reads: "12", "true", "S"; "?" unknown; printable */
	bool estimated;		 /* a count of pages, while their frames are hidden */
};

struct measures *measures_of(const struct moment *m);
void measures_free(struct measures *ms); /* NULL is fine */
/*
 * The value at a path: names and numbers of elements with dots between; behind a name [KEY=X] for
 * the first element of a list whose KEY is X; # for how many there are. Unknown where it is null,
 * or where there is nothing of the kind.
 */
struct measure measure_at(const struct measures *ms, const char *path);

/*
 * Whether the value is what was wanted: N or a word, with or without =
 * before it; +N or -N, more or less than before; >N, <N.
 * What is unknown is none.
 */
bool measure_meets(const struct measure *now, const struct measure *before, const char *wanted);

#endif
