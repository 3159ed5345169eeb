/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SCREEN_RUN_H
#define TWINTOP_SCREEN_RUN_H

#include "twintop/app/app.h"
#include "twintop/draw/theme.h"
#include "twintop/model/source.h"
#include "twintop/sample/launch.h"

/* AUTO: what the terminal can; none where NO_COLOR is set in the environment. */
enum colour_depth { COLOUR_AUTO, COLOUR_256, COLOUR_16, COLOUR_NEVER };

struct run_options {
	struct app_options app;
	const struct theme *theme;
	enum colour_depth colour;
	bool mouse;
	bool linear;  /* lines of text, see lines.h; app.ascii is false then … */
	bool linear_ascii; /* … and this says whether they are ASCII */
	bool no_sync; /* never asks for synchronized output */
	struct tape_ops tape; /* begin NULL: nothing is recorded here */
	const char *svg_directory; /* where S saves; NULL: the working directory */
};

/* The TERM that describes a launched program's console best, of those that are known here. Static. */
const char *screen_program_term(void);

/*
 * Runs the curses screen until the user quits: polls keys, the source and the
 * launched program (NULL without one). The terminal is restored whatever ends it, also SIGINT,
 * SIGTERM, SIGHUP, SIGQUIT and a crash. 0, or negative errno: -ENOTTY
 * (standard input or output is no terminal), -ENODEV (TERM is unknown or cannot move its cursor).
 * The caller has set the locale.
 */
int screen_run(const struct run_options *options, struct source *source, struct launch *launch);

#endif
