/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_REPORT_REPORT_H
#define TWINTOP_REPORT_REPORT_H

#include "twintop/model/field.h"

/* The plain text report of --once: both processes and the pair, appended to out. */
void report_moment(const struct moment *m, bool ascii, struct textbuf *out);

#endif
