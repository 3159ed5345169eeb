/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_STEPS_H
#define TWINTOP_APP_STEPS_H

#include "twintop/model/pair.h"
#include "twintop/report/measure.h"

/*
 * The steps that a launched program tells of itself (<twintop/step.h>), made of the events of
 * moments, and what they expect held against what is measured.
 */
struct steps;

#define STEP_LINES   8 /* of a screen: what the results, the caption and the question may take */
#define STEP_EXPECTS 8 /* of one step; more are left out */

enum expect_state {
	EXPECT_OPEN,	  /* it has not happened yet */
	EXPECT_MEASURING, /* it has, but what was read so far may be from before */
	EXPECT_MET,
	EXPECT_UNMET,
	EXPECT_UNKNOWN /* nothing of the kind can be measured here */
};

/* Something that a step expects to be measured. */
struct expect {
	char *path, *wanted, *name; /* name: printable */
	enum expect_state state;
	struct measure before, now; /* before: when the program was let go on */
};

/* All texts printable UTF-8 and "" where nothing was said. */
struct step {
	uint64_t number; /* from 1; 0: there is none */
	char *caption, *view, *point, *question;
	struct expect expect[STEP_EXPECTS];
	size_t expects_n;
	bool waits;	  /* for somebody to let it go on */
	bool gone_on;	  /* it was let go on */
	uint64_t told_ns; /* CLOCK_MONOTONIC when it waited */
	uint64_t done_ns; /* CLOCK_MONOTONIC when it had happened; 0: not yet */
};

struct steps *steps_new(void);
void steps_free(struct steps *s); /* NULL is fine */
/*
 * Takes up what the moment's events say, and measures: from the side of the program that says it,
 * which is A, also where A and B have changed places. Whether a step was told to its end.
 */
bool steps_moment(struct steps *s, const struct moment *m);
/* Somebody wants the step that waits to go on. */
void steps_go(struct steps *s);
/*
 * Whether the program is to be let go on, once for each steps_go(): not before what was is
 * measured, so that it can be told from what will be.
 */
bool steps_take_go(struct steps *s);
/* The step that was told of last, and the one before it; number 0: there is none. */
const struct step *steps_now(const struct steps *s);
const struct step *steps_last(const struct steps *s);
/* Whether texts of these steps say A or B, and m has them the other way round. m may be NULL. */
bool steps_misname(const struct steps *s, const struct moment *m);
/* Whether how much more or less it became is what was expected and is known. */
bool expect_is_change(const struct expect *e);
/* Whether anything is being measured, so that all must be read. */
bool steps_measuring(const struct steps *s);

#endif
