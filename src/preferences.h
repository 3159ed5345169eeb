/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PREFERENCES_H
#define TWINTOP_PREFERENCES_H

#include "options.h"
#include "twintop/app/habits.h"

/*
 * What a user keeps in files: settings and themes in $XDG_CONFIG_HOME/twintop, and what the screen
 * was left with in $XDG_STATE_HOME/twintop. None of it can prevent a start.
 */
#define PREFERENCES_BYTES 65536 /* a larger file is none */

struct preferences {
	struct habits habits;
	struct theme theme;  /* of a file */
	struct arena arena;  /* texts of settings */
	bool forgets;	     /* nothing is remembered */
	struct textbuf read; /* the file of what was remembered, as it was found */
	struct textbuf say;  /* the first complaint */
	unsigned complaints;
};

/* Whether there is a file of a theme of that name. */
bool preferences_has_theme(const char *name);
/*
 * Reads what there is for a screen, and what the command line does not say into o. What is damaged
 * is told on standard error, a line each, and the rest holds. p begins zeroed.
 */
void preferences_load(struct preferences *p, struct options *o);
/* What one file says, its bytes; name: for complaints. */
void preferences_take(
	struct preferences *p, struct options *o, const char *name, struct text bytes);
void preferences_take_theme(struct preferences *p, const char *name, struct text bytes);
void preferences_take_state(struct preferences *p, struct options *o, struct text bytes);
/* What is to be remembered; appended. */
void preferences_tell_state(const struct preferences *p, struct textbuf *out);
/* Remembers it, where that is wanted, and releases all. */
void preferences_end(struct preferences *p);

#endif
