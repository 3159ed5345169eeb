/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_REPORT_REPORT_H
#define TWINTOP_REPORT_REPORT_H

#include "twintop/model/field.h"

/*
 * The plain text report of --once, appended to out: both processes and the pair, or with a view's
 * id what that view is about, and what is unknown of that. NULL: all.
 */
void report_moment(const struct moment *m, const char *view, bool ascii, struct textbuf *out);

#endif
