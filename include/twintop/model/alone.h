/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_ALONE_H
#define TWINTOP_MODEL_ALONE_H

#include "twintop/model/pair.h"

/*
 * The moment as it would be if A alone were watched: the parts of A, the same times, no B, nothing
 * of what follows from both, and no events; where B is a thread of A's process, that one is not
 * among A's. One reference for the caller.
 */
const struct moment *moment_alone(const struct moment *m);

#endif
