/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_CHANNELS_H
#define TWINTOP_COMPARE_CHANNELS_H

#include "twintop/model/pair.h"

/*
 * Everything over which A and B can talk, as far as what was read shows it:
 * descriptors (pipes, FIFOs, sockets, eventfds, message queues), shared memory
 * (from p's mapping rows, which must be there), System V objects, futexes in
 * shared memory, signals, tracing, and file locks. Fills p->channel from p's
 * arena. Sorted by inode or address, so it costs N log N.
 */
void channels_find(const struct snapshot *s, struct pair *p);

#endif
