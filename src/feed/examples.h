/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FEED_EXAMPLES_H
#define TWINTOP_FEED_EXAMPLES_H

#include "twintop/model/fault.h"
#include "twintop/proc/root.h"

/*
 * Examples of the page faults of one process and of those that are born of it: a few of each place
 * in the program, with the registers and a piece of the stack. They come by rings of their own,
 * which are paused while a process that faults much has nothing new to show: then they cost it
 * nothing.
 */
struct examples;

/* 0, or negative errno; why there are none: examples_reason(). */
int examples_open(const struct proc_root *root, pid_t pid, struct examples **ret_examples);
void examples_close(struct examples *e); /* NULL is fine */
/* Readable (poll(2) POLLIN) when there is something to be drained. */
int examples_fd(const struct examples *e);
const char *examples_reason(int error); /* static text, for people; NULL for 0 */
/*
 * A fault that was told otherwise, of whose place there may be no example yet, which somebody would
 * see if it is of a watched process; or an exec.
 */
void examples_note(struct examples *e, const struct fault *fault, bool watched);
/* Puts those that came into sink, and sees how many more are worth their cost. */
void examples_drain(struct examples *e, struct fault_sink *sink);

#endif
