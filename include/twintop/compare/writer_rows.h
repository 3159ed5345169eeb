/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_WRITER_ROWS_H
#define TWINTOP_COMPARE_WRITER_ROWS_H

#include "twintop/model/pair.h"
#include "twintop/model/writers.h"

/* Places of one side that are one line of one function, where names are known. */
struct writer_row {
	unsigned side;
	bool kernel;	      /* the kernel wrote, for a system call made there */
	struct text function; /* raw bytes; empty: not known, see gap */
	const char *gap;      /* static text; NULL: it is named */
	struct text file;     /* empty: not known, see line_gap */
	unsigned line;
	const char *line_gap;
	struct text module; /* path; empty: none, or not known */
	bool has_offset;
	uint64_t offset;		  /* of the first place: in the module's file */
	uint64_t ip;			  /* of the first place; 0: not told */
	uint64_t copied, touched, recent; /* pages, as struct writer */
	uint64_t last_ns, last_address;
	size_t threads_n;
	const struct writer_thread *thread;
	bool more_threads;
	/* How a thread came there once; NULL: not known, as no_trace says (static text). */
	const struct writer_trace *trace;
	bool trace_copied; /* its page was copied; else touched first, or it is not known */
	const char *no_trace;
	size_t places_n;
	const uint32_t *place; /* indexes into the writers */
};

/* By copied pages, then by touched ones, then by time; in the arena. 0: there are none. */
size_t writer_rows(
	const struct snapshot *s, struct arena *arena, const struct writer_row **ret_row);
/* Index of the row that a place is in; rows_n: in none. */
size_t writer_row_of(const struct writer_row *row, size_t rows_n, uint32_t place);
/* "fill_row table.c:88", "read (for a system call)", "libc.so.6+0x9f3c0": printable. */
void writer_row_print(struct textbuf *out, const struct writer_row *row);
/*
 * The same in so many columns: where it is cut, what tells rows of one function apart stays, its
 * line and that it is a system call's.
 */
void writer_row_print_in(struct textbuf *out, const struct writer_row *row, int columns);
/* "4243 worker, 4244 and more": printable. */
void writer_threads_print(struct textbuf *out, const struct writer_row *row);
/* "page 7f2c40003000 copied by thread 4243 worker, 1.2s ago": of a row that has a trace. */
void writer_trace_print(
	struct textbuf *out, const struct snapshot *s, const struct writer_row *row);
/* "just now", "3s ago": as of that moment, in whole seconds, which grow where nothing else changes.
 */
void writer_age_print(struct textbuf *out, const struct snapshot *s, uint64_t then_ns);
/* Why nobody is known to have written: static text; NULL where it is known who did. */
const char *writers_hidden(const struct snapshot *s, const struct pair *p);
/* Whose the copies are that no place tells: where faults are sampled, most fall between samples. */
const char *writers_untold_by(const struct writers *w);

/* Since when copies have writers: "since the pair was first seen", or later, as nobody needed its
 * page faults before. Static text. */
const char *writers_since(const struct snapshot *s);
/* What is known of writers and what not: "exact: each page fault", "estimated: 1 in 64, counts
 * scaled", "lost 120 of 9,000", "A hidden: needs …"; appended. */
void writers_honesty(const struct snapshot *s, const struct pair *p, struct textbuf *out);

#endif
