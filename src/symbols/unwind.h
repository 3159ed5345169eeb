/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_UNWIND_H
#define TWINTOP_SYMBOLS_UNWIND_H

#include "twintop/model/example.h"

/* A frame of a thread's stack, and how the one that called it is found. */

/* A piece of the stack as it was, at its address. */
struct unwind_stack {
	uint64_t start;
	size_t n;
	const char *bytes;
};

struct unwind_state {
	struct registers registers; /* pc is the target's address */
	uint32_t returns;	    /* 1: pc is where it will return to, behind a call; 0 */
	uint32_t doubted;	    /* 1: pc counts only if a call stands before it; 0 */
};

enum unwind_end {
	UNWIND_GOES_ON,	    /* not at all: that is the caller's frame */
	UNWIND_OUTERMOST,   /* nobody called it: the thread began there */
	UNWIND_NO_TABLE,    /* nothing says how */
	UNWIND_STACK_ENDED, /* the piece does not hold what is needed */
	UNWIND_BROKEN,	    /* what says how makes no sense, or the registers that it needs lack */
	UNWIND_MACHINE,	    /* it is of another machine than the registers */
	UNWIND_LIBRARY,	    /* libdw cannot */
	UNWIND_NO_CALL,	    /* it was doubted, and is no frame */
	UNWIND_ENDS
};

#endif
