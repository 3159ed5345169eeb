/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_WATCHED_H
#define TESTS_LIVE_WATCHED_H

#include <stdio.h>

#include "sampling.h"
#include "specimen.h"
#include "twintop/model/backtraces.h"

/* A specimen whose threads' backtraces are read. Failures fail the test. */
struct watched {
	struct sampling *f;
	struct specimen *s;
	const struct moment *m;
};

#define WATCHED_BOUND_NS 15000000000u /* until what is awaited is there, on the busiest machine */

/* Skips the test where stacks of others may not be read. */
void watched_needs(void);
/* sp_NAME, of the test's folder (see naming.h). */
void watched_begin(struct watched *w, const char *name);
void watched_end(struct watched *w);
void watched_next(struct watched *w); /* the next moment, into m */
/* What it has said of the thread that it calls so. */
pid_t watched_tid(const struct watched *w, const char *name);
const struct backtraces *watched_list(const struct watched *w); /* NULL: none yet */
/* No guess in it, and nothing left out. NULL: none, so it is not. */
bool watched_whole(const struct backtrace *b);
void watched_print(const struct backtrace *b);
/* A file of the test's folder. */
FILE *watched_file(const char *name, const char *how);

#endif
