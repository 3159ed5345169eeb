/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_HABITS_H
#define TWINTOP_APP_HABITS_H

#include "twintop/app/action.h"
#include "twintop/draw/list.h"

struct view_ops;

/*
 * What a user is used to: keys of his own, and of each view columns and order. It is there before
 * the screen and after it, which writes into it what it was left with.
 */
#define HABITS_VIEWS	16
#define HABITS_BINDINGS 64

struct key_binding {
	const char *id; /* of actions that have it, or of a view; static */
	uint32_t key;
};

struct habits {
	struct list_taste taste[HABITS_VIEWS]; /* by place in the table of views */
	const char *view; /* id of the one that was open last; NULL: none yet */
	struct key_binding binding[HABITS_BINDINGS];
	size_t bindings_n;
	const char *say; /* one line for the begin, printable; outlives the screen; NULL: nothing */
};

/*
 * Takes keys, blanks between, for the actions of that id, or for the view of that one, in place of
 * those that they have; a key keeps what else it does in other scopes. NULL, or why not, static:
 * then nothing is taken.
 */
const char *habits_bind(struct habits *h, struct text id, struct text keys);
/* What a key does that was taken in that scope, of a view in its own keymap; ACTION_NONE: nothing.
 */
enum action habits_action(
	const struct habits *h, uint32_t key, enum action_scope scope, const struct view_ops *view);
/* The n-th key that was taken for it, from 0; 0: there are not so many. h may be NULL. */
uint32_t habits_key(const struct habits *h, const char *id, size_t n);
/* "q", "Space", "F5", "PgUp", "^A", "Up": as key_title has them, or in words; 0 where it is no key.
 */
uint32_t key_named(struct text name);

#endif
