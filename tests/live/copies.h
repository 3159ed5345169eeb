/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_COPIES_H
#define TESTS_LIVE_COPIES_H

#include <stdbool.h>
#include <sys/types.h>

#include "twintop/base/text.h"
#include "twintop/sample/launch.h"

#define NOBODY	65534
#define ANOTHER 65533 /* a user, and a group */

/* Copies of twintop whose files have rights; the last two not root's, but ANOTHER's. */
enum way { PLAIN, CAPABILITIES, SET_USER_ID, ROOTS, TO_A_USER = ROOTS, TO_A_GROUP, WAYS };

/* cmocka's for the group. The folder lets NOBODY in; "own" in it is his, "hidden" root's. */
int copies_make(void **state);
int copies_remove(void **state);
/* A name in that folder; the last eight answers hold. */
const char *copies_path(const char *name);
void copies_add(const char *from, const char *to, mode_t mode);
bool copies_are_there(void);
/* Skips the test, and says why, where a file cannot be given rights, or not to any effect. */
void copies_need(void);

/* A run of a copy on a terminal of its own. */
struct session {
	struct launch *launch;
	struct textbuf said;
	bool over;
};

/* Begins it with those settings alone ("NAME=value") and arguments; both lists end in NULL. */
struct session copy_begin(enum way way, const char *const *settings, const char *const *arguments);
/* Until it has said that; fails the test where it does not. */
void copy_await(struct session *s, const char *text);
void copy_press(const struct session *s, const char *keys);
/* To its end; returns its wait(2) status. What it said stays, and its terminal. */
int copy_end(struct session *s);
/* To its end, which is an exit; returns its status. What it said stays. */
int copy_finish(struct session *s);
/* Runs it whole: it exits with that status, and that text is in what it says. */
void copy_expect(enum way way, const char *const *settings, const char *const *arguments,
	int status, const char *text);

#endif
