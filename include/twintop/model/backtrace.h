/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_BACKTRACE_H
#define TWINTOP_MODEL_BACKTRACE_H

#include "twintop/model/symbol.h"

#define BACKTRACE_MOST 256u /* frames of a thread that are told */

/* A place on a thread's way: where it stood, or in an outer frame where it will return to. */
struct backtrace_frame {
	uint64_t pc;
	bool returns;	      /* the call is before pc */
	bool guessed;	      /* found without an unwind table, or from such a frame on */
	struct symbol symbol; /* of pc, or of the call before it */
};

/* How a thread came to where it was, from the innermost frame out. */
struct backtrace {
	size_t n;
	const struct backtrace_frame *frame;
	bool complete;	    /* it goes out to where the thread began, and nothing is guessed */
	const char *reason; /* why it does not, for people; NULL: it is complete */
	struct text within; /* raw bytes: the module that the reason is about; empty: none */
};

/* The reason in whole: "no unwind table in libfoo.so", printable; "" where it is complete. */
void backtrace_reason(const struct backtrace *b, struct textbuf *out);

/*
 * What stands in lines: of each frame the functions that are inlined there come first. Calls each
 * with the function and line of one, frame is that of b.
 */
struct backtrace_line {
	const struct backtrace_frame *frame;
	struct text function, file; /* raw bytes; empty: not known */
	unsigned line;		    /* 0: not known */
	bool inlined;
};
/* How many; the i-th of them goes to ret. */
size_t backtrace_lines(const struct backtrace *b);
bool backtrace_line(const struct backtrace *b, size_t i, struct backtrace_line *ret);
/* Why code in it that was made at run time has no name; SYMBOL_NO_GAP: it has, or there is none. */
enum symbol_gap backtrace_made_gap(const struct backtrace *b);
/* "fill_row+0x2a", "libfoo.so+0x1234", "0x7f2c46012345": printable. */
void backtrace_place_print(struct textbuf *out, const struct backtrace_line *line);
/* "fill_row+0x2a table.c:88", "mark table.c:12 (inlined)", "libfoo.so+0x1234 (a guess)",
 * "0x7f2c46012345 code made at run time":
 * printable. */
void backtrace_line_print(struct textbuf *out, const struct backtrace_line *line);

#endif
