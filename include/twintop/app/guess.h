/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_GUESS_H
#define TWINTOP_APP_GUESS_H

#include "twintop/report/measure.h"

/* What somebody thinks that will be measured. */
enum guess_kind {
	GUESS_COUNT, /* a whole number; K, M and G are thousands */
	GUESS_KIB,   /* KiB where it is a bare number; K, M and G are powers of 1024 bytes */
	GUESS_TRUTH, /* yes or no */
	GUESS_WORD,
	GUESS_KINDS
};

struct guess {
	enum guess_kind kind;
	int64_t number;		 /* of a truth 1 or 0 */
	char text[MEASURE_TEXT]; /* as it was typed, without blanks around it */
};

/* What may be typed: "a whole number, such as 12 or 4K". Static text. */
const char *guess_wanted(enum guess_kind kind);
/* -EINVAL, -ERANGE: it is none of that kind. */
int guess_parse(enum guess_kind kind, const char *text, struct guess *ret);

enum guess_verdict { GUESS_RIGHT, GUESS_NEAR, GUESS_WRONG, GUESS_VERDICTS };
/* "right", "near", "wrong". */
const char *guess_verdict_name(enum guess_verdict verdict);
/*
 * A known value, of a size in KiB, against the guess. Near is a number that is not a tenth of the
 * measured one away from it. A word is right without what stands before its '=', too, and whatever
 * its case.
 */
enum guess_verdict guess_judge(const struct guess *guess, const struct measure *measured);

#endif
