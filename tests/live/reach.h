/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_REACH_H
#define TESTS_LIVE_REACH_H

/*
 * Programs of the build tree, reached through directories that are opened
 * early: a test that has become an ordinary user can still run them when the
 * tree stands in a folder that only root may enter.
 */
enum reach_folder { REACH_SPECIMENS, REACH_PROGRAM, REACH_FOLDERS };

/* Opens the folders ($SPECIMENS, and where $TWINTOP is); a second call does nothing. */
void reach_open(void);
/* execve(2) of a program in a folder; returns only on failure, with errno. */
void reach_exec(enum reach_folder folder, const char *name, char *const argv[]);
/* The name of twintop itself in REACH_PROGRAM. */
const char *reach_program(void);

#endif
