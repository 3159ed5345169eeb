/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_TERM_H
#define TWINTOP_APP_TERM_H

#include <stddef.h>

/* A term of the lecture: the glossary and the man page come from these rows. */
struct term {
	const char *name;
	const char *what;   /* one or two plain sentences */
	const char *where;  /* "4 Memory, kind heap": the view by its key, and what to look at there */
	const char *manual; /* "fork(2)" */
	const char *demo;   /* that shows it; NULL: none does yet */
};
/* By the alphabet. */
extern const struct term term_table[];
extern const size_t term_table_n;

#endif
