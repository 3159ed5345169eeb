/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_TEXTBOOK_H
#define TWINTOP_COMPARE_TEXTBOOK_H

#include "twintop/model/pair.h"

/* The process-versus-thread table of every textbook, of which each cell is measured on A and B. */
enum textbook_verdict {
	TEXTBOOK_ONE,	    /* one and the same for both */
	TEXTBOOK_OWN,	    /* two: each has its own */
	TEXTBOOK_ALIKE,	    /* two that are equal now, or have pages in common still */
	TEXTBOOK_NONE,	    /* neither has any, or it does not apply to the two */
	TEXTBOOK_UNKNOWN,   /* what would tell could not be read */
	TEXTBOOK_ELSEWHERE, /* A and B, as they are, cannot show it: a demo does */
	TEXTBOOK_VERDICTS
};
/* "=", "≠", "~", "—", "?", ">": one column each, and each another one in ASCII. */
const char *textbook_sign(enum textbook_verdict verdict);
/* What the sign says, in a few words. */
const char *textbook_meaning(enum textbook_verdict verdict);

/* What is known of one side, or in all; text and reason may both stand, where a part is known. */
struct textbook_cell {
	enum value_state state; /* with a value, text is all there is to say */
	const char *text;	/* printable, static or in the arena; NULL: nothing is known */
	const char *reason;	/* static: why it, or the rest of it, is not known; NULL: all is */
};
struct textbook_answer {
	enum textbook_verdict verdict;
	struct textbook_cell side[2];  /* of a side that is not there, all is NULL */
	struct textbook_cell measured; /* the verdict in words */
	const char *source;	       /* the interfaces that said so: static */
	uint64_t late_ns; /* how long ago the oldest part was read that is late; 0: none is */
};

struct textbook_env;
struct textbook_row {
	const char *id;		/* "address_space": stable */
	const char *title;	/* "Address space": at most 22 columns */
	const char *question;	/* "One memory, or two?" */
	const char *of_process; /* what a textbook says of two processes: follows "processes: " */
	const char *of_threads; /* and of two threads of one */
	const char *source;	/* the interfaces that tell */
	const char *demo;	/* `twintop demo NAME` shows it from beginning to end */
	const char *view;	/* id of the view where more of it stands */
	unsigned need;		/* enum need bits that must be read for it */
	void (*measure)(const struct textbook_env *env, struct textbook_answer *ret);
};
extern const struct textbook_row textbook_table[];
extern const size_t textbook_table_n;

/* "PID 7", "? why", "12 open (? why)"; reason: the cell's, or what to say for it. */
void textbook_cell_text(const struct textbook_cell *cell, const char *reason, struct textbuf *out);
/* The same of the verdict, behind its sign: "= one and the same". */
void textbook_verdict_text(
	const struct textbook_answer *answer, const char *reason, struct textbuf *out);
/* What all rows need: enum need bits. */
unsigned textbook_need(void);
/*
 * The row's answer from the moment alone; what is made for it is put into the arena. m has one side
 * at least. Does no I/O.
 */
void textbook_ask(const struct textbook_row *row, const struct moment *m, struct arena *arena,
	struct textbook_answer *ret);

#endif
