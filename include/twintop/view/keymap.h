/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_VIEW_KEYMAP_H
#define TWINTOP_VIEW_KEYMAP_H

#include <stddef.h>
#include <stdint.h>

#include "twintop/draw/key.h"

/*
 * Where an action's keys hold: everywhere, in the view that has them in its own keymap, while
 * paused, with a launched program, while a thread's details are open, where rows are processes or
 * events, while a step of the launched program waits, or beside A's own past. The narrower scope wins over everywhere. In the chooser, the palette, while a
 * question is asked, and while keys go to the launched program, its own hold alone.
 */
enum action_scope {
	SCOPE_ALL,
	SCOPE_VIEW,
	SCOPE_PAUSED,
	SCOPE_LAUNCHED,
	SCOPE_THREAD,
	SCOPE_MEMBER,
	SCOPE_EVENT,
	SCOPE_STEP,
	SCOPE_PAST,
	SCOPE_CHOOSER,
	SCOPE_PALETTE,
	SCOPE_QUIZ,
	SCOPE_TYPING,
	SCOPES
};

/*
 * One row an action and scope, of the global table or of a view's keymap: keys, footer, help
 * screen and the man page come from this.
 */
#define ACTION_KEYS 4
struct action_row {
	enum action action; /* in a view's keymap: of its own, or what its key does under another */
	enum action_scope scope;
	const char *id;		    /* "quit" */
	uint32_t keys[ACTION_KEYS]; /* code points or enum key; 0 ends */
	const char *label; /* footer: "quit"; "": that of the next row; NULL: not in the footer */
	const char *help;  /* a sentence */
};

/* The first of n rows that has that key in that scope; NULL: none. */
const struct action_row *keymap_find(
	const struct action_row *row, size_t n, uint32_t key, enum action_scope scope);

#endif
