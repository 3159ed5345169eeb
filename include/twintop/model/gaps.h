/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_GAPS_H
#define TWINTOP_MODEL_GAPS_H

#include "twintop/model/pair.h"

/* At most so many reasons for which channels between A and B may be missing. */
#define CHANNEL_GAPS 23

/*
 * Why the channels that were found may not be all: what could not be read of
 * either side or of the system's tables. Static texts into out; returns how
 * many. 0: what was looked for was looked for everywhere.
 */
size_t gaps_of_channels(const struct moment *m, const char *out[CHANNEL_GAPS]);

#endif
