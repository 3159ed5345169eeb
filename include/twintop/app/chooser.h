/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_CHOOSER_H
#define TWINTOP_APP_CHOOSER_H

#include "twintop/draw/canvas.h"
#include "twintop/proc/libproc.h"

/*
 * The tree of processes to choose a side from: typing narrows it to the processes whose PID, name
 * or command holds the text, with their ancestors dimmed above them.
 */
struct chooser;

struct chooser *chooser_new(void);
void chooser_free(struct chooser *c); /* NULL is fine */
/* Takes a reference of its own; the selection stays on the same process. */
void chooser_list(struct chooser *c, const struct process_list *list);
/* Starts on that process (0: the first one) with an empty query. */
void chooser_begin(struct chooser *c, pid_t selected);
enum chooser_answer { CHOOSER_OPEN, CHOOSER_CANCELLED, CHOOSER_CHOSEN };
/* A key; *ret_pid is set when one was chosen. */
enum chooser_answer chooser_key(struct chooser *c, uint32_t key, pid_t *ret_pid);
/* A click selects, a click on the selected row chooses. */
enum chooser_answer chooser_click(struct chooser *c, int x, int y, pid_t *ret_pid);
void chooser_draw(struct chooser *c, struct canvas *canvas, struct rect area, const char *title);

#endif
