/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_EVENT_WORDS_H
#define TWINTOP_EVENT_WORDS_H

#include "twintop/model/event.h"

/* Why it matters, who told it, and what that one cannot see; appended. */
void event_explain(const struct event *e, struct textbuf *out);

#endif
