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

/* What must hold for pc to be a frame's at all. */
enum unwind_doubt {
	UNWIND_SURE,
	UNWIND_IF_CALLED, /* a call stands before it */
	UNWIND_IF_FITTING /* and, where its frame is found by the frame pointer, that is its own */
};

struct unwind_state {
	struct registers registers; /* pc is the target's address */
	uint32_t returns;	    /* 1: pc is where it will return to, behind a call; 0 */
	uint32_t doubted;	    /* enum unwind_doubt */
	uint64_t wanted; /* UNWIND_STACK_ENDED: the address that the piece does not hold */
};

/*
 * What a table says of a piece of code, where it is plain: the frame is so far from a register, and
 * the caller's registers are as they are or lie so far from the frame. end 0: it is not plain.
 */
struct unwind_rule {
	uint64_t start, end;	    /* of the code */
	int64_t distance;	    /* of the frame, which is the caller's stack pointer … */
	uint32_t base;		    /* … from this register */
	uint32_t kept;		    /* a bit each register that the caller has as it is */
	uint32_t saved;		    /* those that were put on the stack … */
	int32_t at[REGISTERS_MOST]; /* … so far from the frame */
	uint32_t back;		    /* the saved one that the caller goes on at */
	uint32_t outermost;	    /* 1: nobody called it; 0 */
};

enum unwind_end {
	UNWIND_GOES_ON,	    /* not at all: that is the caller's frame */
	UNWIND_OUTERMOST,   /* nobody called it: the thread began there */
	UNWIND_NO_TABLE,    /* nothing says how */
	UNWIND_STACK_ENDED, /* the piece does not hold what is needed */
	UNWIND_BROKEN,	    /* what says how makes no sense */
	UNWIND_NO_REGISTER, /* it needs a register that no inner frame had saved */
	UNWIND_MACHINE,	    /* it is of another machine than the registers */
	UNWIND_LIBRARY,	    /* libdw cannot */
	UNWIND_NO_CALL,	    /* it was doubted, and is no frame */
	UNWIND_SWITCHED,    /* a runtime goes on another stack there */
	UNWIND_ENDS
};

#endif
