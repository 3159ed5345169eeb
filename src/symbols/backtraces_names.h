/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_BACKTRACES_NAMES_H
#define TWINTOP_SYMBOLS_BACKTRACES_NAMES_H

#include "twintop/model/backtraces.h"
#include "twintop/symbols/symbols.h"

/* Names of the frames of many backtraces, each address asked once. */

/* Whether lines of it were left out in a hurry. */
bool names_lack_lines(const struct backtrace *b);
/*
 * Names the frames of traces that have none yet: those behind the first kept ones, and of these
 * those that lack lines. Their frames are new then, in the arena, to which the names go, too.
 * Blocks as symbols_ask() does.
 */
void names_put(struct symbols *symbols, const struct symbols_target *target,
	struct backtrace *trace, size_t n, size_t kept, struct arena *arena);

#endif
