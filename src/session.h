/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SESSION_H
#define TWINTOP_SESSION_H

#include <stdio.h>

#include "options.h"
#include "twintop/compare/compare.h"
#include "twintop/proc/root.h"
#include "twintop/sample/launch.h"
#include "twintop/sample/sampler.h"

/* Exit status: DESIGN.md. */
#define STATUS_OK     0
#define STATUS_TARGET 1 /* also an output that cannot be written */
#define STATUS_USAGE  2

/* All that one run holds. */
struct session {
	struct options options;
	char **program; /* what to launch; NULL: nothing */
	struct proc_root *root;
	struct access access;
	struct comparer *comparer;
	struct sampler *sampler;
	struct source *source; /* ours of the sampler's moments */
	struct launch *launch;
	struct taping *taping; /* who writes a recording; NULL: nobody */
	int record_status;     /* exit status of that, once it has ended */
	bool left_behind;      /* workers that hang in a read still use what they were given */
	bool denied;	       /* the target, or what was named beside it, may not be read */
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

/* The runs; each returns the exit status. */
int run_watch(struct session *s);
int run_demo(struct session *s);
int run_replay(struct session *s);
/* --once and --json over a sampler that runs. */
int run_reports(struct session *s);

/* Steps of a run: what --record asks for, from the next moment on. */
int recording_begin(struct session *s);
void recording_end(struct session *s);

#endif
