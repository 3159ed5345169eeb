/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_COMMANDS_H
#define TWINTOP_PROC_COMMANDS_H

#include "twintop/proc/libproc.h"

/*
 * The command lines of the process list. They come late and row by row, each with a deadline: one
 * process whose memory is locked would hold up the list for good. Safe to use from several threads.
 */
struct commands;

struct commands *commands_new(void);
struct commands *commands_get(struct commands *c); /* one more reference */
void commands_put(struct commands *c);		   /* NULL is fine */
/*
 * Gives each row of a list that is not sealed yet the line that is known of it, copied into the
 * list's arena, and remembers whose are to be read. Those of processes that are not in it go.
 */
void commands_fill(struct commands *c, struct process_list *list);
/* Reads what is to be read, for so long at most (a row's deadline more). How many it read. */
size_t commands_read(struct commands *c, const struct proc_root *root, uint64_t for_ns);
/* Whether any is to be read. */
bool commands_wanted(struct commands *c);

#endif
