/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_TTY_NAME_H
#define TWINTOP_PROC_TTY_NAME_H

#include "twintop/base/text.h"

/*
 * The terminal of field 7 of stat as "pts/3", "tty1", "ttyS0" (appended), else nothing.
 * drivers: the text of /proc/tty/drivers, may be empty. Not by libproc2, which asks the target's
 * descriptors for a name and looks that up: it may lead to a file server that is dead.
 */
void tty_name(struct text drivers, unsigned number, struct textbuf *out);

#endif
