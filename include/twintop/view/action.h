/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_VIEW_ACTION_H
#define TWINTOP_VIEW_ACTION_H

#include <stddef.h>
#include <stdint.h>

/* Keys as views see them: a code point, or one of these above the last code point. */
enum key {
	KEY_NONE = 0,
	KEY_TWINTOP_FIRST = 0x110000,
	KEYS_UP, KEYS_DOWN, KEYS_LEFT, KEYS_RIGHT, KEYS_PAGE_UP, KEYS_PAGE_DOWN, KEYS_HOME, KEYS_END,
	KEYS_ENTER, KEYS_ESCAPE, KEYS_TAB, KEYS_BACK_TAB, KEYS_BACKSPACE, KEYS_DELETE,
	KEYS_F1, KEYS_F2, KEYS_F3, KEYS_F4, KEYS_F5, KEYS_F6, KEYS_F7, KEYS_F8, KEYS_F9, KEYS_F10,
	KEYS_WHEEL_UP, KEYS_WHEEL_DOWN,
};

enum action {
	ACTION_NONE,
	ACTION_QUIT, ACTION_HELP,
	ACTION_VIEW_OVERVIEW, ACTION_VIEW_THREADS, ACTION_VIEW_STACKS, ACTION_VIEW_MEMORY, ACTION_VIEW_PAGES,
	ACTION_VIEW_FILES, ACTION_VIEW_SHARING, ACTION_VIEW_SIGNALS,
	ACTION_VIEW_NEXT, ACTION_VIEW_PREVIOUS,
	ACTION_SIDE, /* Tab */
	ACTION_UP, ACTION_DOWN, ACTION_LEFT, ACTION_RIGHT, ACTION_PAGE_UP, ACTION_PAGE_DOWN, ACTION_HOME,
	ACTION_END,
	ACTION_DETAIL, ACTION_MARK, ACTION_BACK,
	ACTION_SEARCH, ACTION_SEARCH_NEXT, ACTION_FILTER, ACTION_SORT, ACTION_SORT_REVERSE,
	ACTION_CHOOSE_A, ACTION_CHOOSE_B, ACTION_SWAP,
	ACTION_PAUSE, ACTION_FASTER, ACTION_SLOWER, ACTION_ZOOM_IN, ACTION_ZOOM_OUT,
	ACTION_EXPLAIN, ACTION_LECTURE, ACTION_SAVE_SVG, ACTION_SEND_ENTER, ACTION_TYPE, ACTION_DISMISS,
	ACTION_STEP_BACK, ACTION_STEP_FORWARD, ACTION_LIVE,
	ACTION_REDRAW,
	ACTIONS
};

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
