/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_CONVOYS_H
#define TWINTOP_CONVOYS_H

#include "twintop/model/convoy.h"
#include "twintop/model/snapshot.h"

/*
 * Follows from moment to moment how many threads wait for the same lock. Not for several threads at
 * once.
 */
struct convoy_watch;
struct convoy_watch *convoy_watch_new(void);
void convoy_watch_free(struct convoy_watch *w); /* NULL is fine */
/* The convoys as of s, the same part as before where none is another; one reference. */
const struct convoys *convoy_watch_see(struct convoy_watch *w, const struct snapshot *s);

#endif
