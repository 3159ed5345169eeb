/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_GENERATE_H
#define TWINTOP_GENERATE_H

#include "twintop/base/text.h"

/* A line of a template that begins with the mark is replaced by what add appends. */
struct mark {
	const char *mark;
	void (*add)(struct textbuf *out);
};
/* Of the man page, and of completions for shells. Both end in a NULL mark. */
extern const struct mark man_marks[], shell_marks[];

#endif
