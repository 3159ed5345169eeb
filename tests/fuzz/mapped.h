/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_MAPPED_H
#define TESTS_FUZZ_MAPPED_H

#include <stdint.h>

#include "twintop/symbols/symbols.h"

/* What reads a file of any bytes that we have mapped ourselves, as if it were a program's. */
struct symbols *mapped_symbols(void);
/*
 * Calls try with that target, whose only mapping the bytes are: as code, in a file that is no more
 * afterwards. Each time it is another target, so that what broke down once is asked again.
 */
void mapped_try(const uint8_t *data, size_t size,
	void (*try)(const struct symbols_target *target, void *context), void *context);

#endif
