/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_PRIVILEGE_H
#define TWINTOP_BASE_PRIVILEGE_H

#include <stdbool.h>

/*
 * Rights beyond our caller's own, as file capabilities, set-user-id and set-group-id give them to a
 * program. With them we look at processes and do nothing else for our caller: no program is started
 * and no file is opened that he names.
 */
bool privilege_raised(void);

/*
 * The first thing of all, before anything reads the environment. With raised rights: leaves nothing
 * of it but what privilege_keeps_variable(), goes back to the caller's ids where capabilities do
 * what the ids were for, and gives up all capabilities but those that are looked for and used. 0,
 * or negative errno: rights are left that should not be; do nothing with them.
 */
int privilege_begin(void);

/*
 * Once /proc is open, what is allowed has been found out, and what is to be started has been
 * started; there are no threads yet, whose capabilities would be their own. Keeps what reading
 * takes, also of the caller's own rights (root's): launched as he is, a program has them all. Our
 * caller's own rights stay where reading would suffer. 0 or negative errno.
 */
int privilege_settle(bool launched);

/*
 * Whether an entry "NAME=value" of an environment that may be hostile is left: the names of the
 * terminal and the locale, of such letters that they are no path, and whether there are colours.
 */
bool privilege_keeps_variable(const char *entry);

#endif
