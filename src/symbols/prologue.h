/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_PROLOGUE_H
#define TWINTOP_SYMBOLS_PROLOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How far below its frame pointer a function's stack pointer stands, from the instructions that
 * follow the one that sets the frame pointer: registers saved, and room made for locals, which a
 * compiler mixes with others that leave the stack as it is. saved: so many bytes below the frame
 * pointer hold registers, as the unwind table says. False: they do not tell (another machine, a
 * stack that is aligned anew or grows as it goes).
 */
bool prologue_distance(unsigned machine, const unsigned char *code, size_t n, uint64_t saved,
	uint64_t *ret_distance);

#define PROLOGUE_BYTES 96u /* as many as such instructions take at most */

#endif
