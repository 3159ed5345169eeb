/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_LEAVE_H
#define TWINTOP_BASE_LEAVE_H

#include <stdbool.h>

/*
 * Our end, which comes within a second of its beginning, whatever hangs: a write to a terminal or a
 * pipe that nobody reads, a program that does not die, a worker. Ordinary ways out are taken
 * meanwhile; where they take too long SIGALRM ends us. Once for the whole process.
 */

/* Before anything else; main's thread is the one that minds SIGALRM. */
void leave_open(void);
/* What gives the terminal back in the end, async-signal-safe; NULL: nothing. */
void leave_restore_by(void (*restore)(void));
/*
 * Begins the end: by that signal at last, 0: with exit status 0. The first one counts.
 * Async-signal-safe.
 */
void leave_begin(int number);
/*
 * From now on calls look, which is async-signal-safe, every 0.1 s until the next call with NULL: what
 * is done meanwhile in main's thread may wait in a write. Not while leaving.
 */
void leave_guard(void (*look)(void));
bool leave_begun(void);
int leave_signal(void); /* 0: none, or not begun */
/* Readable (poll(2)) once it has begun; -1 before leave_open(). */
int leave_fd(void);

#endif
