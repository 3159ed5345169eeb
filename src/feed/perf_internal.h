/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FEED_PERF_INTERNAL_H
#define TWINTOP_FEED_PERF_INTERNAL_H

#include <asm/perf_regs.h>
#include <linux/perf_event.h>

#include "twintop/feed/perf_ring.h"

/*
 * All rings hold records of one form. Where the kernel touches a page its own registers are no
 * place in the program: the user's tell where that stood.
 */
#if defined __x86_64__
#define PERF_REGISTERS (1ull << PERF_REG_X86_IP)
#elif defined __aarch64__
#define PERF_REGISTERS (1ull << PERF_REG_ARM64_PC)
#else
#define PERF_REGISTERS 0ull
#endif
#define PERF_SAMPLE_FORM                                                                           \
	(PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR |                  \
		(PERF_REGISTERS ? PERF_SAMPLE_REGS_USER : 0))
/* And of rings with stacks: all registers that a stack is unwound by. */
#if defined __x86_64__
#define PERF_REGISTERS_ALL 0xff01ffull /* ax … ip, r8 … r15 */
#elif defined __aarch64__
#define PERF_REGISTERS_ALL 0x1ffffffffull /* x0 … x29, lr, sp, pc */
#else
#define PERF_REGISTERS_ALL 0ull
#endif
#define PERF_STACKED_FORM (PERF_SAMPLE_FORM | PERF_SAMPLE_STACK_USER)
#define PERF_TRAILER 16u /* bytes of TID and TIME behind what is no sample */

#endif
