/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_KIN_H
#define TESTS_LIVE_KIN_H

#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

/* What --json tells of a family. What fails here fails the test. */

/*
 * The first sample of the family of a process in which the pages of all members are counted: where
 * much else runs, a member's turn may come in a later one. Free with json_decref.
 */
json_t *kin_counted(pid_t pid);
/* The row of one that has that number; NULL: none. */
json_t *kin_member(json_t *sample, pid_t pid);
/* What must be known. */
int64_t kin_number(json_t *of, const char *name);
/* a and b are no further apart than so much. */
void kin_near(int64_t a, int64_t b, int64_t most);
/*
 * Bytes that the process is told to have alone are as many as it has, with a page's play. What
 * nobody else maps of a file changes with whoever runs beside: of those, any number will do.
 */
void kin_private(pid_t pid, int64_t told);

#endif
