/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_CALL_H
#define TWINTOP_SYMBOLS_CALL_H

#include <stdbool.h>
#include <stddef.h>

#define CALL_BYTES 7 /* of the longest instruction that calls */

/*
 * Whether n bytes of code may end in an instruction that calls: what stands behind it is where the
 * call returns to. machine is ELF's (EM_X86_64, EM_AARCH64); of any other it is never.
 */
bool code_ends_in_call(unsigned machine, const unsigned char *code, size_t n);
/* x86-64: bytes of an instruction from its opcode's last byte on, with its ModRM byte, its SIB byte
 * (0 where there is none) and its displacement. */
size_t code_operand_length(unsigned char modrm, unsigned char sib);

#endif
