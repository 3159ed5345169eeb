/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_NOTING_H
#define TESTS_LIVE_NOTING_H

#include <stdbool.h>

/* Whether this kernel runs programs of ours when processes end, and tells us of its structures. */
bool may_note_ends(void);

#endif
