/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FAMILY_TITLES_H
#define TWINTOP_FAMILY_TITLES_H

#include "twintop/base/text.h"

/*
 * What of a command line (as cmdline has it) says who of a family it is, beside its name: a title
 * that it wrote over its arguments, whole, or else those that its parent's line does not have; of
 * long ones the first and the last. Raw bytes, appended; nothing where there is nothing to say.
 */
void family_title_make(
	struct text comm, struct text line, struct text parents, struct textbuf *out);

#endif
