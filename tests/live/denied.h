/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_DENIED_H
#define TESTS_LIVE_DENIED_H

#include "twintop/model/snapshot.h"
#include "twintop/proc/root.h"

/*
 * The tests run once more under each denial (TWINTOP_DENY, as twintop itself reads it): what is
 * shown is less then, and never wrong. A test that is about what is denied skips and says so.
 */

/* What this run holds back, as caps_probe() takes it; NULL: nothing. */
const char *denied_names(void);
/* Whether the item is among these. */
bool denied(enum access_item item);
/* Skips the test where the item is held back. */
void needs_allowed(enum access_item item);
/* The same for a whole program of tests: false, or it has said so and is to exit with 77. */
bool denied_skips(enum access_item item);
/* As caps_probe() of the kernel, with denied_names() and, where more is given, that too. */
void denied_probe(const struct proc_root *root, const char *more, struct access *ret_access);

#endif
