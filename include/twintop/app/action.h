/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_ACTION_H
#define TWINTOP_APP_ACTION_H

#include <stddef.h>
#include <stdint.h>

#include "twintop/draw/key.h"

/*
 * Where an action's keys hold: everywhere, or only in the Pages view, while paused, with a launched
 * program, or while a thread's details are open. The narrower scope wins over everywhere.
 */
enum action_scope { SCOPE_ALL, SCOPE_PAGES, SCOPE_PAUSED, SCOPE_LAUNCHED, SCOPE_THREAD, SCOPES };

/*
 * One row an action and scope: keys, footer, help screen and the man page's
 * table come from this.
 */
struct action_row {
	enum action action;
	enum action_scope scope;
	const char *id;     /* "quit" */
	uint32_t keys[4];   /* code points or enum key; 0 ends */
	const char *label;  /* footer: "quit"; "": that of the next row; NULL: not in the footer */
	const char *help;   /* a sentence */
};
extern const struct action_row action_table[];
extern const size_t action_table_n;

/* The action of a key in that scope alone; ACTION_NONE when it has none. */
enum action action_of_key(uint32_t key, enum action_scope scope);
/* The first row of an action, in the table's order; NULL: it has no key. */
const struct action_row *action_find(enum action action);
/* "everywhere", "in the Pages view", … */
const char *action_scope_title(enum action_scope scope);
/* "q", "F10", "PgUp", "Space": static or in out[8]. */
const char *key_title(uint32_t key, char out[8]);

#endif
