/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_LIVES_INTERNAL_H
#define TWINTOP_LIVES_INTERNAL_H

#include "lives.h"
#include "twintop/proc/identity.h"

/* What is told of lives, and looks at what they are. */
#define PATIENCE_NS 300000000u /* for the word on an end that shows */

/* lives.c */
/* NULL: none of that number. */
struct life_thread *life_find_thread(const struct life *p, pid_t tid);
/* Its name now, in l->text; bytes NULL: it could not be read. */
struct text lives_read_name(struct lives *l, pid_t pid, pid_t tid);
/* Whether the process of that identity lives now. */
bool life_shows(const struct lives *l, const struct life *p, struct identity_stat *ret_stat);
/* Tells of its end and of all who ended with it; status of wait(2), negative: it is looked for. */
void life_end(struct lives *l, struct life *p, int64_t status, uint64_t ns);

#endif
