/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_CALL_H
#define TWINTOP_SYMBOLS_CALL_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ELF's number of the machine that this is built for. */
#if defined __x86_64__
#define CODE_MACHINE EM_X86_64
#elif defined __aarch64__
#define CODE_MACHINE EM_AARCH64
#else
#define CODE_MACHINE EM_NONE
#endif

#define CALL_BYTES 7 /* of the longest instruction that calls */

/*
 * Whether n bytes of code may end in an instruction that calls: what stands behind it is where the
 * call returns to. machine is ELF's (EM_X86_64, EM_AARCH64); of any other it is never.
 */
bool code_ends_in_call(unsigned machine, const unsigned char *code, size_t n);
/*
 * Where in code a saved address leads to: on aarch64 without the signature that paciasp puts above
 * the 48 bits that a program's own addresses have (Documentation/arch/arm64/
 * pointer-authentication.rst; of more bits are only those that mmap(2) was asked for by a hint).
 */
uint64_t code_address(unsigned machine, uint64_t saved);
/* x86-64: bytes of an instruction from its opcode's last byte on, with its ModRM byte, its SIB byte
 * (0 where there is none) and its displacement. */
size_t code_operand_length(unsigned char modrm, unsigned char sib);

#endif
