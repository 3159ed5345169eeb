/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_REPORT_JSON_H
#define TWINTOP_REPORT_JSON_H

#include "twintop/base/text.h"
#include "twintop/model/pair.h"

/*
 * One moment as one line of JSON ("schema":"twintop/1", DESIGN.md's contract)
 * with its newline, appended to out. Always valid UTF-8: text_utf8() says how
 * other bytes are kept. What is unknown is null, and its path and reason stand
 * under access.unknown.
 */
void json_moment(const struct moment *m, struct textbuf *out);

#endif
