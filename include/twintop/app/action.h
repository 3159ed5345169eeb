/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_ACTION_H
#define TWINTOP_APP_ACTION_H

#include "twintop/view/keymap.h"

/* What holds whatever the view: the rows of every scope but SCOPE_VIEW. */
extern const struct action_row action_table[];
extern const size_t action_table_n;

/* Opens the view at that place of the table of views. */
#define ACTION_VIEW(i) ((enum action)(ACTIONS + (i)))

/* The action of a key in that scope alone; everywhere a view's key opens it. ACTION_NONE: none. */
enum action action_of_key(uint32_t key, enum action_scope scope);
/* The first row of an action, in the table's order; NULL: it has no key. */
const struct action_row *action_find(enum action action);
/* "everywhere", "while paused", … */
const char *action_scope_title(enum action_scope scope);
/* "q", "F10", "PgUp", "Space": static or in out[8]. */
const char *key_title(uint32_t key, char out[8]);

#endif
